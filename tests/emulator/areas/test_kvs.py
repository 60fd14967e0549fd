"""Key-value namespaces over HTTP: their states, keys, cursors and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import after_polls

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def keys(api: Api) -> str:
    """The path of a ready namespace's keys."""
    made = api.send("POST", "/storage/kvs", json={"name": "my-cache"})
    assert made.status_code == 201
    path = f"/storage/kvs/{made.json()['data']['id']}"
    api.eventually(lambda: api.data("GET", path)["status"] == "provision_ok")
    return f"{path}/keys"


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_namespace_is_pending_then_ready_then_deleting_then_gone(
    emulator: TelnyxEmulator, api: Api
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    made = api.send("POST", "/storage/kvs", json={"name": "my-cache"}).json()["data"]
    assert made == {
        "record_type": "storage_kv",
        "id": made["id"],
        "name": "my-cache",
        "status": "pending",
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }
    path = f"/storage/kvs/{made['id']}"
    assert error(api.send("PUT", f"{path}/keys/a", content=b"x")) == (409, "10036")
    assert api.data("GET", path)["status"] == "pending"
    assert api.data("GET", path)["status"] == "provision_ok"
    assert api.data("DELETE", path)["status"] == "deleting"
    assert error(api.send("DELETE", path)) == (409, "10036")
    assert api.data("GET", path)["status"] == "deleting"
    assert error(api.send("GET", path)) == (404, "10005")


def test_a_value_has_the_stored_bytes_and_media_type(api: Api, keys: str) -> None:
    assert api.send("PUT", f"{keys}/user%2F1", content=b"\x00\xff").status_code == 201
    assert api.send("PUT", f"{keys}/user%2F1", json={"a": 1}).status_code == 200
    answer = api.send("GET", f"{keys}/user%2F1")
    assert (answer.content, answer.headers["content-type"]) == (b'{"a":1}', "application/json")
    assert api.send("PUT", f"{keys}/plain", content=b"\x00\xff").status_code == 201
    answer = api.send("GET", f"{keys}/plain")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_value_has_at_most_a_mebibyte(api: Api, keys: str) -> None:
    assert api.send("PUT", f"{keys}/a", content=bytes(1024 * 1024)).status_code == 201
    assert error(api.send("PUT", f"{keys}/a", content=bytes(1024 * 1024 + 1))) == (413, "10033")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("ttl_secs=1", 201),
        ("ttl_secs=9223372036", 201),
        ("ttl_secs=9223372037", 422),
        ("ttl_secs=0", 422),
        ("ttl_secs=-1", 422),
        ("ttl_secs=1.5", 422),
        ("ttl_secs=soon", 422),
        ("ttl_secs=" + "9" * 5000, 422),
        ("ttl=60", 422),
    ],
)
def test_a_ttl_is_a_number_of_seconds(api: Api, keys: str, query: str, status: int) -> None:
    assert api.send("PUT", f"{keys}/a?{query}", content=b"x").status_code == status


def test_an_expired_key_is_new_again(emulator: TelnyxEmulator, api: Api, keys: str) -> None:
    api.send("PUT", f"{keys}/a?ttl_secs=60", content=b"x")
    clock: Any = emulator.account.clock
    clock.advance(61)
    assert api.data("GET", keys) == []
    assert api.send("PUT", f"{keys}/a", content=b"y").status_code == 201


def test_writing_again_without_a_ttl_removes_the_expiry(
    emulator: TelnyxEmulator, api: Api, keys: str
) -> None:
    api.send("PUT", f"{keys}/a?ttl_secs=60", content=b"x")
    api.send("PUT", f"{keys}/a", content=b"y")
    clock: Any = emulator.account.clock
    clock.advance(61)
    assert api.send("GET", f"{keys}/a").content == b"y"


def test_keys_are_listed_by_cursor(api: Api, keys: str) -> None:
    for name in ("b", "a", "c"):
        api.send("PUT", f"{keys}/{name}", content=b"x")
    first = api.send("GET", f"{keys}?limit=2").json()
    assert [row["key"] for row in first["data"]] == ["a", "b"]
    assert first["meta"]["has_more"] is True
    cursor = first["meta"]["cursor"]
    last = api.send("GET", keys, params={"limit": 2, "cursor": cursor}).json()
    assert ([row["key"] for row in last["data"]], last["meta"]) == (["c"], {"has_more": False})


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=-1", "cursor=%F0", "cursor=a"])
def test_an_invalid_list_request_is_a_bad_request(api: Api, keys: str, query: str) -> None:
    assert api.send("GET", f"{keys}?{query}").status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"no", b"[]", b"{}", b'{"name": 1}', b'{"name": "A"}', b'{"name": ""}', b"NaN"]
)
def test_an_invalid_name_is_a_bad_request(api: Api, body: bytes) -> None:
    assert api.send("POST", "/storage/kvs", content=body).status_code == 400


def test_ids_are_uuids(api: Api) -> None:
    assert error(api.send("GET", "/storage/kvs/some")) == (400, "10006")
    assert error(api.send("GET", f"/storage/kvs/{NOWHERE}")) == (404, "10005")
    assert error(api.send("GET", f"/storage/kvs/{NOWHERE}/keys/a")) == (404, "10005")


def test_pages_larger_than_250_are_pages_of_250(api: Api) -> None:
    answer = api.send("GET", "/storage/kvs", params={"page[size]": 1000}).json()
    assert answer == {
        "data": [],
        "meta": {"page_number": 1, "page_size": 250, "total_pages": 0, "total_results": 0},
    }


def test_a_value_may_be_empty_but_not_missing(
    emulator: TelnyxEmulator, api: Api, keys: str
) -> None:
    headers = {
        "authorization": f"Bearer {emulator.api_key}",
        "content-type": "application/octet-stream",
    }
    url = f"{emulator.base_url}{keys}/a"
    assert emulator.http_client.put(url, content=b"", headers=headers).status_code == 201
    assert error(api.send("PUT", f"{keys}/b")) == (400, "10004")
