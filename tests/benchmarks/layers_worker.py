"""Sample the layers of a row: which package the CPU time of a process is spent in.

`layers_worker.py CONTENDER ROW SERVER_URL` prints seconds per layer as JSON. A timer of CPU time
interrupts the process hundreds of times per second; a sample counts for the innermost frame that
belongs to a layer. The standard library counts for its caller, except for JSON and the event loop.
Unlike a tracing profiler this does not slow the code down.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from contenders import CONTENDERS, Subject
from rows import ROWS, Work

if TYPE_CHECKING:
    from types import FrameType

# Parts of a module's path, and their layer. The first match counts.
_LAYERS = (
    ("/langchain_telnyx/client/http/", "its connections"),
    ("/langchain_telnyx/", "this package"),
    ("/httpcore", "HTTP library"),
    ("/h11/", "HTTP library"),
    ("/httptools/", "HTTP library"),
    ("/anyio/", "HTTP library"),
    ("/httpx", "HTTP library"),
    ("/json/", "JSON"),
    ("/asyncio/", "event loop"),
    ("/selectors.py", "event loop"),
    ("/langchain_core/", "langchain-core"),
    ("/langsmith/", "langchain-core"),
    ("/benchmarks/", "benchmark"),
)
LAYERS = tuple(dict.fromkeys(layer for _, layer in _LAYERS))

_INTERVAL = 0.001
_ENOUGH_CPU_SECONDS = 5.0


def layer_of(frame: FrameType | None) -> str:
    """Return the layer of the innermost frame that belongs to one."""
    while frame is not None:
        path = frame.f_code.co_filename
        for part, layer in _LAYERS:
            if part in path:
                return layer
        frame = frame.f_back
    return "benchmark"


def main() -> None:
    """Sample the row of the command line."""
    parser = argparse.ArgumentParser(description="Sample the layers of one row.")
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("server", help="the address of a running server.py")
    parser.add_argument("--seconds", type=float, default=_ENOUGH_CPU_SECONDS)
    options = parser.parse_args()
    row, subject = ROWS[options.row], Subject(CONTENDERS[options.contender], options.server)
    samples: Counter[str] = Counter()
    units = 0

    def sample(_: int, frame: FrameType | None) -> None:
        samples[layer_of(frame)] += 1

    def once() -> Work:
        outcome = row.function(subject)
        return outcome if isinstance(outcome, Work) else runner.run(outcome)

    with asyncio.Runner() as runner:
        once()
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGPROF, sample)
        signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
        begun = time.process_time()
        while time.process_time() - begun < options.seconds:
            units += once().units
        spent = time.process_time() - begun
        signal.setitimer(signal.ITIMER_PROF, 0)
    total = samples.total() or 1
    seconds = {layer: spent / units * samples[layer] / total for layer in LAYERS}
    json.dump({"seconds": seconds, "samples": total}, sys.stdout)


if __name__ == "__main__":
    main()
