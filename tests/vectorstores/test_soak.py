"""A soak test of a large store: many writers and readers, while a tenth of all requests fails.

Writers and readers are generators of operations; threads run them on the sync methods of the store,
tasks on the async ones. They update a model of the store in memory, and compare.
"""

from __future__ import annotations

import asyncio
import gc
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document

from langchain_telnyx import PartialError, Telnyx, TelnyxError, TelnyxVectorStore
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Operation = tuple[str, Any]
    Steps = Generator[Operation, Any, None]

SIZE = 5_000
WRITERS = 4
READERS = 20
BATCH = 250
CHECKED = 500

WORDS = [f"word{number}" for number in range(2_000)]


def written(number: int, version: int) -> Document:
    """Return a state of a document; every other one changes its metadata with its text."""
    words = random.Random(f"{number} {version}").choices(WORDS, k=12)
    text = f"item{number} version{version} {' '.join(words)}"
    metadata: dict[str, Any] = {"number": number}
    if number % 2:
        metadata["version"] = version
    return Document(text, id=f"doc/{number}", metadata=metadata)


class Model:
    """The expected contents of the store, by the results of the writers.

    Attributes:
        stored: The document of each id, once its write has returned.
        gone: Texts that a finished write has replaced or deleted.
        steady: Stored documents that no writer changes again.
        errors: The number of errors by class.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.stored: dict[str, Document] = {}
        self.gone: set[str] = set()
        self.steady: list[Document] = []
        self.errors: Counter[str] = Counter()

    def store(self, documents: list[Document]) -> None:
        with self._lock:
            for document in documents:
                id_ = str(document.id)
                if id_ in self.stored:
                    self.gone.add(self.stored[id_].page_content)
                self.stored[id_] = document
                if document.metadata["number"] % 5 > 1:
                    self.steady.append(document)

    def forget(self, ids: list[str]) -> None:
        with self._lock:
            self.gone |= {self.stored.pop(id_).page_content for id_ in ids}

    def count_error(self, error: TelnyxError) -> None:
        with self._lock:
            self.errors[type(error).__name__] += 1

    def now(self) -> tuple[set[str], Document | None]:
        """Return the texts that must not be found, and a document that must be."""
        with self._lock:
            return set(self.gone), random.choice(self.steady) if self.steady else None


def writing(model: Model, numbers: range) -> Steps:
    """Add documents by the batch; of each batch replace a fifth, and delete another."""
    for first in range(0, len(numbers), BATCH):
        batch = numbers[first : first + BATCH]
        yield from adding(model, [written(n, 1) for n in batch])
        yield from adding(model, [written(n, 2) for n in batch if n % 5 == 0])
        yield from deleting(model, [f"doc/{n}" for n in batch if n % 5 == 1])


def adding(model: Model, documents: list[Document]) -> Steps:
    """Store documents, repeating those that failed."""
    left = {str(document.id): document for document in documents}
    while left:
        error = yield "add_documents", list(left.values())
        done = done_of(model, error, left)
        model.store([left.pop(id_) for id_ in done])


def deleting(model: Model, ids: list[str]) -> Steps:
    """Delete documents, repeating those that failed."""
    left = dict.fromkeys(ids)
    while left:
        error = yield "delete", list(left)
        done = done_of(model, error, left)
        for id_ in done:
            del left[id_]
        model.forget(done)


def done_of(model: Model, error: object, requested: dict[str, Any]) -> list[str]:
    """Return the ids that are done, by the result of the store."""
    if not isinstance(error, TelnyxError):
        return list(requested)
    model.count_error(error)
    if not isinstance(error, PartialError):
        return []
    assert {*error.done, *error.failed} == requested.keys()
    return list(error.done)


def reading(model: Model, over: threading.Event) -> Steps:
    """Search until the writers are done."""
    while not over.is_set():
        gone, expected = model.now()
        hits = yield "similarity_search", expected.page_content if expected else "version1"
        if isinstance(hits, TelnyxError):
            model.count_error(hits)
            continue
        texts = [hit.page_content for hit in hits]
        assert not gone.intersection(texts), "found what was replaced or deleted"
        for hit in hits:
            number = hit.metadata["number"]
            assert hit in [written(number, version) for version in (1, 2)]
        assert expected is None or expected.page_content in texts, "did not find what is stored"
        yield "pause", 0.2


def run(store: TelnyxVectorStore, steps: Steps) -> None:
    """Run the operations, and send each result, or error, to the generator."""
    result: object = None
    while (operation := advance(steps, result)) is not None:
        name, argument = operation
        act: Callable[[Any], Any] = time.sleep if name == "pause" else getattr(store, name)
        try:
            result = act(argument)
        except TelnyxError as error:
            result = error


async def arun(store: TelnyxVectorStore, steps: Steps) -> None:
    """Run the operations with the async methods."""
    result: object = None
    while (operation := advance(steps, result)) is not None:
        name, argument = operation
        act: Callable[[Any], Any] = asyncio.sleep if name == "pause" else getattr(store, f"a{name}")
        try:
            result = await act(argument)
        except TelnyxError as error:
            result = error


def advance(steps: Steps, result: object) -> Operation | None:
    try:
        return steps.send(result)
    except StopIteration:
        return None


def in_threads(store: TelnyxVectorStore, model: Model) -> None:
    over = threading.Event()
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(run, store, reading(model, over)) for _ in range(READERS)]
        try:
            writers = [pool.submit(run, store, steps) for steps in all_writing(model)]
            for writer in writers:
                writer.result()
        finally:
            over.set()
        for reader in readers:
            reader.result()


def in_tasks(store: TelnyxVectorStore, model: Model) -> None:
    async def everything() -> None:
        over = threading.Event()
        readers = [asyncio.create_task(arun(store, reading(model, over))) for _ in range(READERS)]
        try:
            await asyncio.gather(*[arun(store, steps) for steps in all_writing(model)])
        finally:
            over.set()
            await asyncio.gather(*readers)

    asyncio.run(everything())


def all_writing(model: Model) -> list[Steps]:
    share = SIZE // WRITERS
    return [writing(model, range(first, first + share)) for first in range(0, SIZE, share)]


def sockets() -> int:
    """Return how many sockets this process holds."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except OSError:  # the folder's own, closed by now
            continue
    return sum(link.startswith("socket:") for link in links)


@pytest.fixture
def _nothing_is_left_behind() -> Iterator[None]:
    gc.collect()
    before = sockets(), set(threading.enumerate())
    yield
    gc.collect()
    assert (sockets(), set(threading.enumerate())) == before


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_nothing_is_left_behind")
@pytest.mark.parametrize("soak", [in_threads, in_tasks])
def test_a_large_store_matches_its_writers_results_while_a_tenth_of_requests_fails(
    soak: Callable[[TelnyxVectorStore, Model], None],
) -> None:
    model = Model()
    with TelnyxEmulator() as emulator, Telnyx(max_retries=1, **emulator.options()) as client:
        store = TelnyxVectorStore("soak", client=client, wait_timeout=None)
        emulator.flaky(0.1, seed=1, retry_after=0)
        soak(store, model)
        emulator.flaky(0)

        assert {"PartialWriteError", "ServerError", "APIConnectionError"} <= model.errors.keys()
        expected = {str(d.id): d for n in range(SIZE) for d in [final(n)] if d is not None}
        assert model.stored == expected
        ids = [f"doc/{number}" for number in range(SIZE)]
        assert {str(d.id): d for d in store.get_by_ids(ids)} == expected
        assert len(list(client.storage.list_objects("soak"))) == len(expected)
        for document in random.Random(2).sample(sorted(expected.values(), key=text_of), CHECKED):
            assert store.similarity_search(document.page_content, k=1) == [document]


def final(number: int) -> Document | None:
    """Return the state in which a document ends up; `None` where it is deleted."""
    return None if number % 5 == 1 else written(number, 1 if number % 5 else 2)


def text_of(document: Document) -> str:
    return document.page_content
