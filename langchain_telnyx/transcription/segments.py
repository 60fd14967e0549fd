"""Cuts a transcription into segments, sentences, words or turns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from langchain_telnyx.client.api.audio import Transcription, TranscriptionSegment
from langchain_telnyx.transcription.matching import (
    SegmentSpan,
    TimedWord,
    assign_words,
    complete_words,
    timed_words,
)
from langchain_telnyx.transcripts.joining import join_words, respaced
from langchain_telnyx.transcripts.sentences import Part, ends_sentence, split_sentences
from langchain_telnyx.transcripts.spans import Span, Timed, usable
from langchain_telnyx.transcripts.spans import placed as in_time
from langchain_telnyx.transcripts.speakers import Speaker

Voice = tuple[int | None, Speaker | None]
"""Channel and speaker: with `multichannel`, speakers are counted for each channel."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its times in seconds.

    Attributes:
        text: The word.
        start: Its start.
        end: Its end.
        confidence: The model's confidence, 0 to 1.
        voice: Its speaker.
        estimated: Whether the times are interpolated, because the model returned no usable ones.
    """

    text: str
    start: float
    end: float
    confidence: float | None
    voice: Voice
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a transcription.

    Attributes:
        text: Its text.
        start: Its start in seconds.
        end: Its end.
        words: Its words, if known.
        voices: Its speakers, in the order of their numbers; empty if unknown.
        channel: Its channel, if known.
        estimated: Whether the times are interpolated, because the model returned no usable ones.
    """

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    voices: tuple[Voice, ...] = ()
    channel: int | None = None
    estimated: bool = False

    @property
    def confidence(self) -> float | None:
        """The mean confidence of its words, if known."""
        return mean(self.words)


def has_times(transcription: Transcription) -> bool:
    """Return whether a transcription has times; otherwise all times are estimated."""
    rows = [*(transcription.segments or ()), *(transcription.words or ())]
    rows += [word for segment in transcription.segments or () for word in segment.words or ()]
    return bool(transcription.duration) or any(
        usable(row.start, row.end) != (None, None) for row in rows
    )


def segments(transcription: Transcription) -> list[Piece]:
    """Return the segments by start time: the model's, or else sentences made of its words."""
    listed = transcription.segments or ()
    if not listed:
        return [
            piece
            for run in _runs(_words_without_segments(transcription))
            for piece in _cut(run, transcription.language)
        ]
    stretches = [SegmentSpan(each.text, *usable(each.start, each.end)) for each in listed]
    own = [timed_words(each.words or ()) for each in listed]
    if any(own):
        found = [complete_words(each.text, words) for each, words in zip(listed, own, strict=True)]
    elif words := timed_words(transcription.words or ()):
        found = assign_words(stretches, words)
    else:
        found = [[] for _ in listed]
    spans = in_time(
        [_timed(*pair) for pair in zip(stretches, found, strict=True)], 0, transcription.duration
    )
    return sorted(map(_segment, listed, found, spans), key=_start)


def words(transcription: Transcription) -> list[Word]:
    """Return the words by start time; empty if the model returns none."""
    return sorted((word for piece in segments(transcription) for word in piece.words), key=_start)


def sentences(transcription: Transcription, language: str | None = None) -> list[Piece]:
    """Return sentences, by the punctuation of words, or else of segments.

    Args:
        transcription: The transcription.
        language: Its language, if the transcription does not contain it.
    """
    language = transcription.language or language
    found: list[Piece] = []
    for _, channel in groupby(sorted(words(transcription), key=_channel), key=_channel):
        for run in _runs(channel):
            found += _cut(run, language)
    if not any(ends_sentence(piece.text, "", language) for piece in found):
        found = list(_join_sentences(segments(transcription), language))
    return sorted(found, key=_start)


def _cut(run: Sequence[Word], language: str | None) -> list[Piece]:
    """Split the words of one voice into sentences."""
    cut = split_sentences([word.text for word in run], language)
    return [spoken([placed(run[part.index], part) for part in each]) for each in cut]


def placed(word: Word, part: Part) -> Word:
    """Return a part of a word, with its share of the word's time."""
    span = word.end - word.start
    return replace(
        word,
        text=part.text,
        start=word.start + span * part.start if part.start else word.start,
        end=word.start + span * part.end if part.end < 1 else word.end,
    )


def turns(transcription: Transcription) -> list[Piece]:
    """Return the turns of speakers in order; empty if the model returns no speakers."""
    pieces: list[Piece] = []
    for piece in segments(transcription):
        if len(piece.voices) > 1 and piece.words:
            pieces += [spoken(run) for run in _runs(piece.words)]
        else:
            pieces.append(piece)
    if not any(piece.voices for piece in pieces):
        return []
    return [_join_pieces(list(run)) for _, run in groupby(pieces, lambda p: (p.channel, p.voices))]


def spoken(run: Sequence[Word]) -> Piece:
    """Return consecutive words as one piece."""
    return Piece(
        joined(word.text for word in run),
        run[0].start,
        max(word.end for word in run),
        tuple(run),
        _voices(run),
        run[0].voice[0],
        run[0].estimated or run[-1].estimated,
    )


def joined(texts: Iterable[str]) -> str:
    """Join words to a line, with spaces if the script uses them."""
    return join_words(texts)


def mean(spoken: Iterable[Word]) -> float | None:
    """Return the mean confidence of words; `None` if none has one."""
    known = [word.confidence for word in spoken if word.confidence is not None]
    return round(sum(known) / len(known), 6) if known else None


def _words_without_segments(transcription: Transcription) -> list[Word]:
    """Return the words of a model that returns no segments, by start time."""
    words = complete_words("", timed_words(transcription.words or ()))
    whole = Span(0.0, transcription.duration or 0.0)
    return sorted(_words(words, whole, transcription.duration, None), key=_start)


def _timed(stretch: SegmentSpan, words: Sequence[TimedWord]) -> Timed:
    """Return the times of a segment: its own, or else those of its words."""
    start, end = stretch.start, stretch.end
    moments = [each for word in words for each in (word.start, word.end) if each is not None]
    if moments:
        start = min(moments) if start is None else start
        end = max(moments) if end is None else end
    return Timed(*usable(start, end), max(1, len(stretch.text)))


def _segment(segment: TranscriptionSegment, words: Sequence[TimedWord], span: Span) -> Piece:
    speakers = [speaker for speaker in segment.speakers or () if speaker is not None]
    if len(speakers) == 1 and not any(word.speaker is not None for word in words):
        words = [replace(word, speaker=speakers[0]) for word in words]
    own = tuple(_words(words, span, span.end, segment.channel))
    voices: tuple[Voice, ...] = tuple((segment.channel, speaker) for speaker in speakers)
    if any(word.voice[1] is not None for word in own) or not voices:
        voices = _voices(
            [*own, *([] if segment.channel is None else [_silent_word(segment.channel)])]
        )
    return Piece(
        respaced(segment.text.strip(), [word.text for word in own])
        or joined(word.text for word in own),
        span.start,
        max([span.end, *(word.end for word in own if word.estimated)]),
        own,
        voices,
        segment.channel,
        span.estimated,
    )


def _silent_word(channel: int) -> Word:
    return Word("", 0.0, 0.0, None, (channel, None))


def _words(
    words: Sequence[TimedWord], within: Span, end: float | None, channel: int | None
) -> list[Word]:
    spans = in_time(
        [Timed(word.start, word.end, len(word.text)) for word in words], within.start, end
    )
    return [
        Word(
            word.text,
            span.start,
            span.end,
            word.confidence,
            (channel, word.speaker),
            span.estimated,
        )
        for word, span in zip(words, spans, strict=True)
    ]


def _runs(spoken: Iterable[Word]) -> Iterator[list[Word]]:
    """Split words at changes of the speaker."""
    for _, run in groupby(spoken, key=lambda word: word.voice):
        yield list(run)


def _join_sentences(pieces: Iterable[Piece], language: str | None) -> Iterator[Piece]:
    """Join segments to sentences. Without full stops, each segment is a sentence."""
    listed = list(pieces)
    if not any(ends_sentence(piece.text, "", language) for piece in listed):
        yield from listed
        return
    run: list[Piece] = []
    for piece, after in zip(listed, [*listed[1:], None], strict=True):
        run.append(piece)
        other = after is None or (after.channel, after.voices) != (piece.channel, piece.voices)
        if after is None or other or ends_sentence(piece.text, after.text, language):
            yield _join_pieces(run)
            run = []


def _join_pieces(run: Sequence[Piece]) -> Piece:
    return Piece(
        joined(piece.text for piece in run),
        run[0].start,
        max(piece.end for piece in run),
        tuple(word for piece in run for word in piece.words),
        run[0].voices,
        run[0].channel,
        run[0].estimated or run[-1].estimated,
    )


def _voices(words: Iterable[Word]) -> tuple[Voice, ...]:
    known = {word.voice for word in words if word.voice != (None, None)}
    if any(speaker is not None for _, speaker in known):
        known = {voice for voice in known if voice[1] is not None}
    return tuple(sorted(known, key=_by_number))


def _by_number(voice: Voice) -> tuple[int, bool, int, str]:
    channel, speaker = voice
    number = speaker if isinstance(speaker, int) else 0
    return (-1 if channel is None else channel, isinstance(speaker, str), number, str(speaker))


def _start(piece: Piece | Word) -> float:
    return piece.start


def _channel(word: Word) -> int:
    return word.voice[0] or 0
