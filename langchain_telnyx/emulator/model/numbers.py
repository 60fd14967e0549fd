"""Numbers for a numeric schema: stated by name, standing beside a word of it, next in the text."""

import math
from collections.abc import Iterator
from typing import Any, TypeGuard

from langchain_telnyx.emulator.model import facts, words
from langchain_telnyx.emulator.model.facts import Fact
from langchain_telnyx.emulator.model.reading import LIKELY, STATED, Filled, Reading
from langchain_telnyx.emulator.model.schema import Schema

# Words of a parameter's name that say "a number", not which.
_VAGUE = words.word_set("num number count value amount max min maximum minimum total n of k")
# How many words, and at most how many characters, are beside a number.
_REACH = 2
_WINDOW = 40
_STEPS = 1000


def fill_number(
    reading: Reading, name: str, schema: Schema, *, integer: bool, salt: int = 0
) -> Filled:
    """Find a number for a parameter in the text, or make one that the schema allows.

    Args:
        reading: The text.
        name: What the parameter is called.
        schema: Its plain schema.
        integer: Whether only whole numbers will do.
        salt: Which of the numbers to make, when several different ones are needed.
    """
    if stated := facts.named_value(reading.text, name):
        at, value = stated
        fact = reading.facts.after(at, "number")
        if fact and fact.start <= at + len(value):
            number = _fit(facts.number(fact.text), schema, integer=integer)
            if number is not None:
                reading.take(fact)
                return Filled(number, STATED)
    fitting = [
        (fact, number)
        for fact in reading.free("number")
        if (number := _fit(facts.number(fact.text), schema, integer=integer)) is not None
    ]
    beside = [pair for pair in fitting if _stands_beside(reading.text, pair[0], name)]
    if beside or fitting:
        fact, number = (beside or fitting)[0]
        reading.take(fact)
        return Filled(number, STATED if beside else LIKELY)
    default = schema.get("default")
    if not salt and _is_number(default) and _fit(default, schema, integer=integer) is not None:
        return Filled(default)
    return Filled(_made(schema, integer=integer, salt=salt))


def _stands_beside(text: str, fact: Fact, name: str) -> bool:
    """Tell whether a word of the name stands next to the number: "5 days", "top 3 results"."""
    wanted = {words.stem(word) for word in words.words(name) if word not in _VAGUE}
    before = text[max(0, fact.start - _WINDOW) : fact.start]
    after = text[fact.end : fact.end + _WINDOW]
    near = words.words(before)[-_REACH:] + words.words(after)[:_REACH]
    return bool(wanted & {words.stem(word) for word in near})


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fit(value: float, schema: Schema, *, integer: bool) -> int | float | None:
    """Return the number if the schema allows it, whole where it must be."""
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
    """Make the allowed number nearest to zero, or the next ones after it."""
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
        # Between two bounds closer than a step: half way, a third of the way, a quarter ...
        yield from (low + (high - low) / part for part in range(2, _STEPS))
    start: float = 0
    if low > 0:
        start = math.ceil(low / step)
    elif high < 0:
        start = math.floor(high / step)
    direction = -1 if high < 0 else 1
    for offset in range(_STEPS):
        yield (start + direction * offset) * step
        if low < 0 < high:
            yield (start - direction * offset) * step
