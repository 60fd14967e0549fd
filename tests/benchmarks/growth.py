"""Measure growth: chunks of a stream, documents of a store, memory of what is open.

`growth.py --output growth.json --page docs/performance.md` writes the figures for the plots, and
the tables between the markers of a page. It measures this process, with this Python: what matters
is how the lines of a table differ.
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
from growth_emulator import BUCKET, GROUPS, TEXT
from growth_tables import Chunks, Documents, Growth, Memory, markdown
from langchain_core.documents import Document
from report import rewritten
from scenario import Scenario
from server import serving

from langchain_telnyx import Telnyx, TelnyxVectorStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNKS = (1_000, 20_000, 100_000)
_DOCUMENTS = (1_000, 10_000, 100_000)
_STREAMS = 200
_CLIENTS = 50
_EMULATOR = Path(__file__).resolve().with_name("growth_emulator.py")


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Measure growth.")
    parser.add_argument("--documents", nargs="+", type=int, default=_DOCUMENTS, metavar="N")
    parser.add_argument("--chunks", nargs="+", type=int, default=_CHUNKS, metavar="N")
    parser.add_argument("--output", type=Path, metavar="FILE.json", help="write the figures")
    parser.add_argument("--page", type=Path, metavar="PAGE.md", help="write the tables into a page")
    options = parser.parse_args()
    with serving() as server:
        chunks = [_chunks(server, number) for number in _reported("chunks", options.chunks)]
        memory = _memory(server)
    documents = [_documents(number) for number in _reported("documents", options.documents)]
    growth = Growth(chunks=chunks, memory=memory, documents=documents)
    if options.output:
        options.output.write_text(json.dumps(growth) + "\n")
    made = markdown(growth)
    print(made)
    if options.page:
        options.page.write_text(rewritten(options.page.read_text(), made, "growth"))


def _reported(what: str, numbers: list[int]) -> Iterator[int]:
    for number in numbers:
        print(f"{number:,} {what}", file=sys.stderr)
        yield number


def _chunks(server: str, number: int) -> Chunks:
    """Measure a stream of some length."""
    prompt = Scenario(chunks=number).prompt

    def per_chunk(name: str) -> float:
        model = Subject(CONTENDERS[name], server).model
        # A stream of its own, so that what another one allocated does not matter.
        return _best(lambda: _read(model, prompt), 3) / number

    return Chunks(chunks=number, ours=per_chunk(OURS), floor=per_chunk("floor"))


def _read(model: Any, prompt: str) -> None:
    for _chunk in model.stream(prompt):
        pass


def _memory(server: str) -> Memory:
    """Measure the memory of one more stream, client and event loop."""
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
    return Memory(stream=stream, client=client, loop=loop)


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


def _documents(number: int) -> Documents:
    """Measure a store of some size."""
    with _emulator(number) as options:
        store = TelnyxVectorStore(BUCKET, **options)
        store.similarity_search("ice")  # opens the connection
        return Documents(
            documents=number,
            # Before `added`, which adds documents.
            listed=_best(lambda: list(store.list()), 2) / number,
            found=_best(lambda: store.similarity_search("ice"), 5),
            filtered=_best(lambda: store.similarity_search("ice", filter={"group": 3}), 3),
            added=_best(lambda: _add(store, 100), 1),
        )


def _add(store: TelnyxVectorStore, number: int) -> None:
    store.add_documents(
        [Document(f"{at}. {TEXT}", metadata={"group": at % GROUPS}) for at in range(number)]
    )


@contextmanager
def _emulator(documents: int) -> Iterator[dict[str, Any]]:
    """Run an emulator with a store in a process of its own, whose CPU time does not count."""
    with subprocess.Popen(
        [sys.executable, str(_EMULATOR), str(documents)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        line = cast("IO[str]", process.stdout).readline()
        if not line:
            raise RuntimeError("The emulator failed; its error is above.")
        yield json.loads(line)  # the exit closes its input


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


if __name__ == "__main__":
    main()
