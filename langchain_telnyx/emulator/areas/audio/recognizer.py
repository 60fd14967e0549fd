"""An offline recogniser of English: pocketsphinx, whose wheel carries its model.

It hears about three times faster than people speak, and knows neither punctuation nor speakers.
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
# pocketsphinx holds Python's lock while it works on a piece, so pieces are short: a tenth of a
# second of sound, which takes it some 30 ms.
_PIECE = samples.RATE // 10 * 2
# Silence, noise and the ends of an utterance stand among the words.
_NO_WORDS = ("<", "[", "+")

# How much speech it takes to adapt to a voice: five seconds.
_ENOUGH = samples.RATE * 5 * 2

_hearing = threading.Lock()


def is_installed() -> bool:
    """Tell whether the extra `emulator-speech` is installed."""
    return all(importlib.util.find_spec(name) for name in ("pocketsphinx", "soundfile"))


def recognise_channels(recording: Recording, check: Callable[[], None]) -> list[Segment]:
    """Return what is said in each channel of a recording, by the beginnings of the segments.

    Args:
        recording: The recording.
        check: Called before each segment; raises when the work shall stop.

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
    """Return what is said in a recording, a segment for each stretch without a pause.

    Args:
        recording: The recording.
        check: Called before each segment; raises when the work shall stop.
        channel: The channel, counted from 0; `None` for all of them mixed.

    Raises:
        UnreadableError: The recording cannot be decoded here.
    """
    with samples.decoded(recording, channel) as sound, _hearing:
        decoder = _decoder()
        # Without this, what one recording sounded like would colour the next one's words.
        decoder.reinit_feat()
        stretches = _stretches(sound)
        # It adapts to a voice while it listens, so it hears the beginning twice.
        beginning = _beginning(stretches)
        for _, pcm in beginning:
            check()
            _hear(decoder, pcm)
        segments: list[Segment] = []
        for start, pcm in itertools.chain(beginning, stretches):
            check()
            words = tuple(_words(_hear(decoder, pcm), start))
            if words:
                said = " ".join(word.text for word in words)
                segments.append(Segment(said, words[0].start, words[-1].end, words))
        return segments


def _beginning(stretches: Iterator[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """Take the first few seconds of speech."""
    taken: list[tuple[float, bytes]] = []
    while sum(len(pcm) for _, pcm in taken) < _ENOUGH and (stretch := next(stretches, None)):
        taken.append(stretch)
    return taken


def _stretches(sound: BinaryIO) -> Iterator[tuple[float, bytes]]:
    """Yield the stretches of a recording in which somebody speaks, with their beginnings."""
    listener = importlib.import_module("pocketsphinx").Endpointer(sample_rate=samples.RATE)
    heard: list[bytes] = []
    # An end of whole frames is not told as the end of the speech in it, so a short one follows.
    for frame in itertools.chain(_frames(sound, listener.frame_bytes), [bytes(2)]):
        last = len(frame) < listener.frame_bytes
        speech = listener.end_stream(frame) if last else listener.process(frame)
        if speech is not None:
            heard.append(speech)
        if heard and (last or not listener.in_speech):
            yield listener.speech_start, b"".join(heard)
            heard.clear()


def _frames(sound: BinaryIO, size: int) -> Iterator[bytes]:
    while len(frame := sound.read(size)) == size:
        yield frame


def _hear(decoder: Any, pcm: bytes) -> list[Any]:
    decoder.start_utt()
    for begin in range(0, len(pcm), _PIECE):
        decoder.process_raw(pcm[begin : begin + _PIECE])
    decoder.end_utt()
    return list(decoder.seg()) if decoder.hyp() is not None else []


def _words(heard: list[Any], start: float) -> Iterator[Word]:
    for found in heard:
        if not found.word.startswith(_NO_WORDS):
            yield Word(
                # A word's second pronunciation is called `to(2)`.
                found.word.partition("(")[0],
                round(start + found.start_frame / _FRAMES_A_SECOND, 2),
                round(start + (found.end_frame + 1) / _FRAMES_A_SECOND, 2),
                confidence=round(min(1.0, found.prob), 3),
            )


@cache
def _decoder() -> Any:
    # Loading it takes a second; one serves every account.
    return importlib.import_module("pocketsphinx").Decoder(loglevel="FATAL")
