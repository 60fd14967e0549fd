"""The rows of the benchmark: one small function each.

A row does its work once and returns how much it did; `worker.py` repeats and times it, and raises
if the work differs from the declared one. To add a row, write its function here.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from chat_responses import ANSWER, MOON, PIECE, WORD
from contenders import BASELINE
from scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from contenders import Part, Subject
    from langchain_core.language_models import LanguageModelInput

    RowFunction = Callable[[Subject], "Work | Coroutine[Any, Any, Work]"]

Metric = Literal["cpu", "wall", "rss", "modules"]


@dataclass(frozen=True)
class Work:
    """The work of one run of a row: the number of units, and the last answer."""

    units: int
    text: str = ""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: The name on the command line and in the table.
        unit: The unit of work: figures are per unit.
        work: The work of every run.
        must: The maximum ratio to the baseline, by metric.
        function: Does the work.
        cold: Whether it is measured once per process, without a warm-up.
        of: The part of a contender that it measures.
        baseline: The contender in the denominator of ratios.
    """

    name: str
    unit: str
    work: Work
    must: Mapping[Metric, float]
    function: RowFunction
    cold: bool
    of: Part
    baseline: str


ROWS: dict[str, Row] = {}


def row(
    *,
    unit: str,
    work: Work,
    must: Mapping[Metric, float],
    cold: bool = False,
    of: Part = "model",
    baseline: str = BASELINE,
) -> Callable[[RowFunction], RowFunction]:
    """Add a function to the table under its own name."""

    def enter(function: RowFunction) -> RowFunction:
        name = function.__name__
        ROWS[name] = Row(name, unit, work, must, function, cold, of, baseline)
        return function

    return enter


CHUNKS = 1_000
_STREAMED = Work(CHUNKS, WORD * CHUNKS)


@row(unit="model", work=Work(1), must={"modules": 0.62, "rss": 0.80}, cold=True, of="text")
def first_model(subject: Subject) -> Work:
    """Importing the package and building its first model."""
    subject.build()
    return Work(1)


@row(unit="model", work=Work(300), must={"cpu": 0.10})
def construct(subject: Subject) -> Work:
    """One more model, as a server builds for every request."""
    return Work(len([subject.build() for _ in range(300)]))


@row(unit="call", work=Work(50, ANSWER), must={"cpu": 0.45}, of="text")
def invoke(subject: Subject) -> Work:
    """One short question, one short answer."""
    answers = [subject.model.invoke(Scenario().prompt) for _ in range(50)]
    return Work(len(answers), str(answers[-1].content))


@row(unit="call", work=Work(50, ANSWER), must={"cpu": 0.45}, of="text")
async def ainvoke(subject: Subject) -> Work:
    """The async version, one call after the other."""
    answers = [await subject.model.ainvoke(Scenario().prompt) for _ in range(50)]
    return Work(len(answers), str(answers[-1].content))


@row(unit="chunk", work=_STREAMED, must={"cpu": 0.20}, of="text")
def stream(subject: Subject) -> Work:
    """A stream that arrives as fast as it is read."""
    chunks = subject.model.stream(Scenario(chunks=CHUNKS).prompt)
    words = [str(chunk.content) for chunk in chunks if chunk.content]
    return Work(len(words), "".join(words))


@row(unit="chunk", work=_STREAMED, must={"cpu": 0.18}, of="text")
async def astream(subject: Subject) -> Work:
    """The async version."""
    chunks = subject.model.astream(Scenario(chunks=CHUNKS).prompt)
    words = [str(chunk.content) async for chunk in chunks if chunk.content]
    return Work(len(words), "".join(words))


@row(unit="call", work=Work(500, ANSWER), must={"cpu": 0.40, "wall": 0.40})
async def abatch_100_wide(subject: Subject) -> Work:
    """500 questions of 50 ms each at the server, 100 at once."""
    prompts: list[LanguageModelInput] = [Scenario(delay_ms=50).prompt] * 500
    answers = await subject.model.abatch(prompts, config={"max_concurrency": 100})
    return Work(len(answers), str(answers[-1].content))


def _prompts() -> Any:
    # On demand: it imports langchain-core, and `first_model` measures that import.
    return import_module("prompts")


def _calls(chunk: Any) -> Any:
    return chunk.tool_call_chunks


_PACED = Work(300, WORD * 300)


@row(unit="chunk", work=_PACED, must={"cpu": 0.45}, of="text")
def paced_stream(subject: Subject) -> Work:
    """A stream with one chunk per millisecond."""
    chunks = subject.model.stream(Scenario(chunks=300, pace_ms=1).prompt)
    words = [str(chunk.content) for chunk in chunks if chunk.content]
    return Work(len(words), "".join(words))


@row(unit="chunk", work=_PACED, must={"cpu": 0.48}, of="text")
async def paced_astream(subject: Subject) -> Work:
    """The async version."""
    chunks = subject.model.astream(Scenario(chunks=300, pace_ms=1).prompt)
    words = [str(chunk.content) async for chunk in chunks if chunk.content]
    return Work(len(words), "".join(words))


@row(unit="chunk", work=Work(CHUNKS, PIECE * CHUNKS), must={"cpu": 0.20})
def call_stream(subject: Subject) -> Work:
    """A tool call whose arguments arrive as fast as they are read."""
    stream = subject.model.stream(Scenario(chunks=CHUNKS, calls=1).prompt)
    pieces = [str(call["args"]) for chunk in stream for call in _calls(chunk)]
    text = json.loads("".join(pieces))["text"]
    return Work(pieces.count(PIECE), text)


@row(unit="chunk", work=_STREAMED, must={"cpu": 0.35})
async def astream_events(subject: Subject) -> Work:
    """A stream, read as events of version 2."""
    events: Any = subject.model.astream_events(Scenario(chunks=CHUNKS).prompt, version="v2")
    chunks = [
        event["data"]["chunk"] async for event in events if event["event"] == "on_chat_model_stream"
    ]
    words = [str(chunk.content) for chunk in chunks if chunk.content]
    return Work(len(words), "".join(words))


@row(unit="stream", work=Work(50, WORD), must={"cpu": 0.35, "wall": 0.35}, of="text")
def first_token(subject: Subject) -> Work:
    """A stream up to its first word, then closed."""
    word = ""
    for _ in range(50):
        stream = subject.model.stream(Scenario(chunks=1).prompt)
        word = next(str(chunk.content) for chunk in stream if chunk.content)
        stream.close()  # type: ignore[attr-defined]  # a generator, by every contender
    return Work(50, word)


@row(unit="call", work=Work(400, ANSWER), must={"cpu": 0.50}, of="text")
async def ainvoke_400_at_once(subject: Subject) -> Work:
    """400 questions at once, of 50 ms each at the server."""
    prompt = Scenario(delay_ms=50).prompt
    answers = await asyncio.gather(*[subject.model.ainvoke(prompt) for _ in range(400)])
    return Work(len(answers), str(answers[-1].content))


async def _words(subject: Subject, scenario: Scenario) -> list[str]:
    chunks = subject.model.astream(scenario.prompt)
    return [str(chunk.content) async for chunk in chunks if chunk.content]


@row(unit="chunk", work=Work(200 * 50, WORD * 50), must={"cpu": 0.22}, of="text")
async def astream_200_at_once(subject: Subject) -> Work:
    """200 streams at once, of 50 chunks each."""
    scenario = Scenario(chunks=50)
    streams = await asyncio.gather(*[_words(subject, scenario) for _ in range(200)])
    return Work(sum(map(len, streams)), "".join(streams[-1]))


@row(unit="chunk", work=Work(200 * 50, WORD * 50), must={"wall": 0.35}, of="text")
async def paced_astream_200_at_once(subject: Subject) -> Work:
    """The same, with a chunk each 5 ms in every stream."""
    scenario = Scenario(chunks=50, pace_ms=5)
    streams = await asyncio.gather(*[_words(subject, scenario) for _ in range(200)])
    return Work(sum(map(len, streams)), "".join(streams[-1]))


@row(unit="call", work=Work(20, ANSWER), must={"cpu": 0.12})
def invoke_with_history(subject: Subject) -> Work:
    """A question after 62 messages, some with tool calls or images."""
    answers = [subject.model.invoke(_prompts().HISTORY) for _ in range(20)]
    return Work(len(answers), str(answers[-1].content))


@row(unit="bind", work=Work(100), must={"cpu": 0.15})
def bind_tools(subject: Subject) -> Work:
    """The same 20 tools bound again, as agents do at every step."""
    tools = _prompts().TOOLS
    return Work(len([subject.model.bind_tools(tools) for _ in range(100)]))


@row(unit="call", work=Work(20, ANSWER), must={"cpu": 0.25})
def invoke_with_tools(subject: Subject) -> Work:
    """A short question to a model with 20 tools."""
    model = subject.model.bind_tools(_prompts().TOOLS)
    answers = [model.invoke(Scenario().prompt) for _ in range(20)]
    return Work(len(answers), str(answers[-1].content))


@row(unit="call", work=Work(20, json.dumps(MOON)), must={"cpu": 0.40})
def structured_by_function(subject: Subject) -> Work:
    """Structured output by function calling."""
    schema = _prompts().MOON_SCHEMA
    model = subject.model.with_structured_output(schema, method="function_calling")
    answers = [model.invoke(Scenario(form=2).prompt) for _ in range(20)]
    return Work(len(answers), json.dumps(answers[-1]))


@row(unit="call", work=Work(20, json.dumps(MOON)), must={"cpu": 0.35})
def structured_by_schema(subject: Subject) -> Work:
    """Structured output by JSON schema."""
    schema = _prompts().MOON_SCHEMA
    model = subject.model.with_structured_output(schema, method="json_schema")
    answers = [model.invoke(Scenario(form=1).prompt) for _ in range(20)]
    return Work(len(answers), json.dumps(answers[-1]))


import_module("embedding_rows")  # adds the rows of embeddings
import_module("store_rows")  # adds the rows of stores
