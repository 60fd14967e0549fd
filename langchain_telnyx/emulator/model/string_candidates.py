"""Find candidates for a string parameter in a text, by the parameter's name.

A `city` is a name, a `recipient` an address, a `query` the whole request without polite phrases.
"""

from collections.abc import Iterator

import regex

from langchain_telnyx.emulator.model import facts, words
from langchain_telnyx.emulator.model.facts import Fact, Kind
from langchain_telnyx.emulator.model.schema import Schema
from langchain_telnyx.emulator.model.source_text import LIKELY, STATED, SourceText

Candidate = tuple[str, int, Fact | None]
"""A string from the text, how certain the text states it, and the fact it comes from."""

_ROLES: tuple[tuple[frozenset[str], tuple[Kind, ...]], ...] = (
    (words.word_set("email mail"), ("email",)),
    (words.word_set("url uri link website href"), ("url",)),
    (words.word_set("uuid guid"), ("uuid",)),
    (words.word_set("phone telephone mobile tel fax"), ("phone",)),
    (words.word_set("date day when deadline birthday birthdate"), ("date",)),
    (words.word_set("time hour"), ("time",)),
    (
        words.word_set("to from recipient sender contact"),
        ("email", "phone", "name", "quoted"),
    ),
    (
        words.word_set(
            """
            city location place country town state region destination origin address venue name
            person who author company customer user artist product brand team capital
            """
        ),
        ("quoted", "name"),
    ),
    (
        words.word_set("message body text content subject title note comment caption"),
        ("quoted",),
    ),
    (words.word_set("id identifier key code sku"), ("quoted", "uuid", "number")),
)
# The preposition of each direction.
_DIRECTIONS = (
    (words.word_set("from origin source departure sender start"), "from"),
    (words.word_set("to destination target arrival recipient end"), "to"),
)
_PLACES = words.word_set("city location place country town region destination origin")
_REQUESTS = words.word_set(
    "query question search q prompt input topic keywords keyword term request task"
)
_SUMS = words.word_set("expression formula equation calculation expr")
_KINDS_OF_FORMAT: dict[str, tuple[Kind, ...]] = {
    "email": ("email",),
    "idn-email": ("email",),
    "uri": ("url",),
    "url": ("url",),
    "uuid": ("uuid",),
    "phone": ("phone",),
}

_ARITHMETIC = regex.compile(r"[\d\s.+\-*/^%()]+")
_OPERATION = regex.compile(r"\d[\s)]*[+\-*/^%][\s(+-]*\d")
_NAMED = regex.compile(r"\b(?:named|called|titled)\s+", regex.IGNORECASE)
_REPORTED_TEXT = regex.compile(
    r"\b(?:saying|says|that says|telling (?:him|her|them)|to say|reading|with the text)\b"
    r"[\s:,]*(?:that )?(.+?)\s*$",
    regex.IGNORECASE | regex.DOTALL,
)
_ABOUT = regex.compile(
    r"\b(?:about|regarding|concerning)\s+(.+?)[.?!]*\s*$", regex.IGNORECASE | regex.DOTALL
)
_PLACE_END = (
    r"\b(?:right|now|today|tomorrow|and|or|please|this|next|on|at|in|for|with|to|is|like)\b"
)
_PLACE = regex.compile(
    r"\b(?:in|at|near|for|around|of|to|from)\s+(?!the\b|a\b|an\b|me\b|my\b|\d)"
    rf"([^\W\d_][\w'\u2019-]*(?: (?!{_PLACE_END})[^\W\d_][\w'\u2019-]*)?)"
    rf"(?=\s*(?:[?.!,;]|$|{_PLACE_END}))"
)
_POLITE_START = regex.compile(
    r"^(?:(?:please|can you|could you|would you|i want to|i'd like to|i need to|let's)\s+)*"
    r"(?:(?:use|using) the [\w\s]*?tool(?:,| to| and)?\s+)?"
    r"(?:(?:search|look|google|browse|query|check)(?: up)?(?: (?:the )?(?:web|internet|docs|"
    r"documentation|database|knowledge base|online))*(?: (?:for|about))?\s+|find(?: out)?\s+"
    r"(?:about\s+)?)?",
    regex.IGNORECASE,
)


def kinds_for_parameter(name: str, schema: Schema) -> tuple[Kind, ...]:
    """Return the kinds of facts that fit a parameter of this name and format."""
    if of_format := _KINDS_OF_FORMAT.get(schema.get("format", "")):
        return of_format
    # The last word of a name is decisive: an `email_subject` is a subject.
    for part in reversed(words.words(name)):
        for names, kinds in _ROLES:
            if part in names or part.removesuffix("s") in names:
                return kinds
    return ()


def candidates(source: SourceText, name: str, schema: Schema) -> Iterator[Candidate]:
    """Yield strings from a text for a parameter, the most certain first."""
    if stated := facts.named_value(source.text, name):
        at, value = stated
        yield value, STATED, Fact(at, at + len(value), value, "quoted")
    parts = set(words.words(name))
    kinds = kinds_for_parameter(name, schema)
    yield from _after_preposition(source, parts, kinds)
    if "name" in parts and (match := _NAMED.search(source.text)):
        found = (fact for fact in source.unused("quoted", "name") if fact.start == match.end())
        yield from ((fact.text, STATED, fact) for fact in found)
    yield from ((fact.text, STATED, fact) for fact in source.unused(*kinds))
    yield from _from_sentence(source, parts, kinds)
    if not kinds and not {"format", "pattern"} & schema.keys():
        yield from ((fact.text, LIKELY, fact) for fact in source.unused("quoted", "name"))


def _after_preposition(
    source: SourceText, parts: set[str], kinds: tuple[Kind, ...]
) -> Iterator[Candidate]:
    """Yield the fact after "from" for an origin, after "to" for a destination."""
    for names, preposition in _DIRECTIONS:
        if parts & names:
            before = regex.compile(rf"\b{preposition}\s+$", regex.IGNORECASE)
            for fact in source.unused(*(kinds or ("quoted", "name"))):
                if before.search(source.text[: fact.start]):
                    yield fact.text, STATED, fact


def _from_sentence(
    source: SourceText, parts: set[str], kinds: tuple[Kind, ...]
) -> Iterator[Candidate]:
    """Yield parts of a sentence: an expression, a message text, a place, the request."""
    text = source.text
    if parts & _SUMS:
        runs = (match[0] for match in _ARITHMETIC.finditer(text) if _OPERATION.search(match[0]))
        yield from ((run.strip(" .\n+*/^%").rstrip("- "), STATED, None) for run in runs)
    if "quoted" in kinds and (match := _REPORTED_TEXT.search(text) or _ABOUT.search(text)):
        yield match[1].strip("\"'\u201c\u201d"), LIKELY, None
    if parts & _PLACES and (match := _PLACE.search(text)):
        yield match[1], LIKELY, Fact(match.start(1), match.end(1), match[1], "name")
    if parts & _REQUESTS:
        yield from ((fact.text, STATED, fact) for fact in source.unused("quoted"))
        if bare := _POLITE_START.sub("", text.strip()).strip():
            yield bare, STATED, None
