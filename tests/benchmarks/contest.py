"""Contenders take turns at a row, one repetition each, over and over.

The speed of a shared machine changes by half from one second to the next. Two repetitions that
follow each other within a fraction of a second see the same machine, and their ratio holds where
neither of the two figures does.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypedDict, cast

from rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# A round is over when all contenders together have used so much CPU time in so many turns.
_ENOUGH_CPU_SECONDS = 3.0
_FEWEST_TURNS = 3

_WORKER = Path(__file__).resolve().with_name("worker.py")


class Turn(TypedDict):
    """One repetition of a row: times are for one unit of work, memory is in bytes."""

    contender: str
    row: str
    round: int
    cpu: float
    wall: float
    rss: int
    modules: int
    versions: dict[str, str]


def contest(row: str, pythons: Mapping[str, Path], server: str, *, number: int) -> Iterator[Turn]:
    """One round of a row: fresh processes, a warm-up each (but for cold rows), then turns."""
    with ExitStack() as processes:
        workers = [
            processes.enter_context(_worker(python, contender, row, server, number))
            for contender, python in pythons.items()
        ]
        first = [turn() for turn in workers]
        if ROWS[row].cold:
            yield from first
            return
        turns, spent = 0, 0.0
        while turns < _FEWEST_TURNS or spent < _ENOUGH_CPU_SECONDS:
            cycle = [turn() for turn in workers]
            yield from cycle
            turns += 1
            spent += sum(turn["cpu"] for turn in cycle) * ROWS[row].promises.units


@contextmanager
def _worker(
    python: Path, contender: str, row: str, server: str, number: int
) -> Iterator[Callable[[], Turn]]:
    """Start a contender's process; gives the function that has it take a turn."""
    with subprocess.Popen(
        [str(python), str(_WORKER), contender, row, server],
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def turn() -> Turn:
            print("turn", file=process.stdin, flush=True)
            line = cast("IO[str]", process.stdout).readline()
            if not line:
                raise RuntimeError(f"{contender!r} failed at {row!r}; its error is above.")
            figures = json.loads(line)
            return cast("Turn", {"contender": contender, "row": row, "round": number, **figures})

        yield turn  # leaving closes its input, and so ends it


def _environment() -> dict[str, str]:
    # Tracing would be measured with the call; a proxy, or an address from outside, instead of it.
    foreign = ("LANGCHAIN_", "LANGSMITH_", "TELNYX_", "OPENAI_", "PYTHON")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.upper().endswith("_PROXY")
    }
