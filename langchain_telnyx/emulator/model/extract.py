"""Quote the sentences of a context that best answer a question.

A sentence's score is the sum of the stems that it shares with the question, weighted by inverse
document frequency over the context; its headings and its neighbours add a part of their score. The
best sentence is quoted, with up to two more that contain other words of the question, and with what
they depend on: the list or code after a colon, the sentence that an "It" refers to.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import regex

from langchain_telnyx.emulator.model import units, words
from langchain_telnyx.emulator.model.context import Passage

# With less than this share of the question's weight, the context does not answer it.
_MIN_COVERAGE = 0.34
_MOST_SENTENCES = 3
_MOST_LINES = 8
_LONG_SENTENCE = 40
_ENDS = ".!?:;)`\"'\u2026\u201d\u3002\uff01\uff1f"

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
_IS = regex.compile(r"\b(?:is|are|means|stands for|provides|describes|lets)\b", regex.IGNORECASE)

# Pairs of a pattern for questions, and a pattern for the sentences that answer them.
_ANSWER_SIGNS: tuple[tuple[regex.Pattern[str], regex.Pattern[str]], ...] = (
    (
        regex.compile(
            r"\bhow (?:many|much|long|often|old|big|large|fast)\b|\bwhen\b"
            r"|\b(?:number|port|version|year|date|limit|price|cost|default)\b",
            regex.IGNORECASE,
        ),
        regex.compile(r"\d"),
    ),
    (
        regex.compile(r"\bwhy\b|\breason\b", regex.IGNORECASE),
        regex.compile(
            r"\b(?:because|since|so that|therefore|reason|otherwise)\b", regex.IGNORECASE
        ),
    ),
    (
        regex.compile(r"^\s*where\b", regex.IGNORECASE),
        regex.compile(
            r"\b(?:above|at|behind|below|beside|by|in|inside|near|next to|on|under|with)\b",
            regex.IGNORECASE,
        ),
    ),
    (
        regex.compile(r"^\s*who\b", regex.IGNORECASE),
        regex.compile(r"\w.*\b[A-Z][a-z]+"),
    ),
    (
        regex.compile(
            r"\bhow (?:do|can|to|does|should)\b|\b(?:command|install|run)\b", regex.IGNORECASE
        ),
        regex.compile(
            r"`|^\s*[$>]|\b(?:use|run|call|set|pass|install)\b", regex.IGNORECASE | regex.MULTILINE
        ),
    ),
)


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
        coverage: The share of the question's weight that the quotes cover.
    """

    quotes: tuple[Quote, ...]
    looked_for: tuple[str, ...]
    considered: int
    coverage: float


@dataclass(slots=True)
class _Candidate:
    unit: units.Unit
    passage: int
    position: int
    stems: frozenset[str]
    above: frozenset[str]
    first: bool
    last: bool
    score: float = 0.0
    matched: dict[str, float] = field(default_factory=dict)


def find(question: str, passages: Sequence[Passage], *, previous: str = "") -> Findings:
    """Find the best answer to `question` in `passages`.

    Args:
        question: The question.
        passages: The context, best first if it was retrieved.
        previous: The previous question; its words are added to those of a follow-up question
            ("and how do I delete it?").
    """
    query = dict.fromkeys(words.topic(question), 1.0)
    if previous and (len(query) < 2 or _is_follow_up(question)):  # noqa: PLR2004 - one word is too vague
        for stem in words.topic(previous):
            query.setdefault(stem, 0.5)
    candidates = _candidates(passages)
    weights = _weigh(query, candidates)
    total = sum(weights.values())
    if not total or not candidates:
        return Findings((), tuple(query), len(candidates), 0.0)
    _score(question, weights, candidates, len(passages))
    chosen = _choose(candidates, weights)
    covered = {stem for candidate in chosen for stem in candidate.matched}
    coverage = sum(weights[stem] for stem in covered) / total
    if coverage < _MIN_COVERAGE:
        return Findings((), tuple(query), len(candidates), coverage)
    quotes = _complete(chosen, candidates)
    return Findings(quotes, tuple(query), len(candidates), coverage)


def _is_follow_up(question: str) -> bool:
    return bool(_FOLLOW_UP.search(question))


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
                    stems=frozenset(words.stems(unit.text)),
                    above=frozenset(words.stems(f"{unit.headings} {passage.source}")),
                    first=number == 0,
                    last=number == len(pieces) - 1,
                )
            )
    return found


def _weigh(query: dict[str, float], candidates: Sequence[_Candidate]) -> dict[str, float]:
    """Weigh each stem by its rarity; a stem that the context lacks has the largest weight."""
    frequency = Counter(stem for candidate in candidates for stem in candidate.stems)
    size = len(candidates)
    return {
        stem: share * math.log(1 + (size - count + 0.5) / (count + 0.5) + 0.5)
        for stem, share in query.items()
        for count in [
            sum(frequency[other] for other in frequency if _similarity(stem, other) == 1.0)
        ]
    }


def _similarity(stem: str, other: str) -> float:
    """Return the similarity of two stems: "config" and "configur" are similar."""
    if stem == other:
        return 1.0
    short, long = sorted((stem, other), key=len)
    return 0.7 if len(short) > 3 and long.startswith(short) else 0.0  # noqa: PLR2004 - "run", "runic"


def _match(weights: dict[str, float], stems: frozenset[str]) -> dict[str, float]:
    matched: dict[str, float] = {}
    for stem, weight in weights.items():
        if stem in stems:
            matched[stem] = weight
        elif similarity := max((_similarity(stem, other) for other in stems), default=0.0):
            matched[stem] = similarity * weight
    return matched


def _score(
    question: str, weights: dict[str, float], candidates: Sequence[_Candidate], passages: int
) -> None:
    signs = [sign for topic, sign in _ANSWER_SIGNS if topic.search(question)]
    phrases = _phrases(question)
    defines = bool(_DEFINES.search(question))
    nearby: dict[int, set[str]] = {}
    for candidate in candidates:
        candidate.matched = _match(weights, candidate.stems)
        nearby.setdefault(candidate.passage, set()).update(candidate.matched)
    for candidate in candidates:
        own = sum(candidate.matched.values())
        if not own and not candidate.above:
            continue
        matched = set(candidate.matched)
        context_score = 0.0
        # A sentence gets half of the score of its headings and of the sentence that an "It" refers
        # to, and a little of the rest of its passage.
        for share, stems in (
            (0.5, candidate.above),
            (0.5, _referred_to(candidate, candidates)),
            (0.15, frozenset(nearby[candidate.passage])),
        ):
            nearby_match = _match(weights, stems)
            context_score += share * sum(
                nearby_match[stem] for stem in nearby_match if stem not in matched
            )
            matched |= nearby_match.keys()
        shared = phrases & _phrases(candidate.unit.text)
        score = own + context_score + 0.3 * _phrase_weight(shared, weights)
        score *= 1.0 + 0.12 * sum(bool(sign.search(candidate.unit.text)) for sign in signs)
        if defines and _IS.search(candidate.unit.text):
            head = frozenset(words.stems(" ".join(candidate.unit.text.split()[:4])))
            score *= 1.3 if _match(weights, head) else 1.05
        # In a retrieved context the best passage is first.
        score *= 1.0 + 0.1 * (1 - candidate.passage / passages)
        candidate.score = score * _readability(candidate)


def _referred_to(candidate: _Candidate, candidates: Sequence[_Candidate]) -> frozenset[str]:
    at = candidate.position
    if _DEPENDENT.match(candidate.unit.text) and _joined(candidates, at - 1, at):
        return candidates[at - 1].stems
    return frozenset()


def _phrases(text: str) -> set[tuple[str, str]]:
    """Return the pairs of adjacent words, including stop words ("else clause")."""
    return set(pairwise(words.words(text)))


def _phrase_weight(phrases: set[tuple[str, str]], weights: dict[str, float]) -> float:
    return sum(max(weights.get(words.stem(word), 0.0) for word in phrase) for phrase in phrases)


def _readability(candidate: _Candidate) -> float:
    """Return a factor below 1 for fragments, very long pieces and code without text."""
    text, kind = candidate.unit.text, candidate.unit.kind
    size = len(text.split())
    factor = 1.0 / (1.0 + 0.01 * max(0, size - _LONG_SENTENCE))
    if kind == "prose" and size < 4:  # noqa: PLR2004 - too short to be an answer
        factor *= 0.5
    # Chunks split sentences: without a beginning or an end, this is a fragment of one.
    if candidate.first and text[0].islower():
        factor *= 0.6
    if candidate.last and kind in {"prose", "item"} and text[-1] not in _ENDS:
        factor *= 0.6
    return factor * (0.75 if kind == "code" else 1.0)


def _choose(candidates: Sequence[_Candidate], weights: dict[str, float]) -> list[_Candidate]:
    """Choose the best candidate, and more that contain other words of the question."""
    ranked = sorted(candidates, key=lambda candidate: (-candidate.score, candidate.position))
    best = ranked[0]
    chosen = [best]
    covered = set(best.matched)
    total = sum(weights.values())
    for candidate in ranked[1:]:
        if len(chosen) == _MOST_SENTENCES or candidate.score < 0.45 * best.score:
            break
        fresh = sum(weights[stem] for stem in candidate.matched if stem not in covered)
        close = candidate.passage == best.passage and abs(candidate.position - best.position) == 1
        if fresh >= 0.2 * total or (close and candidate.score >= 0.7 * best.score):
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
    return tuple(
        Quote(candidates[at].unit.text, candidates[at].unit.kind, candidates[at].passage)
        for at in positions
    )


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
