"""Lengths of recordings, from headers that another library wrote."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording_helpers import recording

from langchain_telnyx.batch.durations import duration_of

if TYPE_CHECKING:
    from pathlib import Path

CODECS = {
    "flac": "flac",
    "mp3": "libmp3lame",
    "mp4": "aac",
    "ogg": "libopus",
    "wav": "pcm_s16le",
}


def encoded(extension: str, seconds: float) -> bytes:
    written = io.BytesIO()
    rate = 48_000
    with av.open(written, "w", format=extension) as container:
        stream: Any = container.add_stream(CODECS[extension], rate=rate)
        stream.layout = "mono"
        with av.open(io.BytesIO(recording(seconds)), "r") as source:
            resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
            frames = [
                each for frame in source.decode(audio=0) for each in resampler.resample(frame)
            ]
        for frame in [*frames, *resampler.resample(None)]:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return written.getvalue()


@pytest.mark.parametrize("extension", CODECS)
def test_the_length_is_that_of_the_audio(extension: str, tmp_path: Path) -> None:
    for seconds in (1.5, 12.0):
        content = encoded(extension, seconds)
        assert duration_of(content) == pytest.approx(seconds, abs=0.15)
        file = tmp_path / "call"
        file.write_bytes(content)
        assert duration_of(file) == duration_of(content)


def test_an_mp3_without_a_header_has_a_constant_bitrate() -> None:
    content = encoded("mp3", 12.0)
    without = content.replace(b"Xing", b"\0\0\0\0").replace(b"Info", b"\0\0\0\0")
    assert duration_of(without) == pytest.approx(12.0, rel=0.05)


def test_a_wav_stream_without_a_length_ends_with_the_file() -> None:
    content = recording(2.0)
    at = content.index(b"data") + 4
    streamed = content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :]
    assert duration_of(streamed) == 2.0


@pytest.mark.parametrize("content", [b"", b"text", b"RIFF", b"\x1a\x45\xdf\xa3" * 8])
def test_other_content_has_no_length(content: bytes) -> None:
    assert duration_of(content) is None


SAMPLES = {extension: encoded(extension, 1.0) for extension in CODECS}


@given(st.sampled_from(sorted(CODECS)), st.data())
def test_damaged_files_have_a_length_or_none(extension: str, data: st.DataObject) -> None:
    content = bytearray(SAMPLES[extension])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, min(200, len(content) - 1)))] = data.draw(
            st.integers(0, 255)
        )
    cut = data.draw(st.integers(0, len(content)))
    found = duration_of(bytes(content[:cut]))
    assert found is None or isinstance(found, float)
