"""Clusters of a bucket, sync and async, against the emulator."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import (
    APIResponseError,
    NotFoundError,
    TaskError,
    TaskTimeoutError,
)
from langchain_telnyx.emulator.runtime.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator

BILLING = ["invoice", "payment", "refund", "charge", "card", "receipt"]
NETWORK = ["signal", "antenna", "router", "wifi", "coverage", "outage"]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def embedded(api: Any) -> str:
    """An embedded bucket of forty passages on two topics."""
    await api.storage.create_bucket("calls")
    for words in (BILLING, NETWORK):
        passages = (f"The {a} and the {b} and the {c}." for a, b, c in combinations(words))
        text = "\n\n".join(f"{passage:<60}" for passage in passages)
        await api.storage.put_object("calls", f"{words[0]}.txt", text.encode())
    task = await api.bucket_embeddings.embed(
        "calls", document_chunk_size=70, document_chunk_overlap_size=0
    )
    await api.bucket_embeddings.wait(task.task_id)
    return "calls"


def combinations(words: list[str]) -> list[tuple[str, ...]]:
    return list(itertools.combinations(words, 3))


async def test_clusters_are_computed_and_fetched(
    api: Any, emulator: TelnyxEmulator, embedded: str
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    task = await api.clusters.compute(embedded, min_cluster_size=10, min_subcluster_size=3)
    assert json.loads(emulator.requests[-1].body) == {
        "bucket": "calls",
        "min_cluster_size": 10,
        "min_subcluster_size": 3,
    }
    updates: list[str] = []
    found = await api.clusters.wait(
        task.task_id,
        top_n_nodes=1,
        show_subclusters=True,
        on_progress=lambda clustering: updates.append(clustering.status),
    )
    assert updates == ["pending", "starting", "running", "completed"]
    assert (found.status, found.bucket) == ("completed", "calls")
    assert [cluster.cluster_id for cluster in found.clusters] == ["0", "1"]
    assert [cluster.total_number_of_nodes for cluster in found.clusters] == [20, 20]
    assert {cluster.nodes[0].filename for cluster in found.clusters} == {
        "invoice.txt",
        "signal.txt",
    }
    assert all(cluster.subclusters for cluster in found.clusters)
    assert (await api.clusters.get(task.task_id)).clusters[0].nodes == []


async def test_only_selected_files_are_clustered(
    api: Any, emulator: TelnyxEmulator, embedded: str
) -> None:
    task = await api.clusters.compute(
        embedded, files=["signal.txt"], prefix="s", min_cluster_size=10
    )
    assert json.loads(emulator.requests[-1].body) == {
        "bucket": "calls",
        "files": ["signal.txt"],
        "prefix": "s",
        "min_cluster_size": 10,
    }
    found = await api.clusters.wait(task.task_id, top_n_nodes=20)
    assert {node.filename for cluster in found.clusters for node in cluster.nodes} == {"signal.txt"}


async def test_tasks_are_listed_over_all_pages_which_begin_at_zero(
    api: Any, emulator: TelnyxEmulator, embedded: str
) -> None:
    tasks = [(await api.clusters.compute(embedded)).task_id for _ in range(3)]
    listed = await api.clusters.list(page_size=1)
    assert [task.task_id for task in listed] == tasks
    assert [request.query for request in emulator.requests][-3:] == [
        "page%5Bsize%5D=1",
        "page%5Bnumber%5D=1&page%5Bsize%5D=1",
        "page%5Bnumber%5D=2&page%5Bsize%5D=1",
    ]
    assert {task.bucket for task in listed} == {"calls"}
    assert listed[0].min_cluster_size == 25


async def test_a_task_that_has_not_ended_is_listed_without_an_end(
    api: Any, emulator: TelnyxEmulator, embedded: str
) -> None:
    emulator.account.jobs.pace = after_polls(9)
    await api.clusters.compute(embedded)
    [task] = await api.clusters.list()
    assert (task.status, task.finished_at) == ("pending", None)


async def test_a_deleted_task_is_gone(api: Any, embedded: str) -> None:
    task = await api.clusters.compute(embedded)
    assert await api.clusters.delete(task.task_id) is None
    with pytest.raises(NotFoundError):
        await api.clusters.get(task.task_id)


async def test_a_task_that_fails_is_an_error(
    api: Any, emulator: TelnyxEmulator, embedded: str
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    task = await api.clusters.compute(embedded)
    await api.bucket_embeddings.disable(embedded)
    with pytest.raises(TaskError, match=r"Clustering task '.*' ended in 'failed'\.") as caught:
        await api.clusters.wait(task.task_id)
    assert caught.value.task_id == task.task_id


async def test_a_task_that_takes_too_long_is_an_error(
    api: Any, emulator: TelnyxEmulator, embedded: str
) -> None:
    emulator.account.jobs.pace = after_polls(9)
    task = await api.clusters.compute(embedded)
    with pytest.raises(TaskTimeoutError) as caught:
        await api.clusters.wait(task.task_id, timeout=0)
    assert caught.value.status == "pending"


async def test_a_bucket_that_is_not_embedded_has_no_clusters(api: Any, bucket: str) -> None:
    with pytest.raises(NotFoundError):
        await api.clusters.compute(bucket)


async def test_the_image_is_bytes_or_a_file(
    api: Any, emulator: TelnyxEmulator, embedded: str, tmp_path: Path
) -> None:
    task = await api.clusters.compute(embedded, min_cluster_size=10)
    await api.clusters.wait(task.task_id)
    everything = await api.clusters.graph(task.task_id)
    assert everything.startswith(PNG)
    one = await api.clusters.graph(task.task_id, cluster_id="1")
    assert one.startswith(PNG)
    assert one != everything
    assert emulator.requests[-1].query == "cluster_id=1"
    assert await api.clusters.graph(task.task_id, into=tmp_path / "clusters.png") == b""
    assert (tmp_path / "clusters.png").read_bytes() == everything
    with pytest.raises(NotFoundError):
        await api.clusters.graph("no-task", into=tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


async def test_an_html_page_is_not_an_image(
    as_async: Callable[[Telnyx], Any], serve: Callable[[Callable[..., Any]], str]
) -> None:
    url = serve(lambda *_: (200, {"content-type": "text/html"}, b"<html>Sign in</html>"))
    api = as_async(Telnyx(api_key="KEY1", base_url=url))
    with pytest.raises(APIResponseError, match="Sign in"):
        await api.clusters.graph("task")
