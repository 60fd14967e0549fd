"""Mixed calls through a proxy that spoils a share of the answers, on every face and library.

Run as a process of its own, it prints its result as one line of JSON:

    python tests/soak/soak_mixed.py http://127.0.0.1:4010 http://127.0.0.1:4011 --calls 1000
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
import threading
import warnings
import wave
from collections.abc import Callable
from typing import Any, TypeAlias

if os.environ.get("SOAK_ON_HTTPCORE") == "1":
    sys.modules["httpcore2"] = None  # type: ignore[assignment]  # not to be found, for now
    from langchain_telnyx.client.http import core  # noqa: F401

    del sys.modules["httpcore2"]

import httpx
from soak_calls import Caller, World, settle
from soak_faces import in_tasks, in_threads, sockets
from soak_judge import KEY, Tally

from langchain_telnyx import Telnyx

# A call is given up after this long, and so is a silence.
DEADLINE, SILENCE = 6.0, 1.0

Run: TypeAlias = "Callable[[list[Caller], Telnyx, int], None]"
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


def mixed(world: World, direct: Telnyx, name: str, face: str, origins: list[str], **how: Any) -> None:
    """Run one face, with callers on each of several ports of the proxy.

    Args:
        world: What is there for all.
        direct: A client that goes past the proxy.
        name: Begins the names of callers.
        face: One of `FACES`.
        origins: The ports. Callers on one share a client.
        how: `seed`, `tally`, `calls` of each caller, `callers` on each port.
    """
    run, own = FACES[face]
    threads: list[threading.Thread] = []
    everyone: list[Caller] = []
    clients = []
    for number, origin in enumerate(origins):
        client = client_of(origin, own=own, timeout=SILENCE, deadline=DEADLINE)
        clients.append(client)
        callers = [
            Caller(f"{name}{number}{letter}", how["seed"], world, client, how["tally"])
            for letter in "abcdefghijklmnopqrst"[: how["callers"]]
        ]
        everyone += callers
        threads.append(threading.Thread(target=run, args=(callers, client, how["calls"])))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(everyone, direct)
    for client in clients:
        client.close()
        sync, _ = client._clients  # noqa: SLF001 - closed by who made it
        if sync is not None:
            sync.close()


def main() -> None:
    """Make the calls that the command line asks for, and print what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("direct")
    parser.add_argument("proxy")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--name", default="a")
    parser.add_argument("--faces", nargs="+", default=[*FACES])
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    tally = Tally(DEADLINE)
    each = -(-asked.calls // (asked.callers * len(asked.faces)))
    with client_of(asked.direct) as direct:
        world = World.of(direct, recording())
        for number, face in enumerate(asked.faces):
            direct.close()
            before = sockets(), threading.active_count()
            mixed(
                world, direct, f"{asked.name}{number}", face, [asked.proxy],
                seed=asked.seed, tally=tally, calls=each, callers=asked.callers,
            )  # fmt: skip
            direct.close()
            after = sockets(), threading.active_count()
            if after > before:
                tally.give("leaked", face, "after", f"{before} became {after} (sockets, threads)")
    print(json.dumps(tally.result()))


if __name__ == "__main__":
    main()
