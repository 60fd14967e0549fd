"""What was said, in pieces: a transcription cut into segments, sentences, words or turns."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from langchain_telnyx.client.api.audio import (
    TranscribedWord,
    Transcription,
    TranscriptionSegment,
)

_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)\]]*$")
# What ends in a full stop, and no sentence with it.
_ABBREVIATION = re.compile(r"\b(?:[A-HJ-Z]|(?i:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e))\.$")
# Scripts that put no space between words: Thai, Lao, Japanese, Chinese.
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]")

Voice = tuple[int | None, int | None]
"""Channel and speaker: with `multichannel`, speakers are counted for each channel."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its times in seconds.

    Attributes:
        text: The word as it is written.
        start: Where it begins.
        end: Where it ends.
        confidence: How sure the model is, 0 to 1.
        voice: Who says it.
    """

    text: str
    start: float
    end: float
    confidence: float | None
    voice: Voice


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what was said.

    Attributes:
        text: What was said.
        start: Where it begins, in seconds.
        end: Where it ends.
        words: Its words, where they are known.
        voices: Who speaks, in the order of the numbers; empty where nobody told.
        channel: The channel, where it is told.
    """

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    voices: tuple[Voice, ...] = ()
    channel: int | None = None

    @property
    def confidence(self) -> float | None:
        """How sure the model is: the mean of its words, where they tell."""
        return mean(self.words)


def segments(said: Transcription) -> list[Piece]:
    """Return the segments as the model tells them, by their beginnings; none if it tells none."""
    found = [_segment(segment) for segment in said.segments or ()]
    if not any(piece.words for piece in found) and said.words:
        found = _with_words(found, _words(said.words, None))
    return sorted(found, key=_beginning)


def words(said: Transcription) -> list[Word]:
    """Return the words by their beginnings; none if the model tells none with times."""
    found = [word for piece in segments(said) for word in piece.words]
    return sorted(found or _words(said.words or (), None), key=_beginning)


def sentences(said: Transcription) -> list[Piece]:
    """Return sentences: by the words' punctuation, else the segments that end one joined."""
    told = words(said)
    if not any(_ends_sentence(word.text) for word in told):
        return sorted(_ended(segments(said)), key=_beginning)
    found: list[Piece] = []
    for _, channel in groupby(sorted(told, key=_channel), key=_channel):
        found += [spoken(run) for run in _runs(channel, by_sentence=True)]
    return sorted(found, key=_beginning)


def turns(said: Transcription) -> list[Piece]:
    """Return who says what, one after the other; none if the model tells no speakers."""
    pieces: list[Piece] = []
    for piece in segments(said):
        if len(piece.voices) > 1 and piece.words:
            pieces += [spoken(run) for run in _runs(piece.words)]
        else:
            pieces.append(piece)
    pieces = pieces or [spoken(run) for run in _runs(words(said))]
    if not any(piece.voices for piece in pieces):
        return []
    return [_joined(list(run)) for _, run in groupby(pieces, lambda p: (p.channel, p.voices))]


def spoken(run: Sequence[Word]) -> Piece:
    """Return consecutive words as one piece."""
    return Piece(
        joined(word.text for word in run),
        run[0].start,
        max(word.end for word in run),
        tuple(run),
        _voices(run),
        run[0].voice[0],
    )


def joined(texts: Iterable[str]) -> str:
    """Return words as a line, with spaces where the script has them."""
    line = ""
    for text in texts:
        bare = not line or (_SPACELESS.match(line[-1]) and _SPACELESS.match(text))
        line += text if bare else f" {text}"
    return line


def mean(told: Iterable[Word]) -> float | None:
    """Return the mean confidence of words; `None` where none tells."""
    known = [word.confidence for word in told if word.confidence is not None]
    return round(sum(known) / len(known), 6) if known else None


def _segment(segment: TranscriptionSegment) -> Piece:
    told = tuple(_words(segment.words or (), segment.channel))
    voices = _voices(told) or tuple((segment.channel, who) for who in segment.speakers or ())
    return Piece(
        segment.text.strip(), segment.start, segment.end, told, tuple(voices), segment.channel
    )


def _words(told: Iterable[TranscribedWord], channel: int | None) -> list[Word]:
    return [
        Word(
            word.punctuated_word or word.word,
            word.start,
            word.end,
            word.confidence,
            (channel, word.speaker),
        )
        for word in told
        if word.start is not None and word.end is not None
    ]


def _with_words(pieces: Sequence[Piece], told: Sequence[Word]) -> list[Piece]:
    """Give segments the words that begin in them, of a model that tells words apart from them."""
    found: list[Piece] = []
    for piece in pieces:
        own = tuple(word for word in told if piece.start <= word.start < piece.end)
        voices = _voices(own) or piece.voices
        found.append(Piece(piece.text, piece.start, piece.end, own, voices, piece.channel))
    # Words that fall outside would be lost: rather no words than some.
    return found if sum(len(piece.words) for piece in found) == len(told) else list(pieces)


def _runs(told: Iterable[Word], *, by_sentence: bool = False) -> Iterator[list[Word]]:
    """Cut words where the speaker changes, or a sentence ends."""
    run: list[Word] = []
    for word in told:
        if run and run[-1].voice != word.voice:
            yield run
            run = []
        run.append(word)
        if by_sentence and _ends_sentence(word.text):
            yield run
            run = []
    if run:
        yield run


def _ended(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join segments up to one that ends a sentence; of texts without full stops each is one."""
    listed = list(pieces)
    if not any(_ends_sentence(piece.text) for piece in listed):
        yield from listed
        return
    run: list[Piece] = []
    for piece in listed:
        if run and (run[-1].channel, run[-1].voices) != (piece.channel, piece.voices):
            yield _joined(run)
            run = []
        run.append(piece)
        if _ends_sentence(piece.text):
            yield _joined(run)
            run = []
    if run:
        yield _joined(run)


def _joined(run: Sequence[Piece]) -> Piece:
    return Piece(
        joined(piece.text for piece in run),
        run[0].start,
        max(piece.end for piece in run),
        tuple(word for piece in run for word in piece.words),
        run[0].voices,
        run[0].channel,
    )


def _voices(told: Iterable[Word]) -> tuple[Voice, ...]:
    known = {word.voice for word in told if word.voice[1] is not None}
    return tuple(sorted(known, key=lambda voice: (voice[0] or 0, voice[1] or 0)))


def _ends_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text)) and not _ABBREVIATION.search(text)


def _beginning(piece: Piece | Word) -> float:
    return piece.start


def _channel(word: Word) -> int:
    return word.voice[0] or 0
