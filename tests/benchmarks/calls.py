"""Measure what a server between Telnyx and a model costs: `python tests/benchmarks/calls.py`.

Three programs answer the same calls over Conversation Relay, with the same model server: the model
alone, without a server; `langchain_telnyx.serve`; and a bridge of Flask, flask-sock and requests,
in the form of the vendor's example. Each runs in a process of its own, whose CPU time is read; the
callers are in this process. All rounds are interleaved.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import websockets
from environments import interpreter
from scenario import Scenario
from server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
TOKENS = 100
TURNS = 20
CALLERS = 100
CONTENDERS = ("agent", "ours", "flask")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    """The figures of a contender, one for each round.

    Attributes:
        token: Microseconds of CPU for a token.
        call: Milliseconds of CPU for a turn of 100 concurrent calls.
        wall: Seconds until 100 concurrent calls have two answers each.
    """

    token: list[float] = field(default_factory=list)
    call: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def main() -> int:
    """Run the rounds, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    figures = {name: Figures() for name in CONTENDERS}
    with serving() as model:
        for number in range(options.rounds):
            for name in CONTENDERS:
                print(f"{name}, round {number + 1} of {options.rounds}", file=sys.stderr)
                with running(name, model) as (address, pid):
                    measure(name, address, pid, figures[name])
    print(markdown(figures))
    return 0


@contextmanager
def running(name: str, model: str) -> Iterator[tuple[str, int]]:
    """Run a contender in a process of its own; yield its address and the process's id."""
    python = interpreter("flask-bridge") if name == "flask" else Path(sys.executable)
    with subprocess.Popen(
        [python, HERE / "calls_worker.py", name, model],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield cast("IO[str]", process.stdout).readline().strip(), process.pid
        finally:
            process.kill()


def measure(name: str, address: str, pid: int, figures: Figures) -> None:
    """Call a contender, and add its figures."""
    if name == "agent":
        figures.token.append(float(address))  # it measures itself, without a server
        return
    asyncio.run(call(address, turns=2))  # warm up
    before = cpu(pid)
    asyncio.run(call(address, turns=TURNS))
    figures.token.append(1e6 * (cpu(pid) - before) / (TURNS * TOKENS))
    before, began = cpu(pid), time.perf_counter()
    asyncio.run(calls(address))
    figures.wall.append(time.perf_counter() - began)
    figures.call.append(1e3 * (cpu(pid) - before) / (CALLERS * 2))


async def call(address: str, *, turns: int) -> None:
    """Make a call, and wait for the answer to each turn."""
    prompt = Scenario(chunks=TOKENS).prompt
    async with websockets.connect(address, open_timeout=60) as relay:
        setup = {"type": "setup", "sessionId": str(id(relay)), "from": "+1", "to": "+2"}
        await relay.send(json.dumps({**setup, "direction": "inbound"}))
        for _ in range(turns):
            await relay.send(json.dumps({"type": "prompt", "voicePrompt": prompt, "last": True}))
            tokens = 0
            async for frame in relay:
                message = json.loads(frame)
                tokens += bool(message.get("token"))
                if message.get("last"):
                    break
            if tokens != TOKENS:
                raise SystemExit(f"{tokens} tokens instead of {TOKENS}")


async def calls(address: str) -> None:
    """Make many calls at once, of two turns each."""
    await asyncio.gather(*(call(address, turns=2) for _ in range(CALLERS)))


def cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def markdown(figures: dict[str, Figures]) -> str:
    """Return the table of the medians."""
    lines = [
        f"| | CPU of a token (µs) | CPU of a turn, {CALLERS} calls (ms) | {CALLERS} calls (s) |",
        "|---|---|---|---|",
    ]
    for name, found in figures.items():
        cells = [
            f"{statistics.median(values):.{digits}f}" if values else "-"
            for values, digits in ((found.token, 0), (found.call, 1), (found.wall, 2))
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
