"""The cost of one document does not grow with the number of documents.

Work in SQLite is counted in steps of its virtual machine, the same on every run; work in Python in
CPU time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from tests.emulator.conftest import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL, LARGE = 100, 2000


@pytest.fixture(scope="module")
def buckets() -> Iterator[list[Api]]:
    """An account with a small embedded bucket, and one with a large one."""
    with TelnyxEmulator(sockets=False) as small, TelnyxEmulator(sockets=False) as large:
        yield [_filled(Api(small), SMALL), _filled(Api(large), LARGE)]


def _filled(api: Api, count: int) -> Api:
    objects = api.emulator.account.objects
    objects.create_bucket("bucket")
    api.embed("bucket")
    for number in range(count):
        body = objects.blobs.stage()
        body.write(f"Document {number} about moon{number % 97}.".encode())
        objects.put("bucket", f"docs/{number:06}.txt", body, "text/plain")
    api.emulator.account.object_changed("bucket")
    _settle(api)
    api.search("bucket", "moon5")
    api.data("GET", "/ai/embeddings/buckets/bucket")
    return api


def _settle(api: Api) -> None:
    account = api.emulator.account
    api.eventually(lambda: not account.embedded.has_pending("bucket"), within=60)


def _add(api: Api) -> None:
    api.put("bucket", "new.txt", "One more, about rings.")
    _settle(api)


def _update(api: Api) -> None:
    api.put("bucket", "docs/000001.txt", "Another text, about rings.")
    _settle(api)


def _delete(api: Api) -> None:
    api.emulator.account.objects.delete("bucket", "docs/000002.txt")


def _list_below_a_prefix(api: Api) -> None:
    listing = api.emulator.account.objects.list("bucket", prefix="new", limit=1000)
    assert len(listing.objects) <= 1


def _look_at_files(api: Api) -> None:
    _add(api)
    api.data("GET", "/ai/embeddings/buckets/bucket")


def _search(api: Api) -> None:
    _update(api)
    api.search("bucket", "rings")


def _look_at_tasks(api: Api) -> None:
    api.data("GET", "/ai/embeddings")


def _embed_again(api: Api) -> None:
    task = api.data("POST", "/ai/embeddings", json={"bucket_name": "bucket"})["task_id"]
    assert api.finished(task) == "success"


def _steps(api: Api, work: Callable[[Api], None]) -> int:
    """Return the number of SQLite's steps for some work, in hundreds."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with api.emulator.account.store.transaction() as connection:
        connection.set_progress_handler(step, 100)
    try:
        work(api)
    finally:
        connection.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize(
    "work",
    [
        _add,
        _update,
        _delete,
        _search,
        _look_at_files,
        _look_at_tasks,
        _list_below_a_prefix,
        _embed_again,
    ],
)
def test_sqlite_works_as_much_for_a_large_bucket_as_for_a_small_one(
    buckets: list[Api], work: Callable[[Api], None]
) -> None:
    small, large = (_steps(api, work) for api in buckets)
    # A large index is a level deeper; and the number of polls varies.
    assert large <= 2 * small + 20


def test_python_works_as_much_for_a_large_bucket_as_for_a_small_one(buckets: list[Api]) -> None:
    def cheapest(api: Api) -> float:
        costs = []
        for number in range(5):
            began = time.process_time()
            api.put("bucket", f"more/{number}.txt", "One more, about rings.")
            api.data("GET", "/ai/embeddings/buckets/bucket")
            costs.append(time.process_time() - began)
            _settle(api)
        return min(costs)

    small, large = (cheapest(api) for api in buckets)
    assert large < 5 * small


def test_a_listing_by_folders_reads_each_folder_once(buckets: list[Api]) -> None:
    def listed(api: Api) -> None:
        listing = api.emulator.account.objects.list("bucket", delimiter="/", limit=1000)
        assert listing.prefixes[0] == "docs/"

    small, large = (_steps(api, listed) for api in buckets)
    # A page is 1,000 keys; the second one begins after the folder.
    assert large <= small * (1001 / SMALL) + 20


def test_jobs_without_an_id_in_the_api_are_not_stored(buckets: list[Api]) -> None:
    [small, _] = buckets
    _add(small)
    rows = small.emulator.account.store.rows("SELECT kind FROM jobs WHERE finished_at IS NOT NULL")
    assert {row["kind"] for row in rows} == {"embed-bucket"}


def test_settings_that_change_embed_everything_and_nothing_twice() -> None:
    quirks = Quirks(reembed_unchanged=False)
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        api = _filled(Api(emulator), 20)
        api.embed("bucket", document_chunk_size=10, document_chunk_overlap_size=0)
        chunks = len(api.search("bucket", "moon", 1000))
        assert chunks > 40
        listed = api.data("GET", "/ai/embeddings/buckets/bucket")
        api.embed("bucket", document_chunk_size=10, document_chunk_overlap_size=0)
        assert api.data("GET", "/ai/embeddings/buckets/bucket") == listed
        assert len(api.search("bucket", "moon", 1000)) == chunks
