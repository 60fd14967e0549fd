"""The sound of a recording as input of a recogniser: 16-bit mono samples at 16 kHz.

libsndfile reads WAV (telephone companding too), MP3, FLAC and Ogg; the rest needs `ffmpeg`.
"""

import importlib
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.areas.audio.recording import Recording
from langchain_telnyx.emulator.reading.text import UnreadableError

RATE = 16_000
_REACH = 32
"""How many samples on either side have a part in a new one."""
_BLOCK_SECONDS = 5
_PATIENCE = 600.0

Sound = npt.NDArray[np.float64]


def channels(recording: Recording) -> int:
    """Return how many channels a recording has; 1 where libsndfile cannot read it.

    Args:
        recording: The recording.
    """
    sound: Any = importlib.import_module("soundfile")  # untyped, and in an extra
    recording.file.seek(0)
    try:
        with sound.SoundFile(recording.file) as opened:
            return int(opened.channels)
    except sound.LibsndfileError:
        return 1


@contextmanager
def decoded(recording: Recording, channel: int | None = None) -> Iterator[BinaryIO]:
    """Decode a recording into a file of samples, for a `with` block.

    Args:
        recording: The recording.
        channel: The channel, counted from 0; `None` for the mean of all.

    Raises:
        UnreadableError: It cannot be decoded here.
    """
    with tempfile.TemporaryFile() as samples:
        sound: Any = importlib.import_module("soundfile")  # untyped, and in an extra
        recording.file.seek(0)
        try:
            with sound.SoundFile(recording.file) as opened:
                _write(opened, samples, channel)
        except sound.LibsndfileError:
            samples.seek(0)
            samples.truncate()
            _convert(recording, samples)
        samples.seek(0)
        yield samples


def _write(opened: Any, samples: Any, channel: int | None) -> None:
    blocks = opened.blocks(_BLOCK_SECONDS * opened.samplerate, dtype="float64", always_2d=True)
    mono = (block.mean(axis=1) if channel is None else block[:, channel] for block in blocks)
    for block in resampled(mono, opened.samplerate):
        samples.write((block * 32767).clip(-32768, 32767).astype("<i2").tobytes())


def resampled(blocks: Iterator[Sound], rate: int) -> Iterator[Sound]:
    """Yield sound at 16 kHz: each new sample is a windowed-sinc average of those around it.

    Args:
        blocks: The sound, block by block.
        rate: Its samples a second.
    """
    if rate == RATE:
        yield from blocks
        return
    silence = np.zeros(_REACH)
    buffer, first, done = silence, -_REACH, 0  # `first`: the number of the first buffered sample
    for block in itertools.chain(blocks, [silence]):
        buffer = np.concatenate([buffer, block])
        ready = (first + len(buffer) - _REACH) * RATE // rate
        at = np.arange(done, max(done, ready), dtype=np.float64) * (rate / RATE)
        yield _average(buffer, at - first, rate)
        done = max(done, ready)
        drop = max(0, done * rate // RATE - _REACH - first)
        buffer, first = buffer[drop:], first + drop


def _average(sound: Sound, at: Sound, rate: int) -> Sound:
    """Interpolate the sound at positions between its samples, band-limited to 16 kHz."""
    band = min(1.0, RATE / rate)
    nearest = np.floor(at).astype(np.int64)
    around = nearest[:, None] + np.arange(1 - _REACH, _REACH + 1)
    away = at[:, None] - around
    window = 0.5 + 0.5 * np.cos(np.pi * np.clip(away / _REACH, -1, 1))
    weights = band * np.sinc(band * away) * window
    mixed: Sound = (sound[np.clip(around, 0, len(sound) - 1)] * weights).sum(axis=1)
    return mixed


def _convert(recording: Recording, samples: Any) -> None:
    """Decode with ffmpeg what libsndfile cannot.

    Raises:
        UnreadableError: ffmpeg is not installed, or fails.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise UnreadableError(
            f"The emulator cannot decode {recording.name!r}: put `ffmpeg` on the PATH, "
            "or send wav, mp3, flac or ogg."
        )
    with tempfile.TemporaryDirectory() as folder:
        # ffmpeg needs a seekable file for MP4.
        source = Path(folder, "recording")
        recording.file.seek(0)
        with source.open("wb") as copy:
            shutil.copyfileobj(recording.file, copy)
        command = [program, "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"]
        command += ["-i", str(source), "-vn", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command without external input
                command, stdout=samples, stderr=subprocess.PIPE, check=False, timeout=_PATIENCE
            )
        except subprocess.TimeoutExpired as error:
            raise UnreadableError(f"Decoding {recording.name!r} took too long.") from error
    if done.returncode:
        raise UnreadableError(f"{recording.name!r} is not a recording, or is damaged.")
