"""`TelnyxTranscriptionLoader`: the request for each mode, and errors before any request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from recording_helpers import WAV, field, texts

from langchain_telnyx import (
    ConfigurationError,
    FileTooLargeError,
    PartialError,
)

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator

NOVA = "deepgram/nova-3"
TURBO = "openai/whisper-large-v3-turbo"
DISTIL = "distil-whisper/distil-large-v2"
RESON8 = "reson8/prerecorded"
Load = Callable[..., "list[Document]"]


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
def test_the_mode_determines_the_request(
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
        ({"mode": "segments", "model": TURBO}, "returns no times.*deepgram/nova-3"),
        ({"mode": "words", "model": DISTIL}, "returns no times of words.*reson8/prerecorded"),
        ({"mode": "speakers", "model": DISTIL}, "returns no speakers.*deepgram/nova-2"),
        ({"mode": "chapters"}, "Unknown mode 'chapters': use one of 'text', 'transcript'"),
        ({"model": DISTIL, "language": "en"}, "does not accept `language`: leave it out"),
        ({"model": "deepgram/nova-3-medical", "language": "de"}, "supports only 'en', not 'de'"),
        ({"model": TURBO, "model_config": {"punctuate": True}}, "has no `model_config`"),
        ({"model": RESON8, "model_config": {"numerals": True}}, "'max_speakers', not 'numerals'"),
        ({"model": RESON8, "model_config": {"max_speakers": 9}}, "must be 1 to 8, not 9"),
        ({"model": TURBO, "diarize": True}, "returns no speakers: leave `diarize` out"),
        ({"mode": "speakers", "diarize": False}, "needs `diarize`, but it is off"),
        ({"mode": "speakers", "model_config": {"diarize": False}}, "but it is off"),
        ({"speakers": {1.5: "Ann"}}, "Invalid `speakers`: 1.5 is not a speaker"),
        ({"speakers": {0: ""}}, "The name of the speaker 0 is ''"),
        ({"on_error": "ignore"}, "one of 'raise', 'skip', 'document', not 'ignore'"),
        ({"max_concurrency": 0}, "must be at least 1"),
        ({"inputs": []}, "No inputs"),
        ({"inputs": Path("a"), "bucket": "calls"}, "keys or patterns of keys, not"),
    ],
)
def test_invalid_options_raise_in_the_constructor(
    maker: Any, emulator: TelnyxEmulator, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        maker(**{"inputs": "call.wav", **options})
    assert not emulator.requests


def test_an_unknown_model_is_requested_without_checks(
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
            r"supports mp3, wav.*or use another model: `reson8/prerecorded`\.",
        ),
        ("a.flac", {"model": NOVA}, "or use another model: `distil-whisper"),
        ("a.aac", {}, r"but not 'a.aac'. Convert it, for example to mp3\."),
    ],
)
def test_an_unsupported_format_is_not_sent(
    load: Load, emulator: TelnyxEmulator, name: str, options: Any, message: str
) -> None:
    with pytest.raises(PartialError, match=message) as caught:
        load((name, b"sound"), **options)
    assert isinstance(caught.value.__cause__, ValueError)
    assert not emulator.requests


def test_a_recording_over_100_mb_is_not_sent(load: Load, emulator: TelnyxEmulator) -> None:
    with Path("long.wav").open("wb") as handle:
        handle.truncate(100 * 1024 * 1024 + 1)
    with pytest.raises(PartialError, match=r"(?i)compress it") as caught:
        load("long.wav")
    assert isinstance(caught.value.failed["long.wav"], FileTooLargeError)
    assert not emulator.requests


def test_a_result_without_the_details_of_the_mode_raises(
    load: Load, emulator: TelnyxEmulator
) -> None:
    emulator.transcript("a.wav", "Nobody is named.")
    with pytest.raises(PartialError, match=f"`{NOVA}` returns no speakers, which the mode"):
        load(("a.wav", WAV), mode="speakers")


def test_a_silent_recording_has_no_documents(load: Load, emulator: TelnyxEmulator) -> None:
    emulator.transcript("a.wav", "")
    assert load(("a.wav", WAV), mode="segments") == []
    assert texts(load(("a.wav", WAV))) == [""]
