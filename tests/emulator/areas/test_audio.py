"""Transcription over HTTP: the detail of each model, options, and registered transcripts."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import wave
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

DISTIL = "distil-whisper/distil-large-v2"
TURBO = "openai/whisper-large-v3-turbo"
NOVA = "deepgram/nova-3"
RESON8 = "reson8/prerecorded"
VERBOSE: dict[str, Any] = {"response_format": "verbose_json"}
SEGMENTS: dict[str, Any] = {"timestamp_granularities[]": "segment"}
WORDS: dict[str, Any] = {"timestamp_granularities[]": "word"}
CALL = "Speaker 0: Hello.\nSpeaker 1: Hi there."


def recording(seconds: float = 2.0, rate: int = 8000) -> bytes:
    """Return a WAV file of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(int(seconds * rate) * 2))
    return written.getvalue()


def transcribe(
    api: Api, name: str = "call.wav", content: bytes | None = None, **fields: Any
) -> Any:
    """Send a recording in a form, and return the answer."""
    files = {"file": (name, recording() if content is None else content)}
    return api.send("POST", "/ai/audio/transcriptions", files=files, data=fields)


def transcription(
    api: Api, name: str = "call.wav", content: bytes | None = None, **fields: Any
) -> Any:
    answer = transcribe(api, name, content, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: Any) -> str:
    """Return why a request was refused."""
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    assert (error["code"], error["title"]) == ("10015", "Bad Request")
    return str(error["detail"])


@pytest.fixture
def _no_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra `emulator-speech` is not installed."""
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)


@pytest.fixture
def call(emulator: TelnyxEmulator) -> None:
    """A registered transcript of `call.wav`."""
    emulator.transcript("call.wav", CALL)


@pytest.mark.usefixtures("call")
def test_a_text_model_returns_no_times_even_in_verbose_json(api: Api) -> None:
    assert transcription(api, model=TURBO) == {"text": "Hello. Hi there."}
    assert transcription(api, model=TURBO, **VERBOSE) == {"text": "Hello. Hi there."}


@pytest.mark.usefixtures("call")
def test_a_segment_model_returns_segments_and_the_duration(api: Api) -> None:
    assert transcription(api, model=DISTIL) == {"text": "Hello. Hi there."}
    assert transcription(api, model=DISTIL, **VERBOSE, **SEGMENTS) == {
        "text": "Hello. Hi there.",
        "duration": 2.0,
        "segments": [
            {"id": 0, "start": 0.0, "end": 0.824, "text": "Hello."},
            {"id": 1, "start": 0.824, "end": 2.0, "text": "Hi there."},
        ],
    }


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(
    "config",
    [
        {"model_config": '{"diarize": true, "punctuate": true}'},
        {"model_config[diarize]": "true", "model_config[punctuate]": "true"},
    ],
    ids=["json", "brackets"],
)
def test_deepgram_returns_words_and_speakers_for_both_spellings_of_its_options(
    api: Api, config: dict[str, Any]
) -> None:
    answer = transcription(api, model=NOVA, **VERBOSE, **config)
    hello = {"word": "hello", "start": 0.0, "end": 0.824, "speaker": 0, "punctuated_word": "Hello."}
    hi = {"word": "hi", "start": 0.824, "end": 1.177, "speaker": 1, "punctuated_word": "Hi"}
    there = {"word": "there", "start": 1.177, "end": 2.0, "speaker": 1, "punctuated_word": "there."}
    assert answer == {
        "text": "Hello. Hi there.",
        "duration": 2.0,
        "segments": [
            {
                "id": 0,
                "start": 0.0,
                "end": 0.824,
                "text": "Hello.",
                "speakers": [0],
                "words": [hello],
            },
            {
                "id": 1,
                "start": 0.824,
                "end": 2.0,
                "text": "Hi there.",
                "speakers": [1],
                "words": [hi, there],
            },
        ],
        "words": [hello, hi, there],
    }


@pytest.mark.usefixtures("call")
def test_speakers_are_returned_only_with_diarize(api: Api) -> None:
    answer = transcription(api, model=NOVA, **VERBOSE)
    assert "words" not in answer
    assert [segment.get("speakers") for segment in answer["segments"]] == [None, None]
    assert answer["segments"][0]["words"] == [{"word": "hello", "start": 0.0, "end": 0.824}]


def test_reson8_returns_a_turn_as_one_segment(api: Api, emulator: TelnyxEmulator) -> None:
    emulator.transcript("call.wav", "Speaker 0: Hello. How are you?\nSpeaker 1: Fine. And you?")
    config = '{"diarize": true, "max_speakers": 2}'
    answer = transcription(api, model=RESON8, **VERBOSE, model_config=config)
    assert [(each["text"], each["speakers"]) for each in answer["segments"]] == [
        ("Hello. How are you?", [0]),
        ("Fine. And you?", [1]),
    ]
    answer = transcription(api, model=RESON8, **VERBOSE)
    assert [each["text"] for each in answer["segments"]] == [
        "Hello.",
        "How are you?",
        "Fine.",
        "And you?",
    ]


def test_a_registered_transcript_has_its_own_times_and_channels(
    api: Api, emulator: TelnyxEmulator
) -> None:
    word = {"word": "Hi!", "start": 0.5, "end": 0.75, "confidence": 0.9, "speaker": 1}
    emulator.transcript(
        "call.wav",
        [
            {"text": "Hi!", "start": 0.5, "end": 0.75, "channel": 1, "words": [word]},
            {"text": "Hello.", "start": 0.0, "end": 0.5, "channel": 0, "speaker": 0},
        ],
    )
    config = json.dumps({"multichannel": True, "diarize": True, "keywords": ["hi"]})
    answer = transcription(api, model=NOVA, **VERBOSE, model_config=config)
    assert answer["text"] == "Hello. Hi!"
    assert answer["segments"] == [
        {
            "id": 0,
            "start": 0.0,
            "end": 0.5,
            "text": "Hello.",
            "channel": 0,
            "speakers": [0],
            "words": [{"word": "hello", "start": 0.0, "end": 0.5, "speaker": 0}],
        },
        {
            "id": 1,
            "start": 0.5,
            "end": 0.75,
            "text": "Hi!",
            "channel": 1,
            "speakers": [1],
            "words": [
                {"word": "hi", "start": 0.5, "end": 0.75, "confidence": 0.9, "speaker": 1},
            ],
        },
    ]


@pytest.mark.parametrize(
    "segment",
    [
        {"text": "a", "start": 1.0},
        {"text": "a", "start": 2.0, "end": 1.0},
        {"text": "a", "begin": 0.0},
        {"start": 0.0, "end": 1.0},
    ],
)
def test_an_invalid_segment_is_not_registered(
    emulator: TelnyxEmulator, segment: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        emulator.transcript("call.wav", [segment])


def test_a_transcript_is_found_by_name_bytes_file_and_digest(
    api: Api, emulator: TelnyxEmulator, tmp_path: Any
) -> None:
    one, two, three, four = (recording(seconds) for seconds in (1, 2, 3, 4))
    file = tmp_path / "two.wav"
    file.write_bytes(two)
    emulator.transcript("any.wav", "By name.")
    emulator.transcript(one, "By bytes.")
    emulator.transcript(file, "By file.")
    emulator.transcript(hashlib.sha256(four).hexdigest(), "By digest.")
    assert transcription(api, "any.wav", one, model=TURBO)["text"] == "By bytes."
    assert transcription(api, "any.wav", two, model=TURBO)["text"] == "By file."
    assert transcription(api, "any.wav", three, model=TURBO)["text"] == "By name."
    assert transcription(api, "any.wav", four, model=TURBO)["text"] == "By digest."


@pytest.mark.usefixtures("_no_recogniser")
def test_a_transcript_can_be_replaced_and_a_reset_deletes_it(
    api: Api, emulator: TelnyxEmulator
) -> None:
    emulator.transcript("call.wav", "First.")
    emulator.transcript("call.wav", "Second.")
    assert transcription(api, model=TURBO)["text"] == "Second."
    emulator.reset()
    assert "no transcript of 'call.wav'" in refused(transcribe(api, model=TURBO))


@pytest.mark.usefixtures("_no_recogniser")
def test_a_recording_without_a_transcript_is_refused_with_a_hint(api: Api) -> None:
    assert refused(transcribe(api, model=TURBO)) == (
        "The emulator has no transcript of 'call.wav' and no recogniser: install "
        "`langchain-telnyx[emulator-speech]`; or register a transcript with "
        "`emulator.transcript('call.wav', …)`, or put a text object 'call.wav.txt' beside it in "
        "its bucket."
    )


def test_silence_has_an_empty_transcript(api: Api, emulator: TelnyxEmulator) -> None:
    emulator.transcript("call.wav", "")
    answer = transcription(api, model=NOVA, **VERBOSE)
    assert answer == {"text": "", "duration": 2.0, "segments": []}
