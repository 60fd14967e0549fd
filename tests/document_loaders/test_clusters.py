"""`TelnyxClustersLoader`: the clusters of a bucket as documents, sync and async."""

from __future__ import annotations

import asyncio
import itertools
import json
import pickle
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import (
    NotFoundError,
    TaskError,
    TaskTimeoutError,
    Telnyx,
    TelnyxClustersLoader,
    TelnyxVectorStore,
)
from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.runtime.pace import after_polls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.documents import Document

BILLING = ("invoice", "payment", "refund", "charge", "card", "receipt")
NETWORK = ("signal", "antenna", "router", "wifi", "coverage", "outage")
PNG = b"\x89PNG\r\n\x1a\n"
SIZES: dict[str, Any] = {"min_cluster_size": 10, "min_subcluster_size": 3}


class Loading:
    """Loads and draws, sync or async."""

    def __init__(self, way: str) -> None:
        self.way = way
        self._is_async = way == "async"

    def documents(self, loader: TelnyxClustersLoader) -> list[Document]:
        return asyncio.run(loader.aload()) if self._is_async else loader.load()

    def graph(self, loader: TelnyxClustersLoader, cluster_id: Any = None) -> bytes:
        if self._is_async:
            return asyncio.run(loader.agraph(cluster_id))
        return loader.graph(cluster_id)


@pytest.fixture(params=["sync", "async"])
def loading(request: pytest.FixtureRequest) -> Loading:
    return Loading(request.param)


@pytest.fixture(scope="module")
def emulator() -> Iterator[TelnyxEmulator]:
    """One account for all tests, as embedding takes longer than the tests."""
    with TelnyxEmulator(sockets=False) as running:
        yield running


@pytest.fixture(scope="module")
def telnyx(emulator: TelnyxEmulator) -> Telnyx:
    """The account, with an embedded bucket, `calls`, of forty passages on two themes."""
    telnyx = Telnyx(**emulator.options())
    fill(telnyx, "calls", BILLING, NETWORK)
    return telnyx


@pytest.fixture(autouse=True)
def _default_pace(emulator: TelnyxEmulator) -> Iterator[None]:
    default = emulator.account.jobs.pace
    yield
    emulator.account.jobs.pace = default


def fill(telnyx: Telnyx, bucket: str, *themes: tuple[str, ...]) -> None:
    """Create and embed a bucket with a file of twenty passages on each theme."""
    telnyx.storage.create_bucket(bucket)
    for words in themes:
        passages = (
            f"The {a} and the {b} and the {c}." for a, b, c in itertools.combinations(words, 3)
        )
        text = "\n\n".join(f"{passage:<60}" for passage in passages)
        telnyx.storage.put_object(bucket, f"{words[0]}.txt", text.encode())
    task = telnyx.bucket_embeddings.embed(
        bucket, document_chunk_size=70, document_chunk_overlap_size=0
    )
    telnyx.bucket_embeddings.wait(task.task_id)


def requests_since(emulator: TelnyxEmulator, before: int) -> list[str]:
    """Return the requests since then, without the ids of tasks."""
    return [
        f"{each.method} {re.sub('[0-9a-f-]{36}', 'TASK', each.path)}"
        for each in list(emulator.requests)[before:]
    ]


def test_clusters_are_followed_by_their_subclusters(telnyx: Telnyx, loading: Loading) -> None:
    loader = TelnyxClustersLoader("calls", top_n_nodes=1, client=telnyx, **SIZES)
    found = loading.documents(loader)
    assert [cluster.metadata["cluster_id"] for cluster in found] == ["0", "2", "3", "1", "4", "5"]
    assert [cluster.metadata["parent"] for cluster in found] == [None, "0", "0", None, "1", "1"]
    assert [cluster.metadata["size"] for cluster in found] == [20, 10, 10, 20, 10, 10]
    broad, narrow = found[3:5]
    assert broad.page_content == (
        "Antenna, Coverage, Outage\n\n"
        "20 passages from 1 file about antenna, coverage, outage, router, signal and wifi."
    )
    assert broad.metadata["header"] == "Antenna, Coverage, Outage"
    assert broad.metadata["path"] == ["Antenna, Coverage, Outage"]
    assert narrow.metadata["path"] == ["Antenna, Coverage, Outage", narrow.metadata["header"]]
    [node] = broad.metadata["nodes"]
    assert node["filename"] == "signal.txt"
    assert node["text"].startswith("The ")
    assert broad.metadata["bucket"] == "calls"
    assert broad.metadata["task_id"] == loader.task_id
    assert [cluster.id for cluster in found[3:5]] == [
        f"{loader.task_id}/1",
        f"{loader.task_id}/1/4",
    ]
    assert json.loads(json.dumps(narrow.metadata)) == narrow.metadata


def test_subclusters_can_be_omitted(telnyx: Telnyx, loading: Loading) -> None:
    loader = TelnyxClustersLoader("calls", subclusters=False, top_n_nodes=0, client=telnyx, **SIZES)
    found = loading.documents(loader)
    assert [cluster.metadata["cluster_id"] for cluster in found] == ["0", "1"]
    assert [cluster.metadata["nodes"] for cluster in found] == [[], []]


def test_passages_have_the_metadata_of_their_cluster(telnyx: Telnyx, loading: Loading) -> None:
    loader = TelnyxClustersLoader(
        "calls", by="passage", subclusters=False, top_n_nodes=2, client=telnyx, **SIZES
    )
    found = loading.documents(loader)
    assert [passage.metadata["source"] for passage in found] == [
        "invoice.txt",
        "invoice.txt",
        "signal.txt",
        "signal.txt",
    ]
    assert all(passage.page_content.startswith("The ") for passage in found)
    cluster = found[2].metadata["cluster"]
    assert (cluster["cluster_id"], cluster["size"], cluster["parent"]) == ("1", 20, None)
    assert (cluster["bucket"], cluster["task_id"]) == ("calls", loader.task_id)


def test_passages_of_a_vector_store_have_its_ids_and_metadata(
    emulator: TelnyxEmulator, loading: Loading
) -> None:
    notes = f"notes-{loading.way}"
    TelnyxVectorStore(notes, **emulator.options()).add_texts(
        [f"The {a} and the {b} of the caller." for a, b in itertools.combinations(BILLING, 2)],
        [{"page": number} for number in range(15)],
        ids=[f"note-{number}" for number in range(15)],
    )
    loader = TelnyxClustersLoader(
        notes, by="passage", subclusters=False, min_cluster_size=5, **emulator.options()
    )
    found = loading.documents(loader)
    assert found
    for passage in found:
        assert passage.id == f"note-{passage.metadata['page']}"
        assert passage.metadata.keys() == {"page", "cluster"}


def test_files_and_prefix_select_objects(
    telnyx: Telnyx, emulator: TelnyxEmulator, loading: Loading
) -> None:
    before = len(emulator.requests)
    loader = TelnyxClustersLoader(
        "calls", files=["signal.txt"], prefix="s", client=telnyx, top_n_nodes=20, **SIZES
    )
    found = loading.documents(loader)
    assert {node["filename"] for cluster in found for node in cluster.metadata["nodes"]} == {
        "signal.txt"
    }
    body = json.loads(list(emulator.requests)[before].body)
    assert body == {"bucket": "calls", "files": ["signal.txt"], "prefix": "s", **SIZES}


def test_few_passages_have_no_clusters(telnyx: Telnyx, loading: Loading) -> None:
    assert loading.documents(TelnyxClustersLoader("calls", client=telnyx, prefix="none")) == []


def test_an_earlier_task_is_read_without_a_new_one(
    telnyx: Telnyx, emulator: TelnyxEmulator, loading: Loading
) -> None:
    task = telnyx.clusters.compute("calls", **SIZES)
    before = len(emulator.requests)
    loader = TelnyxClustersLoader(task_id=task.task_id, client=telnyx)
    found = loading.documents(loader)
    assert [cluster.metadata["bucket"] for cluster in found] == ["calls"] * 6
    assert loading.documents(loader) == found
    assert set(requests_since(emulator, before)) == {"GET /v2/ai/clusters/TASK"}


def test_each_load_of_a_bucket_computes_clusters_again(
    telnyx: Telnyx, emulator: TelnyxEmulator, loading: Loading
) -> None:
    before = len(emulator.requests)
    loader = TelnyxClustersLoader("calls", client=telnyx, **SIZES)
    first = loading.documents(loader)
    second = loading.documents(loader)
    assert [cluster.page_content for cluster in first] == [
        cluster.page_content for cluster in second
    ]
    assert {cluster.metadata["task_id"] for cluster in second} == {loader.task_id}
    assert first[0].metadata["task_id"] != loader.task_id
    assert requests_since(emulator, before).count("POST /v2/ai/clusters") == 2


def test_the_graph_shows_the_clusters_loaded_last(
    telnyx: Telnyx, emulator: TelnyxEmulator, loading: Loading
) -> None:
    before = len(emulator.requests)
    loader = TelnyxClustersLoader("calls", client=telnyx, **SIZES)
    clusters = loading.documents(loader)
    everything = loading.graph(loader)
    assert everything.startswith(PNG)
    assert emulator.requests[-1].path == f"/v2/ai/clusters/{loader.task_id}/graph"
    one = loading.graph(loader, clusters[0].metadata["cluster_id"])
    assert one.startswith(PNG)
    assert one != everything
    assert requests_since(emulator, before).count("POST /v2/ai/clusters") == 1


def test_a_graph_can_be_drawn_without_loading(
    telnyx: Telnyx, emulator: TelnyxEmulator, loading: Loading
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    loader = TelnyxClustersLoader("calls", client=telnyx, **SIZES)
    assert loading.graph(loader).startswith(PNG)
    assert emulator.requests[-1].path == f"/v2/ai/clusters/{loader.task_id}/graph"


def test_the_graph_of_an_unknown_cluster_is_an_error(telnyx: Telnyx, loading: Loading) -> None:
    with pytest.raises(NotFoundError):
        loading.graph(TelnyxClustersLoader("calls", client=telnyx, **SIZES), 99)


def test_the_error_names_a_bucket_that_is_not_embedded(telnyx: Telnyx, loading: Loading) -> None:
    with pytest.raises(NotFoundError, match="The bucket 'cals' does not exist or is not embedded"):
        loading.documents(TelnyxClustersLoader("cals", client=telnyx))


def test_the_error_names_an_unknown_task(telnyx: Telnyx, loading: Loading) -> None:
    loader = TelnyxClustersLoader(task_id="no-task", client=telnyx)
    with pytest.raises(NotFoundError, match="task 'no-task' does not exist"):
        loading.documents(loader)
    with pytest.raises(NotFoundError, match="task 'no-task' does not exist"):
        loading.graph(loader)


def test_a_failed_task_raises_an_error(
    telnyx: Telnyx, emulator: TelnyxEmulator, loading: Loading
) -> None:
    passing = f"passing-{loading.way}"
    fill(telnyx, passing, BILLING)
    emulator.account.jobs.pace = after_polls(1)
    task = telnyx.clusters.compute(passing)
    telnyx.bucket_embeddings.disable(passing)
    with pytest.raises(TaskError, match="ended in 'failed'") as caught:
        loading.documents(TelnyxClustersLoader(task_id=task.task_id, client=telnyx))
    assert caught.value.task_id == task.task_id


def test_a_task_that_times_out_can_be_loaded_later(
    telnyx: Telnyx, emulator: TelnyxEmulator, loading: Loading
) -> None:
    emulator.account.jobs.pace = after_polls(2)
    loader = TelnyxClustersLoader("calls", wait_timeout=0, client=telnyx, **SIZES)
    with pytest.raises(
        TaskTimeoutError, match=r"was still 'pending' after 0 s: raise `wait_"
    ) as caught:
        loading.documents(loader)
    assert caught.value.task_id == loader.task_id
    assert caught.value.status == "pending"
    later = TelnyxClustersLoader(task_id=caught.value.task_id, client=telnyx)
    assert len(loading.documents(later)) == 6


def test_progress_is_shown_on_request(
    telnyx: Telnyx,
    emulator: TelnyxEmulator,
    loading: Loading,
    capsys: pytest.CaptureFixture[str],
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    loading.documents(TelnyxClustersLoader("calls", client=telnyx, **SIZES))
    assert capsys.readouterr().err == ""
    loading.documents(TelnyxClustersLoader("calls", show_progress=True, client=telnyx, **SIZES))
    assert "Clustering: 100%" in capsys.readouterr().err


def test_the_error_without_tqdm_names_the_extra(
    telnyx: Telnyx, loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    loader = TelnyxClustersLoader("calls", show_progress=True, client=telnyx)
    with pytest.raises(ImportError, match=r'pip install "langchain-telnyx\[progress\]"'):
        loading.documents(loader)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "Give either a `bucket`"),
        ({"bucket": "calls", "task_id": "task-1"}, "Give either a `bucket`"),
        (
            {"task_id": "task-1", "prefix": "s", "min_cluster_size": 5},
            "omit `prefix`, `min_cluster_size`",
        ),
        ({"bucket": "calls", "by": "file"}, "`by` must be 'cluster' or 'passage', not 'file'"),
        ({"bucket": "calls", "by": "passage", "top_n_nodes": 0}, "must be at least 1, not 0"),
        ({"bucket": "calls", "top_n_nodes": -1}, "must be at least 0, not -1"),
    ],
)
def test_invalid_options_are_refused_when_the_loader_is_created(
    options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        TelnyxClustersLoader(**options)


def test_a_loader_sends_nothing_before_it_is_iterated(
    telnyx: Telnyx, emulator: TelnyxEmulator
) -> None:
    before = len(emulator.requests)
    TelnyxClustersLoader("calls", client=telnyx).lazy_load()
    assert len(emulator.requests) == before


def test_a_loader_does_not_show_its_key() -> None:
    key = "KEY0190_neverToBeSeen"
    loader = TelnyxClustersLoader("calls", api_key=key)
    assert repr(loader) == "TelnyxClustersLoader('calls')"
    assert repr(TelnyxClustersLoader(task_id="t-1")) == "TelnyxClustersLoader(task_id='t-1')"
    assert key.encode() not in pickle.dumps(loader)
