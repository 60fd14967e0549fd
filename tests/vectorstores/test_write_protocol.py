"""The write protocol, tested with interleaved writers that crash and fail, and with readers.

At any time a reader finds the last acknowledged version of a document or a newer one, never an
older one, and never nothing.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.stores import InMemoryByteStore

from langchain_telnyx import PartialError, Telnyx, TelnyxError
from langchain_telnyx.vectorstores.batch import batch_of
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.deletion import delete_ids
from langchain_telnyx.vectorstores.reads import read
from langchain_telnyx.vectorstores.resolver_cache import ResolverCache
from langchain_telnyx.vectorstores.search_request import SearchRequest
from langchain_telnyx.vectorstores.sidecar import DocstoreSidecar
from langchain_telnyx.vectorstores.writes import write
from tests.support.hypothesis_profiles import examples
from tests.support.protocol_service import Process, Service, random_fault

if TYPE_CHECKING:
    from collections.abc import Callable

IDS = ("titan", "the atlas/of ü", "i" * 200)
LARGE = {"table": "".join(map(chr, range(0x400, 0x600)))}


@dataclass
class Write:
    """One write of one document.

    Attributes:
        number: What its text and metadata say.
        began: The moment it began.
        ended: The moment it ended or crashed; `None` while it runs.
        acknowledged: Whether the writer reported success.
    """

    number: int
    began: int
    ended: int | None = None
    acknowledged: bool = False


@dataclass
class World:
    """Writers and readers of one bucket, and the versions they may find."""

    seed: int
    share: float
    docstore: bool = False
    service: Service = field(default_factory=Service)
    history: dict[str, list[Write]] = field(default_factory=lambda: {id_: [] for id_ in IDS})
    now: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.service.page_size = 2 if self.seed % 2 else 1000
        self.fault = random_fault(self.rng, self.share)
        self.numbers = itertools.count(1)
        self.shared = InMemoryByteStore() if self.docstore else None
        self.running: list[tuple[Process, Callable[[Process], None]]] = []
        self.clock = 0.0

    def bucket(self) -> tuple[Bucket, ResolverCache]:
        """Return the bucket as another process would open it."""
        calls = Telnyx(api_key="KEY0123456789", base_url="http://127.0.0.1:9").calls
        resolvers = ResolverCache(calls, self.shared)
        resolver = resolvers.get("moons")
        assert self.shared is None or isinstance(resolver.sidecar, DocstoreSidecar)
        opened = Bucket(
            calls, "moons", None, None, None, 4, 60.0, resolver.sidecar, resolver.cache,
            clock=lambda: self.clock,
        )  # fmt: skip
        return opened, resolvers

    def start_writer(self) -> None:
        ids = self.rng.sample(IDS, self.rng.choice((1, 1, 2)))
        documents, writes = [], {}
        for id_ in ids:
            number = next(self.numbers)
            text = f"State {number}." + (" unreadable" if self.rng.random() < 0.1 else "")
            metadata: dict[str, Any] = {"number": number}
            if self.rng.random() < 0.3:
                metadata |= LARGE
            documents.append(Document(text, id=id_, metadata=metadata))
            writes[id_] = Write(number, self.now)
            self.history[id_].append(writes[id_])
        bucket, _ = self.bucket()

        def end(process: Process) -> None:
            for id_, each in writes.items():
                each.ended = self.now
                done = process.error is None
                if isinstance(process.error, PartialError):
                    done = id_ in process.error.done
                each.acknowledged = process.done and done

        flow = write(bucket, batch_of(documents), wait=True, show_progress=False)
        self.running.append((Process(flow), end))

    def start_reader(self) -> None:
        id_ = self.rng.choice(IDS)
        bucket, resolvers = self.bucket()
        began = self.now

        def searching() -> Any:
            searcher = BucketSearch(bucket.calls, ["moons"], resolvers, on_missing=bucket.check)
            return searcher.matches(SearchRequest("State", k=200))

        by_search = self.rng.random() < 0.5
        flow = searching() if by_search else read(bucket, [id_])

        def end(process: Process) -> None:
            if not process.done or isinstance(process.error, TelnyxError):
                return
            assert process.error is None, process.error
            found = [match.document for match in process.result] if by_search else process.result
            self.check(id_, began, [each for each in found if each.id == id_])

        self.running.append((Process(flow), end))

    def check(self, id_: str, began: int, found: list[Document]) -> None:
        """Compare what a reader found with what it may find."""
        writes = self.history[id_]
        assert len(found) <= 1
        acknowledged = [each for each in writes if each.acknowledged]
        before = [each for each in acknowledged if each.ended is not None and each.ended < began]
        if not found:
            assert not before, f"{id_!r} is lost: acknowledged {before}"
            return
        number = found[0].metadata["number"]
        assert found[0].page_content.startswith(f"State {number}.")
        [seen] = [each for each in writes if each.number == number]
        later = [each for each in before if seen.ended is not None and each.began > seen.ended]
        assert not later, f"{id_!r} is {seen}, but {later} was acknowledged after it"

    def run(self, steps: int) -> None:
        """Interleave requests, crashes and embeddings, then let all writers finish."""
        for _ in range(steps):
            self.turn(crashing=True)
        self.fault = random_fault(self.rng, 0)
        while self.running:
            self.turn(crashing=False)
        for id_ in IDS:
            for flow in ("read", "search"):
                self.read_at_rest(id_, flow)

    def turn(self, *, crashing: bool) -> None:
        self.now += 1
        self.clock += self.rng.choice((0.01, 0.1, 1.0))
        if self.rng.random() < 0.3:
            self.service.advance(self.rng)
        writers = len(self.running)
        if crashing and writers < 5 and self.rng.random() < 0.1:
            (self.start_writer if self.rng.random() < 0.6 else self.start_reader)()
        if not self.running:
            return
        place = self.rng.randrange(len(self.running))
        process, end = self.running[place]
        if crashing and self.rng.random() < 0.004:
            del self.running[place]  # this writer crashes
            end(process)
            return
        process.step(self.service, self.fault)
        if process.done:
            del self.running[place]
            end(process)

    def read_at_rest(self, id_: str, how: str) -> None:
        bucket, resolvers = self.bucket()
        searcher = BucketSearch(bucket.calls, ["moons"], resolvers, on_missing=bucket.check)
        self.now += 1
        flow: Any = (
            read(bucket, [id_])
            if how == "read"
            else searcher.matches(SearchRequest("State", k=200))
        )
        process = Process(flow)
        while not process.done:
            process.step(self.service, self.fault)
        if isinstance(process.error, TelnyxError):
            assert not any(each.acknowledged for each in self.history[id_])
            return
        assert process.error is None
        found = process.result if how == "read" else [match.document for match in process.result]
        self.check(id_, self.now, [each for each in found if each.id == id_])


@given(seed=st.integers(0, 2**32), share=st.sampled_from([0.0, 0.02, 0.1]), docstore=st.booleans())
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_last_acknowledged_version_is_always_found(
    seed: int, share: float, *, docstore: bool
) -> None:
    World(seed, share, docstore).run(400)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(25))
def test_the_last_acknowledged_version_is_found_in_10000_steps(seed: int) -> None:
    World(seed, share=0.05, docstore=bool(seed % 2)).run(10_000)


def test_after_all_writes_one_object_of_each_document_remains() -> None:
    world = World(seed=7, share=0.0)
    for _ in range(30):
        for _ in range(3):
            world.start_writer()
        while world.running:
            world.turn(crashing=False)
    keys = list(world.service.objects["moons"])
    readable = [key for key, state in world.service.states.items() if state == "success"]
    assert len(keys) - len([k for k, s in world.service.states.items() if s == "failure"]) == len(
        readable
    )
    assert len(readable) == len({key.split(".")[0] for key in readable})


def test_a_deletion_among_writers_leaves_the_versions_written_after_it() -> None:
    for seed in range(60):
        world = World(seed, share=0.0)
        world.start_writer()
        while world.running:
            world.turn(crashing=False)
        [id_, *_] = [id_ for id_ in IDS if world.history[id_]]
        bucket, _ = world.bucket()
        flow = delete_ids(bucket, [id_], wait=True)
        world.running.append((Process(flow), lambda _: None))
        while world.running:
            world.turn(crashing=False)
        assert _read_all(world, id_) == []
        world.start_writer()
        while world.running:
            world.turn(crashing=False)


def _read_all(world: World, id_: str) -> list[Document]:
    bucket, _ = world.bucket()
    process = Process(read(bucket, [id_]))
    while not process.done:
        process.step(world.service, world.fault)
    assert process.error is None
    found: list[Document] = process.result
    return found
