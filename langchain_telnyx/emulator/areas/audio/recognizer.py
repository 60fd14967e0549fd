"""Offline recognition of English speech with pocketsphinx, whose wheel includes a model.

It runs about three times faster than real time, without punctuation and speakers.
"""

import importlib
import importlib.util
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, BinaryIO

from langchain_telnyx.emulator.areas.audio import samples
from langchain_telnyx.emulator.areas.audio.recording import Recording
from langchain_telnyx.emulator.areas.audio.transcript import Segment, Word

LANGUAGE = "en"
_FRAMES_A_SECOND = 100
# pocketsphinx holds the GIL while it processes a chunk, so chunks are short: a tenth of a second
# of audio, which takes about 30 ms.
_CHUNK = samples.RATE // 10 * 2
# Silence, noise and the ends of an utterance are among the decoder's words.
_NOT_WORDS = ("<", "[", "+")

# Bytes of speech to adapt to a voice: five seconds.
_ENOUGH = samples.RATE * 5 * 2

_decoder_lock = threading.Lock()


def is_installed() -> bool:
    """Return whether the extra `emulator-speech` is installed."""
    return all(importlib.util.find_spec(name) for name in ("pocketsphinx", "soundfile"))


def recognise_channels(recording: Recording, check: Callable[[], None]) -> list[Segment]:
    """Return the segments of each channel of a recording, ordered by start.

    Args:
        recording: The recording.
        check: Called before each segment; raises to stop the work.

    Raises:
        UnreadableError: The recording cannot be decoded here.
    """
    segments = [
        replace(segment, channel=channel)
        for channel in range(samples.channels(recording))
        for segment in recognise(recording, check, channel=channel)
    ]
    return sorted(segments, key=lambda segment: segment.start)


def recognise(
    recording: Recording, check: Callable[[], None], *, channel: int | None = None
) -> list[Segment]:
    """Return the segments of a recording, one for each stretch of speech without a pause.

    Args:
        recording: The recording.
        check: Called before each segment; raises to stop the work.
        channel: The channel, counted from 0; `None` for all of them mixed.

    Raises:
        UnreadableError: The recording cannot be decoded here.
    """
    with samples.decoded(recording, channel) as sound, _decoder_lock:
        decoder = _decoder()
        # Otherwise the previous recording's acoustics would influence the result.
        decoder.reinit_feat()
        stretches = _stretches(sound)
        # It adapts to a voice while decoding, so the beginning is decoded twice.
        beginning = _beginning(stretches)
        for _, pcm in beginning:
            check()
            _decode(decoder, pcm)
        segments: list[Segment] = []
        for start, pcm in itertools.chain(beginning, stretches):
            check()
            words = tuple(_words(_decode(decoder, pcm), start))
            if words:
                text = " ".join(word.text for word in words)
                segments.append(Segment(text, words[0].start, words[-1].end, words))
        return segments


def _beginning(stretches: Iterator[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """Return the first few seconds of speech."""
    taken: list[tuple[float, bytes]] = []
    while sum(len(pcm) for _, pcm in taken) < _ENOUGH and (stretch := next(stretches, None)):
        taken.append(stretch)
    return taken


def _stretches(sound: BinaryIO) -> Iterator[tuple[float, bytes]]:
    """Yield the start and the samples of each stretch of speech."""
    listener = importlib.import_module("pocketsphinx").Endpointer(sample_rate=samples.RATE)
    frames: list[bytes] = []
    # The endpointer ends the last speech only on a partial frame, so one is appended.
    for frame in itertools.chain(_frames(sound, listener.frame_bytes), [bytes(2)]):
        last = len(frame) < listener.frame_bytes
        speech = listener.end_stream(frame) if last else listener.process(frame)
        if speech is not None:
            frames.append(speech)
        if frames and (last or not listener.in_speech):
            yield listener.speech_start, b"".join(frames)
            frames.clear()


def _frames(sound: BinaryIO, size: int) -> Iterator[bytes]:
    while len(frame := sound.read(size)) == size:
        yield frame


def _decode(decoder: Any, pcm: bytes) -> list[Any]:
    decoder.start_utt()
    for begin in range(0, len(pcm), _CHUNK):
        decoder.process_raw(pcm[begin : begin + _CHUNK])
    decoder.end_utt()
    return list(decoder.seg()) if decoder.hyp() is not None else []


def _words(decoded: list[Any], start: float) -> Iterator[Word]:
    for item in decoded:
        if not item.word.startswith(_NOT_WORDS):
            yield Word(
                # A second pronunciation of a word is named `to(2)`.
                item.word.partition("(")[0],
                round(start + item.start_frame / _FRAMES_A_SECOND, 2),
                round(start + (item.end_frame + 1) / _FRAMES_A_SECOND, 2),
                confidence=round(min(1.0, item.prob), 3),
            )


@cache
def _decoder() -> Any:
    # Loading takes a second; all accounts share one decoder.
    return importlib.import_module("pocketsphinx").Decoder(loglevel="FATAL")
