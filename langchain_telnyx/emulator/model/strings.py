"""Strings for a string schema: what the text has, shortened to fit, or else made up."""

import datetime as dt
from collections.abc import Iterator

import regex

from langchain_telnyx.emulator.model import facts, patterns, regexes, roles, words
from langchain_telnyx.emulator.model.reading import STATED, Filled, Reading
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.schema import Schema

_LONGEST = 100_000
"""Characters that are made up for one string at most."""
# One valid string of each format, for fields of which the text says nothing.
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


def fill_string(reading: Reading, name: str, schema: Schema, *, salt: int = 0) -> Filled:
    """Find a string for a parameter in the text, or make one that the schema allows.

    Args:
        reading: The text.
        name: What the parameter is called.
        schema: Its plain schema.
        salt: Which of the strings to make, when several different ones are needed.
    """
    form = schema.get("format", "")
    if form in {"date", "time", "date-time"}:
        moment = _moment(reading, form)
        if moment and _allowed(moment, schema):
            return Filled(moment, STATED)
    elif form not in _EXAMPLES or roles.wanted_kinds("", schema):
        for text, evidence, fact in roles.candidates(reading, name, schema):
            value = _conform(text, schema)
            if value is not None:
                if fact:
                    reading.take(fact)
                return Filled(value, evidence)
    for usual in (schema.get("default"), *schema.get("examples", ())):
        if not salt and isinstance(usual, str) and _allowed(usual, schema):
            return Filled(usual)
    return Filled(_made(reading, name, schema, salt))


def _moment(reading: Reading, form: str) -> str | None:
    """Write the date and time that the text gives as the format wants them."""
    dates = reading.free("date")
    times = reading.free("time")
    clock = facts.iso_time(times[0].text) if times else None
    if form == "time":
        if clock is None:
            return None
        reading.take(times[0])
        return f"{clock.isoformat()}Z"
    day = facts.iso_date(dates[0].text, reading.today) if dates else None
    if day is None:
        return None
    reading.take(dates[0])
    if form == "date":
        return day.isoformat()
    if "T" in dates[0].text:
        return dates[0].text if dates[0].text[-1] == "Z" else f"{day.isoformat()}T00:00:00Z"
    if clock:
        reading.take(times[0])
    return f"{dt.datetime.combine(day, clock or dt.time()).isoformat()}Z"


def _conform(text: str, schema: Schema) -> str | None:
    """Shorten a string to its limit, and return it if the schema allows it."""
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
        return True  # a pattern of another dialect is the validator's to judge


def _matches(pattern: str, text: str) -> Iterator[str]:
    try:
        yield from regexes.matching(pattern, text, whole=False)
    except patterns.PatternError:
        return


def _made(reading: Reading, name: str, schema: Schema, salt: int) -> str:
    """Make a string that the schema allows: a match, an example of its format, or a sentence."""
    if pattern := schema.get("pattern"):
        found: list[str] = []
        for match in _matches(pattern, reading.text):
            if _allowed(match, schema) and match not in found:
                found.append(match)
                if len(found) > salt:
                    break
        return found[-1] if found else ""
    if example := _EXAMPLES.get(schema.get("format", "")):
        return example if not salt else _another(example, salt)
    sentence = _sentence(
        reading, f"{name} {schema.get('title', '')} {schema.get('description', '')}"
    )
    if salt:
        sentence = f"{salt + 1} {sentence}"
    text = _conform(sentence, schema)
    if text is not None:
        return text
    shortest = schema.get("minLength", 0)
    if shortest > _LONGEST:
        raise Refusal(f"The JSON schema asks for a string of {shortest} characters.")
    padded = (sentence or name or "text").ljust(shortest, ".")
    return padded[: schema.get("maxLength", len(padded))]


def _another(example: str, salt: int) -> str:
    """Vary an example of a format: its last digit or letter counts up."""
    counted = regex.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + salt) % 10), example)
    return counted if counted != example else f"{example}{salt}"


def _sentence(reading: Reading, wanted: str) -> str:
    """Take the sentence nearest to what a field is about; fields take different ones."""
    stems = set(words.stems(wanted))
    left = reading.untold() or reading.sentences
    if not left:
        return ""
    best = max(left, key=lambda sentence: len(stems & set(words.stems(sentence))))
    reading.tell(best)
    return best
