"""Print tables of growth: chunks of a stream, documents of a store, memory of what is open.

`growth.py --page docs/performance.md` also rewrites the tables between the markers of a page. It
measures this process, with this Python: what matters is how the lines of a table differ.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import time
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from contenders import CONTENDERS, OURS, Subject
from langchain_core.documents import Document
from report import rewritten
from scenario import Scenario
from server import serving

from langchain_telnyx import Telnyx, TelnyxVectorStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNKS = (1_000, 20_000, 100_000)
_DOCUMENTS = (1_000, 10_000)
_STREAMS = 200
_CLIENTS = 50
# The emulator in a process of its own, whose CPU time does not count.
_EMULATOR = """
import json, sys
from langchain_telnyx.emulator import TelnyxEmulator
with TelnyxEmulator() as emulator:
    print(json.dumps(emulator.options()), flush=True)
    sys.stdin.read()
"""


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Measure growth.")
    parser.add_argument("--documents", nargs="+", type=int, default=_DOCUMENTS, metavar="N")
    parser.add_argument("--chunks", nargs="+", type=int, default=_CHUNKS, metavar="N")
    parser.add_argument("--page", type=Path, metavar="PAGE.md", help="write the tables into a page")
    options = parser.parse_args()
    with serving() as server:
        tables = [_chunks(server, options.chunks), _memory(server)]
    tables.append(_documents(options.documents))
    made = "\n\n".join(tables)
    print(made)
    if options.page:
        options.page.write_text(rewritten(options.page.read_text(), made, "growth"))


def _chunks(server: str, numbers: list[int]) -> str:
    """Return the table of streams of growing length."""
    lines = [["chunks", "ChatTelnyx", "langchain-core alone", "difference"], ["---"] * 4]

    for number in numbers:
        prompt = Scenario(chunks=number).prompt
        per_chunk = []
        for name in (OURS, "floor"):
            model = Subject(CONTENDERS[name], server).model
            # A stream of its own, so that what another one allocated does not matter.
            per_chunk.append(_best(lambda m=model, p=prompt: _read(m, p), 3) / number)  # type: ignore[misc]
        mine, alone = per_chunk
        lines.append([f"{number:,}", _us(mine), _us(alone), _us(mine - alone)])
    return _table(lines)


def _read(model: Any, prompt: str) -> None:
    for _chunk in model.stream(prompt):
        pass


def _memory(server: str) -> str:
    """Return the table of the memory of one more stream, client and event loop."""
    subject = Subject(CONTENDERS[OURS], server)
    asyncio.run(_open_streams(subject, 2))  # imports
    tracemalloc.start()
    stream = asyncio.run(_open_streams(subject, _STREAMS)) / _STREAMS

    def clients(number: int) -> list[Telnyx]:
        made = [Telnyx(api_key="KEYbench", base_url=f"{server}/v2") for _ in range(number)]
        for client in made:
            client.send(client.calls.chat.create([{"role": "user", "content": "Hi"}], model="m"))
        return made

    def loops(number: int) -> list[asyncio.AbstractEventLoop]:
        made = [asyncio.new_event_loop() for _ in range(number)]
        for loop in made:
            loop.run_until_complete(subject.model.ainvoke(Scenario().prompt))
        return made

    objects: list[Any] = [*clients(2), *loops(1)]
    before = _allocated()
    objects += clients(_CLIENTS)
    client = (_allocated() - before) / _CLIENTS
    before = _allocated()
    opened = loops(_CLIENTS)
    loop = (_allocated() - before) / _CLIENTS
    tracemalloc.stop()
    for each in [*opened, *(one for one in objects if isinstance(one, asyncio.AbstractEventLoop))]:
        each.run_until_complete(each.shutdown_asyncgens())
        each.close()
    for one in objects:
        if isinstance(one, Telnyx):
            one.close()
    return _table(
        [
            ["one more", "memory"],
            ["---"] * 2,
            ["open async stream, with its connection", _kib(stream)],
            ["client, with its connection", _kib(client)],
            ["event loop, with its connection", _kib(loop)],
        ]
    )


async def _open_streams(subject: Subject, number: int) -> float:
    """Return the memory that open streams take, in bytes."""
    prompt = Scenario(chunks=3, pace_ms=60_000).prompt
    before = _allocated()
    streams = [subject.model.astream(prompt) for _ in range(number)]
    await asyncio.gather(*(anext(aiter(stream)) for stream in streams))
    taken = _allocated() - before
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]  # a generator
    return taken


def _documents(numbers: list[int]) -> str:
    """Return the table of stores of growing size."""
    lines = [["documents", "add 100", "list all, each", "a search", "with a filter"], ["---"] * 5]
    for number in numbers:
        with _emulator() as options:
            Telnyx(**options).storage.create_bucket("growth-bucket")
            store = TelnyxVectorStore("growth-bucket", **options)
            _add(store, 0, number)
            added = _best(lambda s=store, n=number: _add(s, n, 100), 1)  # type: ignore[misc]
            listed = _best(lambda s=store: list(s.list()), 2) / number  # type: ignore[misc]
            found = _best(lambda s=store: s.similarity_search("ice"), 5)  # type: ignore[misc]
            chosen = _best(lambda s=store: s.similarity_search("ice", filter={"group": 3}), 3)  # type: ignore[misc]
            lines.append([f"{number:,}", _us(added), _us(listed), _us(found), _us(chosen)])
    return _table(lines)


def _add(store: TelnyxVectorStore, first: int, number: int) -> None:
    store.add_documents(
        [
            Document(f"Moon {at} is made of ice and rock.", metadata={"group": at % 10})
            for at in range(first, first + number)
        ]
    )


@contextmanager
def _emulator() -> Iterator[dict[str, Any]]:
    with subprocess.Popen(
        [sys.executable, "-c", _EMULATOR],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield json.loads(cast("IO[str]", process.stdout).readline())  # the exit closes its input


def _best(work: Callable[[], object], times: int) -> float:
    """Return the least CPU time of some repetitions: others are disturbed by the machine."""
    spent = []
    for _ in range(times):
        gc.collect()
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)


def _allocated() -> int:
    """Return the bytes of all Python objects, while `tracemalloc` is on."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def _kib(size: float) -> str:
    return f"{size / 1024:.0f} KiB"


def _table(lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
