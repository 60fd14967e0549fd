"""CloudFS over HTTP: cursors in both directions, required headers, and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

PATH = "/storage/cloudfs"


class Cloud:
    """Requests for file systems, with the API key and an idempotency key."""

    def __init__(self, emulator: TelnyxEmulator) -> None:
        self._emulator = emulator
        self._number = 0

    def send(self, method: str, path: str, *, once: str | None = None, **options: Any) -> Any:
        self._number += 1
        headers = {"authorization": f"Bearer {self._emulator.api_key}"}
        if once != "":
            headers["idempotency-key"] = once or f"key-{self._number}"
        return self._emulator.http_client.request(
            method, self._emulator.base_url + path, headers=headers, **options
        )

    def create(self, name: str, region: str = "us-east-1") -> Any:
        answer = self.send("POST", PATH, json={"name": name, "region": region})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]


@pytest.fixture
def cloud(emulator: TelnyxEmulator) -> Cloud:
    return Cloud(emulator)


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["data"]]


def test_pages_lead_forth_and_back(cloud: Cloud) -> None:
    for name in "abcde":
        cloud.create(name)
    first = cloud.send("GET", f"{PATH}?page[limit]=2&sort=name")
    assert (names(first), "previous" in first.json()["meta"]) == (["a", "b"], False)
    second = cloud.send("GET", first.json()["meta"]["next"].removeprefix("/v2"))
    assert names(second) == ["c", "d"]
    last = cloud.send("GET", second.json()["meta"]["next"].removeprefix("/v2"))
    assert (names(last), sorted(last.json()["meta"]["cursors"])) == (["e"], ["before"])
    back = cloud.send("GET", last.json()["meta"]["previous"].removeprefix("/v2"))
    assert names(back) == ["c", "d"]
    assert names(cloud.send("GET", back.json()["meta"]["previous"].removeprefix("/v2"))) == [
        "a",
        "b",
    ]


def test_a_cursor_works_after_its_row_is_deleted(cloud: Cloud) -> None:
    rows = [cloud.create(name) for name in "abc"]
    first = cloud.send("GET", f"{PATH}?page[limit]=2&sort=-name")
    assert names(first) == ["c", "b"]
    cloud.send("DELETE", f"{PATH}/{rows[1]['id']}")
    after = first.json()["meta"]["cursors"]["after"]
    assert names(cloud.send("GET", f"{PATH}?sort=-name&page[after]={after}")) == ["a"]


def test_credentials_are_returned_by_create_and_rotate_only(cloud: Cloud) -> None:
    made = cloud.create("agent-fs")
    database = made["s3_bucket"].removeprefix("cloudfs-").replace("-", "_")
    host = "us-east-1.telnyxcloudfs.com:5432"
    assert made["meta_url"] == (
        f"postgres://{database}:{made['meta_token']}@{host}/{database}?sslmode=require"
    )
    shown = cloud.send("GET", f"{PATH}/{made['id']}").json()["data"]
    assert shown["meta_url"] == f"postgres://{database}@{host}/{database}?sslmode=require"
    assert "meta_token" not in shown
    [listed] = cloud.send("GET", PATH).json()["data"]
    assert {"meta_url", "meta_token"} & listed.keys() == set()


def test_an_idempotency_key_is_required_and_replays(cloud: Cloud) -> None:
    body = {"name": "agent-fs", "region": "us-east-1"}
    assert cloud.send("POST", PATH, once="", json=body).status_code == 400
    assert cloud.send("POST", PATH, once="a b", json=body).status_code == 400
    made = cloud.send("POST", PATH, once="one", json=body)
    again = cloud.send("POST", PATH, once="one", json=body)
    assert (made.status_code, again.json()) == (201, made.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert cloud.send("POST", PATH, once="one", json={**body, "name": "x"}).status_code == 422
    rotate = f"{PATH}/{made.json()['data']['id']}/actions/rotate-meta-token"
    assert cloud.send("POST", rotate, once="").status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"region": "us-east-1"}, 422),
        ({"name": "a"}, 422),
        ({"name": "a b", "region": "us-east-1"}, 422),
        ({"name": "x" * 64, "region": "us-east-1"}, 422),
        ({"name": 1, "region": "us-east-1"}, 422),
        ({"name": "a", "region": ["us-east-1"]}, 422),
        ({"name": "a", "region": "eu-central-1"}, 422),
        ({"name": "a", "region": "us-east-1", "size": 1}, 400),
        ([], 400),
        ({"name": " Agent-FS ", "region": "us-east-1"}, 201),
    ],
)
def test_names_and_regions_are_checked(cloud: Cloud, body: Any, status: int) -> None:
    answer = cloud.send("POST", PATH, json=body)
    assert answer.status_code == status
    if status == 201:
        assert answer.json()["data"]["name"] == "agent-fs"


def test_only_the_name_changes(cloud: Cloud) -> None:
    made = cloud.create("agent-fs")
    path = f"{PATH}/{made['id']}"
    assert cloud.send("PATCH", path, json={"region": "us-west-1"}).status_code == 400
    assert cloud.send("PATCH", path, json={"name": None}).status_code == 422
    assert cloud.send("PATCH", path, json={}).json()["data"]["name"] == "agent-fs"
    assert cloud.send("PATCH", path, json={"name": "b"}).json()["data"]["name"] == "b"


@pytest.mark.parametrize(
    "query",
    [
        "page[limit]=0",
        "page[limit]=x",
        "sort=size",
        "page[after]=x",
        "page[after]=WzEsMl0=",
        "page[after]=bnVsbA==",
        "page[after]=a&page[before]=b",
    ],
)
def test_an_invalid_list_request_is_unprocessable(cloud: Cloud, query: str) -> None:
    assert cloud.send("GET", f"{PATH}?{query}").status_code == 422


def test_ids_are_uuids(cloud: Cloud) -> None:
    assert cloud.send("GET", f"{PATH}/some").status_code == 422
    assert cloud.send("GET", f"{PATH}/00000000-0000-4000-8000-000000000000").status_code == 404
