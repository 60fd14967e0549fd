"""Find the facts in a text: numbers, dates, addresses, quotations, names, and named values.

A fact has a position, so that two parameters are not filled from the same words.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from langchain_telnyx.emulator.model import words

Kind = Literal["url", "email", "uuid", "date", "time", "phone", "quoted", "number", "name"]

_MONTHS = words.word_list(
    "january february march april may june july august september october november december"
)
_MONTH = "|".join(f"{month}|{month[:3]}" for month in _MONTHS)

# In order of precedence: digits inside a URL are not a number.
_PATTERNS: dict[Kind, regex.Pattern[str]] = {
    "url": regex.compile(r"\b(?:https?|ftp|wss?|s3)://[^\s<>\"'`)\]]*[^\s<>\"'`)\].,;:!?]"),
    "email": regex.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b"),
    "uuid": regex.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", regex.IGNORECASE),
    "quoted": regex.compile(
        r"\"([^\"\n]+)\"|“([^”\n]+)”|`([^`\n]+)`|«([^»\n]+)»|(?<![\w])'([^'\n]+)'(?![\w])"
    ),
    "date": regex.compile(
        r"\b\d{4}-\d{2}-\d{2}\b(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
        r"|\b\d{1,2}/\d{1,2}/\d{4}\b"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})\.?,?(?: \d{{4}})?\b"
        rf"|\b(?:{_MONTH})\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"
        r"|\b(?:today|tomorrow|yesterday)\b",
        regex.IGNORECASE,
    ),
    "time": regex.compile(
        r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\b)?|\b\d{1,2}\s*[ap]\.?m\b", regex.IGNORECASE
    ),
    "phone": regex.compile(r"(?<![\w.])(?:\+\d[\d ().-]{6,}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})\b"),
    "number": regex.compile(
        r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,30})(?:\.\d{1,30})?(?![\d:])", regex.ASCII
    ),
    "name": regex.compile(
        r"\b[^\W\d_a-z][\w'\u2019&.-]*(?: (?:of|de|la|van|von|[^\W\d_a-z][\w'\u2019&.-]*))*"
    ),
}
_SMALL_NUMBERS = {
    word: value
    for value, word in enumerate(
        words.word_list("zero one two three four five six seven eight nine ten eleven twelve")
    )
}
_NUMBER_WORD = regex.compile(rf"\b(?:{'|'.join(_SMALL_NUMBERS)})\b", regex.IGNORECASE)
_STATE_CODE = regex.compile(r",\s+([A-Z]{2})\b(?!\w)")  # "San Francisco, CA" is one place
# Verbs that begin a request: their capital letter does not mark a name.
_REQUESTS = words.word_set(
    """
    add ask book buy calculate call change check classify compare compute convert count create
    delete divide email estimate evaluate extract fetch forecast generate get google go list
    look make measure message multiply open order plan play post print read remind remove reserve
    run save schedule search send set sort start stop store subtract sum text track translate
    turn update using visit weather write
    """
)
_NOT_NAMES = _REQUESTS | words.STOP_WORDS | words.QUESTION_WORDS
_SENTENCE_STARTS_AFTER = ".!?:\n-*•"
_FOLLOWS_NAME = regex.compile(r"\s*(?:,|and\b|or\b|is\b|was\b|has\b|lives\b|works\b|wants\b|at\b)")
_AND = regex.compile(r"\s*(?:,\s*(?:and|or|&)?|\band\b|\bor\b|&|\+)\s*", regex.IGNORECASE)
_LIST_ENDS = regex.compile(r"\b(?:and|or)\b|&", regex.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One fact: its position, its text and its kind."""

    start: int
    end: int
    text: str
    kind: Kind


class Facts:
    """The facts of one text, in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[Kind, list[Fact]] = {kind: [] for kind in _PATTERNS}
        masked = text
        for kind, pattern in _PATTERNS.items():
            for match in pattern.finditer(masked):
                inside = self._found[kind] and match.start() < self._found[kind][-1].end
                if not inside and (fact := _fact(kind, match, text)):
                    self._found[kind].append(fact)
                    # Quotations are not masked: `"5"` is also a number, and "Ann Lee" a name.
                    if kind != "quoted":
                        masked = _blank(masked, fact.start, fact.end)
        self._found["number"] += [
            Fact(match.start(), match.end(), str(_SMALL_NUMBERS[match[0].lower()]), "number")
            for match in _NUMBER_WORD.finditer(masked)
        ]
        self._found["number"].sort()

    @property
    def kinds(self) -> Sequence[Kind]:
        """All kinds of facts."""
        return list(self._found)

    def of(self, *kinds: Kind) -> list[Fact]:
        """List the facts of these kinds, kind by kind."""
        return [fact for kind in kinds for fact in self._found[kind]]

    def after(self, position: int, *kinds: Kind) -> Fact | None:
        """Find the first fact of these kinds at or after `position`."""
        return min((fact for fact in self.of(*kinds) if fact.start >= position), default=None)

    def lists(self, *kinds: Kind) -> list[list[Fact]]:
        """List the facts that the text enumerates, such as "Paris, Rome and Oslo"."""
        runs: list[list[Fact]] = []
        for kind in kinds:
            run: list[Fact] = []
            for fact in self._found[kind]:
                if run and not _AND.fullmatch(self.text, run[-1].end, fact.start):
                    runs.append(run)
                    run = []
                run.append(fact)
            runs.append(run)
        # A comma alone does not enumerate: "Paris, France" is one place.
        return [
            run
            for run in runs
            if len(run) > 1 and _LIST_ENDS.search(self.text, run[-2].end, run[-1].start)
        ]


def _fact(kind: Kind, match: regex.Match[str], text: str) -> Fact | None:
    if kind == "quoted":
        group = next(index for index, value in enumerate(match.groups(), 1) if value is not None)
        return Fact(match.start(), match.end(), match[group].strip(), kind)
    if kind != "name":
        return Fact(match.start(), match.end(), match[0].strip(), kind)
    return _name(match, text)


def _name(match: regex.Match[str], text: str) -> Fact | None:
    """Return a capitalised phrase as a name, unless it is only the beginning of a sentence."""
    start, end = match.start(), match.end()
    phrase = match[0]
    before = text[max(0, start - 8) : start].rstrip("\"'( \t")
    if not before or before[-1] in _SENTENCE_STARTS_AFTER:
        first, _, rest = phrase.partition(" ")
        follows = _FOLLOWS_NAME.match(text, end)
        if first.lower().rstrip(".'\u2019") in _NOT_NAMES or not (rest or follows):
            start, phrase = end - len(rest), rest
    trimmed = phrase.rstrip(".'\u2019-&")
    if trimmed.endswith(("'s", "\u2019s")):
        trimmed = trimmed[:-2]
    end = start + len(trimmed)
    if not trimmed or trimmed == "I" or trimmed.lower() in words.STOP_WORDS:
        return None
    if region := _STATE_CODE.match(text, end):
        return Fact(start, region.end(), f"{trimmed}, {region[1]}", "name")
    return Fact(start, end, trimmed, "name")


def _blank(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"


def named_value(text: str, name: str) -> tuple[int, str] | None:
    """Find the value that a text gives for a name, as in `city: Oslo`, `n=3`, `the unit is metric`.

    Returns:
        The position of the value and the value without its quotes, or None.
    """
    parts = words.words(name)
    if not parts:
        return None
    label = r"[\s_-]*".join(map(regex.escape, parts))
    # A one-letter name needs a sign: "a" is also an article.
    sign = r"[:=]" if len(name) == 1 else r"[:=]|\b(?:is|are|was|equals|of|named|called)\b"
    pattern = regex.compile(
        rf"(?<![\w-])[\"'`*]{{0,4}}{label}[\"'`*]{{0,4}}\s{{0,20}}(?:{sign})\s{{0,20}}"
        r"(?:\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n]*)`|(\[[^\]\n]*\])"
        r"|([^\n,;]+?)(?=\.?\s*(?:$|[\n,;?!]|\.\s|\band\s+[\w\s]+(?:[:=]|\bis\b))))",
        regex.IGNORECASE,
    )
    if match := pattern.search(text):
        for group, value in enumerate(match.groups(), 1):
            if value is not None:
                return match.start(group), value.strip()
    return None


def split_list(text: str) -> Sequence[str]:
    """Split an enumeration such as "a, b and c", also in brackets."""
    bare = text.strip().strip("[]()")
    return [part.strip("\"'` ") for part in _AND.split(bare) if part.strip("\"'` ")]


def iso_date(text: str, today: dt.date) -> dt.date | None:
    """Parse a date in a common notation; return None if it is not a date."""
    text = text.lower()
    for word, days in (("today", 0), ("tomorrow", 1), ("yesterday", -1)):
        if text == word:
            return today + dt.timedelta(days=days)
    try:
        if match := regex.match(r"(\d{4})-(\d{2})-(\d{2})", text):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        if match := regex.match(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            return dt.date(int(match[3]), int(match[1]), int(match[2]))
        month = regex.search(rf"\b({_MONTH})\b", text)
        numbers = [int(number) for number in regex.findall(r"\d+", text)]
        if month and numbers:
            index = [name[:3] for name in _MONTHS].index(month[1][:3]) + 1
            year = next((number for number in numbers if number > 31), today.year)  # noqa: PLR2004 - not a day
            return dt.date(year, index, next(number for number in numbers if number != year))
    except (ValueError, StopIteration):
        return None
    return None


def iso_time(text: str) -> dt.time | None:
    """Parse a time of day in a common notation; return None if it is not a time."""
    match = regex.fullmatch(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*(?:([ap])\.?m)?", text.lower())
    if match is None:
        return None
    hour = int(match[1]) % 12 + (12 if match[4] == "p" else 0) if match[4] else int(match[1])
    try:
        return dt.time(hour, int(match[2] or 0), int(match[3] or 0))
    except ValueError:
        return None


def number(text: str) -> int | float:
    """Parse the text of a number fact."""
    bare = text.replace(",", "")
    return float(bare) if "." in bare else int(bare)
