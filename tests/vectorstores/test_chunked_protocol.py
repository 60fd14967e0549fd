"""The write protocol of documents in chunks, with interleaved writers, deletions and readers.

Writers crash and fail request by request. At any time a reader finds, of each document, one version
that was written, with its exact text: the last acknowledged one or a newer one. Passages are chunks
of one version; never is there a mixture.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from langchain_telnyx import PartialError, Telnyx, TelnyxError
from langchain_telnyx.vectorstores.batch import batch_of
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.deletion import delete_ids
from langchain_telnyx.vectorstores.listing import list_documents
from langchain_telnyx.vectorstores.ranked_search import RankedSearch
from langchain_telnyx.vectorstores.reads import read
from langchain_telnyx.vectorstores.search_request import SearchRequest
from langchain_telnyx.vectorstores.splitting import split_batch
from langchain_telnyx.vectorstores.writes import write
from tests.support.hypothesis_profiles import examples
from tests.support.protocol_service import Process, random_fault
from tests.vectorstores.test_write_protocol import IDS, LARGE, World, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.vectorstores.bucket import Bucket
    from langchain_telnyx.vectorstores.resolver_cache import ResolverCache

READERS = ("get", "list", "search", "whole")


def split(text: str) -> list[str]:
    return text.split("|")


def text_of(number: int, parts: int) -> str:
    return "|".join(f"State {number}, part {part} of {parts}." for part in range(parts))


@dataclass
class ChunkedWrite(Write):
    """One write or deletion of one document.

    Attributes:
        text: The text; empty for a deletion.
        in_chunks: Whether its writer splits documents.
    """

    text: str = ""
    in_chunks: bool = False

    @property
    def passages(self) -> list[str]:
        """The passages that a search finds."""
        return split(self.text) if self.in_chunks else [self.text]


@dataclass
class ChunkedWorld(World):
    """Writers with and without a text splitter, deletions, and readers."""

    history: dict[str, list[ChunkedWrite]] = field(  # type: ignore[assignment]  # a subclass
        default_factory=lambda: {id_: [] for id_ in IDS}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        # A reader that caches what it has read, and others that are new.
        self.old_reader = self.bucket()

    def start_writer(self) -> None:
        ids = self.rng.sample(IDS, self.rng.choice((1, 1, 2)))
        deletes = self.rng.random() < 0.2
        in_chunks = self.rng.random() < 0.8
        documents, writes = [], {}
        for id_ in ids:
            number = next(self.numbers)
            text = "" if deletes else text_of(number, self.rng.randint(1, 4))
            if text and self.rng.random() < 0.1:
                text += " unreadable"
            metadata: dict[str, Any] = {"number": number}
            if self.rng.random() < 0.3:
                metadata |= LARGE
            documents.append(Document(text, id=id_, metadata=metadata))
            writes[id_] = ChunkedWrite(number, self.now, text=text, in_chunks=in_chunks)
            self.history[id_].append(writes[id_])
        bucket, _ = self.bucket()

        def end(process: Process) -> None:
            for id_, each in writes.items():
                each.ended = self.now
                done = process.error is None
                if isinstance(process.error, PartialError):
                    done = id_ in process.error.done
                each.acknowledged = process.done and done

        if deletes:
            flow = delete_ids(bucket, ids, wait=False)
        else:
            batch = batch_of(documents)
            flow = write(
                bucket, split_batch(batch, split) if in_chunks else batch,
                wait=True, show_progress=False,
            )  # fmt: skip
        self.running.append((Process(flow), end))

    def start_reader(self) -> None:
        opened = self.old_reader if self.rng.random() < 0.5 else self.bucket()
        how, id_, began = self.rng.choice(READERS), self.rng.choice(IDS), self.now

        def end(process: Process) -> None:
            if process.done and not isinstance(process.error, TelnyxError):
                assert process.error is None, process.error
                self.check_result(how, id_, began, process.result)

        self.running.append((Process(flow_of(how, id_, *opened)), end))

    def check_result(self, how: str, id_: str, began: int, result: Any) -> ChunkedWrite | None:
        """Compare what a reader found with what it may find; return what it found."""
        found = [each for each in result if each.id == id_]
        seen = self.seen(id_, found)
        if seen is None:
            self.check_absence(id_, began, how)
            return None
        acknowledged = [each for each in self.history[id_] if each.acknowledged]
        before = [each for each in acknowledged if each.ended is not None and each.ended < began]
        later = [each for each in before if seen.ended is not None and each.began > seen.ended]
        assert not later, f"{how}: {id_!r} is {seen}, but {later} was acknowledged after it"
        if how in {"get", "whole"}:
            assert [each.page_content for each in found] == [seen.text], how
        elif how == "search":
            texts = [each.page_content for each in found]
            assert len(set(texts)) == len(texts)
            assert set(texts) <= set(seen.passages)
        else:
            assert len(found) == 1
        return seen

    def seen(self, id_: str, found: list[Any]) -> ChunkedWrite | None:
        """Return the write that a reader found."""
        if not found:
            return None
        [number] = {each.metadata["number"] for each in found}
        [seen] = [each for each in self.history[id_] if each.number == number]
        assert seen.text, f"{id_!r} was deleted by {seen}"
        return seen

    def check_absence(self, id_: str, began: int, how: str) -> None:
        writes = [each for each in self.history[id_] if each.acknowledged and each.text]
        before = [each for each in writes if each.ended is not None and each.ended < began]
        deletions = [each for each in self.history[id_] if not each.text]
        for each in before:
            assert any(d.ended is None or d.ended >= each.began for d in deletions), (
                f"{how}: {id_!r} is lost: acknowledged {each}, deletions {deletions}"
            )

    def read_at_rest(self, id_: str, how: str) -> None:
        for way in READERS if how == "read" else ():
            self.now += 1
            process = Process(flow_of(way, id_, *self.bucket()))
            while not process.done:
                process.step(self.service, self.fault)
            if isinstance(process.error, TelnyxError):
                assert not any(each.acknowledged and each.text for each in self.history[id_])
                continue
            assert process.error is None
            seen = self.check_result(way, id_, self.now, process.result)
            if seen is not None and way == "search":
                found = [each.page_content for each in process.result if each.id == id_]
                assert sorted(found) == sorted(seen.passages), "a part of the document is missing"


def flow_of(how: str, id_: str, bucket: Bucket, resolvers: ResolverCache) -> Any:
    """Return a flow that reads documents, in one of the ways."""
    if how == "get":
        return read(bucket, [id_])
    if how == "list":
        return list_documents(bucket.resolver)
    searcher = BucketSearch(bucket.calls, ["moons"], resolvers, on_missing=bucket.check)
    client = Telnyx(api_key="KEY0123456789", base_url="http://127.0.0.1:9")
    ranked = RankedSearch(client, searcher, "thenlper/gte-large")
    return documents_of(ranked, SearchRequest("State", k=200, whole_documents=how == "whole"))


def documents_of(ranked: RankedSearch, request: SearchRequest) -> Any:
    scored = yield from ranked.search(request)
    return [document for document, _ in scored]


@given(seed=st.integers(0, 2**32), share=st.sampled_from([0.0, 0.02, 0.1]), docstore=st.booleans())
@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_reader_finds_one_complete_version_of_each_document(
    seed: int, share: float, *, docstore: bool
) -> None:
    ChunkedWorld(seed, share, docstore).run(400)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(10))
def test_every_reader_finds_one_complete_version_in_10000_steps(seed: int) -> None:
    ChunkedWorld(seed, share=0.05, docstore=bool(seed % 2)).run(10_000)


@pytest.mark.parametrize("seed", range(5))
def test_a_writer_that_crashes_at_any_request_leaves_the_old_version_or_the_new_one(
    seed: int,
) -> None:
    for crash_after in range(60):
        world = ChunkedWorld(seed, share=0.0)
        write_all(world, "titan", text_of(1, 3))
        process = start(world, "titan", text_of(2, 2))
        for _ in range(crash_after):
            if not process.done:
                advance(world, process)
        for how in READERS:
            [numbers] = {tuple({each.metadata["number"] for each in read_all(world, how, "titan")})}
            assert numbers in {(1,), (2,)}, (crash_after, how)
        write_all(world, "titan", text_of(3, 1))
        assert [each.page_content for each in read_all(world, "get", "titan")] == [text_of(3, 1)]
        # The write of a document removes what crashed writers have left of it.
        assert len(world.service.objects["moons"]) == 1
        if process.done:
            return
    pytest.fail("the write has more requests than this test has crashes")


@pytest.mark.parametrize("before", range(9, 13))
def test_a_deletion_beside_a_write_that_crashes_leaves_no_part_of_a_document(before: int) -> None:
    for listed, during, after in itertools.product((1, 2), range(6), (0, 1, 2, 3)):
        world = ChunkedWorld(0, share=0.0)
        write_all(world, "other", text_of(9, 1))  # the bucket is embedded
        writer = start(world, "titan", text_of(1, 2))
        bucket, _ = world.bucket()
        deletion = Process(delete_ids(bucket, ["titan"], wait=False))
        # The deletion lists a part of the chunks, and removes them when the writer has seen all.
        turns = ((writer, before), (deletion, listed), (writer, during), (deletion, 99))
        for process, steps in (*turns, (writer, after)):
            for _ in range(steps):
                if not process.done:
                    advance(world, process)
        found = [each.page_content for each in read_all(world, "search", "titan")]
        assert sorted(found) in ([], split(text_of(1, 2))), (listed, during, after)


def test_a_deletion_that_crashes_leaves_the_document_or_nothing_of_it() -> None:
    ended = False
    for steps in range(12):
        world = ChunkedWorld(0, share=0.0)
        write_all(world, "titan", text_of(1, 3))
        bucket, _ = world.bucket()
        deletion = Process(delete_ids(bucket, ["titan"], wait=False))
        for _ in range(steps):
            if not deletion.done:
                advance(world, deletion)
        found = [each.page_content for each in read_all(world, "search", "titan")]
        assert sorted(found) in ([], split(text_of(1, 3))), steps
        whole = [each.page_content for each in read_all(world, "get", "titan")]
        assert whole == ([text_of(1, 3)] if found else []), steps
        ended = deletion.done
    assert ended


def start(world: ChunkedWorld, id_: str, text: str) -> Process:
    number = int(text.split(",", maxsplit=1)[0].removeprefix("State "))
    batch = batch_of([Document(text, id=id_, metadata={"number": number})])
    bucket, _ = world.bucket()
    return Process(write(bucket, split_batch(batch, split), wait=True, show_progress=False))


def advance(world: ChunkedWorld, process: Process) -> None:
    world.clock += 0.1
    world.service.advance(world.rng)
    process.step(world.service, random_fault(world.rng, 0))


def write_all(world: ChunkedWorld, id_: str, text: str) -> None:
    process = start(world, id_, text)
    while not process.done:
        advance(world, process)
    assert process.error is None


def read_all(world: ChunkedWorld, how: str, id_: str) -> list[Any]:
    process = Process(flow_of(how, id_, *world.bucket()))
    step: Callable[[], None] = partial(process.step, world.service, random_fault(world.rng, 0))
    while not process.done:
        step()
    assert process.error is None
    return [each for each in process.result if each.id == id_]
