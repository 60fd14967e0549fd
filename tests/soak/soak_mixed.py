"""Mixed calls through a proxy that spoils a share of the answers, on every face and library.

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
from soak_account import World
from soak_calls import Caller, settle
from soak_counts import KEY, Tally, load
from soak_runners import in_tasks, in_threads, sockets

from langchain_telnyx import Telnyx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A call is given up after this long, and so is a silence.
DEADLINE, SILENCE = 6.0, 1.0

Run: TypeAlias = "Callable[[list[Caller], Telnyx, int, float], None]"
# Which face, and whether the connections are of the user's own httpx client.
FACES: dict[str, tuple[Run, bool]] = {
    "blocking": (in_threads, False),
    "awaited": (in_tasks, False),
    "blocking on httpx.Client": (in_threads, True),
    "awaited on httpx.AsyncClient": (in_tasks, True),
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
    """Return a client of a server; `own` has it use a client of httpx's."""
    if own:
        options["http_client"] = httpx.Client(timeout=SILENCE)
        options["http_async_client"] = httpx.AsyncClient(timeout=SILENCE)
    return Telnyx(api_key=KEY, base_url=f"{origin}/v2", **options)


@dataclass(frozen=True)
class Lane:
    """Callers that share a client.

    Attributes:
        name: Begins their names.
        face: One of `FACES`.
        origin: The server as they see it.
        callers: How many they are.
        calls: How many calls each makes.
        options: Further options of the client.
    """

    name: str
    face: str
    origin: str
    callers: int = 1
    calls: int = 10
    options: Mapping[str, Any] = field(
        default_factory=lambda: {"timeout": SILENCE, "deadline": DEADLINE}
    )


def mixed(
    world: World,
    direct: Telnyx,
    lanes: list[Lane],
    tally: Tally,
    *,
    seed: object,
    end: float = math.inf,
) -> None:
    """Run lanes side by side, each on its face, and look into the server afterwards.

    Args:
        world: What is there for all.
        direct: A client that goes past the proxy.
        lanes: The lanes.
        tally: Where verdicts go.
        seed: Decides on the calls.
        end: A time of `monotonic()` at which no further call begins.
    """
    load(direct)
    runs: list[Callable[[], None]] = []
    everyone: list[Caller] = []
    clients: list[Telnyx] = []
    for lane in lanes:
        run, own = FACES[lane.face]
        client = client_of(lane.origin, own=own, **lane.options)
        names = [f"{lane.name}{letter}" for letter in "abcdefghijklmnopqrst"[: lane.callers]]
        callers = [Caller(name, seed, world, client, tally) for name in names]
        everyone += callers
        clients.append(client)
        runs.append(functools.partial(run, callers, client, lane.calls, end))
    with ThreadPoolExecutor(len(runs)) as workers:
        for done in [workers.submit(each) for each in runs]:
            done.result()
    settle(everyone, direct)
    for client in clients:
        client.close()
        own_client, _ = client._clients  # noqa: SLF001 - closed by who made it
        if own_client is not None:
            own_client.close()


def threads() -> int:
    """Return how many threads there are, beside the one that rings for all streams."""
    return sum(thread.name != "langchain-telnyx read timers" for thread in threading.enumerate())


def main() -> None:
    """Make the calls that the command line asks for, and print what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("direct")
    parser.add_argument("proxy")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=150, help="for each face at most")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--name", default="a")
    parser.add_argument("--faces", nargs="+", default=[*FACES])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    tally = Tally(DEADLINE)
    each = -(-arguments.calls // (arguments.callers * len(arguments.faces)))
    with client_of(arguments.direct) as direct:
        world = World.of(direct, recording())
        for number, face in enumerate(arguments.faces):
            direct.close()
            before = sockets(), threads()
            lane = Lane(f"{arguments.name}{number}", face, arguments.proxy, arguments.callers, each)
            end = monotonic() + arguments.seconds
            mixed(world, direct, [lane], tally, seed=arguments.seed, end=end)
            direct.close()
            after = sockets(), threads()
            if after > before:
                names = [thread.name for thread in threading.enumerate()]
                tally.give("leaked", face, "after", f"{before} became {after}, threads {names}")
    print(json.dumps(tally.result()))


if __name__ == "__main__":
    main()
