"""What is measured: one small function a row.

A row does its work once and tells how much it did; `worker.py` repeats it, times it, and refuses a
figure whose work is not what the row promises. To add a row, write its function here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from answers import ANSWER, WORD
from scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from contenders import Subject
    from langchain_core.language_models import LanguageModelInput

    RowFunction = Callable[[Subject], "Work | Coroutine[Any, Any, Work]"]

Metric = Literal["cpu", "wall", "rss", "modules"]


@dataclass(frozen=True)
class Work:
    """What one run of a row really did: how many units, and the last text it was answered."""

    units: int
    text: str = ""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: The name on the command line and in the table.
        unit: What figures are divided by.
        promises: The work that every run has to do.
        must: The ratio to the baseline that our figure must not exceed, by metric.
        function: Does the work.
        cold: Measured once a process, without a warm-up.
    """

    name: str
    unit: str
    promises: Work
    must: Mapping[Metric, float]
    function: RowFunction
    cold: bool


ROWS: dict[str, Row] = {}


def row(
    *, unit: str, promises: Work, must: Mapping[Metric, float], cold: bool = False
) -> Callable[[RowFunction], RowFunction]:
    """Enter a function into the table under its own name."""

    def enter(function: RowFunction) -> RowFunction:
        name = function.__name__
        ROWS[name] = Row(name, unit, promises, must, function, cold)
        return function

    return enter


CHUNKS = 1_000
_STREAMED = Work(CHUNKS, WORD * CHUNKS)


@row(unit="model", promises=Work(1), must={"modules": 0.62, "rss": 0.80}, cold=True)
def first_model(subject: Subject) -> Work:
    """Importing the package and building its first model."""
    subject.build()
    return Work(1)


@row(unit="model", promises=Work(300), must={"cpu": 0.10})
def construct(subject: Subject) -> Work:
    """One more model, as a server builds for every request."""
    return Work(len([subject.build() for _ in range(300)]))


@row(unit="call", promises=Work(50, ANSWER), must={"cpu": 0.45})
def invoke(subject: Subject) -> Work:
    """One short question, one short answer."""
    replies = [subject.model.invoke(Scenario().prompt) for _ in range(50)]
    return Work(len(replies), str(replies[-1].content))


@row(unit="call", promises=Work(50, ANSWER), must={"cpu": 0.45})
async def ainvoke(subject: Subject) -> Work:
    """The same, awaited one after the other."""
    replies = [await subject.model.ainvoke(Scenario().prompt) for _ in range(50)]
    return Work(len(replies), str(replies[-1].content))


@row(unit="chunk", promises=_STREAMED, must={"cpu": 0.20})
def stream(subject: Subject) -> Work:
    """A stream that arrives as fast as it is read."""
    chunks = subject.model.stream(Scenario(chunks=CHUNKS).prompt)
    words = [str(chunk.content) for chunk in chunks if chunk.content]
    return Work(len(words), "".join(words))


@row(unit="chunk", promises=_STREAMED, must={"cpu": 0.18})
async def astream(subject: Subject) -> Work:
    """The same, awaited."""
    chunks = subject.model.astream(Scenario(chunks=CHUNKS).prompt)
    words = [str(chunk.content) async for chunk in chunks if chunk.content]
    return Work(len(words), "".join(words))


@row(unit="call", promises=Work(500, ANSWER), must={"cpu": 0.40, "wall": 0.40})
async def abatch_100_wide(subject: Subject) -> Work:
    """500 questions that each take the server 50 ms, 100 of them under way at once."""
    prompts: list[LanguageModelInput] = [Scenario(delay_ms=50).prompt] * 500
    replies = await subject.model.abatch(prompts, config={"max_concurrency": 100})
    return Work(len(replies), str(replies[-1].content))
