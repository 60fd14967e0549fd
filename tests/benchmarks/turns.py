"""Run a row with all contenders in turns, one repetition each.

The speed of a shared machine changes by half from one second to the next. Two repetitions that
follow each other within a fraction of a second see the same machine, so their ratio is stable
although neither of the two figures is.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, TypedDict, cast

from rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A round ends after this total CPU time and this number of turns.
_ENOUGH_CPU_SECONDS = 3.0
_FEWEST_TURNS = 3
_LONGEST_TURN_SECONDS = 300.0

# When it is imported, litellm downloads prices; and it refuses a stream of equal chunks.
_LITELLM = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "REPEATED_STREAMING_CHUNK_LIMIT": "1000000",
}
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

        def cycle(*, at_once: bool = False) -> list[Turn]:
            if at_once:
                for worker in workers.values():
                    worker.begin()
            turns = []
            for contender, worker in list(workers.items()):
                try:
                    if not at_once:
                        worker.begin()
                    turns.append(worker.end())
                except _FailedTurnError as error:
                    done.failures[contender] = str(error)
                    del workers[contender]
            return turns

        # Nobody times the first turn, most of which is imports; but stores share a bucket.
        first = cycle(at_once=ROWS[row].of != "store")
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


class _Worker:
    """A contender's process at a row."""

    def __init__(self, process: subprocess.Popen[str], about: Mapping[str, object]) -> None:
        self._process = process
        self._about = about
        self._late = Timer(_LONGEST_TURN_SECONDS, process.kill)

    def begin(self) -> None:
        """Let it take a turn."""
        self._late = Timer(_LONGEST_TURN_SECONDS, self._process.kill)
        self._late.daemon = True  # an interrupted run does not wait for it
        self._late.start()
        with suppress(BrokenPipeError):  # `end` tells why it is closed
            print("turn", file=self._process.stdin, flush=True)

    def end(self) -> Turn:
        """Wait for the figures of the turn."""
        line = cast("IO[str]", self._process.stdout).readline()
        self._late.cancel()
        if not line:
            raise _FailedTurnError(f"exit code {self._process.wait()}, without figures")
        figures = json.loads(line)
        if "failure" in figures:
            raise _FailedTurnError(figures["failure"])
        return cast("Turn", {**self._about, **figures})


@contextmanager
def _worker(python: Path, contender: str, row: str, server: str, number: int) -> Iterator[_Worker]:
    """Start a contender's process."""
    with subprocess.Popen(
        [str(python), str(_WORKER), contender, row, server],
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield _Worker(process, {"contender": contender, "row": row, "round": number})
        with suppress(BrokenPipeError):
            cast("IO[str]", process.stdin).close()  # this ends it


def _environment() -> dict[str, str]:
    # Tracing, proxies and addresses from the environment would change the measurement.
    foreign = ("LANGCHAIN_", "LANGSMITH_", "LITELLM_", "TELNYX_", "OPENAI_", "PYTHON")
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.upper().endswith("_PROXY")
    }
    return inherited | _LITELLM
