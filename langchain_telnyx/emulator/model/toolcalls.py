"""Select tools for a text and fill their arguments.

A tool is selected by the words of its name, description and parameters; its arguments are filled
from the text. A text with several requests ("weather in Paris and London", "add 2 and 3, and
multiply 4 and 5") results in several calls.
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
_QUESTION = regex.compile(
    r"\?\s*$|^\s*(?:what|who|whom|whose|when|where|which|why|how|is|are|does|do|can|tell|explain"
    r"|describe|find|search|look)\b",
    regex.IGNORECASE,
)
_SEARCH_TOOL = regex.compile(
    r"\b(?:search|retriev\w*|look\w* up|quer(?:y|ies)|find|answer\w*|knowledge|documents?"
    r"|documentation)\b",
    regex.IGNORECASE,
)
_OPERATORS = (
    (regex.compile(r"\d\s*\+\s*\d"), "add plus sum"),
    (regex.compile(r"\d\s*[-−]\s*\d"), "subtract minus difference"),  # noqa: RUF001 - the minus sign
    (regex.compile(r"\d\s*[*×]\s*\d|\d\s+x\s+\d"), "multiply times product"),  # noqa: RUF001 - the times sign
    (regex.compile(r"\d\s*[/÷]\s*\d"), "divide quotient"),
)
_SYNONYMS = tuple(
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
# Words of a tool's name that do not identify it.
_GENERIC_WORDS = frozenset(
    words.stem(word)
    for word in words.word_list("get set fetch do run make call tool function current my the a of")
)
_MIN_SCORE = 3.0
_MAX_CLAUSES = 16


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call: the function's name and its arguments."""

    name: str
    arguments: dict[str, Any]

    @property
    def json(self) -> str:
        """The arguments as JSON text, without escapes of non-ASCII characters."""
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class CompletedCall:
    """A call that was made since the last user message, and its result."""

    call: Call
    result: str


def plan(
    tools: Sequence[Function],
    text: str,
    *,
    today: dt.date,
    previous: str = "",
    completed: Sequence[CompletedCall] = (),
    required: bool = False,
) -> list[Call]:
    """Return the calls that the text requests and that are not completed.

    Args:
        tools: The available functions.
        text: The user's message.
        today: The date that "tomorrow" is relative to.
        previous: The user's previous message, for a follow-up such as "and in Rome?".
        completed: The calls already made for this text.
        required: Return a call even if the text requests none.

    Raises:
        Refusal: If a tool's schema is invalid or cannot be filled.
    """
    if not tools:
        return []
    chooser = _Chooser(tools)
    requested = list(_calls(chooser, text, today, completed))
    if not requested and previous and _FOLLOW_UP.match(text.strip()):
        tool = chooser.choose(previous)
        requested = _calls_per_item(tool, text, today) if tool else []
    made = [call.call for call in completed]
    remaining = [call for call in requested if call not in made]
    if required and not remaining:
        return requested[:1] or _calls_per_item(chooser.best(text), text, today)[:1]
    # After a result, more calls follow only if the text requests several.
    return remaining if not completed or len(requested) > 1 else []


def filled(tool: Function, text: str, today: dt.date) -> Call:
    """Return a call of a function with arguments from a text.

    Args:
        tool: The function.
        text: The text with the values.
        today: The date that "tomorrow" is relative to.

    Raises:
        Refusal: If the function's schema is invalid or cannot be filled.
    """
    schema = tool.parameters or {"type": "object"}
    arguments = fill(schema, text, today=today, name=tool.name)
    return Call(tool.name, arguments if isinstance(arguments, dict) else {})


class _Chooser:
    """Scores tools by the words that they share with a text."""

    def __init__(self, tools: Sequence[Function]) -> None:
        self._tools = tools
        self._weights: list[dict[str, float]] = []
        for tool in tools:
            weights: dict[str, float] = {}
            named = (word for word in words.stems(tool.name) if word not in _GENERIC_WORDS)
            for stems, weight in (
                (words.stems(_parameter_words(tool)), 0.6),
                (words.stems(tool.description or ""), 1.0),
                (named, 3.0),
            ):
                weights.update(dict.fromkeys(stems, weight))
            self._weights.append(weights)
        # A word that many tools share distinguishes them less.
        shared = Counter(stem for weights in self._weights for stem in weights)
        self._rarity = {stem: 1.0 / math.sqrt(count) for stem, count in shared.items()}

    def choose(self, text: str) -> Function | None:
        """Return the tool that the text requests, or None."""
        scores = [self._score(index, text) for index in range(len(self._tools))]
        best = max(scores)
        if best >= _MIN_SCORE or (best > 0 and "tool" in words.words(text)):
            return self._tools[scores.index(best)]
        return None

    def lookup(self, text: str) -> Function | None:
        """Return a search tool for a question that no other tool answers, or None."""
        if not _QUESTION.search(text) or not words.topic(text):
            return None
        found = [
            tool
            for tool in self._tools
            if _SEARCH_TOOL.search(f"{tool.name.replace('_', ' ')} {tool.description or ''}")
            and len(_required_parameters(tool)) == 1
            and _required_parameters(tool)[0][1] == "string"
        ]
        return found[0] if found else None

    def best(self, text: str) -> Function:
        """Return the tool with the best score, even if it is low."""
        scores = [self._score(index, text) for index in range(len(self._tools))]
        return self._tools[scores.index(max(scores))]

    def _score(self, index: int, text: str) -> float:
        tool, weights = self._tools[index], self._weights[index]
        if regex.search(rf"(?<!\w){regex.escape(tool.name)}(?!\w)", text, regex.IGNORECASE):
            return 10.0
        operators = " ".join(meaning for sign, meaning in _OPERATORS if sign.search(text))
        stems = set(words.stems(f"{text} {operators}"))
        for group in _SYNONYMS:
            if stems & group:
                stems |= group
        return sum(
            weight * (self._rarity[stem] if weight < _MIN_SCORE else 1.0)
            for stem, weight in weights.items()
            if stem in stems
        )


def _calls(
    chooser: _Chooser, text: str, today: dt.date, completed: Sequence[CompletedCall]
) -> Iterator[Call]:
    """Yield the calls that each clause of the text requests."""
    clauses = _clauses(chooser, text)
    results = [call.result for call in completed]
    made = 0
    for tool, clause in clauses:
        if made and _EARLIER.search(clause):
            # "... then multiply the result by 4" needs that result first.
            if len(results) < made:
                return
            clause = _EARLIER.sub(_number_in(results[made - 1]), clause, count=1)  # noqa: PLW2901 - the same clause with the result in it
        calls = _calls_per_item(tool, clause, today)
        made += len(calls)
        yield from calls


def _clauses(chooser: _Chooser, text: str) -> list[tuple[Function, str]]:
    """Split a text into clauses that request a tool each; otherwise return it as one clause."""
    parts: list[tuple[Function | None, str]] = []
    start = 0
    for mark in [*list(_CLAUSE.finditer(text))[:_MAX_CLAUSES], None]:
        piece = text[start : mark.start() if mark else len(text)]
        tool = chooser.choose(piece)
        if tool is None and parts:
            # The clause requests no tool: it belongs to the clause before.
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


def _calls_per_item(tool: Function, text: str, today: dt.date) -> list[Call]:
    """Return one call for each item of a list that does not fit into the tool's one parameter."""
    calls: list[Call] = []
    for variant in _variants(tool, text):
        call = filled(tool, variant, today)
        if call not in calls:
            calls.append(call)
    return calls


def _variants(tool: Function, text: str) -> list[str]:
    """Return the text once for each item of the list in it."""
    parameters = _required_parameters(tool)
    by_kind: tuple[tuple[set[str], tuple[Kind, ...]], ...] = (
        ({"number", "integer"}, ("number",)),
        ({"string"}, ("name", "quoted", "email", "url")),
    )
    if any(kind == "array" for _, kind in parameters):
        return [text]
    for types, fact_kinds in by_kind:
        if sum(kind in types for _, kind in parameters) != 1:
            continue
        runs = Facts(text).lists(*fact_kinds)
        if runs:
            run = max(runs, key=len)
            head, tail = text[: run[0].start], text[run[-1].end :]
            return [f"{head}{text[fact.start : fact.end]}{tail}" for fact in run]
    return [text]


def _required_parameters(tool: Function) -> list[tuple[str, str]]:
    """List the required parameters with their types; all parameters when none is required."""
    schema = tool.parameters or {}
    properties: dict[str, Any] = schema.get("properties") or {}
    required = [name for name in schema.get("required") or [] if name in properties]
    document = SchemaDocument(schema)
    parameters: list[tuple[str, str]] = []
    for name in required or properties:
        resolved = document.resolved(properties[name])
        if "enum" not in resolved and "const" not in resolved:
            parameters.append((name, kinds(resolved)[0]))
    return parameters


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
