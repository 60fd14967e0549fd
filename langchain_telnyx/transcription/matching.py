"""Assigns words to segments, and adds words that are missing from the list of words.

Models return words separately from segments, words without times, and texts with words that are not
in the list. Texts are compared first, because times at the edges of segments are not exact.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from langchain_telnyx.client.api.audio import TranscribedWord
from langchain_telnyx.transcripts.spans import usable
from langchain_telnyx.transcripts.speakers import Speaker


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word of a model's response; unusable times are removed.

    Attributes:
        text: The word.
        start: Its start in seconds.
        end: Its end in seconds.
        confidence: The model's confidence, 0 to 1.
        speaker: Its speaker.
    """

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True)
class SegmentSpan:
    """A segment to which words may belong.

    Attributes:
        text: Its text.
        start: Its start in seconds, if known.
        end: Its end in seconds.
    """

    text: str
    start: float | None
    end: float | None

    def distance(self, word: TimedWord) -> float:
        """Return the seconds between a word and this segment; 0 if it is inside or has no time."""
        moment = word.end if word.start is None else word.start
        if moment is None:
            return 0.0
        before = 0.0 if self.start is None else self.start - moment
        after = 0.0 if self.end is None else moment - self.end
        return max(0.0, before, after)


def timed_words(words: Sequence[TranscribedWord]) -> list[TimedWord]:
    """Return the words of a transcription.

    Args:
        words: The words.
    """
    found: list[TimedWord] = []
    for word in words:
        text = word.punctuated_word or word.word
        if text.strip():
            start, end = usable(word.start, word.end)
            found.append(TimedWord(text, start, end, word.confidence, word.speaker))
    return found


def complete_words(text: str, words: Sequence[TimedWord]) -> list[TimedWord]:
    """Return words, completed with words of the text that are missing.

    Args:
        text: The text.
        words: The words that the model returned.
    """
    return assign_words([SegmentSpan(text, None, None)], words)[0]


def assign_words(
    segments: Sequence[SegmentSpan], words: Sequence[TimedWord]
) -> list[list[TimedWord]]:
    """Return the words of each segment. No word is lost.

    A word belongs to the segment whose text contains it, or else to the nearest one. Words of the
    texts that are missing from the list are added without times.

    Args:
        segments: The segments, at least one.
        words: All words.
    """
    tokens = [(_plain(token), at, token) for at, one in enumerate(segments) for token in _cut(one)]
    owners: list[int | None] = [None] * len(words)
    missing: list[tuple[int, int, str]] = []  # index of the next word, segment, text
    for tag, i1, i2, j1, j2 in _matched(words, [plain for plain, _, _ in tokens]):
        if tag == "equal":
            owners[i1:i2] = [owner for _, owner, _ in tokens[j1:j2]]
        elif tag == "replace":  # different spelling, such as numbers
            places = sorted({owner for _, owner, _ in tokens[j1:j2]})
            owners[i1:i2] = [
                _nearest(segments, places, words[at], (at - i1) / (i2 - i1)) for at in range(i1, i2)
            ]
        elif tag == "insert":
            missing += [(i1, owner, token) for _, owner, token in tokens[j1:j2]]
    missing = _without_reordered(missing, words, owners)
    everywhere = range(len(segments))
    found: list[list[TimedWord]] = [[] for _ in segments]
    before = 0
    for at, word in enumerate(words):
        _insert(found, missing, at)
        owner = owners[at]
        if owner is None:
            timed = word.start is not None or word.end is not None
            owner = _nearest(segments, everywhere, word, 0.0) if timed else before
        found[owner].append(word)
        before = owner
    _insert(found, missing, len(words))
    for segment_words, segment in zip(found, segments, strict=True):
        if not segment_words:
            segment_words += [TimedWord(token) for token in segment.text.split()]
    return [_with_speakers(segment_words) for segment_words in found]


def _without_reordered(
    missing: Sequence[tuple[int, int, str]], words: Sequence[TimedWord], owners: list[int | None]
) -> list[tuple[int, int, str]]:
    """Leave out words that are in the list in another order, for example in simultaneous speech."""
    unassigned: defaultdict[str, deque[int]] = defaultdict(deque)
    for at, owner in enumerate(owners):
        if owner is None:
            unassigned[_plain(words[at].text)].append(at)
    remaining: list[tuple[int, int, str]] = []
    for before, owner, token in missing:
        if same := unassigned[_plain(token)]:
            owners[same.popleft()] = owner
        else:
            remaining.append((before, owner, token))
    return remaining


def _insert(found: list[list[TimedWord]], missing: list[tuple[int, int, str]], at: int) -> None:
    while missing and missing[0][0] == at:
        _, owner, token = missing.pop(0)
        found[owner].append(TimedWord(token))


def _matched(
    words: Sequence[TimedWord], tokens: Sequence[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    plain = [_plain(word.text) for word in words]
    if plain == tokens:
        yield "equal", 0, len(plain), 0, len(plain)
        return
    yield from SequenceMatcher(None, plain, tokens).get_opcodes()


def _nearest(
    segments: Sequence[SegmentSpan], places: Sequence[int], word: TimedWord, share: float
) -> int:
    """Return the nearest of some segments; for a word without times, by its relative position."""
    if word.start is None and word.end is None:
        return places[int(share * len(places))]
    # If several contain the word, use the one that started last.
    return min(
        places, key=lambda one: (segments[one].distance(word), -(segments[one].start or 0.0))
    )


def _with_speakers(words: list[TimedWord]) -> list[TimedWord]:
    """Set missing speakers to that of the previous word, or of the first word that has one."""
    speaker = next((word.speaker for word in words if word.speaker is not None), None)
    found: list[TimedWord] = []
    for word in words:
        speaker = speaker if word.speaker is None else word.speaker
        found.append(word if word.speaker == speaker else replace(word, speaker=speaker))
    return found


def _cut(segment: SegmentSpan) -> list[str]:
    return [token for token in segment.text.split() if _plain(token)]


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
