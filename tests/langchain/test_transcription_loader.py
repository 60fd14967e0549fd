"""The transcription loader and parser, on both faces: inputs, modes, failures, and reruns."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import pickle
import re
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.document_loaders import BaseLoader, BlobLoader
from langchain_core.documents.base import Blob

from langchain_telnyx import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    FileTooLargeError,
    NotFoundError,
    PartialError,
    Telnyx,
    TelnyxError,
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
)

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator

NOVA = "deepgram/nova-3"
TURBO = "openai/whisper-large-v3-turbo"
DISTIL = "distil-whisper/distil-large-v2"
RESON8 = "reson8/prerecorded"
CALL = "Speaker 0: Good morning. How can I help?\nSpeaker 1: I want to cancel my order."
RECORDED = Path(__file__).parent.parent / "recordings" / "call.wav"

Load = Callable[..., "list[Document]"]


def recording(seconds: float = 4.0) -> bytes:
    """Return silence as a WAV file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(seconds * 8000) * 2))
    return written.getvalue()


WAV = recording()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _what_was_begun_is_over(emulator: TelnyxEmulator) -> Iterator[None]:
    # Closing an iterator does not wait for requests that cannot be ended; the emulator's end must.
    yield
    assert emulator.base_url
    for thread in threading.enumerate():
        if thread.name.startswith("telnyx-ahead"):
            thread.join(20)


@pytest.fixture
def _no_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)


@pytest.fixture
def call(emulator: TelnyxEmulator) -> Path:
    """A recorded call that the emulator knows."""
    emulator.transcript("call.wav", CALL)
    Path("call.wav").write_bytes(WAV)
    return Path("call.wav")


@pytest.fixture
def calls(emulator: TelnyxEmulator) -> Path:
    """A folder of five recordings, each of another length and with a text of its own."""
    for number in range(5):
        file = Path("calls", "deep" if number == 4 else "", f"{number}.wav")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(recording(1 + number))
        emulator.transcript(f"{number}.wav", f"Call number {number}.")
    Path("calls", "notes.txt").write_text("no recording", "utf-8")
    Path("calls", ".hidden.wav").write_bytes(WAV)
    return Path("calls")


@pytest.fixture
def maker(emulator: TelnyxEmulator) -> Callable[..., TelnyxTranscriptionLoader]:
    def make(inputs: Any = None, **options: Any) -> TelnyxTranscriptionLoader:
        return TelnyxTranscriptionLoader(inputs, **{**emulator.options(), **options})

    return make


@pytest.fixture(params=["sync", "async"])
def load(request: pytest.FixtureRequest, maker: Callable[..., TelnyxTranscriptionLoader]) -> Load:
    def run(inputs: Any = None, **options: Any) -> list[Document]:
        loader = maker(inputs, **options)
        return asyncio.run(loader.aload()) if request.param == "async" else loader.load()

    return run


def texts(documents: list[Document]) -> list[str]:
    return [document.page_content for document in documents]


def sources(documents: list[Document]) -> list[str]:
    return [document.metadata["source"] for document in documents]


def field(emulator: TelnyxEmulator, name: str, at: int = -1) -> str | None:
    """Return a field of a form that was sent."""
    body = emulator.requests[at].body
    found = re.search(rf'name="{re.escape(name)}"\r\n\r\n(.*?)\r\n--'.encode(), body, re.DOTALL)
    return found[1].decode() if found else None


def transcribed(emulator: TelnyxEmulator) -> int:
    return sum(request.path.endswith("/audio/transcriptions") for request in emulator.requests)


# Modes


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
def test_turns_are_told_by_their_speakers(
    load: Load, call: Path, model: str | None, name: str
) -> None:
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
    said = [
        {"text": "Hello.", "start": 0.0, "end": 1.0, "speaker": 0, "channel": 0},
        {"text": "Hi.", "start": 1.0, "end": 2.0, "speaker": 0, "channel": 1},
        {"text": "Who is it?", "start": 2.0, "end": 3.0, "speaker": 0, "channel": 1},
    ]
    emulator.transcript("a.wav", said)
    options: dict[str, Any] = {"model_config": {"multichannel": True}}
    documents = load(("a.wav", WAV), mode="speakers", **options)
    assert [(d.metadata["channel"], d.page_content) for d in documents] == [
        (0, "Hello."),
        (1, "Hi. Who is it?"),
    ]
    [subtitles] = load(("a.wav", WAV), mode="vtt", diarize=True, **options)
    assert "<v Channel 1 speaker 0>Hi.</v>" in subtitles.page_content


def test_sentences_are_cut_where_words_end_them_and_joined_over_segments(
    load: Load, emulator: TelnyxEmulator
) -> None:
    said = [
        {"text": "I met Dr. Who and", "start": 0.0, "end": 2.0},
        {"text": "his dog. It barked!", "start": 2.0, "end": 4.0},
    ]
    emulator.transcript("a.wav", said)
    documents = load(("a.wav", WAV), mode="sentences")
    assert texts(documents) == ["I met Dr. Who and his dog.", "It barked!"]
    assert documents[1].metadata["start"] == documents[0].metadata["end"]
    # This model tells no words: what is known is where its segments end.
    documents = load(("a.wav", WAV), mode="sentences", model=DISTIL)
    assert texts(documents) == ["I met Dr. Who and his dog. It barked!"]
    assert documents[0].metadata["end"] == 4.0


@pytest.mark.parametrize("mode", ["srt", "vtt"])
def test_subtitles_are_one_document_a_recording(load: Load, call: Path, mode: str) -> None:
    [document] = load(call, mode=mode, diarize=True)
    assert "I want to cancel my order." in document.page_content
    assert document.metadata == {
        "source": "call.wav",
        "model": NOVA,
        "duration": 4.0,
        "speakers": [0, 1],
    }


def test_what_is_heard_by_a_recogniser_is_loaded_with_its_confidence(maker: Any) -> None:
    [document] = maker(RECORDED, model=NOVA).load()
    assert document.page_content == "thank you for calling i want to cancel my order"
    assert 0 < document.metadata["confidence"] <= 1
    assert document.metadata["duration"] == pytest.approx(4.1, abs=1)


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, (TURBO, None, None, None)),
        ({"model": DISTIL}, (DISTIL, "verbose_json", "segment", None)),
        ({"mode": "segments", "model": DISTIL}, (DISTIL, "verbose_json", "segment", None)),
        ({"mode": "srt"}, (NOVA, "verbose_json", "segment", {"punctuate": True})),
        ({"model": NOVA}, (NOVA, "verbose_json", "segment", {"punctuate": True})),
        (
            {"diarize": True},
            (NOVA, "verbose_json", "segment", {"punctuate": True, "diarize": True}),
        ),
        ({"mode": "words", "model": RESON8}, (RESON8, "verbose_json", "segment", None)),
        (
            {"mode": "speakers", "model": RESON8, "model_config": {"max_speakers": 2}},
            (RESON8, "verbose_json", "segment", {"diarize": True, "max_speakers": 2}),
        ),
        (
            {"mode": "speakers", "model_config": {"punctuate": False, "numerals": True}},
            (
                NOVA,
                "verbose_json",
                "segment",
                {"punctuate": False, "diarize": True, "numerals": True},
            ),
        ),
    ],
)
def test_the_mode_decides_what_is_asked_for(
    load: Load, emulator: TelnyxEmulator, call: Path, options: Any, sent: Any
) -> None:
    load(call, **options)
    config = field(emulator, "model_config")
    assert sent == (
        field(emulator, "model"),
        field(emulator, "response_format"),
        field(emulator, "timestamp_granularities[]"),
        None if config is None else json.loads(config),
    )


# What cannot work


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "segments", "model": TURBO}, "tells no times.*deepgram/nova-3"),
        ({"mode": "words", "model": DISTIL}, "tells no times of words.*reson8/prerecorded"),
        ({"mode": "speakers", "model": DISTIL}, "tells no speakers.*deepgram/nova-2"),
        ({"mode": "chapters"}, "no mode 'chapters': use one of 'text', 'segments'"),
        ({"model": DISTIL, "language": "en"}, "refuses `language`: leave it out"),
        ({"model": "deepgram/nova-3-medical", "language": "de"}, "knows 'en' only, not 'de'"),
        ({"model": TURBO, "model_config": {"punctuate": True}}, "takes no `model_config`"),
        ({"model": RESON8, "model_config": {"numerals": True}}, "'max_speakers', not 'numerals'"),
        ({"model": RESON8, "model_config": {"max_speakers": 9}}, "from 1 to 8, not 9"),
        ({"model": TURBO, "diarize": True}, "tells no speakers: leave `diarize` off"),
        ({"mode": "speakers", "diarize": False}, "needs `diarize`, which was switched off"),
        ({"mode": "speakers", "model_config": {"diarize": False}}, "which was switched off"),
        ({"on_error": "ignore"}, "one of 'raise', 'skip', 'document', not 'ignore'"),
        ({"max_concurrency": 0}, "is 1 at least"),
        ({"inputs": []}, "nothing to load"),
        ({"inputs": Path("a"), "bucket": "calls"}, "keys or patterns of keys, not"),
    ],
)
def test_what_the_api_would_refuse_is_refused_when_the_loader_is_made(
    maker: Any, emulator: TelnyxEmulator, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        maker(**{"inputs": "call.wav", **options})
    assert not emulator.requests


def test_a_model_that_nobody_knows_yet_is_asked(
    load: Load, emulator: TelnyxEmulator, call: Path
) -> None:
    options: dict[str, Any] = {"language": "xx", "model_config": {"loud": True}}
    with pytest.raises(PartialError, match="model"):  # it is the service that refuses
        load(call, mode="speakers", model="deepgram/nova-9", **options)
    config = json.loads(field(emulator, "model_config") or "")
    assert config == {"loud": True, "punctuate": True, "diarize": True}
    assert field(emulator, "language") == "xx"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "a.flac",
            {"model": NOVA, "mode": "words"},
            r"takes mp3, wav.*or ask one that does: `reson8/prerecorded`\.",
        ),
        ("a.flac", {"model": NOVA}, "or ask one that does: `distil-whisper"),
        ("a.aac", {}, r"'a.aac' is none of them. Convert it, to mp3 for instance\."),
    ],
)
def test_a_format_that_the_model_does_not_take_is_not_sent(
    load: Load, emulator: TelnyxEmulator, name: str, options: Any, message: str
) -> None:
    with pytest.raises(PartialError, match=message) as caught:
        load((name, b"sound"), **options)
    assert isinstance(caught.value.__cause__, ValueError)
    assert not emulator.requests


def test_a_recording_over_100_mb_is_not_sent(load: Load, emulator: TelnyxEmulator) -> None:
    with Path("long.wav").open("wb") as handle:
        handle.truncate(100 * 1024 * 1024 + 1)
    with pytest.raises(PartialError, match="compress it") as caught:
        load("long.wav")
    assert isinstance(caught.value.failed["long.wav"], FileTooLargeError)
    assert not emulator.requests


def test_an_answer_without_the_times_that_a_mode_needs_is_told(
    load: Load, emulator: TelnyxEmulator
) -> None:
    emulator.transcript("a.wav", "Nobody is named.")
    with pytest.raises(PartialError, match=f"`{NOVA}` tells no speakers, which the mode"):
        load(("a.wav", WAV), mode="speakers")


def test_a_recording_in_which_nothing_is_said_makes_no_documents(
    load: Load, emulator: TelnyxEmulator
) -> None:
    emulator.transcript("a.wav", "")
    assert load(("a.wav", WAV), mode="segments") == []
    assert texts(load(("a.wav", WAV))) == [""]


# Inputs


@pytest.mark.parametrize(
    "given",
    [
        "call.wav",
        Path("call.wav"),
        ("call.wav", WAV),
        Blob.from_path("call.wav"),
        Blob.from_data(WAV, path="call.wav"),
        ["call.wav"],
        "call.*",
        "*",
        ".",
    ],
    ids=["str", "path", "pair", "blob on disk", "blob", "list", "glob", "star", "folder"],
)
def test_a_recording_may_be_given_in_many_forms(load: Load, call: Path, given: Any) -> None:
    [document] = load(given)
    assert document.page_content.startswith("Good morning.")
    assert document.metadata["source"] == str(call)


@pytest.mark.parametrize(
    ("beginning", "extension"),
    [
        (b"RIFF\x24\0\0\0WAVE", "wav"),
        (b"fLaC\0\0\0\x22", "flac"),
        (b"OggS\0\2", "ogg"),
        (b"ID3\4\0", "mp3"),
        (b"\xff\xfb\x90\x44", "mp3"),
        (b"\0\0\0\x1cftypM4A \0", "m4a"),
        (b"\0\0\0\x1cftypisom\0", "mp4"),
        (b"\x1a\x45\xdf\xa3\x01", "webm"),
    ],
)
def test_bytes_are_named_by_how_they_begin(
    maker: Any, emulator: TelnyxEmulator, beginning: bytes, extension: str
) -> None:
    with pytest.raises(PartialError):  # too short to be a recording
        maker(beginning).load()
    assert f'filename="recording.{extension}"'.encode() in emulator.requests[-1].body


def test_bytes_that_are_nothing_known_need_a_name(load: Load, emulator: TelnyxEmulator) -> None:
    with pytest.raises(PartialError, match=r"^'recording 0'.*has no extension"):
        load([b"sound"])
    assert not emulator.requests


def test_a_file_without_an_extension_is_looked_into(load: Load, emulator: TelnyxEmulator) -> None:
    Path("call").write_bytes(WAV)
    emulator.transcript("call.wav", "Hello.")
    [document] = load("call")
    assert (document.page_content, document.metadata["source"]) == ("Hello.", "call")


@pytest.mark.usefixtures("_no_recogniser")
def test_an_open_file_is_read_again_by_each_load(maker: Any, call: Path) -> None:
    with call.open("rb") as opened:
        loader = maker([opened, io.BytesIO(recording(2))], on_error="skip")
        opened.read(10)
        assert sources(loader.load()) == sources(asyncio.run(loader.aload())) == ["call.wav"]
    with pytest.raises(PartialError, match="closed file"):
        maker(opened).load()


class Pipe:
    """A file that can be read once."""

    def __init__(self) -> None:
        self._left = [WAV]

    def read(self, size: int = -1, /) -> bytes:
        assert size == -1
        return self._left.pop() if self._left else b""


def test_a_pipe_is_read_once_and_says_so_then(maker: Any, emulator: TelnyxEmulator) -> None:
    emulator.transcript("recording.wav", "Hello.")
    loader = maker(Pipe())
    assert texts(loader.load()) == ["Hello."]
    with pytest.raises(PartialError, match="can be loaded once; give its bytes instead"):
        loader.load()


def test_a_folder_means_the_recordings_in_it_and_below(load: Load, calls: Path) -> None:
    names = [str(calls / name) for name in ("0.wav", "1.wav", "2.wav", "3.wav", "deep/4.wav")]
    documents = load(calls)
    assert sources(documents) == names
    assert texts(documents) == [f"Call number {number}." for number in range(5)]
    assert sources(load("calls/**/[34].wav")) == names[3:]
    assert sources(load(f"{calls.resolve()}/*.wav")) == [str(Path(n).resolve()) for n in names[:4]]


def test_an_address_is_fetched_by_the_service(load: Load, emulator: TelnyxEmulator) -> None:
    url = "http://192.0.2.1/calls/a.wav?X-Amz-Signature=5ec4e7"
    with pytest.raises(
        PartialError, match=r"^'http://192.0.2.1/calls/a.wav' could not be"
    ) as caught:
        load(url)
    assert isinstance(caught.value.failed[url], BadRequestError)
    assert field(emulator, "file_url") == url
    assert "5ec4e7" not in str(caught.value).partition("HTTP 400")[0]
    with pytest.raises(PartialError, match="takes mp3, wav"):
        load("http://192.0.2.1/calls/a.flac", model=NOVA)


@pytest.fixture
def bucket(emulator: TelnyxEmulator) -> Telnyx:
    """A bucket of three recordings and a text."""
    telnyx = Telnyx(**emulator.options())
    telnyx.storage.create_bucket("calls")
    for key in ("a.wav", "2026/b.wav", "2026/c.wav", "2026/c.txt"):
        telnyx.storage.put_object("calls", key, WAV if key.endswith("wav") else b"words")
        emulator.transcript(Path(key).name, f"This is {key}.")
    return telnyx


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("inputs", "keys"),
    [
        (None, ["2026/b.wav", "2026/c.wav", "a.wav"]),
        ("2026/*", ["2026/b.wav", "2026/c.wav"]),
        (["a.wav", "2026/b.wav"], ["a.wav", "2026/b.wav"]),
        ("*[ab].wav", ["2026/b.wav", "a.wav"]),
    ],
)
def test_a_bucket_gives_its_recordings(load: Load, inputs: Any, keys: list[str]) -> None:
    documents = load(inputs, bucket="calls")
    assert sources(documents) == [f"calls/{key}" for key in keys]
    assert texts(documents) == [f"This is {key}." for key in keys]


@pytest.mark.usefixtures("bucket")
def test_an_object_that_is_not_there_fails_alone(load: Load) -> None:
    with pytest.raises(PartialError) as caught:
        load(["a.wav", "d.wav"], bucket="calls")
    assert caught.value.done == ["calls/a.wav"]
    assert isinstance(caught.value.failed["calls/d.wav"], NotFoundError)


# Failures


@pytest.fixture
def mixed(calls: Path) -> list[str]:
    """Two recordings with one that is not there between them."""
    return [str(calls / "0.wav"), "nowhere.wav", str(calls / "1.wav")]


def test_a_failure_is_raised_with_what_was_done_before(load: Load, mixed: list[str]) -> None:
    with pytest.raises(PartialError, match=r"'nowhere.wav' could not .* No such file") as caught:
        load(mixed)
    assert caught.value.done == mixed[:1]
    assert texts(caught.value.partial) == ["Call number 0."]
    assert list(caught.value.failed) == ["nowhere.wav"]
    assert isinstance(caught.value.failed["nowhere.wav"], TelnyxError)
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert not caught.value.is_retryable
    revived = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert texts(revived.partial) == ["Call number 0."]


def test_a_failure_is_skipped_with_a_warning(
    load: Load, mixed: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert texts(load(mixed, on_error="skip")) == ["Call number 0.", "Call number 1."]
    [record] = [r for r in caplog.records if r.name.startswith("langchain_telnyx")]
    assert record.getMessage().startswith("Skipped 'nowhere.wav': [Errno 2] No such file")


def test_a_failure_is_handed_on_as_a_document(load: Load, mixed: list[str]) -> None:
    _, failed, _ = load(mixed, on_error="document")
    assert failed.page_content == ""
    error = failed.metadata.pop("error")
    assert failed.metadata == {
        "source": "nowhere.wav",
        "model": TURBO,
        "error_type": "FileNotFoundError",
    }
    assert "No such file" in error


def test_a_busy_service_is_asked_again(load: Load, emulator: TelnyxEmulator, call: Path) -> None:
    emulator.fail(429, times=2, retry_after=0)
    assert len(load(call, on_error="skip")) == 1
    assert transcribed(emulator) == 3


@pytest.mark.parametrize("on_error", ["raise", "skip", "document"])
def test_a_wrong_key_is_raised_whatever_the_policy(
    load: Load, emulator: TelnyxEmulator, mixed: list[str], on_error: str
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        load([mixed[0]] * 20, on_error=on_error, api_key="KEYwrong")
    assert "KEYwrong" not in str(caught.value)
    assert transcribed(emulator) <= 5


# Laziness


def test_making_a_loader_and_its_iterators_sends_nothing(
    maker: Any, emulator: TelnyxEmulator
) -> None:
    loader = maker("nowhere.wav")
    loader.lazy_load()
    loader.alazy_load()
    assert not emulator.requests


def test_an_iterator_is_no_further_ahead_than_it_may_be_and_ends_when_closed(
    maker: Any, emulator: TelnyxEmulator, calls: Path
) -> None:
    loader = maker([calls] * 4, max_concurrency=2)
    documents = loader.lazy_load()
    assert [next(documents).page_content for _ in range(3)] == [
        f"Call number {number}." for number in range(3)
    ]
    documents.close()
    assert 3 <= transcribed(emulator) <= 5

    async def begin() -> None:
        documents = loader.alazy_load()
        assert (await anext(documents)).page_content == "Call number 0."
        await documents.aclose()

    before = transcribed(emulator)
    asyncio.run(begin())
    assert transcribed(emulator) - before <= 3


def test_a_loader_loads_any_number_of_times_and_survives_pickling(
    maker: Any, emulator: TelnyxEmulator, call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = maker((path for path in [call]), mode="sentences")
    assert loader.load() == loader.load() == asyncio.run(loader.aload())
    pickled = pickle.dumps(loader)
    assert emulator.api_key.encode() not in pickled
    assert emulator.api_key not in repr(loader)
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    assert isinstance(pickle.loads(pickled), TelnyxTranscriptionLoader)  # noqa: S301 - our own


def test_progress_counts_recordings(
    load: Load, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(calls, show_progress=True)
    shown = capsys.readouterr().err
    assert "Transcribing: 100%" in shown
    assert "5/5" in shown


# Reruns


def test_a_rerun_pays_for_nothing_twice_and_in_any_mode(
    load: Load, emulator: TelnyxEmulator, call: Path
) -> None:
    first = load(call, mode="segments", manifest="done/m.jsonl")
    call.rename("moved.wav")  # it is the content that counts
    again = load("moved.wav", mode="segments", manifest="done/m.jsonl")
    assert transcribed(emulator) == 1
    assert texts(again) == texts(first)
    assert sources(again) == ["moved.wav"] * 3
    assert len(load("moved.wav", mode="words", manifest="done/m.jsonl")) == 12
    assert "cancel" in load("moved.wav", mode="srt", manifest="done/m.jsonl")[0].page_content
    assert transcribed(emulator) == 1


def test_other_content_or_other_options_are_asked_for(
    load: Load, emulator: TelnyxEmulator, call: Path
) -> None:
    load(call, manifest="m.jsonl")
    others: list[dict[str, Any]] = [
        {"language": "en"},
        {"model": NOVA},
        {"model": NOVA, "diarize": True},
    ]
    for count, options in enumerate(others, 2):
        load(call, manifest="m.jsonl", **options)
        assert transcribed(emulator) == count
    call.write_bytes(recording(2))
    load(call, manifest="m.jsonl")
    assert transcribed(emulator) == 5
    assert len(Path("m.jsonl").read_text("utf-8").splitlines()) == 5


def test_after_a_failure_only_what_is_missing_is_asked_for(
    load: Load, emulator: TelnyxEmulator, calls: Path
) -> None:
    emulator.fail(400, path="/audio/transcriptions", times=1)
    options: dict[str, Any] = {"manifest": "m.jsonl", "max_concurrency": 1}
    assert len(load(calls, on_error="skip", **options)) == 4
    assert len(load(calls, **options)) == 5
    assert transcribed(emulator) == 6


@pytest.mark.usefixtures("bucket")
def test_an_object_is_known_by_its_entity_tag_without_a_download(
    load: Load, emulator: TelnyxEmulator
) -> None:
    load("a.wav", bucket="calls", manifest="m.jsonl")
    emulator.requests.clear()
    assert texts(load("a.wav", bucket="calls", manifest="m.jsonl")) == ["This is a.wav."]
    assert [request.path for request in emulator.requests] == ["/calls"]


def test_a_manifest_that_cannot_be_written_is_told_at_once(load: Load, calls: Path) -> None:
    Path("file").touch()
    with pytest.raises(ConfigurationError, match="manifest cannot be written"):
        load(calls, manifest="file/m.jsonl", on_error="skip")


# The parser


class Blobs(BlobLoader):
    """The blobs of a folder, as community's `FileSystemBlobLoader` yields them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def yield_blobs(self) -> Iterator[Blob]:
        for path in sorted(self._folder.glob("[!.]*.wav")):
            yield Blob.from_path(path)


class Generic(BaseLoader):
    """A loader of blobs and a parser, put together as community's `GenericLoader` does it."""

    def __init__(self, blobs: BlobLoader, parser: TelnyxTranscriptionParser) -> None:
        self._blobs = blobs
        self._parser = parser

    def lazy_load(self) -> Iterator[Document]:
        for blob in self._blobs.yield_blobs():
            yield from self._parser.lazy_parse(blob)


@pytest.mark.usefixtures("_no_recogniser")
def test_the_parser_fits_a_blob_loader(emulator: TelnyxEmulator, calls: Path) -> None:
    parser = TelnyxTranscriptionParser(mode="sentences", **emulator.options())
    documents = Generic(Blobs(calls), parser).load()
    assert texts(documents) == [f"Call number {number}." for number in range(4)]
    assert documents[3].metadata["duration"] == 4.0


async def test_the_parser_keeps_a_blobs_metadata_and_knows_its_media_type(
    emulator: TelnyxEmulator,
) -> None:
    emulator.transcript("recording.wav", "Hello.")
    parser = TelnyxTranscriptionParser(**emulator.options())
    blob = Blob.from_data(WAV, mime_type="audio/x-wav", metadata={"source": "tape 7", "case": 12})
    [document] = [document async for document in parser.alazy_parse(blob)]
    assert document.metadata == {"source": "tape 7", "case": 12, "model": TURBO}
    assert parser.parse(blob) == [document]


def test_the_parser_raises_what_happened(emulator: TelnyxEmulator) -> None:
    parser = TelnyxTranscriptionParser(model=NOVA, **emulator.options())
    with pytest.raises(FileNotFoundError):
        parser.parse(Blob.from_path("nowhere.wav"))
    with pytest.raises(ValueError, match="takes mp3, wav"):
        parser.parse(Blob.from_data(b"fLaC"))
    with pytest.raises(BadRequestError):
        parser.parse(Blob.from_data(b"sound", path="a.wav"))
    with pytest.raises(ConfigurationError, match="tells no times"):
        TelnyxTranscriptionParser(mode="vtt", model=TURBO)
