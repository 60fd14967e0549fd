"""`TelnyxTranscriptionLoader`: documents by mode."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.documents.base import Blob
from recording_helpers import WAV, field, sources, texts

from langchain_telnyx import (
    TelnyxTranscriptionParser,
    Transcript,
)

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator

NOVA = "deepgram/nova-3"
TURBO = "openai/whisper-large-v3-turbo"
DISTIL = "distil-whisper/distil-large-v2"
RESON8 = "reson8/prerecorded"
RECORDED = Path(__file__).parents[1] / "recordings" / "call.wav"
Load = Callable[..., "list[Document]"]


def test_a_recording_is_one_document_of_its_text(load: Load, call: Path) -> None:
    [document] = load(call)
    assert document.page_content == "Good morning. How can I help? I want to cancel my order."
    assert document.metadata == {"source": "call.wav", "model": TURBO}


def test_segments_have_their_times(load: Load, call: Path) -> None:
    documents = load(call, mode="segments", language="en-US")
    assert texts(documents) == ["Good morning.", "How can I help?", "I want to cancel my order."]
    assert documents[0].metadata == {
        "source": "call.wav",
        "model": NOVA,
        "language": "en-US",
        "duration": 4.0,
        "position": 0,
        "start": 0.0,
        "end": 0.982,
    }
    assert [document.metadata["position"] for document in documents] == [0, 1, 2]


def test_words_have_times_confidence_and_speaker(load: Load, emulator: TelnyxEmulator) -> None:
    hello = {"word": "Hello,", "start": 0.5, "end": 0.9, "confidence": 0.75, "speaker": 1}
    emulator.transcript(
        "a.wav", [{"text": "Hello,", "start": 0.5, "end": 0.9, "speaker": 1, "words": [hello]}]
    )
    [document] = load(("a.wav", WAV), mode="words", diarize=True)
    assert document.page_content == "Hello,"
    assert document.metadata == {
        "source": "a.wav",
        "model": NOVA,
        "duration": 4.0,
        "position": 0,
        "start": 0.5,
        "end": 0.9,
        "confidence": 0.75,
        "speaker": 1,
    }


@pytest.mark.parametrize(("model", "name"), [(None, "call.wav"), (RESON8, "call.wav")])
def test_turns_have_their_speakers(load: Load, call: Path, model: str | None, name: str) -> None:
    documents = load(call, mode="speakers", model=model)
    assert [(d.metadata["speaker"], d.metadata["speakers"], d.page_content) for d in documents] == [
        (0, [0], "Good morning. How can I help?"),
        (1, [1], "I want to cancel my order."),
    ]
    assert documents[0].metadata["end"] <= documents[1].metadata["start"]
    assert sources(documents) == [name] * 2


def test_with_channels_the_same_number_is_another_speaker(
    load: Load, emulator: TelnyxEmulator
) -> None:
    segments = [
        {"text": "Hello.", "start": 0.0, "end": 1.0, "speaker": 0, "channel": 0},
        {"text": "Hi.", "start": 1.0, "end": 2.0, "speaker": 0, "channel": 1},
        {"text": "Who is it?", "start": 2.0, "end": 3.0, "speaker": 0, "channel": 1},
    ]
    emulator.transcript("a.wav", segments)
    options: dict[str, Any] = {"model_config": {"multichannel": True}}
    documents = load(("a.wav", WAV), mode="speakers", **options)
    assert [(d.metadata["channel"], d.page_content) for d in documents] == [
        (0, "Hello."),
        (1, "Hi. Who is it?"),
    ]
    [subtitles] = load(("a.wav", WAV), mode="vtt", diarize=True, **options)
    assert "<v Channel 1 speaker 0>Hi.</v>" in subtitles.page_content


TWO_CHANNELS = [
    {"text": "Hello?", "start": 0.0, "end": 1.0, "channel": 0},
    {"text": "Hi.", "start": 1.0, "end": 2.0, "channel": 1},
    {"text": "Who is it?", "start": 2.0, "end": 3.0, "channel": 1},
]


@pytest.mark.parametrize("more", [{}, {"diarize": False}])
def test_channels_are_speakers_without_diarization(
    load: Load, emulator: TelnyxEmulator, more: dict[str, Any]
) -> None:
    emulator.transcript("a.wav", TWO_CHANNELS)
    options: dict[str, Any] = {"model_config": {"multichannel": True}, **more}
    turns = load(("a.wav", WAV), mode="speakers", **options)
    assert [(d.metadata["channel"], d.page_content) for d in turns] == [
        (0, "Hello?"),
        (1, "Hi. Who is it?"),
    ]
    assert all("speaker" not in turn.metadata for turn in turns)
    assert "diarize" not in (field(emulator, "model_config") or "")
    [vtt] = load(("a.wav", WAV), mode="vtt", **options)
    assert "<v Channel 1>Hi.</v>" in vtt.page_content
    [srt] = load(("a.wav", WAV), mode="srt", **options)
    assert "Channel 0:\nHello?" in srt.page_content


def test_speakers_have_their_configured_names(load: Load, emulator: TelnyxEmulator) -> None:
    emulator.transcript("a.wav", TWO_CHANNELS)
    options: dict[str, Any] = {
        "model_config": {"multichannel": True},
        "speakers": {"channel-0": "Agent", "channel-1": "Caller"},
    }
    for mode in ("speakers", "words", "segments"):
        documents = load(("a.wav", WAV), mode=mode, **options)
        named = documents[0].metadata
        assert named.get("speaker", named.get("speakers")) in ("Agent", ["Agent"])
    [vtt] = load(("a.wav", WAV), mode="vtt", **options)
    assert "<v Caller>Hi.</v>" in vtt.page_content
    assert vtt.metadata["speakers"] == ["Agent", "Caller"]
    [text] = load(("a.wav", WAV), mode="transcript", **options)
    assert text.page_content == "[00:00] Agent: Hello?\n[00:01] Caller: Hi. Who is it?"
    turns = load(("a.wav", WAV), mode="speakers", **options)
    assert Transcript.of(turns).text() == text.page_content
    assert Transcript.of(text).text() == text.page_content


def test_a_parser_names_speakers_too(emulator: TelnyxEmulator, call: Path) -> None:
    parser = TelnyxTranscriptionParser(
        mode="speakers", speakers={1: "Caller"}, **emulator.options()
    )
    turns = parser.parse(Blob.from_path(call))
    assert [turn.metadata["speaker"] for turn in turns] == [0, "Caller"]


def test_a_transcript_shows_speakers_if_the_model_returns_them(
    load: Load, emulator: TelnyxEmulator, call: Path
) -> None:
    [document] = load(call, mode="transcript", speakers={1: "Caller"})
    first, second = document.page_content.split("\n")
    assert first == "[00:00] Speaker 0: Good morning. How can I help?"
    assert second.endswith("] Caller: I want to cancel my order.")
    assert json.loads(field(emulator, "model_config") or "")["diarize"] is True
    [plain] = load(call, mode="transcript", diarize=False)
    assert plain.page_content.startswith("[00:00] Good morning.\n[00:00] How can I help?\n")
    [text] = load(call, mode="transcript", model=TURBO)
    assert text.page_content == "Good morning. How can I help? I want to cancel my order."


def test_unreadable_parts_are_in_the_metadata(maker: Any) -> None:
    words = [{"word": "Hello", "start": "soon", "end": None}, None, {"word": "you", "start": 2}]
    answer = {
        "text": "Hello to you",
        "duration": 4.0,
        "segments": [{"text": "Hello to you", "start": 0, "end": 4, "words": words}],
    }
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))
    loader = maker(("a.wav", WAV), mode="words", http_client=client)
    documents = loader.load()
    assert texts(documents) == ["Hello", "to", "you"]
    assert [document.metadata["estimated"] for document in documents] == [True] * 3
    assert documents[0].metadata["unreadable"] == [
        "segments.0.words.0.start",
        "segments.0.words.1",
    ]
    times = [document.metadata["start"] for document in documents]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[2] == 2


def test_sentences_are_split_by_words_and_joined_over_segments(
    load: Load, emulator: TelnyxEmulator
) -> None:
    segments = [
        {"text": "I met Dr. Who and", "start": 0.0, "end": 2.0},
        {"text": "his dog. It barked!", "start": 2.0, "end": 4.0},
    ]
    emulator.transcript("a.wav", segments)
    documents = load(("a.wav", WAV), mode="sentences")
    assert texts(documents) == ["I met Dr. Who and his dog.", "It barked!"]
    assert documents[1].metadata["start"] == documents[0].metadata["end"]
    # This model returns no words, so only the ends of segments are known.
    documents = load(("a.wav", WAV), mode="sentences", model=DISTIL)
    assert texts(documents) == ["I met Dr. Who and his dog. It barked!"]
    assert documents[0].metadata["end"] == 4.0


@pytest.mark.parametrize(
    ("text", "language", "sentences"),
    [
        (
            "Der Termin ist am 3. Mai bei Fr. Weber. Passt das?",
            "de-DE",
            ["Der Termin ist am 3. Mai bei Fr. Weber.", "Passt das?"],
        ),
        ("I met Mr. Hill at 5 p.m. yesterday. So what?", None, None),
        (
            "\u039c\u03b9\u03bb\u03ac\u03c2; \u039d\u03b1\u03b9.",
            "el",
            ["\u039c\u03b9\u03bb\u03ac\u03c2;", "\u039d\u03b1\u03b9."],
        ),
    ],
)
def test_sentences_are_split_by_the_rules_of_the_language(
    load: Load, emulator: TelnyxEmulator, text: str, language: str | None, sentences: Any
) -> None:
    emulator.transcript("a.wav", [{"text": text, "start": 0.0, "end": 4.0}])
    documents = load(("a.wav", WAV), mode="sentences", language=language)
    assert texts(documents) == (sentences or ["I met Mr. Hill at 5 p.m. yesterday.", "So what?"])
    assert documents[-1].metadata["end"] == 4.0


@pytest.mark.parametrize("mode", ["text", "segments", "sentences", "speakers", "srt", "vtt"])
def test_scripts_without_spaces_get_none_in_any_mode(
    load: Load, emulator: TelnyxEmulator, mode: str
) -> None:
    listed = [
        "\u96e8",
        "\u3067\u3059",
        "\u3002",
        "\u660e\u65e5",
        "\u306f",
        "\u6674\u308c",
        "\u3067\u3059",
        "\u3002",
    ]
    spoken = [
        {"word": word, "start": n * 0.4, "end": n * 0.4 + 0.4, "speaker": 0}
        for n, word in enumerate(listed)
    ]
    whole = {"text": " ".join(listed), "start": 0.0, "end": 3.2, "speaker": 0, "words": spoken}
    emulator.transcript("a.wav", [whole])
    documents = load(("a.wav", WAV), mode=mode, model=NOVA, language="ja", diarize=True)
    content = "|".join(texts(documents))
    assert "".join(listed[:3]) in content
    assert "".join(listed[3:]) in content


@pytest.mark.parametrize("mode", ["srt", "vtt"])
def test_subtitles_are_one_document_per_recording(load: Load, call: Path, mode: str) -> None:
    [document] = load(call, mode=mode, diarize=True)
    assert "I want to cancel my order." in document.page_content
    assert document.metadata == {
        "source": "call.wav",
        "model": NOVA,
        "duration": 4.0,
        "speakers": [0, 1],
    }


def test_results_of_a_speech_recognizer_have_their_confidence(maker: Any) -> None:
    [document] = maker(RECORDED, model=NOVA).load()
    assert document.page_content == "thank you for calling i want to cancel my order"
    assert 0 < document.metadata["confidence"] <= 1
    assert document.metadata["duration"] == pytest.approx(4.1, abs=1)
