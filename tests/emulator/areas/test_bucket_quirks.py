"""The quirks of embedded buckets: each with its switch, and its default."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import Quirks, TelnyxEmulator, after_polls
from tests.emulator.conftest import Api

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JUNK = bytes(range(256)) * 20
EARLIER_TRIGGERS = """
CREATE TRIGGER object_added AFTER INSERT ON objects
WHEN EXISTS (SELECT 1 FROM embedded_buckets WHERE bucket = new.bucket)
BEGIN
    INSERT INTO embedded_files (bucket, key, status, created_at, updated_at)
    VALUES (new.bucket, new.key, 'queued', new.modified_at, new.modified_at);
END;
CREATE TRIGGER object_replaced AFTER UPDATE ON objects
BEGIN
    UPDATE embedded_files SET status = 'queued', updated_at = new.modified_at
    WHERE bucket = new.bucket AND key = new.key;
END
"""
"""The triggers of an earlier version, stored in the database under the names of temporary ones."""


def files(api: Api) -> dict[str, str]:
    listed = api.data("GET", "/ai/embeddings/buckets/bucket")
    return {file["filename"]: file["status"] for file in listed}


def entry(api: Api, key: str) -> dict[str, Any]:
    listed = api.data("GET", "/ai/embeddings/buckets/bucket")
    found: dict[str, Any] = next(file for file in listed if file["filename"] == key)
    return found


def settled(api: Api) -> dict[str, str]:
    def statuses() -> dict[str, str] | None:
        found = files(api)
        return None if {"queued", "processing"} & set(found.values()) else found

    return api.eventually(statuses)


def texts(api: Api, query: str = "honey") -> list[str]:
    return [hit["document_chunk"] for hit in api.search("bucket", query, 100)]


def delete(api: Api, key: str) -> None:
    api.emulator.account.objects.delete("bucket", key)


def post(api: Api) -> str:
    task: str = api.data("POST", "/ai/embeddings", json={"bucket_name": "bucket"})["task_id"]
    return task


def with_quirks(*quirks: Quirks) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("emulator", quirks, indirect=True)


@with_quirks(Quirks(search_cap=2))
def test_a_search_beyond_the_cap_is_refused_as_fastapi_does(api: Api) -> None:
    for number in range(4):
        api.put("bucket", f"{number}.txt", f"honey {number}")
    api.embed("bucket")
    assert len(api.search("bucket", "honey", 2)) == 2
    search = {"bucket_name": "bucket", "query": "honey", "num_of_docs": 3}
    for send in (api.send, api.asend):
        answer = send("POST", "/ai/embeddings/similarity-search", json=search)
        assert (answer.status_code, answer.json()) == (
            422,
            {
                "detail": [
                    {
                        "loc": ["body", "num_of_docs"],
                        "msg": "ensure this value is less than or equal to 2",
                        "type": "value_error.number.not_le",
                    }
                ]
            },
        )


@with_quirks(Quirks(search_cap=2, search_cap_form="capped"))
def test_a_search_beyond_the_cap_gives_as_many_as_the_cap(api: Api) -> None:
    for number in range(4):
        api.put("bucket", f"{number}.txt", f"honey {number}")
    api.embed("bucket")
    assert len(api.search("bucket", "honey", 3)) == 2


@with_quirks(Quirks(deleted_files="listed"))
def test_a_deleted_file_stays_listed_until_it_comes_back(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.put("bucket", "b.txt", "Honey is sweet.")
    api.embed("bucket")
    delete(api, "a.txt")
    assert files(api) == {"a.txt": "deleted", "b.txt": "success"}
    assert entry(api, "a.txt")["last_embedded_at"]
    assert texts(api) == ["Honey is sweet."]
    delete(api, "a.txt")  # deleting what is gone changes nothing
    assert files(api) == {"a.txt": "deleted", "b.txt": "success"}
    api.put("bucket", "a.txt", "Honey again.")
    assert settled(api) == {"a.txt": "success", "b.txt": "success"}
    delete(api, "a.txt")
    assert files(api) == {"a.txt": "deleted", "b.txt": "success"}
    api.emulator.reset()
    api.put("bucket", "c.txt", "honey")
    api.embed("bucket")
    assert files(api) == {"c.txt": "success"}


@with_quirks(Quirks(deleted_files="listed", deleted_listed_for=0.2))
def test_a_deleted_file_stays_listed_for_some_seconds(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.embed("bucket")
    delete(api, "a.txt")
    assert files(api) == {"a.txt": "deleted"}
    api.eventually(lambda: files(api) == {})


@with_quirks(
    Quirks(
        file_words={"success": "READY", "failure": "error", "queued": "PENDING"},
        task_words={"success": "completed", "partial_success": "DONE_WITH_ERRORS"},
    )
)
def test_statuses_can_have_other_names(api: Api) -> None:
    api.emulator.account.jobs.pace = after_polls(1)
    api.put("bucket", "a.txt", "Bees make honey.")
    task = post(api)
    assert files(api) == {"a.txt": "PENDING"}
    statuses = [api.data("GET", f"/ai/embeddings/{task}")["status"] for _ in range(4)]
    assert statuses == ["processing", "completed", "completed", "completed"]
    assert api.data("GET", f"/ai/embeddings/{task}")["finished_at"]
    api.put("bucket", "junk.bin", JUNK)
    second = post(api)
    for _ in range(4):
        api.data("GET", f"/ai/embeddings/{second}")
    assert api.data("GET", f"/ai/embeddings/{second}")["status"] == "DONE_WITH_ERRORS"
    api.eventually(lambda: files(api) == {"a.txt": "READY", "junk.bin": "error"})
    assert entry(api, "junk.bin")["error_reason"]
    for word in ("success", "completed"):
        [listed] = api.data("GET", "/ai/embeddings", params={"status": word})
        assert (listed["task_id"], listed["status"]) == (task, "completed")


@with_quirks(Quirks(failure_word="failed", task_words={"failure": "ERROR"}))
def test_a_failed_task_is_found_by_the_default_status_name(api: Api) -> None:
    api.put("bucket", "junk.bin", JUNK)
    task = post(api)
    api.eventually(lambda: api.data("GET", f"/ai/embeddings/{task}")["status"] == "ERROR")
    for word in ("failure", "failed", "ERROR"):
        assert len(api.data("GET", "/ai/embeddings", params={"status": word})) == 1


@with_quirks(Quirks(automatic_embedding=False))
def test_without_automatic_embedding_only_a_post_embeds(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.put("bucket", "c.txt", "Trains run on rails.")
    api.embed("bucket")
    api.put("bucket", "b.txt", "Honey is sweet.")
    api.put("bucket", "a.txt", "Wasps make no honey.")
    delete(api, "c.txt")
    time.sleep(0.05)
    assert files(api) == {"a.txt": "success"}
    assert texts(api) == ["Bees make honey."]
    [hit] = api.search("bucket", "honey")
    assert hit["metadata"]["checksum"] != api.emulator.account.objects.get("bucket", "a.txt").etag
    assert api.embed("bucket") == "success"
    assert files(api) == {"a.txt": "success", "b.txt": "success"}
    assert sorted(texts(api)) == ["Honey is sweet.", "Wasps make no honey."]


def test_objects_from_before_automatic_embedding_are_embedded_once_it_is_on(tmp_path: Path) -> None:
    def serve(*, automatic: bool) -> TelnyxEmulator:
        quirks = Quirks(automatic_embedding=automatic)
        return TelnyxEmulator(data=tmp_path, sockets=False, quirks=quirks)

    def found(emulator: TelnyxEmulator) -> list[str]:
        return sorted(hit.text for hit in emulator.account.search("bucket", "honey", 10))

    def put(emulator: TelnyxEmulator, key: str, text: bytes) -> None:
        body = emulator.account.objects.blobs.stage()
        body.write(text)
        emulator.account.objects.put("bucket", key, body, "text/plain")

    headers = {"authorization": "Bearer KEY0123456789_emulator"}
    with serve(automatic=False) as emulator:
        emulator.account.objects.create_bucket("bucket")
        put(emulator, "a", b"old honey")
        url = f"{emulator.base_url}/ai/embeddings"
        emulator.http_client.post(url, json={"bucket_name": "bucket"}, headers=headers)
        _until(lambda: found(emulator) == ["old honey"])
        put(emulator, "a", b"new honey")
        put(emulator, "b", b"more honey")
    with serve(automatic=True) as emulator:
        _until(lambda: found(emulator) == ["more honey", "new honey"])


def test_data_of_an_earlier_version_is_still_embedded(tmp_path: Path) -> None:
    headers = {"authorization": "Bearer KEY0123456789_emulator"}
    with TelnyxEmulator(data=tmp_path, sockets=False) as emulator:
        emulator.account.objects.create_bucket("bucket")
        url = f"{emulator.base_url}/ai/embeddings"
        emulator.http_client.post(url, json={"bucket_name": "bucket"}, headers=headers)
        emulator.account.store.script(EARLIER_TRIGGERS)
    with TelnyxEmulator(data=tmp_path, sockets=False) as emulator:
        api = Api(emulator)
        api.put("bucket", "a.txt", "Bees make honey.")
        _until(lambda: texts(api) == ["Bees make honey."])
        api.put("bucket", "a.txt", "Honey is sweet.")
        _until(lambda: texts(api) == ["Honey is sweet."])
        assert settled(api) == {"a.txt": "success"}


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@with_quirks(Quirks(embedding_delay=1.0))
def test_embedding_begins_some_seconds_after_the_upload(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    began = time.monotonic()
    task = post(api)
    assert files(api) == {"a.txt": "queued"}
    assert api.data("GET", f"/ai/embeddings/{task}")["status"] == "queued"
    assert api.finished(task) == "success"
    assert time.monotonic() - began >= 0.9
    # Each upload has its own delay.
    api.put("bucket", "b.txt", "Honey is sweet.")
    time.sleep(0.7)
    api.put("bucket", "c.txt", "Honey is old.")
    later = time.monotonic()
    api.eventually(lambda: files(api)["b.txt"] == "success")
    assert files(api)["c.txt"] == "queued"
    api.eventually(lambda: files(api)["c.txt"] == "success")
    assert time.monotonic() - later >= 0.9
    assert len(texts(api)) == 3


@with_quirks(Quirks(search_delay=1.0))
def test_the_search_is_updated_some_seconds_after_the_file_list(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    assert api.embed("bucket") == "success"
    assert (files(api), texts(api)) == ({"a.txt": "success"}, [])
    api.eventually(lambda: texts(api) == ["Bees make honey."])
    api.put("bucket", "b.txt", "Honey is sweet.")
    settled(api)
    assert texts(api) == ["Bees make honey."]
    api.eventually(lambda: len(texts(api)) == 2)
    delete(api, "a.txt")
    assert texts(api) == ["Honey is sweet."]


@pytest.mark.parametrize(
    ("emulator", "filename"),
    [
        (Quirks(), "Docs/My file.v2.TXT"),
        (Quirks(filename_form="key"), "Docs/My file.v2.TXT"),
        (Quirks(filename_form="encoded"), "Docs%2FMy%20file.v2.TXT"),
        (Quirks(filename_form="with_bucket"), "bucket/Docs/My file.v2.TXT"),
        (Quirks(filename_form="without_suffix"), "Docs/My file.v2"),
        (Quirks(filename_form="lower"), "docs/my file.v2.txt"),
        (Quirks(filename_form="basename"), "My file.v2.TXT"),
    ],
    indirect=["emulator"],
)
def test_the_quirk_determines_the_form_of_filenames(api: Api, filename: str) -> None:
    api.put("bucket", "Docs/My%20file.v2.TXT", "Bees make honey.")
    api.embed("bucket")
    assert files(api) == {filename: "success"}
    [hit] = api.search("bucket", "honey")
    assert hit["metadata"]["filename"] == filename
    assert hit["metadata"]["source"] == "http://telnyx.localhost/bucket/Docs/My%20file.v2.TXT"


@with_quirks(Quirks(task_visible_after=2))
def test_a_new_task_is_unknown_at_first(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    task = post(api)
    assert api.data("GET", "/ai/embeddings", params={"status": "success,queued"}) == []
    answers = [api.send("GET", f"/ai/embeddings/{task}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 200]
    assert answers[0].json()["errors"][0]["code"] == "10005"
    assert api.finished(task) == "success"
    assert len(api.data("GET", "/ai/embeddings", params={"status": "success"})) == 1


@with_quirks(Quirks(failed_file_in_success=True))
def test_a_failed_file_may_hide_in_a_success(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.put("bucket", "junk.bin", JUNK)
    assert api.embed("bucket") == "success"
    assert files(api) == {"a.txt": "success", "junk.bin": "failure"}


def test_posting_again_embeds_unchanged_files_again_and_they_stay_searchable(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.put("bucket", "b.txt", "Honey is sweet.")
    api.put("bucket", "junk.bin", JUNK)
    api.embed("bucket")
    before = entry(api, "a.txt")
    api.emulator.account.jobs.pace = after_polls(1)
    task = post(api)
    seen = []
    for _ in range(4):
        seen.append(files(api)["a.txt"])
        assert sorted(texts(api)) == ["Bees make honey.", "Honey is sweet."]
    assert seen == ["queued", "queued", "success", "success"]
    assert api.data("GET", f"/ai/embeddings/{task}")["status"] == "partial_success"
    after = entry(api, "a.txt")
    assert after["last_embedded_at"] > before["last_embedded_at"]
    assert after["updated_at"] > before["updated_at"]
    assert after["created_at"] == before["created_at"]


@with_quirks(Quirks(reembed_unchanged=False))
def test_posting_again_can_skip_unchanged_files(api: Api) -> None:
    api.put("bucket", "a.txt", "Bees make honey.")
    api.embed("bucket")
    before = entry(api, "a.txt")
    api.emulator.account.jobs.pace = after_polls(1)
    api.put("bucket", "b.txt", "Honey is sweet.")
    post(api)
    assert entry(api, "a.txt") == before
    settled(api)
    assert entry(api, "a.txt") == before


def test_the_file_list_reflects_every_change(api: Api) -> None:
    for number in range(5):
        api.put("bucket", f"{number}.txt", f"honey {number}")
    api.embed("bucket")
    assert list(files(api)) == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt"]
    delete(api, "2.txt")
    api.put("bucket", "15.txt", "honey")
    api.put("bucket", '"quoted" \\ ü 日.txt', "honey")
    api.put("bucket", "4.txt", JUNK)
    expected = {
        '"quoted" \\ ü 日.txt': "success",
        "0.txt": "success",
        "1.txt": "success",
        "15.txt": "success",
        "3.txt": "success",
        "4.txt": "failure",
    }
    assert list(settled(api).items()) == list(expected.items())
    assert api.send("DELETE", "/ai/embeddings/buckets/bucket").status_code == 200
    assert api.embed("bucket") == "partial_success"
    assert files(api) == expected
    api.emulator.reset()
    api.put("bucket", "new.txt", "honey")
    api.embed("bucket")
    assert files(api) == {"new.txt": "success"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key_limit": 0}, "`key_limit` must be at least 1, not 0."),
        ({"segment_limit": 0}, "`segment_limit` must be at least 1, not 0."),
        ({"search_cap": 0}, "`search_cap` must be at least 1, not 0."),
        ({"embedding_delay": -1}, "`embedding_delay` must be at least 0, not -1."),
        ({"search_delay": float("nan")}, "`search_delay` must be at least 0, not nan."),
        ({"task_visible_after": -1}, "`task_visible_after` must be at least 0, not -1."),
        ({"bucket_rate": 0}, "`bucket_rate` must be more than 0, not 0."),
        ({"account_rate": -5}, "`account_rate` must be more than 0, not -5."),
        (
            {"file_words": {"done": "x"}},
            (
                "`file_words` accepts the keys queued, processing, success, failure, deleted, "
                "not 'done'."
            ),
        ),
        (
            {"task_words": {"deleted": "x"}},
            (
                "`task_words` accepts the keys queued, processing, success, failure, "
                "partial_success, not 'deleted'."
            ),
        ),
    ],
)
def test_invalid_quirks_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"^`") as caught:
        Quirks(**options)
    assert str(caught.value) == message
