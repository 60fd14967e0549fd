"""A JSON value for a JSON schema, filled from a text: always valid, or refused.

Required fields are always filled; optional ones when the text states them. What the text does not
say is made up in the plainest way that the schema allows, so that the value is valid all the same.
"""

import datetime as dt
from typing import Any

import regex

from langchain_telnyx.emulator.model import facts, options, work
from langchain_telnyx.emulator.model.numbers import fill_number
from langchain_telnyx.emulator.model.reading import LIKELY, MADE_UP, STATED, Filled, Reading
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.roles import wanted_kinds
from langchain_telnyx.emulator.model.schema import Schema, SchemaDocument, kinds
from langchain_telnyx.emulator.model.strings import fill_string

_DEEP = 6
_TOO_DEEP = 16
_BUDGET = 4000
_MOST_ITEMS = 50
_READABLE = 50_000
"""Characters of a text that values are looked for in, its last."""
_A_STEP = 2_000
"""Characters that are searched in one step."""
_ITEMS_A_STEP = 50
"""Items that are compared in one step."""
_DENIED = regex.compile(
    r"\b(?:no|not|without|don't|do not|isn't|disable[ds]?|skip|never)\b(?:\W+\w+){0,2}\W*$",
    regex.IGNORECASE,
)
_PAIR = regex.compile(r"[\"'`]?\b([A-Za-z][\w-]{0,40})[\"'`]?\s*[:=]\s*(?!//)")


def fill(schema: Schema, text: str, *, today: dt.date, name: str = "") -> Any:
    """Fill a schema from a text.

    Args:
        schema: A JSON schema.
        text: Where the values come from.
        today: What "tomorrow" is counted from.
        name: What the value is for.

    Raises:
        Refusal: If the schema is invalid, or no value was found that it accepts.
    """
    with work.bounded():
        try:
            return _filled(schema, text, today, name)
        except RecursionError as error:
            raise Refusal("The JSON schema refers to itself without end.") from error


def _filled(schema: Schema, text: str, today: dt.date, name: str) -> Any:
    document = SchemaDocument(schema)
    text = text[-_READABLE:]
    for words, everything in ((text, False), (text, True), ("", False), ("", True)):
        try:
            filled = _Filler(document, Reading(words, today), everything=everything).value(
                schema, name, 0
            )
        except _TooComplexError:
            continue
        if document.accepts(filled.value):
            return filled.value
    raise Refusal(f"No value was found that the JSON schema of {name or 'the answer'!r} accepts.")


class _TooComplexError(Exception):
    """A schema goes on for ever on the way taken."""


class _Filler:
    """Walks one schema once, with one reading of the text."""

    def __init__(self, document: SchemaDocument, reading: Reading, *, everything: bool) -> None:
        self._document = document
        self._reading = reading
        self._everything = everything
        self._budget = _BUDGET

    def value(self, schema: Any, name: str, depth: int, salt: int = 0) -> Filled:
        self._budget -= 1
        work.spend()
        if depth > _TOO_DEEP or self._budget < 0:
            raise _TooComplexError
        plain = self._document.plain(schema)
        if "const" in plain:
            return Filled(
                plain["const"], LIKELY if str(plain["const"]) in self._reading.text else 0
            )
        if plain.get("enum"):
            return self._option(plain, name, salt)
        for choice in ("anyOf", "oneOf"):
            if plain.get(choice):
                return self._alternative(plain, choice, name, depth, salt)
        return self._typed(plain, name, depth, salt)

    def _typed(self, schema: Schema, name: str, depth: int, salt: int) -> Filled:
        """Fill the type that the text has most evidence for; null when it has none."""
        allowed = [
            kind for kind in kinds(schema) if not (kind == "integer" and "number" in kinds(schema))
        ]
        best: Filled | None = None
        for kind in allowed:
            if kind == "null":
                continue
            mark = self._reading.mark()
            filled = self._one_type(kind, schema, name, depth, salt)
            if best is None or filled.evidence > best.evidence:
                best = filled
            if best.evidence >= STATED or len(allowed) == 1:
                break
            if filled is not best or not best.evidence:
                self._reading.rewind(mark)
        if best is None or ("null" in allowed and best.evidence < STATED and not self._everything):
            return Filled(None)
        return best

    def _one_type(self, kind: str, schema: Schema, name: str, depth: int, salt: int) -> Filled:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind == "boolean":
            return self._boolean(schema, name, salt)
        if kind == "string":
            return fill_string(self._reading, name, schema, salt=salt)
        return fill_number(self._reading, name, schema, integer=kind == "integer", salt=salt)

    def _option(self, schema: Schema, name: str, salt: int) -> Filled:
        work.spend(len(schema["enum"]))
        choices = [value for value in schema["enum"] if self._document.accepts(value, schema)]
        if not choices:
            return Filled(schema["enum"][0])
        if salt:
            return Filled(choices[salt % len(choices)])
        stated = facts.named_value(self._reading.text, name)
        for text in ([stated[1]] if stated else []) + [self._reading.text]:
            work.spend(len(choices) * (1 + len(text) // _A_STEP))
            index, evidence = options.choose([str(value) for value in choices], text)
            if evidence:
                return Filled(choices[index], evidence)
        default = schema.get("default")
        return Filled(default if default in choices else choices[0])

    def _alternative(self, schema: Schema, key: str, name: str, depth: int, salt: int) -> Filled:
        """Fill every alternative, and keep the valid one with the most evidence."""
        rest = {word: value for word, value in schema.items() if word != key}
        best: tuple[Filled, Any] | None = None
        start = self._reading.mark()
        for part in schema[key]:
            self._reading.rewind(start)
            try:
                filled = self.value({"allOf": [rest, part]}, name, depth + 1, salt)
            except _TooComplexError:
                continue
            if not self._document.accepts(filled.value, schema):
                continue
            if best is None or filled.evidence > best[0].evidence:
                best = filled, self._reading.mark()
            if depth > _DEEP:
                break
        if best is None:
            raise _TooComplexError
        self._reading.rewind(best[1])
        nullable = self._document.accepts(None, schema)
        if nullable and best[0].evidence < STATED and not self._everything:
            return Filled(None)
        return best[0]

    def _boolean(self, schema: Schema, name: str, salt: int) -> Filled:
        text = self._reading.text
        if stated := facts.named_value(text, name):
            word = stated[1].lower().split()[:1]
            if word and word[0] in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
                return Filled(word[0] in {"true", "yes", "on", "1"}, STATED)
        index = options.mentioned([name.removeprefix("is_").removeprefix("include_")], text)
        if index:
            spelt = name.removeprefix("is_").removeprefix("include_").replace("_", r"[\s_-]")
            match = regex.search(spelt, text, regex.IGNORECASE)
            return Filled(not (match and _DENIED.search(text[: match.start()])), STATED)
        default = schema.get("default")
        return Filled(default if isinstance(default, bool) else bool(salt % 2))

    def _object(self, schema: Schema, depth: int) -> Filled:
        properties: dict[str, Any] = schema.get("properties", {})
        required: list[str] = schema.get("required", [])
        values: dict[str, Any] = {}
        evidence = 0
        spare: dict[str, Any] = {}
        # What must be there has the first pick of the text.
        for name in [*required, *(name for name in properties if name not in required)]:
            part = properties.get(name, schema.get("additionalProperties", {}))
            if name not in required and depth > _DEEP:
                continue
            mark = self._reading.mark()
            try:
                filled = self.value(part, name, depth + 1)
            except _TooComplexError:
                if name in required:
                    raise
                continue
            if name in required or filled.evidence >= STATED or self._everything:
                values[name] = filled.value
                evidence += filled.evidence
            else:
                self._reading.rewind(mark)
                spare[name] = filled.value
        if not properties:
            evidence += self._named_pairs(schema, values, depth)
        for name in list(spare)[: max(0, schema.get("minProperties", 0) - len(values))]:
            values[name] = spare[name]
        self._pad(schema, values, depth)
        in_order = {name: values.pop(name) for name in properties if name in values}
        return Filled(in_order | values, evidence)

    def _named_pairs(self, schema: Schema, values: dict[str, Any], depth: int) -> int:
        """Fill a free mapping with the values that the text names: `color: red, size=3`."""
        part = schema.get("additionalProperties", {})
        if part is False:
            return 0
        found = 0
        for match in _PAIR.finditer(self._reading.text):
            if match[1] in values or len(values) >= schema.get("maxProperties", _MOST_ITEMS):
                continue
            mark = self._reading.mark()
            filled = self.value(part, match[1], depth + 1)
            if filled.evidence >= STATED:
                values[match[1]] = filled.value
                found += filled.evidence
            else:
                self._reading.rewind(mark)
        return found

    def _pad(self, schema: Schema, values: dict[str, Any], depth: int) -> None:
        """Add made-up names until there are as many as the schema wants."""
        part = schema.get("additionalProperties", {})
        names = (f"field{number}" for number in range(1, _MOST_ITEMS))
        while part is not False and len(values) < schema.get("minProperties", 0):
            name = next(names, None)
            if name is None:
                return
            values.setdefault(name, self.value(part, name, depth + 1).value)

    def _array(self, schema: Schema, name: str, depth: int) -> Filled:
        first = list(schema.get("prefixItems", []))
        found = [self.value(part, name, depth + 1) for part in first]
        items = schema.get("items", schema.get("contains", {}))
        if items is not False:
            found += self._items(
                items, name, depth, schema.get("maxItems", _MOST_ITEMS) - len(found)
            )
        unique = bool(schema.get("uniqueItems"))
        values: list[Any] = []
        for filled in found:
            if not unique or filled.value not in values:
                values.append(filled.value)
        least = max(schema.get("minItems", 0), int("contains" in schema))
        salt = 0
        if least > _BUDGET:
            raise _TooComplexError
        while items is not False and len(values) < least and salt < _BUDGET:
            made = self.value(items, _singular(name), depth + 1, salt).value
            work.spend(1 + unique * len(values) // _ITEMS_A_STEP)
            if not unique or made not in values:
                values.append(made)
            salt += 1
        return Filled(values, max((filled.evidence for filled in found), default=0))

    def _items(self, items: Any, name: str, depth: int, room: int) -> list[Filled]:
        """Fill as many items as the text has evidence for."""
        if room <= 0 or depth > _DEEP:
            return []
        plain = self._document.plain(items)
        single = _singular(name)
        if plain.get("enum"):
            work.spend(len(plain["enum"]) * (1 + len(self._reading.text) // _A_STEP))
            named = options.mentioned([str(value) for value in plain["enum"]], self._reading.text)
            return [Filled(plain["enum"][index], STATED) for index in named][:room]
        simple = kinds(plain)[0] if kinds(plain)[0] in {"string", "number", "integer"} else None
        if simple and (listed := self._listed(plain, name, single, simple, depth)):
            return listed[:room]
        found: list[Filled] = []
        enough = LIKELY if simple is None or wanted_kinds(single, plain) else STATED
        while len(found) < min(room, _MOST_ITEMS):
            mark = self._reading.mark()
            filled = self.value(items, single, depth + 1)
            if filled.evidence < enough or self._reading.mark() == mark:
                self._reading.rewind(mark)
                break
            found.append(filled)
        return found

    def _listed(self, plain: Schema, name: str, single: str, kind: str, depth: int) -> list[Filled]:
        """Read a list that the text spells out: `tags: a, b and c`, "Rome, Oslo and Bonn"."""
        texts: list[str] = []
        if stated := facts.named_value(self._reading.text, name):
            at, end = stated[0], self._reading.text.find("\n", stated[0])
            value = stated[1]
            if not value.startswith("["):
                line = self._reading.text[at : end if end >= 0 else None]
                value = regex.split(r"[.;?!](?:\s|$)", line)[0]
            texts = list(facts.split_list(value))
        else:
            wanted = (
                ("number",)
                if kind != "string"
                else wanted_kinds(single, plain) or ("quoted", "name")
            )
            runs = self._reading.facts.lists(*wanted)
            for fact in max(runs, key=len, default=[]):
                texts.append(fact.text)
                self._reading.take(fact)
        filled = [
            _Filler(self._document, Reading(text, self._reading.today), everything=False).value(
                plain, "", depth + 1
            )
            if kind != "string"
            else Filled(text, STATED)
            for text in texts
        ]
        valid = [item for item in filled if self._document.accepts(item.value, plain)]
        return [Filled(item.value, STATED) for item in valid if item.evidence > MADE_UP]


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
