"""Mixed calls through a proxy that injects faults, sync and async, on every HTTP library.

Run as a process of its own, it prints its result as one line of JSON:

    python tests/soak/soak_mixed.py http://127.0.0.1:4010 http://127.0.0.1:4011 --calls 1000
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import logging
import math
import os
import sys
import threading
import warnings
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

if os.environ.get("SOAK_ON_HTTPCORE") == "1":
    sys.modules["httpcore2"] = None  # type: ignore[assignment]  # not to be found, for now
    from langchain_telnyx.client.http import core  # noqa: F401

    del sys.modules["httpcore2"]

import httpx
from soak_account import SharedData
from soak_calls import Caller, check_server
from soak_runners import in_tasks, in_threads, sockets
from soak_tally import KEY, Tally, load

from langchain_telnyx import Telnyx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Seconds for a call, and seconds without data.
DEADLINE, SILENCE = 6.0, 1.0

Run: TypeAlias = "Callable[[list[Caller], Telnyx, int, float], None]"
# Sync or async, and whether the client uses an httpx client of the caller.
MODES: dict[str, tuple[Run, bool]] = {
    "sync": (in_threads, False),
    "async": (in_tasks, False),
    "sync on httpx.Client": (in_threads, True),
    "async on httpx.AsyncClient": (in_tasks, True),
}


def recording() -> bytes:
    """Return a second of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return written.getvalue()


def client_of(origin: str, *, own: bool = False, **options: Any) -> Telnyx:
    """Return a client of a server; with `own` it uses httpx clients of the caller."""
    if own:
        options["http_client"] = httpx.Client(timeout=SILENCE)
        options["http_async_client"] = httpx.AsyncClient(timeout=SILENCE)
    return Telnyx(api_key=KEY, base_url=f"{origin}/v2", **options)


@dataclass(frozen=True)
class Lane:
    """Callers that share a client.

    Attributes:
        name: The prefix of their names.
        mode: One of `MODES`.
        origin: The origin of the server or proxy.
        callers: The number of callers.
        calls: The number of calls of each.
        options: Further options of the client.
    """

    name: str
    mode: str
    origin: str
    callers: int = 1
    calls: int = 10
    options: Mapping[str, Any] = field(
        default_factory=lambda: {"timeout": SILENCE, "deadline": DEADLINE}
    )


def mixed(
    shared: SharedData,
    direct: Telnyx,
    lanes: list[Lane],
    tally: Tally,
    *,
    seed: object,
    end: float = math.inf,
) -> None:
    """Run lanes concurrently, and check the server afterwards.

    Args:
        shared: Read-only data of all callers.
        direct: A client that does not use the proxy.
        lanes: The lanes.
        tally: Collects the violations.
        seed: Determines the calls.
        end: A time of `monotonic()` after which no call begins.
    """
    load(direct)
    runs: list[Callable[[], None]] = []
    everyone: list[Caller] = []
    clients: list[Telnyx] = []
    for lane in lanes:
        run, own = MODES[lane.mode]
        client = client_of(lane.origin, own=own, **lane.options)
        names = [f"{lane.name}{letter}" for letter in "abcdefghijklmnopqrst"[: lane.callers]]
        callers = [Caller(name, seed, shared, client, tally) for name in names]
        everyone += callers
        clients.append(client)
        runs.append(functools.partial(run, callers, client, lane.calls, end))
    with ThreadPoolExecutor(len(runs)) as workers:
        for done in [workers.submit(each) for each in runs]:
            done.result()
    check_server(everyone, direct)
    for client in clients:
        client.close()
        own_client, _ = client._clients  # noqa: SLF001 - closed by who made it
        if own_client is not None:
            own_client.close()


def threads() -> int:
    """Return the number of threads, without the one for the read deadlines of all streams."""
    return sum(thread.name != "langchain-telnyx read timers" for thread in threading.enumerate())


def main() -> None:
    """Make the calls of the command line, and print the tally."""
    parser = argparse.ArgumentParser()
    parser.add_argument("direct")
    parser.add_argument("proxy")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=150, help="for each mode at most")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--name", default="a")
    parser.add_argument("--modes", nargs="+", default=[*MODES])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    tally = Tally(DEADLINE)
    each = -(-arguments.calls // (arguments.callers * len(arguments.modes)))
    with client_of(arguments.direct) as direct:
        shared = SharedData.of(direct, recording())
        for number, mode in enumerate(arguments.modes):
            direct.close()
            before = sockets(), threads()
            lane = Lane(f"{arguments.name}{number}", mode, arguments.proxy, arguments.callers, each)
            end = monotonic() + arguments.seconds
            mixed(shared, direct, [lane], tally, seed=arguments.seed, end=end)
            direct.close()
            after = sockets(), threads()
            if after > before:
                names = [thread.name for thread in threading.enumerate()]
                tally.report("leaked", mode, "after", f"{before} became {after}, threads {names}")
    print(json.dumps(tally.result()))


if __name__ == "__main__":
    main()
