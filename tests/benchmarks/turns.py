"""Run a row with all contenders in turns, one repetition each.

The speed of a shared machine changes by half from one second to the next. Two repetitions that
follow each other within a fraction of a second see the same machine, so their ratio is stable
although neither of the two figures is.
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

# A round ends after this total CPU time and this number of turns.
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


def take_turns(
    row: str, pythons: Mapping[str, Path], server: str, *, number: int
) -> Iterator[Turn]:
    """Run a round of a row: new processes, a warm-up each (except for cold rows), then turns."""
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
            spent += sum(turn["cpu"] for turn in cycle) * ROWS[row].work.units


@contextmanager
def _worker(
    python: Path, contender: str, row: str, server: str, number: int
) -> Iterator[Callable[[], Turn]]:
    """Start a contender's process; yield a function that runs a turn in it."""
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

        yield turn  # the exit closes the worker's input, which ends it


def _environment() -> dict[str, str]:
    # Tracing, proxies and addresses from the environment would change the measurement.
    foreign = ("LANGCHAIN_", "LANGSMITH_", "TELNYX_", "OPENAI_", "PYTHON")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.upper().endswith("_PROXY")
    }
