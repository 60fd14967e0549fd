"""Strings for a string schema: from the text, shortened to fit, or generated."""

import datetime as dt
from collections.abc import Iterator

import regex

from langchain_telnyx.emulator.model import (
    facts,
    pattern_strings,
    patterns,
    string_candidates,
    words,
)
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.schema import Schema
from langchain_telnyx.emulator.model.source_text import STATED, FilledValue, SourceText

_MAX_LENGTH = 100_000
"""The most characters of a generated string."""
# One valid string of each format, for fields that the text does not state.
_EXAMPLES = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT1H",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/",
    "iri-reference": "/",
    "uri-template": "/{id}",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/",
    "relative-json-pointer": "0",
    "regex": ".*",
    "phone": "+15550100",
}


def fill_string(source: SourceText, name: str, schema: Schema, *, salt: int = 0) -> FilledValue:
    """Find a string for a parameter in the text, or generate one that the schema allows.

    Args:
        source: The text.
        name: The parameter's name.
        schema: Its resolved schema.
        salt: Which string to generate, if several different ones are needed.
    """
    form = schema.get("format", "")
    if form in {"date", "time", "date-time"}:
        moment = _moment(source, form)
        if moment and _allowed(moment, schema):
            return FilledValue(moment, STATED)
    elif form not in _EXAMPLES or string_candidates.kinds_for_parameter("", schema):
        for text, evidence, fact in string_candidates.candidates(source, name, schema):
            value = _conform(text, schema)
            if value is not None:
                if fact:
                    source.use(fact)
                return FilledValue(value, evidence)
    for default in (schema.get("default"), *schema.get("examples", ())):
        if not salt and isinstance(default, str) and _allowed(default, schema):
            return FilledValue(default)
    return FilledValue(_made(source, name, schema, salt))


def _moment(source: SourceText, form: str) -> str | None:
    """Return the date and time of the text in the given format."""
    dates = source.unused("date")
    times = source.unused("time")
    clock = facts.iso_time(times[0].text) if times else None
    if form == "time":
        if clock is None:
            return None
        source.use(times[0])
        return f"{clock.isoformat()}Z"
    day = facts.iso_date(dates[0].text, source.today) if dates else None
    if day is None:
        return None
    source.use(dates[0])
    if form == "date":
        return day.isoformat()
    if "T" in dates[0].text:
        return dates[0].text if dates[0].text[-1] == "Z" else f"{day.isoformat()}T00:00:00Z"
    if clock:
        source.use(times[0])
    return f"{dt.datetime.combine(day, clock or dt.time()).isoformat()}Z"


def _conform(text: str, schema: Schema) -> str | None:
    """Truncate a string to `maxLength`, and return it if the schema allows it."""
    longest = schema.get("maxLength")
    if longest is not None and len(text) > longest:
        cut = text[:longest]
        text = cut[: cut.rfind(" ")] if " " in cut.strip() else cut
    pattern = schema.get("pattern")
    if pattern and not _allowed(text, schema):
        return next((made for made in _matches(pattern, text) if _allowed(made, schema)), None)
    return text if _allowed(text, schema) else None


def _allowed(text: str, schema: Schema) -> bool:
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        return False
    pattern = schema.get("pattern")
    try:
        return not pattern or patterns.compiled(pattern).search(text)
    except patterns.PatternError:
        return True  # not a Python pattern; the validator decides


def _matches(pattern: str, text: str) -> Iterator[str]:
    try:
        yield from pattern_strings.matching(pattern, text, whole=False)
    except patterns.PatternError:
        return


def _made(source: SourceText, name: str, schema: Schema, salt: int) -> str:
    """Generate a string: a match of the pattern, an example of the format, or a sentence."""
    if pattern := schema.get("pattern"):
        found: list[str] = []
        for match in _matches(pattern, source.text):
            if _allowed(match, schema) and match not in found:
                found.append(match)
                if len(found) > salt:
                    break
        return found[-1] if found else ""
    if example := _EXAMPLES.get(schema.get("format", "")):
        return example if not salt else _another(example, salt)
    sentence = _sentence(
        source, f"{name} {schema.get('title', '')} {schema.get('description', '')}"
    )
    if salt:
        sentence = f"{salt + 1} {sentence}"
    text = _conform(sentence, schema)
    if text is not None:
        return text
    shortest = schema.get("minLength", 0)
    if shortest > _MAX_LENGTH:
        raise Refusal(f"The JSON schema requires a string of {shortest} characters.")
    padded = (sentence or name or "text").ljust(shortest, ".")
    return padded[: schema.get("maxLength", len(padded))]


def _another(example: str, salt: int) -> str:
    """Vary an example of a format by its last digit, or by a suffix."""
    counted = regex.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + salt) % 10), example)
    return counted if counted != example else f"{example}{salt}"


def _sentence(source: SourceText, topic: str) -> str:
    """Use the unused sentence that shares most words with a field's topic."""
    stems = set(words.stems(topic))
    unused = source.unused_sentences() or source.sentences
    if not unused:
        return ""
    best = max(unused, key=lambda sentence: len(stems & set(words.stems(sentence))))
    source.use_sentence(best)
    return best
