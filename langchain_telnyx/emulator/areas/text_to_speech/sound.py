"""The sound of a text: a tone for each word, or the voice of `flite`, where it is installed.

A tone's length depends on the text only, so that the same request has the same bytes everywhere.
"""

import shutil
import subprocess
import tempfile
import wave
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from langchain_telnyx.emulator.serving.envelopes import ApiError

Synthesizer: TypeAlias = Literal["tone", "flite"]

_SECONDS_PER_CHARACTER = 0.06
_LOUDNESS = 0.25
_LOWEST, _RANGE = 110, 220  # hertz
_PATIENCE = 120.0


def frames_of(text: str, rate: int, speed: float) -> int:
    """Return how many samples the tones of a text have."""
    return len(text.strip()) * _per_character(rate, speed)


def tones(text: str, voice: str, rate: int, speed: float) -> Iterator[bytes]:
    """Yield 16-bit little-endian samples, character by character; space is silence.

    Args:
        text: The text.
        voice: The voice; it decides the pitch.
        rate: Samples per second.
        speed: How fast to speak; 1 is normal.
    """
    per_character = _per_character(rate, speed)
    pitch = _LOWEST + zlib.crc32(voice.encode()) % _RANGE
    envelope = np.sin(np.linspace(0, np.pi, per_character, endpoint=False))
    time = np.arange(per_character) / rate
    silence = bytes(2 * per_character)
    for character in text.strip():
        if character.isspace():
            yield silence
            continue
        wave_form = np.sin(2 * np.pi * (pitch + ord(character) % 24 * 10) * time)
        yield (wave_form * envelope * _LOUDNESS * 32767).astype("<i2").tobytes()


def spoken(text: str, rate: int, speed: float) -> bytes:
    """Return the samples of a text, spoken by `flite`.

    Args:
        text: The text.
        rate: Samples per second.
        speed: How fast to speak; 1 is normal.

    Raises:
        ApiError: `flite` is not installed, or fails.
    """
    program = shutil.which("flite")
    if program is None:
        detail = "The emulator's synthesizer is `flite`, which is not installed."
        raise ApiError(503, "10037", None, detail)
    with tempfile.TemporaryDirectory() as folder:
        # A file, because a text may begin with a hyphen.
        source, target = Path(folder, "text"), Path(folder, "speech.wav")
        source.write_text(text)
        command = [program, "-voice", "slt", "--setf", f"duration_stretch={1 / speed:g}"]
        command += ["-f", str(source), "-o", str(target)]
        try:
            subprocess.run(  # noqa: S603 - a fixed command; the text is in a file
                command, check=True, capture_output=True, timeout=_PATIENCE
            )
            with wave.open(str(target)) as audio:
                own_rate = audio.getframerate()
                samples = np.frombuffer(audio.readframes(audio.getnframes()), "<i2")
        except (subprocess.SubprocessError, OSError, wave.Error) as error:
            raise ApiError(500, "10007", None, "`flite` failed to synthesize the text.") from error
    if not len(samples):
        return bytes(2 * rate // 10)  # text without words, such as punctuation
    at = np.arange(len(samples) * rate // own_rate) * (own_rate / rate)
    return bytes(np.interp(at, np.arange(len(samples)), samples).astype("<i2").tobytes())


def _per_character(rate: int, speed: float) -> int:
    return max(1, round(_SECONDS_PER_CHARACTER * rate / speed))
