"""Compares the shapes of two responses: keys and JSON types, not values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Rules:
    """What may differ.

    Attributes:
        incomplete: Whether only a part of the recorded response is known: the other one may have
            more.
        optional: JSON pointers of fields that one of both may lack or have as null; `*` stands for
            any step.
        cut: JSON pointers of lists of which only a part is recorded.
    """

    incomplete: bool = False
    optional: Sequence[str] = ()
    cut: Sequence[str] = ()


def kind(value: Any) -> str:
    """Return the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def differences(
    recorded: Any, emulated: Any, rules: Rules | None = None, place: str = ""
) -> list[str]:
    """Return where the shapes differ, each with its JSON pointer.

    Lists have the same shape if each element has one of the same shape in the other list. An empty
    list has the shape of any list.
    """
    rules = rules or Rules()
    if kind(recorded) != kind(emulated):
        if None in (recorded, emulated) and _is_optional(place, rules):
            return []
        return [f"{place or '/'}: {kind(recorded)} is recorded, {kind(emulated)} is emulated"]
    if isinstance(recorded, dict):
        return _of_objects(recorded, emulated, rules, place)
    if isinstance(recorded, list):
        return _of_lists(recorded, emulated, rules, place)
    return []


def _of_objects(
    recorded: dict[str, Any], emulated: dict[str, Any], rules: Rules, place: str
) -> list[str]:
    found = []
    for name in {**recorded, **emulated}:
        inner = f"{place}/{name.replace('~', '~0').replace('/', '~1')}"
        if name in recorded and name in emulated:
            found += differences(recorded[name], emulated[name], rules, inner)
        elif _is_optional(inner, rules):
            continue
        elif name in recorded:
            found.append(f"{inner}: recorded, but not emulated")
        elif not rules.incomplete:
            found.append(f"{inner}: emulated, but not recorded")
    return found


def _of_lists(recorded: list[Any], emulated: list[Any], rules: Rules, place: str) -> list[str]:
    if not recorded or not emulated:
        return []
    found = []
    for at, one in enumerate(recorded):
        tries = [differences(one, other, rules, f"{place}/{at}") for other in emulated]
        best = min(tries, key=len)
        found += best
    if rules.incomplete or place in rules.cut:
        return found
    for at, other in enumerate(emulated):
        tries = [differences(one, other, rules, f"{place}/{at}") for one in recorded]
        best = min(tries, key=len)
        found += [each for each in best if each not in found]
    return found


def _is_optional(place: str, rules: Rules) -> bool:
    steps = place.split("/")
    return any(
        len(steps) == len(pattern) and all(map(_fits, steps, pattern))
        for pattern in (each.split("/") for each in rules.optional)
    )


def _fits(step: str, pattern: str) -> bool:
    return pattern in ("*", step)


def stream_differences(recorded: str, emulated: str, rules: Rules | None = None) -> list[str]:
    """Return where two streams differ: in the sequence of the shapes of their events.

    A run of events of one shape counts once: answers have different lengths.
    """
    rules = rules or Rules()
    ours, theirs = (_runs(_events(text), rules) for text in (recorded, emulated))
    if rules.incomplete:
        return _missing(ours, theirs, rules)
    if len(ours) == len(theirs):
        return [
            f"event {at}{found}"
            for at, (one, other) in enumerate(zip(ours, theirs, strict=True))
            for found in _of_events(one, other, rules)
        ]
    return [f"{len(ours)} shapes of events are recorded, {len(theirs)} emulated: {ours}, {theirs}"]


def _missing(ours: list[Any], theirs: list[Any], rules: Rules) -> list[str]:
    rest = iter(theirs)
    return [
        f"event {at}: recorded, but not emulated: {one}"
        for at, one in enumerate(ours)
        if not any(_of_events(one, other, rules) == [] for other in rest)
    ]


def _of_events(one: Any, other: Any, rules: Rules) -> list[str]:
    # Comments and markers such as [DONE] are text, and are compared as such.
    if isinstance(one, str) or isinstance(other, str):
        return [] if one == other else [f": {one!r} is recorded, {other!r} is emulated"]
    return differences(one, other, rules)


def _runs(events: list[Any], rules: Rules) -> list[Any]:
    strict = Rules(optional=rules.optional)
    found: list[Any] = []
    for event in events:
        if not found or _of_events(found[-1], event, strict):
            found.append(event)
    return found


def _events(text: str) -> list[Any]:
    """Return the events of a stream; comments count once, as they come at any time."""
    comments: list[Any] = []
    found: list[Any] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith(":"):
            comments = [": a comment"]
        elif line.startswith("event:"):
            found.append(line)
        elif line.startswith("data:"):
            payload = line.removeprefix("data:").strip()
            try:
                found.append(json.loads(payload))
            except ValueError:
                found.append(payload)
    return [*comments, *found]


def header_differences(recorded: dict[str, str], emulated: dict[str, str]) -> list[str]:
    """Return which recorded headers the other response lacks, or has in another form."""
    found = []
    for name, value in recorded.items():
        other = emulated.get(name)
        if other is None:
            found.append(f"{name}: recorded, but not emulated")
        elif _form(name, value) != _form(name, other):
            found.append(f"{name}: {value!r} is recorded, {other!r} is emulated")
    return found


def _form(name: str, value: str) -> str:
    """Return a header's media type or scheme; of a number, that it is one."""
    if name == "content-type":
        return value.partition(";")[0].strip()
    return "a number" if _NUMBER.fullmatch(value) else value.partition(" ")[0]
