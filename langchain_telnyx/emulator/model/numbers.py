"""Numbers for a numeric schema: by name, by a nearby word of the name, or the next one."""

import math
from collections.abc import Iterator
from typing import Any, TypeGuard

from langchain_telnyx.emulator.model import facts, words
from langchain_telnyx.emulator.model.facts import Fact
from langchain_telnyx.emulator.model.schema import Schema
from langchain_telnyx.emulator.model.source_text import LIKELY, STATED, FilledValue, SourceText

# Words of a parameter's name that do not identify it.
_GENERIC_WORDS = words.word_set(
    "num number count value amount max min maximum minimum total n of k"
)
# How many words, and how many characters at most, count as near a number.
_NEAR_WORDS = 2
_NEAR_CHARACTERS = 40
_ATTEMPTS = 1000


def fill_number(
    source: SourceText, name: str, schema: Schema, *, integer: bool, salt: int = 0
) -> FilledValue:
    """Find a number for a parameter in the text, or generate one that the schema allows.

    Args:
        source: The text.
        name: The parameter's name.
        schema: Its resolved schema.
        integer: Whether only integers are valid.
        salt: Which number to generate, if several different ones are needed.
    """
    if stated := facts.named_value(source.text, name):
        at, value = stated
        fact = source.facts.after(at, "number")
        if fact and fact.start <= at + len(value):
            number = _fit(facts.number(fact.text), schema, integer=integer)
            if number is not None:
                source.use(fact)
                return FilledValue(number, STATED)
    fitting = [
        (fact, number)
        for fact in source.unused("number")
        if (number := _fit(facts.number(fact.text), schema, integer=integer)) is not None
    ]
    nearby = [pair for pair in fitting if _is_near_name(source.text, pair[0], name)]
    if nearby or fitting:
        fact, number = (nearby or fitting)[0]
        source.use(fact)
        return FilledValue(number, STATED if nearby else LIKELY)
    default = schema.get("default")
    if not salt and _is_number(default) and _fit(default, schema, integer=integer) is not None:
        return FilledValue(default)
    return FilledValue(_made(schema, integer=integer, salt=salt))


def _is_near_name(text: str, fact: Fact, name: str) -> bool:
    """Return whether a word of the name is near the number: "5 days", "top 3 results"."""
    stems = {words.stem(word) for word in words.words(name) if word not in _GENERIC_WORDS}
    before = text[max(0, fact.start - _NEAR_CHARACTERS) : fact.start]
    after = text[fact.end : fact.end + _NEAR_CHARACTERS]
    near = words.words(before)[-_NEAR_WORDS:] + words.words(after)[:_NEAR_WORDS]
    return bool(stems & {words.stem(word) for word in near})


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fit(value: float, schema: Schema, *, integer: bool) -> int | float | None:
    """Return the number if the schema allows it, as an integer if required."""
    if integer:
        if value != int(value):
            return None
        value = int(value)
    low, high = _bounds(schema)
    within = (
        low <= value <= high
        and value != schema.get("exclusiveMinimum")
        and value != schema.get("exclusiveMaximum")
    )
    step = schema.get("multipleOf")
    return value if within and (not step or _is_multiple(value, step)) else None


def _is_multiple(value: float, step: float) -> bool:
    quotient = value / step
    return math.isfinite(quotient) and quotient == int(quotient)


def _bounds(schema: Schema) -> tuple[float, float]:
    lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if _is_number(schema.get(key))]
    highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if _is_number(schema.get(key))]
    return max(lows, default=-math.inf), min(highs, default=math.inf)


def _made(schema: Schema, *, integer: bool, salt: int) -> int | float:
    """Generate the allowed number nearest to zero, or with a `salt` the next ones."""
    made: list[int | float] = []
    for candidate in _nearest(schema, integer=integer):
        number = _fit(candidate, schema, integer=integer)
        if number is not None and number not in made:
            made.append(number)
            if len(made) > salt:
                break
    return made[-1] if made else 0


def _nearest(schema: Schema, *, integer: bool) -> Iterator[int | float]:
    low, high = _bounds(schema)
    step = schema.get("multipleOf") or 1
    if integer and step != int(step):
        step = 1
    if not integer and high - low <= step:
        # Both bounds are within one step: try a half, a third, a quarter of the way.
        yield from (low + (high - low) / part for part in range(2, _ATTEMPTS))
    start: float = 0
    if low > 0:
        start = math.ceil(low / step)
    elif high < 0:
        start = math.floor(high / step)
    direction = -1 if high < 0 else 1
    for offset in range(_ATTEMPTS):
        yield (start + direction * offset) * step
        if low < 0 < high:
            yield (start - direction * offset) * step
