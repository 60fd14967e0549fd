"""Run one row of one contender in this process, once for every line of its standard input.

`worker.py CONTENDER ROW SERVER_URL` runs in the contender's environment and prints a line of JSON
for each input line: the figures of that repetition, or why there are none, which ends the process.
The caller (`turns.py`) decides when, so contenders can take turns; the first repetition is a cold
one.
"""

import argparse
import asyncio
import gc
import json
import re
import sys
import time
from importlib.metadata import distributions
from pathlib import Path

from contenders import CONTENDERS, Subject
from rows import ROWS, Row, Work

# Distributions whose versions explain a figure.
_REPORTED = (
    "langchain-core",
    "langchain-telnyx",
    "langchain-openai",
    "langchain-mistralai",
    "langchain-fireworks",
    "langchain-groq",
    "langchain-openrouter",
    "langchain-litellm",
    "langchain-qdrant",
    "langchain-postgres",
    "openai",
    "fireworks-ai",
    "groq",
    "openrouter",
    "litellm",
    "telnyx",
    "qdrant-client",
    "pgvector",
    "psycopg",
    "httpx",
    "httpx2",
    "pydantic",
)
_LONGEST_REASON = 160


class WrongWorkError(Exception):
    """The work of a run differs from the row's declared work."""


def main() -> None:
    """Run the row of the command line."""
    parser = argparse.ArgumentParser(description="Do one row of one contender, line by line.")
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("server", help="the address of a running server.py")
    options = parser.parse_args()
    row, subject = ROWS[options.row], Subject(CONTENDERS[options.contender], options.server)
    bare = _memory("VmRSS")
    # One event loop for all repetitions: connections belong to a loop, and a user has one loop.
    with asyncio.Runner() as runner:
        for _line in sys.stdin:
            gc.collect()  # every repetition begins with the same heap ...
            gc.freeze()  # ... and later collections skip the objects that exist already
            try:
                figures = _repetition(row, subject, runner)
            except Exception as error:
                print(json.dumps({"failure": _reason(error)}), flush=True)
                raise
            memory = {"rss": _memory("VmHWM") - bare, "modules": len(sys.modules)}
            print(json.dumps(figures | memory | {"versions": _versions()}), flush=True)


def _repetition(row: Row, subject: Subject, runner: asyncio.Runner) -> dict[str, object]:
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = row.function(subject)
    work = outcome if isinstance(outcome, Work) else runner.run(outcome)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if work != row.work:
        raise WrongWorkError(f"{row.name!r} declares {row.work}, and did {work}.")
    units = work.units
    return {"cpu": cpu / units, "wall": wall / units, "units": units, "text": work.text}


def _reason(error: Exception) -> str:
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:_LONGEST_REASON]


def _memory(field: str) -> int:
    """Bytes that the process uses (`VmRSS`) or has used at its peak (`VmHWM`); 0 off Linux."""
    # Not `getrusage`: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status")
    found = re.search(rf"{field}:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else 0


def _versions() -> dict[str, str]:
    installed = {item.name.lower(): item.version for item in distributions()}
    return {name: installed[name] for name in _REPORTED if name in installed}


if __name__ == "__main__":
    main()
