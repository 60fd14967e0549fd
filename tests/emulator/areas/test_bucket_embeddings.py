"""Embedded buckets over HTTP: start, poll, search, change, disable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import Quirks, after_polls, after_seconds

if TYPE_CHECKING:
    from langchain_telnyx.emulator.storage.database import Store
    from tests.emulator.conftest import Api

NOT_FOUND = {
    "detail": [{"code": "10005", "title": "Resource not found", "detail": "Bucket not found"}]
}
JUNK = bytes(range(256)) * 20


def files(api: Api, bucket: str = "bucket") -> dict[str, str]:
    listed = api.data("GET", f"/ai/embeddings/buckets/{bucket}")
    return {file["filename"]: file["status"] for file in listed}


def settled(api: Api, bucket: str = "bucket") -> dict[str, str]:
    def statuses() -> dict[str, str] | None:
        found = files(api, bucket)
        return None if {"queued", "processing"} & set(found.values()) else found

    return api.eventually(statuses)


def chunk_ids(store: Store) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {}
    for row in store.rows("SELECT id, key FROM chunks ORDER BY id"):
        ids.setdefault(row["key"], []).append(row["id"])
    return ids


def test_a_bucket_is_embedded_and_found_by_a_question(api: Api) -> None:
    api.put("bucket", "bees.txt", "Bees collect nectar and make honey in their hives.")
    api.put("bucket", "rail.md", "# Trains\n\nTrains run on steel rails between stations.")
    assert api.embed("bucket") == "success"
    best, *_ = api.search("bucket", "What does a bee collect to make honey?")
    assert best["document_chunk"] == "Bees collect nectar and make honey in their hives."
    assert best["metadata"] == {
        "source": "http://telnyx.localhost/bucket/bees.txt",
        "checksum": "ae7051086397a25431a7ca393955eb3b",
        "embedding": "thenlper/gte-large",
        "filename": "bees.txt",
        "certainty": pytest.approx(1 - best["distance"] / 2),
        "loader_metadata": {},
    }


def test_the_answer_to_starting_and_the_task_have_the_documented_fields(api: Api) -> None:
    api.put("bucket", "a.txt", "text")
    started = api.data("POST", "/ai/embeddings", json={"bucket_name": "bucket"})
    assert started == {
        "task_id": started["task_id"],
        "task_name": "embed-bucket",
        "status": "queued",
        "created_at": started["created_at"],
        "finished_at": None,
        "user_id": started["user_id"],
    }
    assert started["created_at"].startswith("2026-01-01T00:00:00.")
    api.finished(started["task_id"])
    task = api.data("GET", f"/ai/embeddings/{started['task_id']}")
    assert sorted(task) == ["created_at", "finished_at", "status", "task_id", "task_name"]
    assert api.data("GET", "/ai/embeddings/buckets") == {"buckets": ["bucket"]}


def test_the_asynchronous_client_sees_the_same(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.embed("bucket")
    answer = api.asend(
        "POST",
        "/ai/embeddings/similarity-search",
        json={"bucket_name": "bucket", "query": "honey"},
    )
    assert answer.json()["data"] == api.search("bucket", "honey")


def test_hits_come_best_first_and_three_by_default(api: Api) -> None:
    for number in range(6):
        api.put("bucket", f"{number}.txt", f"honey {'honey ' * number}and {number} other things")
    api.embed("bucket")
    found = api.data(
        "POST",
        "/ai/embeddings/similarity-search",
        json={"bucket_name": "bucket", "query": "honey"},
    )
    assert len(found) == 3
    everything = api.search("bucket", "honey", 50)
    assert len(everything) == 6
    distances = [hit["distance"] for hit in everything]
    assert distances == sorted(distances)
    assert all(0 <= distance <= 2 for distance in distances)


def test_unrelated_text_sits_near_085_and_good_hits_above_09(api: Api) -> None:
    api.put("bucket", "bees.txt", "Bees collect nectar from flowers and make honey in hives.")
    api.put("bucket", "law.txt", "The tenant shall pay the rent on the first day of each month.")
    api.embed("bucket")
    good, unrelated = api.search("bucket", "How do bees make honey?")
    assert good["metadata"]["certainty"] > 0.93
    assert unrelated["metadata"]["certainty"] == pytest.approx(0.85, abs=0.02)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"bucket_name": "nowhere"}),
        ("POST", "/url", {"bucket_name": "nowhere", "url": "http://127.0.0.1/"}),
        ("POST", "/similarity-search", {"bucket_name": "nowhere", "query": "x"}),
        ("POST", "/similarity-search", {"bucket_name": "plain", "query": "x"}),
        ("GET", "/buckets/nowhere", None),
        ("GET", "/buckets/plain", None),
        ("DELETE", "/buckets/nowhere", None),
        ("DELETE", "/buckets/plain", None),
    ],
)
def test_unknown_and_plain_buckets_are_404_in_their_own_shape(
    api: Api, method: str, path: str, body: dict[str, str] | None
) -> None:
    api.put("plain", "a.txt", "not embedded")
    answer = api.send(method, f"/ai/embeddings{path}", **({"json": body} if body else {}))
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_an_unknown_task_is_a_404_in_the_envelope(api: Api) -> None:
    answer = api.send("GET", "/ai/embeddings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {}),
        ("", {"bucket_name": "b", "document_chunk_size": "large"}),
        ("", {"bucket_name": "b", "document_chunk_overlap_size": "9"}),
        ("", {"bucket_name": "b", "loader": "zendesk"}),
        ("/url", {"bucket_name": "b"}),
        ("/similarity-search", {"bucket_name": "b"}),
        ("/similarity-search", {"bucket_name": "b", "query": "x", "num_of_docs": "many"}),
    ],
)
def test_bad_bodies_are_422(api: Api, path: str, body: dict[str, Any]) -> None:
    answer = api.send("POST", f"/ai/embeddings{path}", json=body)
    assert answer.status_code == 422
    assert {key for item in answer.json()["detail"] for key in item} == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("", {"document_chunk_size": 0}, "`document_chunk_size` must be at least 1, not 0."),
        (
            "",
            {"document_chunk_overlap_size": -1},
            "`document_chunk_overlap_size` must be at least 0, not -1.",
        ),
        (
            "",
            {"document_chunk_size": 9, "document_chunk_overlap_size": 9},
            "`document_chunk_overlap_size` must be less than `document_chunk_size`.",
        ),
        (
            "/similarity-search",
            {"query": "x", "num_of_docs": 0},
            "`num_of_docs` must be at least 1, not 0.",
        ),
    ],
)
def test_invalid_sizes_are_400(api: Api, path: str, body: dict[str, Any], detail: str) -> None:
    answer = api.send("POST", f"/ai/embeddings{path}", json={"bucket_name": "b", **body})
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["detail"]) == (400, "10033", detail)


def test_an_unreadable_file_fails_alone(api: Api) -> None:
    api.put("bucket", "good.txt", "Bees make honey.")
    api.put("bucket", "junk.bin", JUNK)
    assert api.embed("bucket") == "partial_success"
    assert files(api) == {"good.txt": "success", "junk.bin": "failure"}
    good, junk = api.data("GET", "/ai/embeddings/buckets/bucket")
    assert junk["error_reason"] == "The file is binary, and holds no text that can be read."
    assert "error_reason" not in good
    assert "last_embedded_at" in good
    assert "last_embedded_at" not in junk


def test_a_bucket_of_unreadable_files_fails(api: Api) -> None:
    api.put("bucket", "junk.bin", JUNK)
    assert api.embed("bucket") == "failure"


@pytest.mark.parametrize("emulator", [Quirks(failure_word="failed")], indirect=True)
def test_the_name_of_the_failure_status_is_a_quirk(api: Api) -> None:
    api.put("bucket", "junk.bin", JUNK)
    assert api.embed("bucket") == "failed"
    for status in ("failure", "failed"):
        [task] = api.data("GET", "/ai/embeddings", params={"status": status})
        assert task["status"] == "failed"


def test_an_empty_bucket_is_embedded_and_finds_nothing(api: Api) -> None:
    api.put("bucket", "a", "x")
    api.emulator.account.objects.delete("bucket", "a")
    assert api.embed("bucket") == "success"
    assert api.search("bucket", "anything") == []


def test_each_status_is_shown_for_the_polls_of_the_pace(api: Api) -> None:
    api.emulator.account.jobs.pace = after_polls(2)
    api.put("bucket", "a.txt", "text")
    task = api.data("POST", "/ai/embeddings", json={"bucket_name": "bucket"})
    assert task["status"] == "queued"
    shown = [api.data("GET", f"/ai/embeddings/{task['task_id']}")["status"] for _ in range(6)]
    assert shown == ["queued", "queued", "processing", "processing", "success", "success"]


def test_polling_the_files_also_advances_the_task(api: Api) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    api.put("bucket", "a.txt", "text")
    api.data("POST", "/ai/embeddings", json={"bucket_name": "bucket"})
    assert [files(api)["a.txt"] for _ in range(3)] == ["queued", "queued", "success"]


def test_a_task_takes_the_time_of_the_pace(api: Api) -> None:
    api.emulator.account.jobs.pace = after_seconds(0.05)
    api.put("bucket", "a.txt", "text")
    task = api.data("POST", "/ai/embeddings", json={"bucket_name": "bucket"})
    seen: list[str] = []

    def final() -> bool:
        seen.append(api.data("GET", f"/ai/embeddings/{task['task_id']}")["status"])
        return seen[-1] == "success"

    api.eventually(final)
    assert list(dict.fromkeys(seen)) == ["queued", "processing", "success"]


@pytest.mark.parametrize(
    "query", [{}, {"status": ["queued", "processing"]}, {"status": "queued,x"}]
)
def test_tasks_are_listed_by_state(api: Api, query: dict[str, Any]) -> None:
    api.emulator.account.jobs.pace = after_polls(5)
    api.put("bucket", "a.txt", "text")
    started = api.data("POST", "/ai/embeddings", json={"bucket_name": "bucket"})
    [task] = api.data("GET", "/ai/embeddings", params=query)
    assert task == {
        "task_id": started["task_id"],
        "task_name": "embed-bucket",
        "status": "queued",
        "created_at": started["created_at"],
        "bucket": "bucket",
        "user_id": started["user_id"],
    }
    assert api.data("GET", "/ai/embeddings", params={"status": "success"}) == []


def test_a_new_object_of_an_embedded_bucket_is_embedded_automatically(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.embed("bucket")
    api.put("bucket", "b.txt", "Trains run on rails.")
    assert settled(api) == {"a.txt": "success", "b.txt": "success"}
    assert api.search("bucket", "train")[0]["document_chunk"] == "Trains run on rails."
    assert api.data("GET", "/ai/embeddings") == []


def test_a_changed_object_is_embedded_again(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.embed("bucket")
    api.put("bucket", "a.txt", "Trains run on rails.")
    settled(api)
    assert [hit["document_chunk"] for hit in api.search("bucket", "honey")] == [
        "Trains run on rails."
    ]


def test_a_readable_object_that_becomes_junk_is_no_longer_found(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.embed("bucket")
    api.put("bucket", "a.txt", JUNK)
    assert settled(api) == {"a.txt": "failure"}
    assert api.search("bucket", "honey") == []


def test_a_deleted_object_is_removed_from_the_search_immediately(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.put("bucket", "b.txt", "Honey is sweet.")
    api.embed("bucket")
    assert len(api.search("bucket", "honey")) == 2
    api.emulator.account.objects.delete("bucket", "a.txt")
    assert [hit["metadata"]["filename"] for hit in api.search("bucket", "honey")] == ["b.txt"]
    assert files(api) == {"b.txt": "success"}


def test_embedding_again_processes_only_changed_files(api: Api) -> None:
    store = api.emulator.account.store
    api.put("bucket", "a.txt", "Bees make honey.")
    api.put("bucket", "b.txt", "Trains run on rails.")
    api.embed("bucket")
    before = chunk_ids(store)
    assert api.embed("bucket") == "success"
    assert chunk_ids(store) == before
    api.put("bucket", "a.txt", "Bees make honey.")  # the same bytes again: nothing to find anew
    api.put("bucket", "b.txt", "Trains run on steel.")
    settled(api)
    api.embed("bucket")
    assert chunk_ids(store)["b.txt"] != before["b.txt"]
    before = chunk_ids(store)
    api.embed("bucket", document_chunk_size=10, document_chunk_overlap_size=0)
    assert {key: len(ids) for key, ids in chunk_ids(store).items()} == {"a.txt": 2, "b.txt": 3}


def test_disabling_a_bucket_deletes_its_embeddings_but_not_its_objects(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.embed("bucket")
    answer = api.send("DELETE", "/ai/embeddings/buckets/bucket")
    assert (answer.status_code, answer.content) == (200, b"")
    assert api.data("GET", "/ai/embeddings/buckets") == {"buckets": []}
    search = {"bucket_name": "bucket", "query": "honey"}
    assert api.send("POST", "/ai/embeddings/similarity-search", json=search).status_code == 404
    assert api.emulator.account.objects.find("bucket", "a.txt") is not None
    assert api.embed("bucket") == "success"
    assert len(api.search("bucket", "honey")) == 1


def test_chunks_have_the_requested_size(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey from nectar. " * 50)
    api.embed("bucket", document_chunk_size=100, document_chunk_overlap_size=30)
    lengths = [len(hit["document_chunk"]) for hit in api.search("bucket", "bees", 1000)]
    assert len(lengths) > 15
    assert max(lengths) <= 100


def test_a_small_chunk_size_alone_needs_no_overlap(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    assert api.embed("bucket", document_chunk_size=100) == "success"


def test_the_intercom_loader_returns_article_and_heading(api: Api) -> None:
    article = {
        "id": 123,
        "title": "Refunds",
        "url": "https://help.example.com/123",
        "updated_at": 1700000000,
        "body": (
            "<p>We refund orders.</p><h2>How to ask</h2><p>Write to support for money back.</p>"
        ),
    }
    api.put("bucket", "123.json", json.dumps(article), "application/json")
    api.put("bucket", "bad.json", "{}", "application/json")
    assert api.embed("bucket", loader="intercom") == "partial_success"
    best, *_ = api.search("bucket", "write to support")
    assert best["document_chunk"] == "How to ask\n\nWrite to support for money back."
    assert best["metadata"]["loader_metadata"] == {
        "article_id": "123",
        "title": "Refunds",
        "url": "https://help.example.com/123",
        "article_url": "https://help.example.com/123",
        "updated_at": 1700000000,
        "heading": "How to ask",
    }


def test_a_search_reflects_every_change_of_a_large_bucket(api: Api) -> None:
    objects = api.emulator.account.objects
    for number in range(60):
        api.put("bucket", f"{number:02}.txt", f"note {number}: topic{number} matters")
    api.embed("bucket")
    assert api.search("bucket", "topic17", 1)[0]["metadata"]["filename"] == "17.txt"
    for number in range(0, 60, 2):
        objects.delete("bucket", f"{number:02}.txt")
    api.put("bucket", "new.txt", "topic18 is back")
    settled(api)
    assert len(api.search("bucket", "matters", 100)) == 31
    assert api.search("bucket", "topic18", 1)[0]["metadata"]["filename"] == "new.txt"
    assert api.search("bucket", "topic59", 1)[0]["metadata"]["filename"] == "59.txt"
