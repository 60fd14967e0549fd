"""Which tools a text asks for, and with what arguments.

A tool is picked by the words of its name, description and parameters; its arguments are filled from
the text. A text that asks for several things ("weather in Paris and London", "add 2 and 3, and
multiply 4 and 5") gets several calls.
"""

import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from langchain_telnyx.emulator.model import words
from langchain_telnyx.emulator.model.facts import Facts, Kind
from langchain_telnyx.emulator.model.fill import fill
from langchain_telnyx.emulator.model.request import Function
from langchain_telnyx.emulator.model.schema import SchemaDocument, kinds

_CLAUSE = regex.compile(
    r"(?:[,;]\s*(?:and |then |and then )|;\s+|\.\s+|\?\s+|!\s+|\n+"
    r"|\s+and then\s+|\s+then\s+|\s+and also\s+|\s+and\s+|,\s+)",
    regex.IGNORECASE,
)
_EARLIER = regex.compile(
    r"\b(?:the|that|this|its) (?:result|answer|sum|product|total|output|number|value)\b|\bit\b",
    regex.IGNORECASE,
)
_FOLLOW_UP = regex.compile(r"^(?:and|what about|how about|also|same for)\b", regex.IGNORECASE)
_ASKS = regex.compile(
    r"\?\s*$|^\s*(?:what|who|whom|whose|when|where|which|why|how|is|are|does|do|can|tell|explain"
    r"|describe|find|search|look)\b",
    regex.IGNORECASE,
)
_LOOKS_UP = regex.compile(
    r"\b(?:search|retriev\w*|look\w* up|quer(?:y|ies)|find|answer\w*|knowledge|documents?"
    r"|documentation)\b",
    regex.IGNORECASE,
)
_SIGNS = (
    (regex.compile(r"\d\s*\+\s*\d"), "add plus sum"),
    (regex.compile(r"\d\s*[-−]\s*\d"), "subtract minus difference"),  # noqa: RUF001 - the minus sign
    (regex.compile(r"\d\s*[*×]\s*\d|\d\s+x\s+\d"), "multiply times product"),  # noqa: RUF001 - the times sign
    (regex.compile(r"\d\s*[/÷]\s*\d"), "divide quotient"),
)
_SAME = tuple(
    frozenset(words.stem(word) for word in words.word_list(group))
    for group in (
        "add adder addition plus sum total",
        "subtract subtraction minus difference",
        "multiply multiplication multiplier times product",
        "divide division divided quotient",
        "calculate calculator compute evaluate math",
        "weather forecast temperature rain sunny",
        "email mail",
    )
)
# Words of a tool's name that say it is a tool.
_PLAIN = frozenset(
    words.stem(word)
    for word in words.word_list("get set fetch do run make call tool function current my the a of")
)
_CERTAIN = 3.0
_MOST_CLAUSES = 16


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call: the function's name and its arguments."""

    name: str
    arguments: dict[str, Any]

    @property
    def json(self) -> str:
        """The arguments as they go on the wire; text stays readable in any script."""
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Done:
    """A call that was made since the user last spoke, and what came of it."""

    call: Call
    result: str


def plan(
    tools: Sequence[Function],
    text: str,
    *,
    today: dt.date,
    before: str = "",
    done: Sequence[Done] = (),
    required: bool = False,
) -> list[Call]:
    """Decide which calls the text still needs.

    Args:
        tools: What may be called.
        text: What the user asks.
        today: What "tomorrow" is counted from.
        before: What the user asked before; "and in Rome?" leans on it.
        done: The calls already made for this text.
        required: Call something in any case.

    Raises:
        Refusal: If a tool's schema is invalid or cannot be filled.
    """
    if not tools:
        return []
    chooser = _Chooser(tools)
    asked = list(_calls(chooser, text, today, done))
    if not asked and before and _FOLLOW_UP.match(text.strip()):
        borrowed = chooser.choose(before)
        asked = _spread(borrowed, text, today) if borrowed else []
    made = [earlier.call for earlier in done]
    left = [call for call in asked if call not in made]
    if required and not left:
        return asked[:1] or _spread(chooser.likeliest(text), text, today)[:1]
    # An answer came already: only what the text names beyond it is called for.
    return left if not done or len(asked) > 1 else []


class _Chooser:
    """Scores tools by the words that they share with a text."""

    def __init__(self, tools: Sequence[Function]) -> None:
        self._tools = tools
        self._weights: list[dict[str, float]] = []
        for tool in tools:
            weights: dict[str, float] = {}
            named = (word for word in words.stems(tool.name) if word not in _PLAIN)
            for stems, weight in (
                (words.stems(_parameter_words(tool)), 0.6),
                (words.stems(tool.description or ""), 1.0),
                (named, 3.0),
            ):
                weights.update(dict.fromkeys(stems, weight))
            self._weights.append(weights)
        # A word that many tools share tells them apart badly.
        shared = Counter(stem for weights in self._weights for stem in weights)
        self._rarity = {stem: 1.0 / math.sqrt(count) for stem, count in shared.items()}

    def choose(self, text: str) -> Function | None:
        """Pick the tool that the text asks for, if it asks for one."""
        scores = [self._score(index, text) for index in range(len(self._tools))]
        best = max(scores)
        if best >= _CERTAIN or (best > 0 and "tool" in words.words(text)):
            return self._tools[scores.index(best)]
        return None

    def lookup(self, text: str) -> Function | None:
        """Pick a search tool for a question that no other tool answers."""
        if not _ASKS.search(text) or not words.topic(text):
            return None
        found = [
            tool
            for tool in self._tools
            if _LOOKS_UP.search(f"{tool.name.replace('_', ' ')} {tool.description or ''}")
            and len(_slots(tool)) == 1
            and _slots(tool)[0][1] == "string"
        ]
        return found[0] if found else None

    def likeliest(self, text: str) -> Function:
        """Pick a tool although the text asks for none."""
        scores = [self._score(index, text) for index in range(len(self._tools))]
        return self._tools[scores.index(max(scores))]

    def _score(self, index: int, text: str) -> float:
        tool, weights = self._tools[index], self._weights[index]
        if regex.search(rf"(?<!\w){regex.escape(tool.name)}(?!\w)", text, regex.IGNORECASE):
            return 10.0
        signs = " ".join(meaning for sign, meaning in _SIGNS if sign.search(text))
        heard = set(words.stems(f"{text} {signs}"))
        for group in _SAME:
            if heard & group:
                heard |= group
        return sum(
            weight * (self._rarity[stem] if weight < _CERTAIN else 1.0)
            for stem, weight in weights.items()
            if stem in heard
        )


def _calls(chooser: _Chooser, text: str, today: dt.date, done: Sequence[Done]) -> Iterator[Call]:
    """Call for each part of the text what it asks for."""
    clauses = _clauses(chooser, text)
    results = [earlier.result for earlier in done]
    made = 0
    for tool, clause in clauses:
        if made and _EARLIER.search(clause):
            # "... then multiply the result by 4": that result must be known first.
            if len(results) < made:
                return
            clause = _EARLIER.sub(_number_in(results[made - 1]), clause, count=1)  # noqa: PLW2901 - the same clause, made concrete
        calls = _spread(tool, clause, today)
        made += len(calls)
        yield from calls


def _clauses(chooser: _Chooser, text: str) -> list[tuple[Function, str]]:
    """Split a text where each part asks for a tool of its own; else take it whole."""
    parts: list[tuple[Function | None, str]] = []
    start = 0
    for mark in [*list(_CLAUSE.finditer(text))[:_MOST_CLAUSES], None]:
        piece = text[start : mark.start() if mark else len(text)]
        tool = chooser.choose(piece)
        if tool is None and parts:
            # No request of its own: it goes on with the one before.
            earlier = parts[-1][1]
            gap = text[text.find(earlier) + len(earlier) : start] if earlier else ""
            parts[-1] = (parts[-1][0], f"{earlier}{gap}{piece}")
        elif parts and parts[-1][0] is None:
            gap = text[text.find(parts[-1][1]) + len(parts[-1][1]) : start]
            parts[-1] = (tool, f"{parts[-1][1]}{gap}{piece}")
        else:
            parts.append((tool, piece))
        start = mark.end() if mark else start
    named = [(tool, piece) for tool, piece in parts if tool is not None]
    if len(named) > 1:
        return named
    whole = chooser.choose(text) or chooser.lookup(text)
    return [(whole, text)] if whole else []


def _spread(tool: Function, text: str, today: dt.date) -> list[Call]:
    """Call a tool once for each of several things that its one parameter cannot hold together."""
    calls: list[Call] = []
    for variant in _variants(tool, text):
        schema = tool.parameters or {"type": "object"}
        arguments = fill(schema, variant, today=today, name=tool.name)
        call = Call(tool.name, arguments if isinstance(arguments, dict) else {})
        if call not in calls:
            calls.append(call)
    return calls


def _variants(tool: Function, text: str) -> list[str]:
    """Write a text once for each item of the list in it."""
    slots = _slots(tool)
    by_kind: tuple[tuple[set[str], tuple[Kind, ...]], ...] = (
        ({"number", "integer"}, ("number",)),
        ({"string"}, ("name", "quoted", "email", "url")),
    )
    if any(kind == "array" for _, kind in slots):
        return [text]
    for types, wanted in by_kind:
        if sum(kind in types for _, kind in slots) != 1:
            continue
        runs = Facts(text).lists(*wanted)
        if runs:
            run = max(runs, key=len)
            head, tail = text[: run[0].start], text[run[-1].end :]
            return [f"{head}{text[fact.start : fact.end]}{tail}" for fact in run]
    return [text]


def _slots(tool: Function) -> list[tuple[str, str]]:
    """List the parameters that a call must fill, with their types; all when none is required."""
    parameters = tool.parameters or {}
    properties: dict[str, Any] = parameters.get("properties") or {}
    required = [name for name in parameters.get("required") or [] if name in properties]
    document = SchemaDocument(parameters)
    slots: list[tuple[str, str]] = []
    for name in required or properties:
        plain = document.plain(properties[name])
        if "enum" not in plain and "const" not in plain:
            slots.append((name, kinds(plain)[0]))
    return slots


def _parameter_words(tool: Function) -> str:
    properties: dict[str, Any] = (tool.parameters or {}).get("properties") or {}
    described = (part for part in properties.values() if isinstance(part, dict))
    return " ".join(
        [
            *properties,
            *(f"{part.get('description', '')} {part.get('enum', '')}" for part in described),
        ]
    )


def _number_in(result: str) -> str:
    numbers = Facts(result).of("number")
    return numbers[-1].text if numbers else result.strip()
