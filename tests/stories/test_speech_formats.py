"""Synthesized speech in every supported format, transcribed in every mode of the loader."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
import soundfile
import srt
import webvtt

from langchain_telnyx import PartialError, TelnyxTranscriptionLoader, Transcript
from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.types import TranscriptionMode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_core.documents import Document

ANNA = (
    "hello my name is anna. the bill of this month is wrong and i would like to have the money back"
)
BEN = "good afternoon. the internet at my house has been down for three days. i am very angry"
# ffmpeg's options by file name.
FORMATS = {
    "call.wav": ["-c:a", "pcm_s16le"],
    "telephone.wav": ["-ar", "8000", "-c:a", "pcm_mulaw"],
    "call.mp3": ["-c:a", "libmp3lame", "-b:a", "64k"],
    "call.flac": ["-c:a", "flac"],
    "call.ogg": ["-c:a", "libvorbis"],
    "voice-note.opus": ["-c:a", "libopus", "-b:a", "24k"],
    "call.webm": ["-c:a", "libopus"],
    "call.m4a": ["-c:a", "aac", "-b:a", "64k"],
    "PTT-20261128-WA0001": ["-c:a", "libopus", "-f", "ogg"],
}
TIMED = [mode for mode in get_args(TranscriptionMode) if mode not in {"text", "speakers"}]


@pytest.fixture(scope="module")
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with recordings of one voice in every format, and of two voices."""
    folder = tmp_path_factory.mktemp("speech")
    flite, ffmpeg = shutil.which("flite"), shutil.which("ffmpeg")
    assert flite, "Run `make test-slow`, which installs flite."
    assert ffmpeg, "Run `make test-slow`, which installs ffmpeg."
    for name, voice, words in (("anna", "slt", ANNA), ("ben", "rms", BEN)):
        file = folder / f"{name}.spoken"
        subprocess.run([flite, "-voice", voice, "-t", words, "-o", str(file)], check=True)
    for name, options in FORMATS.items():
        command = [ffmpeg, "-v", "error", "-f", "wav", "-i", str(folder / "anna.spoken")]
        subprocess.run([*command, *options, str(folder / name)], check=True)
    anna, rate = soundfile.read(folder / "anna.spoken")
    ben, same = soundfile.read(folder / "ben.spoken")
    assert rate == same
    call = np.zeros((len(anna) + len(ben), 2))
    call[: len(anna), 0] = anna
    call[len(anna) :, 1] = ben
    soundfile.write(folder / "two.wav", call, rate)
    return folder


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def recognized_share(spoken: str, text: str) -> float:
    expected = words_of(spoken)
    found = set(words_of(text))
    return sum(word in found for word in expected) / len(expected)


def loaded(emulator: TelnyxEmulator, file: Path, mode: Any, **options: Any) -> list[Document]:
    manifest = file.parent / "manifest.jsonl"
    return TelnyxTranscriptionLoader(
        file, mode=mode, manifest=manifest, **options, **emulator.options()
    ).load()


def cues_of(document: Document, mode: str) -> list[tuple[float, float, str]]:
    if mode == "srt":
        cues = list(srt.parse(document.page_content))
        return [(c.start.total_seconds(), c.end.total_seconds(), c.content) for c in cues]
    found = webvtt.from_buffer(io.StringIO(document.page_content))
    return [(c.start_in_seconds, c.end_in_seconds, c.text) for c in found.captions]


def check_times(spans: list[tuple[float, float]], duration: float) -> None:
    assert spans
    assert all(0 <= start <= end <= duration + 0.5 for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_transcribed_in_every_mode(
    emulator: TelnyxEmulator, folder: Path, name: str
) -> None:
    file = folder / name
    [whole] = loaded(emulator, file, "text")
    assert recognized_share(ANNA, whole.page_content) > 0.6, whole.page_content
    model = None if name.endswith((".wav", ".mp3")) else "reson8/prerecorded"
    before = len(emulator.requests)
    for mode in TIMED:
        documents = loaded(emulator, file, mode, model=model, diarize=False)
        text = " ".join(document.page_content for document in documents)
        assert recognized_share(ANNA, text) > 0.6, (mode, text)
        duration = documents[0].metadata["duration"]
        if mode in {"srt", "vtt"}:
            cues = cues_of(documents[0], mode)
            check_times([(start, end) for start, end, _ in cues], duration)
            assert words_of(" ".join(cue for *_, cue in cues)) == words_of(whole.page_content)
        elif mode != "transcript":
            spans = [(each.metadata["start"], each.metadata["end"]) for each in documents]
            check_times(spans, duration)
            assert words_of(text) == words_of(whole.page_content)
    # One request for all of these modes.
    assert len(emulator.requests) - before == 1
    # The speech recognition has no speakers: the loader raises an error.
    with pytest.raises(PartialError, match="speakers"):
        loaded(emulator, file, "speakers", model=model)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_channels_become_two_speakers(emulator: TelnyxEmulator, folder: Path) -> None:
    options: dict[str, Any] = {
        "model_config": {"multichannel": True},
        "speakers": {"channel-0": "Anna", "channel-1": "Ben"},
    }
    file = folder / "two.wav"
    before = len(emulator.requests)
    turns = loaded(emulator, file, "speakers", **options)
    assert [turn.metadata["speaker"] for turn in turns] == ["Anna", "Ben"]
    assert recognized_share(ANNA, turns[0].page_content) > 0.6
    assert recognized_share(BEN, turns[1].page_content) > 0.6
    assert turns[0].metadata["end"] <= turns[1].metadata["start"]
    transcript = Transcript.from_documents(turns)
    assert [turn.speaker for turn in transcript.turns] == ["Anna", "Ben"]
    for mode in TIMED:
        documents = loaded(emulator, file, mode, **options)
        text = " ".join(document.page_content for document in documents)
        assert recognized_share(f"{ANNA} {BEN}", text) > 0.6, (mode, text)
    [subtitles] = loaded(emulator, file, "vtt", **options)
    assert "<v Anna>" in subtitles.page_content
    assert "<v Ben>" in subtitles.page_content
    assert len(emulator.requests) - before == 1
