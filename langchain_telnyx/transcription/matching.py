"""Words and segments matched: which segment a word is of, and which words a list lacks.

Models give words beside segments, words without times, and texts of which some words are not in
the list of words. Texts are compared first, as times at the edges of segments are not exact.
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
    """A word as a model gives it, with usable times only.

    Attributes:
        text: The word as it is written.
        start: Where it begins, in seconds.
        end: Where it ends.
        confidence: How sure the model is, 0 to 1.
        speaker: Who says it.
    """

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment to which words may belong.

    Attributes:
        text: Its text.
        start: Where it begins, where that is known.
        end: Where it ends.
    """

    text: str
    start: float | None
    end: float | None

    def distance(self, word: TimedWord) -> float:
        """Return the seconds between a word's beginning and this; 0 inside, and without times."""
        moment = word.end if word.start is None else word.start
        if moment is None:
            return 0.0
        before = 0.0 if self.start is None else self.start - moment
        after = 0.0 if self.end is None else moment - self.end
        return max(0.0, before, after)


def timed_words(words: Sequence[TranscribedWord]) -> list[TimedWord]:
    """Return the words of an answer.

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


def completed(text: str, words: Sequence[TimedWord]) -> list[TimedWord]:
    """Return words with those that the text has and the list lacks.

    Args:
        text: The text.
        words: The words of it that the model lists.
    """
    return shared([Stretch(text, None, None)], words)[0]


def shared(stretches: Sequence[Stretch], words: Sequence[TimedWord]) -> list[list[TimedWord]]:
    """Return the words of each segment: no word is lost, whatever its time.

    A word goes to the segment whose text has it, else to the nearest one. Words that the texts
    have and the list lacks are put in, without times.

    Args:
        stretches: The segments, one at least.
        words: All their words.
    """
    tokens = [(_plain(token), at, token) for at, one in enumerate(stretches) for token in _cut(one)]
    homes: list[int | None] = [None] * len(words)
    lacking: list[tuple[int, int, str]] = []  # before which word, in which segment, what
    for tag, i1, i2, j1, j2 in _matched(words, [plain for plain, _, _ in tokens]):
        if tag == "equal":
            homes[i1:i2] = [home for _, home, _ in tokens[j1:j2]]
        elif tag == "replace":  # written otherwise, such as numbers
            places = sorted({home for _, home, _ in tokens[j1:j2]})
            homes[i1:i2] = [
                _nearest(stretches, places, words[at], (at - i1) / (i2 - i1))
                for at in range(i1, i2)
            ]
        elif tag == "insert":
            lacking += [(i1, home, token) for _, home, token in tokens[j1:j2]]
    lacking = _not_elsewhere(lacking, words, homes)
    everywhere = range(len(stretches))
    found: list[list[TimedWord]] = [[] for _ in stretches]
    before = 0
    for at, word in enumerate(words):
        _put(found, lacking, at)
        home = homes[at]
        if home is None:
            timed = word.start is not None or word.end is not None
            home = _nearest(stretches, everywhere, word, 0.0) if timed else before
        found[home].append(word)
        before = home
    _put(found, lacking, len(words))
    for own, stretch in zip(found, stretches, strict=True):
        if not own:
            own += [TimedWord(token) for token in stretch.text.split()]
    return [_with_speakers(own) for own in found]


def _not_elsewhere(
    lacking: Sequence[tuple[int, int, str]], words: Sequence[TimedWord], homes: list[int | None]
) -> list[tuple[int, int, str]]:
    """Leave out what is among the words in another order, as where people speak at once."""
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for at, home in enumerate(homes):
        if home is None:
            waiting[_plain(words[at].text)].append(at)
    left: list[tuple[int, int, str]] = []
    for before, home, token in lacking:
        if same := waiting[_plain(token)]:
            homes[same.popleft()] = home
        else:
            left.append((before, home, token))
    return left


def _put(found: list[list[TimedWord]], lacking: list[tuple[int, int, str]], at: int) -> None:
    while lacking and lacking[0][0] == at:
        _, home, token = lacking.pop(0)
        found[home].append(TimedWord(token))


def _matched(
    words: Sequence[TimedWord], tokens: Sequence[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    plain = [_plain(word.text) for word in words]
    if plain == tokens:
        yield "equal", 0, len(plain), 0, len(plain)
        return
    yield from SequenceMatcher(None, plain, tokens).get_opcodes()


def _nearest(
    stretches: Sequence[Stretch], places: Sequence[int], word: TimedWord, share: float
) -> int:
    """Return the segment of some that is nearest to a word; by its share of them without a time."""
    if word.start is None and word.end is None:
        return places[int(share * len(places))]
    # Of those that hold it, the one that began last: where one ends, the next begins.
    return min(
        places, key=lambda one: (stretches[one].distance(word), -(stretches[one].start or 0.0))
    )


def _with_speakers(words: list[TimedWord]) -> list[TimedWord]:
    """Give a word without a speaker that of the word before it, or of the first who has one."""
    speaker = next((word.speaker for word in words if word.speaker is not None), None)
    found: list[TimedWord] = []
    for word in words:
        speaker = speaker if word.speaker is None else word.speaker
        found.append(word if word.speaker == speaker else replace(word, speaker=speaker))
    return found


def _cut(stretch: Stretch) -> list[str]:
    return [token for token in stretch.text.split() if _plain(token)]


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
