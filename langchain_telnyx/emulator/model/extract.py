"""Quote the sentences of a context that best answer a question.

A sentence's score is the share of the question's weight that it covers: its own words fully, those
of its headings, its neighbours and the rest of its passage in part. A word weighs by what it is
(see `question`) and by its rarity in the context. The best sentence is quoted, with up to two more
that contain other words of the question, and with what they depend on: the list or code after a
colon, the sentence that an "It" refers to. Where the best covers too little, nothing is quoted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import regex

from langchain_telnyx.emulator.model import question, units, words
from langchain_telnyx.emulator.model.context import Passage

# With a smaller share of the question's weight, a sentence does not answer it: together with its
# context, and by itself.
_MIN_COVERAGE = 0.55
_MIN_OWN = 0.2
_FULL_COVERAGE = 0.9
"""With this share of the question's weight, one sentence is the whole answer."""
_MANY = 60
"""Sentences from which the rarity of words is certain."""
_MOST_SENTENCES = 3
_MOST_LINES = 8
_LONG_SENTENCE = 40
_ENDS = ".!?:;)`\"'\u2026\u201d\u3002\uff01\uff1f"
# How much the words around a sentence count, compared with its own.
_HEADING_SHARE = 0.8
_REFERRED_SHARE = 0.8
_NEIGHBOUR_SHARE = 0.5
_PASSAGE_SHARE = 0.3

_DEPENDENT = regex.compile(
    r"^(?:it|its|this|these|that|those|they|them|such|he|she|for example|for instance|also|then"
    r"|otherwise|in that case|here|both|instead)\b",
    regex.IGNORECASE,
)
_DEFINES = regex.compile(
    r"^\s*(?:what(?:'s| is| are| does)|who(?:'s| is)|define|explain)\b", regex.IGNORECASE
)
_FOLLOW_UP = regex.compile(
    r"\b(?:it|its|that|this|they|them|those|these)\b|^and\b", regex.IGNORECASE
)
_INFO_STRING = regex.compile(r"(?<=^(?:```|~~~))[^\n]*")  # the language of a code block
_IS = regex.compile(r"\b(?:is|are|means|stands for|provides|describes|lets)\b", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation from a passage."""

    text: str
    kind: units.Kind
    passage: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The result of a search of the context.

    Attributes:
        quotes: The quotations, in reading order; empty when nothing matches.
        looked_for: The words that were searched for.
        considered: The number of sentences that were compared.
        coverage: The share of the question's weight that the best sentence covers.
        missing: The words that no passage has.
    """

    quotes: tuple[Quote, ...]
    looked_for: tuple[str, ...]
    considered: int
    coverage: float
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class _Candidate:
    unit: units.Unit
    passage: int
    position: int
    stems: frozenset[str]
    above: frozenset[str]
    named: frozenset[str]
    first: bool
    last: bool
    score: float = 0.0
    coverage: float = 0.0
    matched: dict[str, float] = field(default_factory=dict)


def find(text: str, passages: Sequence[Passage], *, previous: str = "") -> Findings:
    """Find the best answer to a question in `passages`.

    Args:
        text: The question.
        passages: The context, best first if it was retrieved.
        previous: The previous question; its words are added to those of a follow-up question
            ("and how do I delete it?").
    """
    follows = len(question.read(text).weights) < 2 or _is_follow_up(text)  # noqa: PLR2004 - one word is too vague
    parsed = question.read(text, previous if follows else "")
    looked_for = tuple(parsed.weights)
    candidates = _candidates(passages)
    if not parsed.weights or not candidates:
        return Findings((), looked_for, len(candidates), 0.0)
    weights, missing = _weigh(parsed.weights, candidates)
    _score(parsed, weights, candidates, len(passages))
    best = max(candidates, key=lambda candidate: (candidate.score, -candidate.position))
    if not best.score or best.coverage < _MIN_COVERAGE:
        coverage = max(candidate.coverage for candidate in candidates)
        return Findings((), looked_for, len(candidates), coverage, missing)
    quotes = _complete(_choose(best, candidates, weights), candidates)
    return Findings(quotes, looked_for, len(candidates), best.coverage, missing)


def _is_follow_up(text: str) -> bool:
    return bool(_FOLLOW_UP.search(text))


def _candidates(passages: Sequence[Passage]) -> list[_Candidate]:
    found: list[_Candidate] = []
    seen: set[str] = set()
    for index, passage in enumerate(passages):
        pieces = units.split(passage.text)
        for number, unit in enumerate(pieces):
            # Chunks overlap: only the first occurrence of a sentence counts.
            text = " ".join(unit.text.split()).casefold()
            if text in seen:
                continue
            seen.add(text)
            found.append(
                _Candidate(
                    unit=unit,
                    passage=index,
                    position=len(found),
                    stems=frozenset(question.stems(_INFO_STRING.sub("", unit.text))),
                    above=frozenset(question.stems(f"{unit.headings} {passage.source}")),
                    named=frozenset(words.words(passage.source.rpartition("/")[2])),
                    first=number == 0,
                    last=number == len(pieces) - 1,
                )
            )
    return found


def _weigh(
    weights: dict[str, float], candidates: Sequence[_Candidate]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Weigh each stem by its rarity, too; return also the stems that the context lacks.

    The rarity is between 0 and 1. A handful of sentences shows little of it: there, it is near 1.
    """
    size = len(candidates)
    certainty = min(1.0, math.log(size) / math.log(_MANY))
    found: dict[str, float] = {}
    missing: list[str] = []
    for stem, weight in weights.items():
        count = sum(
            any(_similarity(stem, other) for other in candidate.stems | candidate.above)
            for candidate in candidates
        )
        rarity = math.log1p(size / (1 + count)) / math.log1p(size)
        found[stem] = weight * (1 - certainty * (1 - rarity))
        if not count:
            missing.append(stem)
    return found, tuple(missing)


def _similarity(stem: str, other: str) -> float:
    """Return the similarity of two stems: "config" and "configur" are similar."""
    if stem == other:
        return 1.0
    short, long = sorted((stem, other), key=len)
    # Neither "run" and "runic" nor "word" and "wordpress".
    is_similar = len(short) > 3 and 2 * len(short) > len(long) and long.startswith(short)  # noqa: PLR2004
    return 0.8 if is_similar else 0.0


def _match(weights: dict[str, float], stems: frozenset[str]) -> dict[str, float]:
    matched: dict[str, float] = {}
    for stem, weight in weights.items():
        if stem in stems:
            matched[stem] = weight
        elif similarity := max((_similarity(stem, other) for other in stems), default=0.0):
            matched[stem] = similarity * weight
    return matched


def _score(
    parsed: question.Question,
    weights: dict[str, float],
    candidates: Sequence[_Candidate],
    passages: int,
) -> None:
    total = sum(weights.values())
    phrases = _phrases(parsed.text)
    defines = bool(_DEFINES.search(parsed.text))
    question_words = set(words.words(parsed.text))
    within: dict[int, set[str]] = {}
    for candidate in candidates:
        candidate.matched = _match(weights, candidate.stems)
        within.setdefault(candidate.passage, set()).update(candidate.matched)
    for candidate in candidates:
        own = sum(candidate.matched.values())
        if candidate.unit.kind == "code" and parsed.is_strict and not parsed.is_about_code:
            continue  # a number in an example is no answer
        covered = dict(candidate.matched)
        for share, stems in (
            (_HEADING_SHARE, candidate.above),
            (_REFERRED_SHARE, _referred_to(candidate, candidates)),
            (_NEIGHBOUR_SHARE, _neighbours(candidate, candidates)),
            (_PASSAGE_SHARE, frozenset(within[candidate.passage])),
        ):
            for stem, weight in _match(weights, stems).items():
                covered[stem] = max(covered.get(stem, 0.0), share * weight)
        candidate.coverage = sum(covered.values()) / total
        if own < _MIN_OWN * total:
            continue
        text = candidate.unit.text
        shared = phrases & _phrases(text)
        score = candidate.coverage + 0.3 * _phrase_weight(shared, weights) / total
        score *= parsed.fit(f"{candidate.unit.term}: {text}" if candidate.unit.term else text)
        if defines and _IS.search(text):
            head = frozenset(question.stems(" ".join(text.split()[:4])))
            score *= 1.3 if _match(weights, head) else 1.05
        if candidate.named & question_words:
            score *= 1.05
        # In a retrieved context the best passage is first.
        score *= 1.0 + 0.1 * (1 - candidate.passage / passages)
        if candidate.unit.kind == "code":
            score *= 0.75 if parsed.is_about_code else 0.5
        candidate.score = score * _readability(candidate)


def _referred_to(candidate: _Candidate, candidates: Sequence[_Candidate]) -> frozenset[str]:
    at = candidate.position
    if _DEPENDENT.match(candidate.unit.text) and _joined(candidates, at - 1, at):
        return candidates[at - 1].stems
    return frozenset()


def _neighbours(candidate: _Candidate, candidates: Sequence[_Candidate]) -> frozenset[str]:
    at = candidate.position
    around = [
        candidates[other].stems
        for other in (at - 1, at + 1)
        if 0 <= other < len(candidates) and candidates[other].passage == candidate.passage
    ]
    return frozenset().union(*around)


def _phrases(text: str) -> set[tuple[str, str]]:
    """Return the pairs of adjacent words, including stop words ("else clause")."""
    return set(pairwise(words.words(text)))


def _phrase_weight(phrases: set[tuple[str, str]], weights: dict[str, float]) -> float:
    return sum(max(weights.get(words.stem(word), 0.0) for word in phrase) for phrase in phrases)


def _readability(candidate: _Candidate) -> float:
    """Return a factor below 1 for fragments, questions and very long pieces."""
    text, kind = candidate.unit.text, candidate.unit.kind
    size = len(text.split())
    factor = 1.0 / (1.0 + 0.01 * max(0, size - _LONG_SENTENCE))
    if kind == "prose" and size < 4:  # noqa: PLR2004 - too short to be an answer
        factor *= 0.6
    # Chunks split sentences: without a beginning or an end, this is a fragment of one.
    if candidate.first and text[0].islower():
        factor *= 0.6
    if candidate.last and kind in {"prose", "item"} and text[-1] not in _ENDS:
        factor *= 0.6
    if text.endswith("?"):
        factor *= 0.7
    return factor


def _choose(
    best: _Candidate, candidates: Sequence[_Candidate], weights: dict[str, float]
) -> list[_Candidate]:
    """Choose the best candidate, and others that contain more words of the question."""
    chosen = [best]
    if best.coverage >= _FULL_COVERAGE:
        return chosen
    ranked = sorted(candidates, key=lambda candidate: (-candidate.score, candidate.position))
    covered = set(best.matched)
    total = sum(weights.values())
    for candidate in ranked[1:]:
        if len(chosen) == _MOST_SENTENCES or candidate.score < 0.6 * best.score:
            break
        fresh = sum(weights[stem] for stem in candidate.matched if stem not in covered)
        if fresh >= 0.2 * total:
            chosen.append(candidate)
            covered.update(candidate.matched)
    return sorted(
        chosen, key=lambda candidate: (candidate.passage != best.passage, candidate.position)
    )


def _complete(chosen: Sequence[_Candidate], candidates: Sequence[_Candidate]) -> tuple[Quote, ...]:
    """Add the sentences or blocks that each quotation depends on."""
    positions: list[int] = []
    for candidate in chosen:
        start = end = candidate.position
        is_dependent = candidate.unit.kind == "code" or _DEPENDENT.match(candidate.unit.text)
        if is_dependent and _joined(candidates, start - 1, start):
            start -= 1
        if candidates[end].unit.text.endswith(":"):
            end = _block_after(candidates, end)
        elif (
            _joined(candidates, end, end + 1)
            and _DEPENDENT.match(candidates[end + 1].unit.text)
            and candidates[end + 1].unit.kind == "prose"
        ):
            end += 1
        positions += [at for at in range(start, end + 1) if at not in positions]
    return tuple(_quote(candidates, positions, at) for at in positions)


def _quote(candidates: Sequence[_Candidate], positions: Sequence[int], at: int) -> Quote:
    """Quote a candidate; the first one of a definition after its term."""
    candidate = candidates[at]
    text, kind, term = candidate.unit.text, candidate.unit.kind, candidate.unit.term
    same = [
        other for other in positions if candidates[other].unit.headings == candidate.unit.headings
    ]
    if term and kind == "prose" and same[0] == at:
        text = f"{term}: {text}"
    return Quote(text, kind, candidate.passage)


def _joined(candidates: Sequence[_Candidate], first: int, second: int) -> bool:
    return (
        first >= 0
        and second < len(candidates)
        and candidates[first].passage == candidates[second].passage
        and candidates[first].unit.headings == candidates[second].unit.headings
    )


def _block_after(candidates: Sequence[_Candidate], at: int) -> int:
    """Find the end of the list, table or code that follows a colon."""
    end = at
    kind = candidates[at + 1].unit.kind if at + 1 < len(candidates) else "prose"
    while (
        _joined(candidates, at, end + 1)
        and candidates[end + 1].unit.kind == kind
        and end - at < (1 if kind in {"prose", "code"} else _MOST_LINES)
    ):
        end += 1
    return end
