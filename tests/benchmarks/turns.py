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
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, TypedDict, cast

from rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# A round ends after this total CPU time and this number of turns.
_ENOUGH_CPU_SECONDS = 3.0
_FEWEST_TURNS = 3
_LONGEST_TURN_SECONDS = 300.0

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


@dataclass
class Round:
    """The turns of a row.

    Attributes:
        turns: The repetitions of all contenders that did all of theirs.
        failures: Why contenders did not, by contender.
    """

    turns: list[Turn] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


class _FailedTurnError(Exception):
    """A contender's process has no figures."""


def take_turns(row: str, pythons: Mapping[str, Path], server: str, *, number: int) -> Round:
    """Run a round of a row: new processes, a warm-up each (except for cold rows), then turns.

    A contender that fails takes no more turns, and the others go on without it.
    """
    done = Round()
    with ExitStack() as processes:
        workers = {
            contender: processes.enter_context(_worker(python, contender, row, server, number))
            for contender, python in pythons.items()
        }

        def cycle() -> list[Turn]:
            turns = []
            for contender, turn in list(workers.items()):
                try:
                    turns.append(turn())
                except _FailedTurnError as error:
                    done.failures[contender] = str(error)
                    del workers[contender]
            return turns

        first = cycle()
        if ROWS[row].cold:
            done.turns = first
            return done
        turns, spent = 0, 0.0
        while workers and (turns < _FEWEST_TURNS or spent < _ENOUGH_CPU_SECONDS):
            latest = cycle()
            done.turns += latest
            turns += 1
            spent += sum(turn["cpu"] for turn in latest) * ROWS[row].work.units
    done.turns = [turn for turn in done.turns if turn["contender"] not in done.failures]
    return done


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
            late = Timer(_LONGEST_TURN_SECONDS, process.kill)
            late.start()
            try:
                print("turn", file=process.stdin, flush=True)
                line = cast("IO[str]", process.stdout).readline()
            except BrokenPipeError:
                line = ""
            finally:
                late.cancel()
            if not line:
                raise _FailedTurnError(f"exit code {process.wait()}, without figures")
            figures = json.loads(line)
            if "failure" in figures:
                raise _FailedTurnError(figures["failure"])
            return cast("Turn", {"contender": contender, "row": row, "round": number, **figures})

        yield turn  # the exit closes the worker's input, which ends it


def _environment() -> dict[str, str]:
    # Tracing, proxies and addresses from the environment would change the measurement.
    foreign = ("LANGCHAIN_", "LANGSMITH_", "LITELLM_", "TELNYX_", "OPENAI_", "PYTHON")
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.upper().endswith("_PROXY")
    }
    # litellm downloads its prices when it is imported.
    return {**inherited, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
