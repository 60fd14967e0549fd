"""Clusters of an embedded bucket: compute, name, filter, draw, delete."""

from __future__ import annotations

import io
import itertools
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from langchain_telnyx.emulator import after_polls
from langchain_telnyx.emulator.areas.clusters.state import SCHEMA as CLUSTERS
from langchain_telnyx.emulator.areas.clusters.state import Cluster, Clusters, Passage
from langchain_telnyx.emulator.runtime.jobs import SCHEMA as JOBS
from langchain_telnyx.emulator.storage.database import Store, Value

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from tests.emulator.conftest import Api

THEMES = {
    "billing": ["invoice", "payment", "refund", "charge", "card", "receipt", "balance"],
    "delivery": ["parcel", "courier", "shipment", "address", "warehouse", "depot", "package"],
    "network": ["signal", "antenna", "router", "wifi", "coverage", "outage", "cable"],
}
NOT_FOUND = {
    "detail": [{"code": "10005", "title": "Resource not found", "detail": "Bucket not found"}]
}


def paragraph(words: tuple[str, ...]) -> str:
    return (
        f"The customer asked about the {words[0]} and the {words[1]}, and the agent explained how "
        f"the {words[2]} changes both of them."
    )


@pytest.fixture
def calls(api: Api) -> str:
    """A bucket of three files with 35 passages each, a theme per file."""
    for theme, words in THEMES.items():
        passages = map(paragraph, itertools.combinations(words, 3))
        api.put("calls", f"calls/{theme}.txt", "\n\n".join(passages))
    assert api.embed("calls", document_chunk_size=150, document_chunk_overlap_size=0) == "success"
    return "calls"


def compute(api: Api, bucket: str, **options: Any) -> str:
    """Compute clusters, wait for the task, and return its id."""
    task_id: str = api.data("POST", "/ai/clusters", json={"bucket": bucket, **options})["task_id"]

    def over() -> bool:
        status: str = api.data("GET", f"/ai/clusters/{task_id}")["status"]
        return status in {"completed", "failed"}

    api.eventually(over)
    return task_id


def clusters(api: Api, task_id: str, **query: Any) -> list[Any]:
    found = api.data("GET", f"/ai/clusters/{task_id}", params=query)
    assert found["status"] == "completed"
    listed: list[Any] = found["clusters"]
    return listed


def test_each_theme_is_a_cluster_named_by_its_words(api: Api, calls: str) -> None:
    found = clusters(api, compute(api, calls))
    assert [cluster["cluster_id"] for cluster in found] == ["0", "1", "2"]
    assert [cluster["total_number_of_nodes"] for cluster in found] == [35, 35, 35]
    named = {frozenset(cluster["cluster_header"].lower().split(", ")) for cluster in found}
    for words in THEMES.values():
        assert sum(header <= set(words) for header in named) == 1
    assert found[0]["cluster_summary"].startswith("35 passages from 1 file about ")


def test_passages_and_subclusters_are_optional(api: Api, calls: str) -> None:
    task = compute(api, calls)
    for cluster in clusters(api, task):
        assert cluster["nodes"] == []
        assert "subclusters" not in cluster
    for cluster in clusters(api, task, top_n_nodes=2, show_subclusters=True):
        assert len(cluster["nodes"]) == 2
        assert len({node["filename"] for node in cluster["nodes"]}) == 1
        assert len(cluster["subclusters"]) >= 2
        for part in cluster["subclusters"]:
            assert 5 <= part["total_number_of_nodes"] < 35
            assert len(part["nodes"]) == 2


def test_the_passages_shown_are_the_most_typical(api: Api) -> None:
    typical = "The invoice shows the payment, the refund and the charge of the card."
    texts = [f"The {a} shows the {b}." for a, b in itertools.combinations(THEMES["billing"], 2)]
    for number, text in enumerate([*texts, typical]):
        api.put("bills", f"{number:02}.txt", text)
    api.embed("bills")
    [cluster] = clusters(api, compute(api, "bills", min_cluster_size=15), top_n_nodes=1)
    assert cluster["nodes"] == [{"filename": "21.txt", "text": typical}]


def test_groups_below_the_minimum_size_are_not_clusters(api: Api, calls: str) -> None:
    assert clusters(api, compute(api, calls, min_cluster_size=36)) == []
    task = compute(api, calls, min_subcluster_size=34)
    assert [c["subclusters"] for c in clusters(api, task, show_subclusters=True)] == [[], [], []]


@pytest.mark.parametrize(
    "narrowed",
    [{"files": ["calls/network.txt"]}, {"prefix": "calls/n"}, {"prefix": "calls", "files": ["x"]}],
)
def test_only_the_requested_files_are_clustered(
    api: Api, calls: str, narrowed: dict[str, Any]
) -> None:
    found = clusters(api, compute(api, calls, min_cluster_size=5, **narrowed), top_n_nodes=100)
    files = {node["filename"] for cluster in found for node in cluster["nodes"]}
    assert files == (set() if narrowed.get("files") == ["x"] else {"calls/network.txt"})


def test_the_same_bucket_gives_the_same_clusters(api: Api, calls: str) -> None:
    everything = {"top_n_nodes": 100, "show_subclusters": True}
    first = clusters(api, compute(api, calls), **everything)
    assert clusters(api, compute(api, calls), **everything) == first


def test_an_empty_bucket_has_no_clusters(api: Api) -> None:
    api.put("bucket", "a.txt", "")
    api.embed("bucket")
    task = compute(api, "bucket", min_cluster_size=1)
    assert clusters(api, task) == []
    assert picture(api, task).size == (1200, 720)


def test_a_single_passage_can_be_a_cluster(api: Api) -> None:
    api.put("bucket", "a.txt", "The invoice is paid.")
    api.embed("bucket")
    [cluster] = clusters(api, compute(api, "bucket", min_cluster_size=1))
    assert cluster["cluster_header"] == "Invoice, Paid"
    assert cluster["cluster_summary"] == "1 passage from 1 file about invoice and paid."


def test_a_task_goes_through_its_states_and_is_listed(api: Api, calls: str) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    task = api.data("POST", "/ai/clusters", json={"bucket": calls, "min_cluster_size": 30})
    shown = [api.data("GET", f"/ai/clusters/{task['task_id']}") for _ in range(4)]
    assert [found["status"] for found in shown] == ["pending", "starting", "running", "completed"]
    assert [bool(found["clusters"]) for found in shown] == [False, False, False, True]
    [listed] = api.data("GET", "/ai/clusters")
    assert listed == {
        "task_id": task["task_id"],
        "status": "completed",
        "bucket": "calls",
        "created_at": listed["created_at"],
        "finished_at": listed["finished_at"],
        "min_cluster_size": 30,
        "min_subcluster_size": 5,
    }
    assert listed["created_at"] < listed["finished_at"]


def test_tasks_are_listed_page_by_page_from_zero(api: Api, calls: str) -> None:
    tasks = [compute(api, calls) for _ in range(3)]
    pages = [
        api.send("GET", "/ai/clusters", params={"page[number]": number, "page[size]": 2}).json()
        for number in range(2)
    ]
    assert [[task["task_id"] for task in page["data"]] for page in pages] == [tasks[:2], tasks[2:]]
    assert pages[0]["meta"] == {
        "total_pages": 2,
        "total_results": 3,
        "page_number": 0,
        "page_size": 2,
    }
    assert api.send("GET", "/ai/clusters").json()["meta"]["page_number"] == 0


def test_a_task_fails_when_the_embeddings_are_deleted_under_it(api: Api, calls: str) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    task = api.data("POST", "/ai/clusters", json={"bucket": calls})["task_id"]
    api.send("DELETE", f"/ai/embeddings/buckets/{calls}")
    shown = [api.data("GET", f"/ai/clusters/{task}") for _ in range(4)]
    assert shown[-1] == {"bucket": "calls", "status": "failed", "clusters": []}
    graph = api.send("GET", f"/ai/clusters/{task}/graph")
    assert (graph.status_code, graph.json()["errors"][0]["code"]) == (400, "10015")


def test_a_deleted_task_is_gone_while_it_runs_and_after(api: Api, calls: str) -> None:
    done = compute(api, calls)
    api.emulator.account.jobs.pace = after_polls(1)
    running = api.data("POST", "/ai/clusters", json={"bucket": calls})["task_id"]
    for task in (done, running):
        answer = api.send("DELETE", f"/ai/clusters/{task}")
        assert (answer.status_code, answer.content) == (204, b"")
        for method, path in (("GET", ""), ("GET", "/graph"), ("DELETE", "")):
            gone = api.send(method, f"/ai/clusters/{task}{path}")
            assert (gone.status_code, gone.json()["errors"][0]["code"]) == (404, "10005")
    assert api.data("GET", "/ai/clusters") == []
    left = api.emulator.account.store.rows(
        "SELECT task FROM clusters UNION SELECT task FROM cluster_members "
        "UNION SELECT task FROM clustered_passages"
    )
    assert left == []


@pytest.mark.parametrize("bucket", ["nowhere", "plain"])
def test_a_bucket_that_is_not_embedded_has_no_clusters(api: Api, bucket: str) -> None:
    api.put("plain", "a.txt", "not embedded")
    answer = api.send("POST", "/ai/clusters", json={"bucket": bucket})
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"bucket": 1},
        {"bucket": "b", "files": "a.txt"},
        {"bucket": "b", "files": None},
        {"bucket": "b", "prefix": 1},
        {"bucket": "b", "min_cluster_size": "25"},
    ],
)
def test_bad_bodies_are_422(api: Api, body: dict[str, Any]) -> None:
    assert api.send("POST", "/ai/clusters", json=body).status_code == 422


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", {"page[number]": "one"}),
        ("", {"page[size]": 1.5}),
        ("/x", {"top_n_nodes": ""}),
        ("/x", {"show_subclusters": "perhaps"}),
        ("/x/graph", {"cluster_id": "first"}),
    ],
)
def test_bad_queries_are_422(api: Api, path: str, query: dict[str, Any]) -> None:
    assert api.send("GET", f"/ai/clusters{path}", params=query).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "options", "detail"),
    [
        ("GET", "", {"params": {"page[number]": -1}}, "`page[number]` must be at least 0, not -1."),
        ("GET", "", {"params": {"page[size]": 0}}, "`page[size]` must be at least 1, not 0."),
        ("GET", "/x", {"params": {"top_n_nodes": -1}}, "`top_n_nodes` must be at least 0, not -1."),
        (
            "POST",
            "",
            {"json": {"bucket": "b", "min_cluster_size": 0}},
            "`min_cluster_size` must be at least 1, not 0.",
        ),
        (
            "POST",
            "",
            {"json": {"bucket": "b", "min_subcluster_size": -9}},
            "`min_subcluster_size` must be at least 1, not -9.",
        ),
    ],
)
def test_invalid_numbers_are_400(
    api: Api, method: str, path: str, options: dict[str, Any], detail: str
) -> None:
    answer = api.send(method, f"/ai/clusters{path}", **options)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["detail"]) == (400, "10033", detail)


def test_a_page_that_is_too_large_is_cut(api: Api) -> None:
    listing = api.send("GET", "/ai/clusters", params={"page[size]": 10**9, "page[number]": 10**30})
    assert listing.json()["data"] == []
    assert listing.json()["meta"]["page_size"] == 100


def picture(api: Api, task: str, **query: Any) -> Image.Image:
    answer = api.send("GET", f"/ai/clusters/{task}/graph", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    return Image.open(io.BytesIO(answer.content))


def colours(image: Image.Image) -> set[str]:
    """The colours of the dots, without those of smoothed edges."""
    counted = image.getcolors(maxcolors=1 << 20) or []
    solid = {colour for count, colour in counted if count > 300}
    return {"#{:02x}{:02x}{:02x}".format(*colour) for colour in solid} - {"#ffffff"}  # type: ignore[misc]  # RGB has three


def test_the_graph_has_a_colour_for_each_cluster(api: Api, calls: str) -> None:
    task = compute(api, calls)
    drawn = picture(api, task)
    assert drawn.size == (1200, 720)
    assert {"#4e79a7", "#f28e2b", "#59a14f"} <= colours(drawn)
    assert "#d5dae0" not in colours(drawn)


def test_the_graph_of_one_cluster_leaves_the_others_grey(api: Api, calls: str) -> None:
    drawn = colours(picture(api, compute(api, calls), cluster_id=1))
    assert {"#f28e2b", "#d5dae0"} <= drawn
    assert not {"#4e79a7", "#59a14f"} & drawn


def test_the_graph_separates_clusters(api: Api, calls: str) -> None:
    task = compute(api, calls)
    boxes = []
    for number in range(3):
        passages = api.emulator.account.clusters.passages(task)
        members = api.emulator.account.clusters.found(task)[number].members
        across = [passages[member].x for member in members]
        down = [passages[member].y for member in members]
        boxes.append((min(across), max(across), min(down), max(down)))
    for (a, b, c, d), (e, f, g, h) in itertools.combinations(boxes, 2):
        assert b < e or f < a or d < g or h < c


def test_the_same_clusters_give_the_same_graph(api: Api, calls: str) -> None:
    first, second = (
        api.send("GET", f"/ai/clusters/{compute(api, calls)}/graph").content for _ in range(2)
    )
    assert first == second


def test_the_graph_of_an_unknown_cluster_is_a_404(api: Api, calls: str) -> None:
    answer = api.send("GET", f"/ai/clusters/{compute(api, calls)}/graph?cluster_id=99")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")


def test_without_pillow_the_graph_names_the_package_to_install(
    api: Api, calls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = compute(api, calls)
    monkeypatch.setitem(sys.modules, "PIL", None)  # as if it were not installed
    answer = api.send("GET", f"/ai/clusters/{task}/graph")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert 'pip install "langchain-telnyx[emulator-graphs]"' in error["detail"]


class Interrupted(Store):
    """A store in which another thread writes after each query, unless it is locked."""

    write: Callable[[], None] | None = None
    writers: tuple[threading.Thread, ...] = ()

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        found = super().rows(sql, *values)
        if self.write is not None:
            writer = threading.Thread(target=self.write, daemon=True)
            self.writers += (writer,)
            writer.start()
            writer.join(0.3)
        return found


def test_clusters_read_during_a_write_are_consistent() -> None:
    store = Interrupted(None, [JOBS, CLUSTERS])
    store.execute(
        "INSERT INTO jobs (id, kind, subject, status, created_at, details) "
        "VALUES ('task', 'clusters', 'calls', 'running', '2026-01-01', '{}')"
    )
    clusters = Clusters(store)

    def write() -> None:
        clusters.save(
            "task", [Passage("a.txt", "text", 0.0, 0.0)], [Cluster(0, "header", "summary", (0,))]
        )

    store.write = write
    assert clusters.found("task") == []
    store.write = None
    for writer in store.writers:
        writer.join()
    [found] = clusters.found("task")
    assert found.members == (0,)
    store.close()
