"""Concurrent writers of the same documents at the emulator, while requests fail."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document

from langchain_telnyx import PartialError, Telnyx, TelnyxError, TelnyxVectorStore
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable

WRITERS = 6
READERS = 3
IDS = [f"page/{number}" for number in range(12)]


@dataclass
class Write:
    """One write of one document, from its beginning to its acknowledgement."""

    number: int
    began: int
    ended: int | None = None
    acknowledged: bool = False


class History:
    """What was written when, by a clock that all writers and readers share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ticks = itertools.count()
        self._writes: dict[str, list[Write]] = {id_: [] for id_ in IDS}

    def now(self) -> int:
        with self._lock:
            return next(self._ticks)

    def begin(self, ids: list[str]) -> dict[str, Write]:
        with self._lock:
            writes = {id_: Write(next(self._ticks), next(self._ticks)) for id_ in ids}
            for id_, each in writes.items():
                self._writes[id_].append(each)
            return writes

    def end(self, writes: dict[str, Write], error: TelnyxError | None) -> None:
        done = error.done if isinstance(error, PartialError) else []
        with self._lock:
            for id_, each in writes.items():
                each.ended = next(self._ticks)
                each.acknowledged = error is None or id_ in done

    def check(self, id_: str, began: int, found: list[Document]) -> None:
        """Compare what a reader found with what was acknowledged before it began."""
        with self._lock:
            writes = list(self._writes[id_])
        before = [w for w in writes if w.acknowledged and w.ended is not None and w.ended < began]
        assert len(found) <= 1
        if not found:
            assert not before, f"{id_} is lost"
            return
        [seen] = [each for each in writes if each.number == found[0].metadata["number"]]
        assert found[0].page_content == text_of(id_, seen.number)
        newer = [w for w in before if seen.ended is not None and w.began > seen.ended]
        assert not newer, f"{id_} is {seen}, after {newer}"


def text_of(id_: str, number: int) -> str:
    return f"The state {number} of {id_}."


def write(history: History, rng: random.Random) -> tuple[list[Document], dict[str, Write]]:
    writes = history.begin(rng.sample(IDS, 3))
    documents = [
        Document(text_of(id_, each.number), id=id_, metadata={"number": each.number})
        for id_, each in writes.items()
    ]
    return documents, writes


def in_threads(client: Telnyx, history: History, rounds: int) -> None:
    def writer(seed: int) -> None:
        store, rng = TelnyxVectorStore("contended", client=client), random.Random(seed)
        for _ in range(rounds):
            documents, writes = write(history, rng)
            error = None
            try:
                store.add_documents(documents)
            except TelnyxError as raised:
                error = raised
            history.end(writes, error)

    def reader(seed: int, over: threading.Event) -> None:
        store, rng = TelnyxVectorStore("contended", client=client), random.Random(seed)
        while not over.wait(0.01):
            id_, began = rng.choice(IDS), history.now()
            try:
                found = store.get_by_ids([id_])
            except TelnyxError:
                continue
            history.check(id_, began, found)

    over = threading.Event()
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(reader, 100 + n, over) for n in range(READERS)]
        try:
            for each in [pool.submit(writer, n) for n in range(WRITERS)]:
                each.result()
        finally:
            over.set()
        for each in readers:
            each.result()


def in_tasks(client: Telnyx, history: History, rounds: int) -> None:
    async def writer(seed: int) -> None:
        store, rng = TelnyxVectorStore("contended", client=client), random.Random(seed)
        for _ in range(rounds):
            documents, writes = write(history, rng)
            error = None
            try:
                await store.aadd_documents(documents)
            except TelnyxError as raised:
                error = raised
            history.end(writes, error)

    async def reader(seed: int, over: asyncio.Event) -> None:
        store, rng = TelnyxVectorStore("contended", client=client), random.Random(seed)
        while not over.is_set():
            id_, began = rng.choice(IDS), history.now()
            try:
                found = await store.aget_by_ids([id_])
            except TelnyxError:
                continue
            history.check(id_, began, found)
            await asyncio.sleep(0.01)

    async def everything() -> None:
        over = asyncio.Event()
        readers = [asyncio.create_task(reader(100 + n, over)) for n in range(READERS)]
        try:
            await asyncio.gather(*[writer(n) for n in range(WRITERS)])
        finally:
            over.set()
            await asyncio.gather(*readers)

    asyncio.run(everything())


def contend(run: Callable[[Telnyx, History, int], None], *, rounds: int, faults: float) -> None:
    history = History()
    with TelnyxEmulator() as emulator, Telnyx(max_retries=1, **emulator.options()) as client:
        emulator.flaky(faults, seed=3, retry_after=0)
        store = TelnyxVectorStore("contended", client=client)
        run(client, history, rounds)
        emulator.flaky(0)
        for id_ in IDS:
            history.check(id_, history.now(), store.get_by_ids([id_]))
        final: dict[str, Any] = {str(d.id): d for d in store.get_by_ids(IDS)}
        # One more write of each comes after all that failed, so nothing else is left.
        last = [Document(f"The last of {id_}.", id=id_, metadata={"number": -1}) for id_ in IDS]
        store.add_documents(last)
        assert set(final) == set(IDS)
        assert store.get_by_ids(IDS) == last
        assert len(list(client.storage.list_objects("contended"))) == len(IDS)
        assert len(store.similarity_search("The last", k=99)) == len(IDS)


@pytest.mark.parametrize("run", [in_threads, in_tasks])
def test_writers_of_the_same_documents_lose_none_of_them(
    run: Callable[[Telnyx, History, int], None],
) -> None:
    contend(run, rounds=4, faults=0.0)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("run", [in_threads, in_tasks])
def test_writers_of_the_same_documents_lose_none_though_requests_fail(
    run: Callable[[Telnyx, History, int], None],
) -> None:
    contend(run, rounds=40, faults=0.05)
