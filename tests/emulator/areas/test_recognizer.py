"""The recogniser transcribes a recorded call in many formats, with times.

`recordings/call.wav` is spoken by flite 2.2 with its voice `slt`, half a second between sentences:
"Thank you for calling." and "I want to cancel my order."
"""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from langchain_telnyx.emulator.areas.audio import recognizer as recogniser
from langchain_telnyx.emulator.areas.audio import samples
from langchain_telnyx.emulator.areas.audio.recording import Recording
from langchain_telnyx.emulator.reading.text import UnreadableError
from langchain_telnyx.emulator.runtime.jobs import InterruptedJob

if TYPE_CHECKING:
    from langchain_telnyx.emulator.areas.audio.transcript import Segment
    from tests.emulator.conftest import Api

CALL = Path(__file__).parents[2] / "recordings" / "call.wav"
SENTENCES = ["thank you for calling", "i want to cancel my order"]
SOUND, RATE = soundfile.read(CALL)
THANKS = SOUND[: int(1.7 * RATE)]
"""The first sentence; a shorter recording is faster to recognise."""


def recognise(content: bytes, name: str = "call.wav") -> list[Segment]:
    return recogniser.recognise(Recording(name, io.BytesIO(content)), lambda: None)


def texts(content: bytes, name: str = "call.wav") -> list[str]:
    return [segment.text for segment in recognise(content, name)]


def written(sound: Any, kind: str = "WAV", subtype: str | None = None) -> bytes:
    """Return a sound as a file."""
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=kind, subtype=subtype)
    return file.getvalue()


def decoded(content: bytes, name: str = "call.wav") -> Any:
    """Return the decoded samples of a recording."""
    with samples.decoded(Recording(name, io.BytesIO(content))) as file:
        return np.frombuffer(file.read(), dtype="<i2") / 32767


@pytest.fixture(scope="module")
def segments() -> list[Segment]:
    """The recognised segments of the call."""
    return recognise(CALL.read_bytes())


def test_speech_is_recognised(segments: list[Segment]) -> None:
    assert [segment.text for segment in segments] == SENTENCES


@pytest.mark.parametrize(
    ("kind", "subtype", "loss"),
    [("WAV", "PCM_24", 0.0001), ("WAV", "ULAW", 0.05), ("FLAC", None, 0.0001), ("OGG", None, 0.1)],
)
def test_recordings_are_decoded_and_their_channels_mixed(
    kind: str, subtype: str | None, loss: float
) -> None:
    stereo = np.stack([0.9 * THANKS, 0.1 * THANKS], axis=1)
    found = decoded(written(stereo, kind, subtype))
    assert len(found) == len(THANKS)
    assert np.abs(found - 0.5 * THANKS).max() < loss


def test_words_have_times_within_the_recording_and_confidences(segments: list[Segment]) -> None:
    first, second = segments
    assert [first.start, first.end] == pytest.approx([0.24, 1.41], abs=0.1)
    assert [second.start, second.end] == pytest.approx([2.25, 3.92], abs=0.1)
    for segment in (first, second):
        times = [time for word in segment.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert (times[0], times[-1]) == (segment.start, segment.end)
        assert all(0 < (word.confidence or 0) <= 1 for word in segment.words)
        assert all(word.speaker is None for word in segment.words)


def test_a_result_does_not_depend_on_earlier_recordings() -> None:
    before = recognise(written(THANKS))
    recognise(written(0.1 * THANKS))
    assert recognise(written(THANKS)) == before


def test_speech_up_to_the_end_is_recognised() -> None:
    frame = 480  # of the endpointer, which loses speech in an end of whole frames
    end = int(1.45 * RATE) // frame * frame
    assert texts(written(THANKS[:end])) == SENTENCES[:1]


def test_silence_has_no_segments() -> None:
    assert recognise(written(np.zeros(RATE))) == []


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100, 48_000])
def test_any_rate_is_resampled_to_16_khz_and_preserves_tones(rate: int) -> None:
    seconds = np.arange(rate * 2) / rate
    tone = 0.5 * np.sin(2 * np.pi * 440 * seconds)
    blocks = iter([tone[:1000], tone[1000:1001], tone[1001:]])
    made = np.concatenate(list(samples.resampled(blocks, rate)))
    assert len(made) == pytest.approx(32_000, abs=2)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(made)) / 16_000)
    middle = slice(200, -200)
    assert np.abs(made[middle] - expected[middle]).max() < 0.01


def test_tones_above_the_band_are_filtered_out() -> None:
    shrill = 0.5 * np.sin(2 * np.pi * 12_000 * np.arange(48_000) / 48_000)
    made = np.concatenate(list(samples.resampled(iter([shrill]), 48_000)))
    assert np.abs(made[200:-200]).max() < 0.01


def test_a_request_returns_the_recognised_text(api: Api) -> None:
    answer = api.send(
        "POST",
        "/ai/audio/transcriptions",
        files={"file": ("call.wav", written(THANKS))},
        data={"model": "deepgram/nova-3", "response_format": "verbose_json"},
        timeout=60,
    ).json()
    assert (answer["text"], answer["duration"]) == (SENTENCES[0], 1.7)
    assert [segment["text"] for segment in answer["segments"]] == SENTENCES[:1]
    assert answer["segments"][0]["words"][0].keys() == {"word", "start", "end", "confidence"}


def test_a_recording_in_another_language_is_refused(api: Api) -> None:
    answer = api.send(
        "POST",
        "/ai/audio/transcriptions",
        files={"file": ("call.wav", CALL.read_bytes())},
        data={"model": "deepgram/nova-3", "language": "de"},
    )
    assert answer.status_code == 400
    assert "its recogniser supports only English, not 'de'" in answer.text


def test_recordings_in_a_bucket_are_embedded_by_the_recognised_text(api: Api) -> None:
    api.put("calls", "call.wav", written(THANKS))
    assert api.embed("calls") == "success"
    best, *_ = api.search("calls", "Who is calling?")
    assert best["document_chunk"] == SENTENCES[0]


def test_other_threads_run_during_recognition() -> None:
    recognise(written(np.zeros(RATE)))  # the model is loaded now
    turns, stop = 0, threading.Event()

    def watch() -> None:
        nonlocal turns
        while not stop.wait(0.001):
            turns += 1

    watcher = threading.Thread(target=watch)
    watcher.start()
    recognise(written(THANKS))
    stop.set()
    watcher.join()
    # It decodes over 1 s of speech twice, in chunks of a tenth of a second, between other threads.
    assert turns > 15


def test_recognition_ends_when_the_emulator_stops() -> None:
    def stopped() -> None:
        raise InterruptedJob

    with pytest.raises(InterruptedJob):
        recogniser.recognise(Recording("call.wav", io.BytesIO(CALL.read_bytes())), stopped)


# A stand-in for ffmpeg, which is not installed on most test machines: it checks its arguments, and
# "decodes" a file with raw samples after a marker.
FFMPEG = """#!{python}
import sys
arguments = sys.argv[1:]
source = arguments[arguments.index("-i") + 1]
assert arguments[-7:] == ["-ac", "1", "-ar", "16000", "-f", "s16le", "-"], arguments
data = open(source, "rb").read()
if not data.startswith(b"MOVIE"):
    sys.exit("no movie")
sys.stdout.buffer.write(data[5:])
"""


@pytest.fixture
def _ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(FFMPEG.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


def movie() -> bytes:
    pcm: bytes = (THANKS * 32767).astype("<i2").tobytes()
    return b"MOVIE" + pcm


@pytest.mark.usefixtures("_ffmpeg")
def test_other_formats_are_decoded_by_ffmpeg() -> None:
    assert np.abs(decoded(movie(), "call.mp4") - THANKS).max() < 0.0001


@pytest.mark.usefixtures("_ffmpeg")
def test_a_recording_that_ffmpeg_cannot_decode_is_refused() -> None:
    with pytest.raises(UnreadableError, match="is not a recording, or is damaged"):
        decoded(b"text", "call.mp4")


def test_without_ffmpeg_other_formats_are_refused_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableError, match="put `ffmpeg` on the PATH"):
        decoded(movie(), "call.mp4")
