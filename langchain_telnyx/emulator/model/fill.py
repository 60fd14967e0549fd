"""Fill a JSON schema from a text: the value is valid, or the request is refused.

Required fields are always filled, optional ones only if the text states them. A required value that
the text does not state gets the simplest value that the schema allows.
"""

import datetime as dt
from typing import Any

import regex

from langchain_telnyx.emulator.model import facts, options, work_budget
from langchain_telnyx.emulator.model.numbers import fill_number
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.schema import Schema, SchemaDocument, kinds
from langchain_telnyx.emulator.model.source_text import (
    LIKELY,
    MADE_UP,
    STATED,
    FilledValue,
    SourceText,
)
from langchain_telnyx.emulator.model.string_candidates import kinds_for_parameter
from langchain_telnyx.emulator.model.strings import fill_string

_OPTIONAL_DEPTH = 6
_MAX_DEPTH = 16
_MAX_VALUES = 4000
_MAX_ITEMS = 50
_MAX_TEXT = 50_000
"""Values are searched for in the last characters of a text; this is their number."""
_STEP_SIZE = 2_000
"""Characters that are searched in one step."""
_ITEMS_PER_STEP = 50
"""Items that are compared in one step."""
_NEGATED = regex.compile(
    r"\b(?:no|not|without|don't|do not|isn't|disable[ds]?|skip|never)\b(?:\W+\w+){0,2}\W*$",
    regex.IGNORECASE,
)
_PAIR = regex.compile(r"[\"'`]?\b([A-Za-z][\w-]{0,40})[\"'`]?\s*[:=]\s*(?!//)")


def fill(schema: Schema, text: str, *, today: dt.date, name: str = "") -> Any:
    """Fill a schema from a text.

    Args:
        schema: A JSON schema.
        text: The text with the values.
        today: The date that "tomorrow" is relative to.
        name: The name of the value.

    Raises:
        Refusal: If the schema is invalid, or no valid value was found.
    """
    with work_budget.limited():
        try:
            return _filled(schema, text, today, name)
        except RecursionError as error:
            raise Refusal("The JSON schema refers to itself without end.") from error


def _filled(schema: Schema, text: str, today: dt.date, name: str) -> Any:
    document = SchemaDocument(schema)
    text = text[-_MAX_TEXT:]
    for searched, everything in ((text, False), (text, True), ("", False), ("", True)):
        try:
            filled = _Filler(document, SourceText(searched, today), everything=everything).value(
                schema, name, 0
            )
        except _TooComplexError:
            continue
        if document.accepts(filled.value):
            return filled.value
    raise Refusal(f"No value was found that the JSON schema of {name or 'the answer'!r} accepts.")


class _TooComplexError(Exception):
    """A schema nests without end."""


class _Filler:
    """Fills one schema from one text."""

    def __init__(self, document: SchemaDocument, source: SourceText, *, everything: bool) -> None:
        self._document = document
        self._source = source
        self._everything = everything
        self._budget = _MAX_VALUES

    def value(self, schema: Any, name: str, depth: int, salt: int = 0) -> FilledValue:
        self._budget -= 1
        work_budget.spend()
        if depth > _MAX_DEPTH or self._budget < 0:
            raise _TooComplexError
        resolved = self._document.resolved(schema)
        if "const" in resolved:
            return FilledValue(
                resolved["const"], LIKELY if str(resolved["const"]) in self._source.text else 0
            )
        if resolved.get("enum"):
            return self._option(resolved, name, salt)
        for choice in ("anyOf", "oneOf"):
            if resolved.get(choice):
                return self._alternative(resolved, choice, name, depth, salt)
        return self._typed(resolved, name, depth, salt)

    def _typed(self, schema: Schema, name: str, depth: int, salt: int) -> FilledValue:
        """Fill the type for which the text has the most evidence; null without evidence."""
        allowed = [
            kind for kind in kinds(schema) if not (kind == "integer" and "number" in kinds(schema))
        ]
        best: FilledValue | None = None
        for kind in allowed:
            if kind == "null":
                continue
            snapshot = self._source.snapshot()
            filled = self._one_type(kind, schema, name, depth, salt)
            if best is None or filled.evidence > best.evidence:
                best = filled
            if best.evidence >= STATED or len(allowed) == 1:
                break
            if filled is not best or not best.evidence:
                self._source.restore(snapshot)
        if best is None or ("null" in allowed and best.evidence < STATED and not self._everything):
            return FilledValue(None)
        return best

    def _one_type(self, kind: str, schema: Schema, name: str, depth: int, salt: int) -> FilledValue:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind == "boolean":
            return self._boolean(schema, name, salt)
        if kind == "string":
            return fill_string(self._source, name, schema, salt=salt)
        return fill_number(self._source, name, schema, integer=kind == "integer", salt=salt)

    def _option(self, schema: Schema, name: str, salt: int) -> FilledValue:
        work_budget.spend(len(schema["enum"]))
        choices = [value for value in schema["enum"] if self._document.accepts(value, schema)]
        if not choices:
            return FilledValue(schema["enum"][0])
        if salt:
            return FilledValue(choices[salt % len(choices)])
        stated = facts.named_value(self._source.text, name)
        for text in ([stated[1]] if stated else []) + [self._source.text]:
            work_budget.spend(len(choices) * (1 + len(text) // _STEP_SIZE))
            index, evidence = options.choose([str(value) for value in choices], text)
            if evidence:
                return FilledValue(choices[index], evidence)
        default = schema.get("default")
        return FilledValue(default if default in choices else choices[0])

    def _alternative(
        self, schema: Schema, key: str, name: str, depth: int, salt: int
    ) -> FilledValue:
        """Fill every alternative, and return the valid one with the most evidence."""
        rest = {word: value for word, value in schema.items() if word != key}
        best: tuple[FilledValue, Any] | None = None
        start = self._source.snapshot()
        for part in schema[key]:
            self._source.restore(start)
            try:
                filled = self.value({"allOf": [rest, part]}, name, depth + 1, salt)
            except _TooComplexError:
                continue
            if not self._document.accepts(filled.value, schema):
                continue
            if best is None or filled.evidence > best[0].evidence:
                best = filled, self._source.snapshot()
            if depth > _OPTIONAL_DEPTH:
                break
        if best is None:
            raise _TooComplexError
        self._source.restore(best[1])
        nullable = self._document.accepts(None, schema)
        if nullable and best[0].evidence < STATED and not self._everything:
            return FilledValue(None)
        return best[0]

    def _boolean(self, schema: Schema, name: str, salt: int) -> FilledValue:
        text = self._source.text
        if stated := facts.named_value(text, name):
            word = stated[1].lower().split()[:1]
            if word and word[0] in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
                return FilledValue(word[0] in {"true", "yes", "on", "1"}, STATED)
        index = options.mentioned([name.removeprefix("is_").removeprefix("include_")], text)
        if index:
            pattern = name.removeprefix("is_").removeprefix("include_").replace("_", r"[\s_-]")
            match = regex.search(pattern, text, regex.IGNORECASE)
            return FilledValue(not (match and _NEGATED.search(text[: match.start()])), STATED)
        default = schema.get("default")
        return FilledValue(default if isinstance(default, bool) else bool(salt % 2))

    def _object(self, schema: Schema, depth: int) -> FilledValue:
        properties: dict[str, Any] = schema.get("properties", {})
        required: list[str] = schema.get("required", [])
        values: dict[str, Any] = {}
        evidence = 0
        spare: dict[str, Any] = {}
        # Required fields are filled first.
        for name in [*required, *(name for name in properties if name not in required)]:
            part = properties.get(name, schema.get("additionalProperties", {}))
            if name not in required and depth > _OPTIONAL_DEPTH:
                continue
            snapshot = self._source.snapshot()
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
                self._source.restore(snapshot)
                spare[name] = filled.value
        if not properties:
            evidence += self._named_pairs(schema, values, depth)
        for name in list(spare)[: max(0, schema.get("minProperties", 0) - len(values))]:
            values[name] = spare[name]
        self._pad(schema, values, depth)
        in_order = {name: values.pop(name) for name in properties if name in values}
        return FilledValue(in_order | values, evidence)

    def _named_pairs(self, schema: Schema, values: dict[str, Any], depth: int) -> int:
        """Fill an object without properties with pairs of the text: `color: red, size=3`."""
        part = schema.get("additionalProperties", {})
        if part is False:
            return 0
        found = 0
        for match in _PAIR.finditer(self._source.text):
            if match[1] in values or len(values) >= schema.get("maxProperties", _MAX_ITEMS):
                continue
            snapshot = self._source.snapshot()
            filled = self.value(part, match[1], depth + 1)
            if filled.evidence >= STATED:
                values[match[1]] = filled.value
                found += filled.evidence
            else:
                self._source.restore(snapshot)
        return found

    def _pad(self, schema: Schema, values: dict[str, Any], depth: int) -> None:
        """Add invented names up to `minProperties`."""
        part = schema.get("additionalProperties", {})
        names = (f"field{number}" for number in range(1, _MAX_ITEMS))
        while part is not False and len(values) < schema.get("minProperties", 0):
            name = next(names, None)
            if name is None:
                return
            values.setdefault(name, self.value(part, name, depth + 1).value)

    def _array(self, schema: Schema, name: str, depth: int) -> FilledValue:
        first = list(schema.get("prefixItems", []))
        found = [self.value(part, name, depth + 1) for part in first]
        items = schema.get("items", schema.get("contains", {}))
        if items is not False:
            found += self._items(
                items, name, depth, schema.get("maxItems", _MAX_ITEMS) - len(found)
            )
        unique = bool(schema.get("uniqueItems"))
        values: list[Any] = []
        for filled in found:
            if not unique or filled.value not in values:
                values.append(filled.value)
        min_items = max(schema.get("minItems", 0), int("contains" in schema))
        salt = 0
        if min_items > _MAX_VALUES:
            raise _TooComplexError
        while items is not False and len(values) < min_items and salt < _MAX_VALUES:
            made = self.value(items, _singular(name), depth + 1, salt).value
            work_budget.spend(1 + unique * len(values) // _ITEMS_PER_STEP)
            if not unique or made not in values:
                values.append(made)
            salt += 1
        return FilledValue(values, max((filled.evidence for filled in found), default=0))

    def _items(self, items: Any, name: str, depth: int, room: int) -> list[FilledValue]:
        """Fill all items for which the text has evidence."""
        if room <= 0 or depth > _OPTIONAL_DEPTH:
            return []
        resolved = self._document.resolved(items)
        single = _singular(name)
        if resolved.get("enum"):
            work_budget.spend(len(resolved["enum"]) * (1 + len(self._source.text) // _STEP_SIZE))
            named = options.mentioned([str(value) for value in resolved["enum"]], self._source.text)
            return [FilledValue(resolved["enum"][index], STATED) for index in named][:room]
        simple = (
            kinds(resolved)[0] if kinds(resolved)[0] in {"string", "number", "integer"} else None
        )
        if simple and (listed := self._listed(resolved, name, single, simple, depth)):
            return listed[:room]
        found: list[FilledValue] = []
        enough = LIKELY if simple is None or kinds_for_parameter(single, resolved) else STATED
        while len(found) < min(room, _MAX_ITEMS):
            snapshot = self._source.snapshot()
            filled = self.value(items, single, depth + 1)
            if filled.evidence < enough or self._source.snapshot() == snapshot:
                self._source.restore(snapshot)
                break
            found.append(filled)
        return found

    def _listed(
        self, resolved: Schema, name: str, single: str, kind: str, depth: int
    ) -> list[FilledValue]:
        """Read a list that the text enumerates: `tags: a, b and c`, "Rome, Oslo and Bonn"."""
        texts: list[str] = []
        if stated := facts.named_value(self._source.text, name):
            at, end = stated[0], self._source.text.find("\n", stated[0])
            value = stated[1]
            if not value.startswith("["):
                line = self._source.text[at : end if end >= 0 else None]
                value = regex.split(r"[.;?!](?:\s|$)", line)[0]
            texts = list(facts.split_list(value))
        else:
            fact_kinds = (
                ("number",)
                if kind != "string"
                else kinds_for_parameter(single, resolved) or ("quoted", "name")
            )
            runs = self._source.facts.lists(*fact_kinds)
            for fact in max(runs, key=len, default=[]):
                texts.append(fact.text)
                self._source.use(fact)
        filled = [
            _Filler(self._document, SourceText(text, self._source.today), everything=False).value(
                resolved, "", depth + 1
            )
            if kind != "string"
            else FilledValue(text, STATED)
            for text in texts
        ]
        valid = [item for item in filled if self._document.accepts(item.value, resolved)]
        return [FilledValue(item.value, STATED) for item in valid if item.evidence > MADE_UP]


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
