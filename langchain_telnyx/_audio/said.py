"""What was said, in pieces: a transcription cut into segments, sentences, words or turns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from langchain_telnyx.client.api.audio import (
    TranscribedWord,
    Transcription,
    TranscriptionSegment,
)
from langchain_telnyx.transcripts.joining import join_words, respaced
from langchain_telnyx.transcripts.sentences import Part, ends_sentence, split_sentences

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


def sentences(said: Transcription, language: str | None = None) -> list[Piece]:
    """Return sentences: by the words' punctuation, else the segments that end one joined.

    Args:
        said: The transcription.
        language: Its language, where the transcription does not tell it.
    """
    language = said.language or language
    found: list[Piece] = []
    for _, channel in groupby(sorted(words(said), key=_channel), key=_channel):
        for run in _runs(channel):
            cut = split_sentences([word.text for word in run], language)
            found += [spoken([placed(run[part.index], part) for part in each]) for each in cut]
    if not any(ends_sentence(piece.text, "", language) for piece in found):
        found = list(_ended(segments(said), language))
    return sorted(found, key=_beginning)


def placed(word: Word, part: Part) -> Word:
    """Return a part of a word, with its share of the word's time."""
    span = word.end - word.start
    return replace(
        word,
        text=part.text,
        start=word.start + span * part.start if part.start else word.start,
        end=word.start + span * part.end if part.end < 1 else word.end,
    )


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
    return join_words(texts)


def mean(told: Iterable[Word]) -> float | None:
    """Return the mean confidence of words; `None` where none tells."""
    known = [word.confidence for word in told if word.confidence is not None]
    return round(sum(known) / len(known), 6) if known else None


def _segment(segment: TranscriptionSegment) -> Piece:
    told = tuple(_words(segment.words or (), segment.channel))
    voices = _voices(told) or tuple((segment.channel, who) for who in segment.speakers or ())
    return Piece(
        respaced(segment.text, [word.text for word in told]),
        segment.start,
        segment.end,
        told,
        tuple(voices),
        segment.channel,
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


def _runs(told: Iterable[Word]) -> Iterator[list[Word]]:
    """Cut words where the speaker changes."""
    for _, run in groupby(told, key=lambda word: word.voice):
        yield list(run)


def _ended(pieces: Iterable[Piece], language: str | None) -> Iterator[Piece]:
    """Join segments up to one that ends a sentence; of texts without full stops each is one."""
    listed = list(pieces)
    if not any(ends_sentence(piece.text, "", language) for piece in listed):
        yield from listed
        return
    run: list[Piece] = []
    for piece, after in zip(listed, [*listed[1:], None], strict=True):
        run.append(piece)
        other = after is None or (after.channel, after.voices) != (piece.channel, piece.voices)
        if after is None or other or ends_sentence(piece.text, after.text, language):
            yield _joined(run)
            run = []


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


def _beginning(piece: Piece | Word) -> float:
    return piece.start


def _channel(word: Word) -> int:
    return word.voice[0] or 0
