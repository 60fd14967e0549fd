"""Agent memory over HTTP: extraction, validation, and restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator, after_seconds
from langchain_telnyx.emulator.areas.memory.extraction import facts
from tests.emulator.conftest import Api

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "/ai/memory/namespaces/default"
ANN = f"{ROOT}/profiles/ann"


def written(api: Api, path: str, **options: Any) -> Any:
    """Write, wait for the operation, and return the response's data."""
    answer = api.send("POST", path, **options)
    assert answer.status_code == 202, answer.text
    data = answer.json()["data"]
    settle(api, data["operation_id"])
    return data


def settle(api: Api, operation: str) -> str:
    def status() -> str | None:
        found: str = api.data("GET", f"{ROOT}/operations/{operation}")["status"]
        return None if found in {"pending", "processing"} else found

    return api.eventually(status)


def texts(api: Api, **params: Any) -> list[str]:
    return [row["text"] for row in api.data("GET", f"{ANN}/memories", params=params)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("I live in Lisbon. Do you? Yes.", ["I live in Lisbon."]),
        (
            {
                "messages": [
                    {"role": "system", "content": "You are a kind assistant."},
                    {"role": "user", "content": [{"type": "text", "text": "My name is Ann."}]},
                    {"role": "assistant", "content": "Nice to meet you."},
                    {"role": "User", "text": "I live in Lisbon."},
                ]
            },
            ["My name is Ann.", "I live in Lisbon."],
        ),
        (
            {"plan": "gold", "age": 41, "active": True, "notes": ["Calls after six only."]},
            ["plan: gold", "age: 41", "active: true", "Calls after six only."],
        ),
        (["I like tea.", "I like tea."], ["I like tea."]),
        ({"empty": None, "blank": " ", "list": []}, []),
        (7, []),
    ],
)
def test_facts_are_the_statements_of_users(content: Any, expected: list[str]) -> None:
    assert facts(content) == expected


def test_the_order_of_answers_is_as_documented(api: Api) -> None:
    data = written(api, f"{ANN}/ingest?session_id=s-1", json={"messages": []})
    assert sorted(data) == ["operation_id", "profile_id", "session_id", "source_id"]
    operation = api.data("GET", f"{ROOT}/operations/{data['operation_id']}")
    assert sorted(operation) == ["completed_at", "created_at", "operation_id", "status"]
    [source] = api.data("GET", f"{ANN}/sources")
    assert source == {
        "id": data["source_id"],
        "session_id": "s-1",
        "memory_count": 0,
        "created_at": source["created_at"],
        "updated_at": source["updated_at"],
    }
    assert api.data("GET", f"{ROOT}/profiles") == []


def test_the_same_content_without_a_name_is_the_same_session(api: Api) -> None:
    first = written(api, f"{ANN}/ingest", json="I live in Lisbon.")
    again = written(api, f"{ANN}/ingest", json="I live in Lisbon.")
    assert (again["session_id"], again["source_id"]) == (first["session_id"], first["source_id"])
    assert texts(api) == ["I live in Lisbon."]


def test_a_rewritten_session_has_its_first_date_and_moves_to_the_front(api: Api) -> None:
    written(api, f"{ANN}/ingest?session_id=one", json="I live in Lisbon.")
    written(api, f"{ANN}/ingest?session_id=two", json="I like green tea.")
    [_, before] = api.data("GET", f"{ANN}/sources")
    written(api, f"{ANN}/ingest?session_id=one", json="I live in Porto now. I like green tea.")
    [front, _] = api.data("GET", f"{ANN}/sources")
    assert (front["id"], front["created_at"]) == (before["id"], before["created_at"])
    assert front["updated_at"] > before["updated_at"]
    assert sorted(texts(api)) == ["I like green tea.", "I like green tea.", "I live in Porto now."]


def test_a_deleted_source_is_not_in_the_summary(api: Api) -> None:
    secret = written(api, f"{ANN}/remember", json={"text": "Has a secret garden."})
    written(api, f"{ANN}/remember", json={"text": "Likes green tea."})
    api.eventually(lambda: not api.data("GET", f"{ANN}/summary")["is_stale"])
    api.data("DELETE", f"{ANN}/sources/{secret['source_id']}")
    assert api.data("GET", f"{ANN}/summary")["text"] == "Likes green tea."


def test_instructions_reach_the_next_summary(api: Api) -> None:
    written(api, f"{ANN}/remember", json={"text": "Is allergic to peanuts."})
    instructions = {"summary": {"instructions": "Which food is the caller allergic to?"}}
    assert api.data("PATCH", f"{ROOT}/settings", json=instructions) == instructions
    changes_nothing: list[dict[str, Any]] = [{}, {"summary": None}, {"summary": {}}]
    for body in changes_nothing:
        assert api.data("PATCH", f"{ROOT}/settings", json=body) == instructions
    written(api, f"{ANN}/remember", json={"text": "Likes green tea."})
    api.eventually(lambda: not api.data("GET", f"{ANN}/summary")["is_stale"])
    assert api.data("GET", f"{ANN}/summary")["text"] == "Is allergic to peanuts."
    cleared = {"summary": {"instructions": None}}
    assert api.data("PATCH", f"{ROOT}/settings", json=cleared) == cleared


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("ingest", b"", 400),
        ("ingest", b"{", 400),
        ("ingest", b"NaN", 400),
        ("ingest", b"[" * 100_000, 400),
        ("ingest", b"[" * 900 + b"]" * 900, 202),
        ("ingest", b'"\\ud800"', 400),
        ("ingest", b"null", 422),
        ("ingest", b"{}", 422),
        ("ingest?session_id=a%20b", b"1", 422),
        ("ingest?session_id=a%2Fb", b"1", 422),
        ("ingest?session_id=", b"1", 422),
        ("remember", b"{}", 422),
        ("remember", b'{"text": ""}', 422),
        ("remember", b'{"text": 1}', 422),
        ("remember", b'{"text": "\\ud800"}', 422),
        ("recall", b'{"query": ""}', 422),
        ("recall", b'{"query": "x", "top_k": 0}', 422),
        ("recall", b'{"query": "x", "top_k": 101}', 422),
        ("recall", b'{"query": "x", "top_k": 100}', 200),
        ("recall", b'{"query": "\\ud800"}', 422),
        ("recall", b'{"query": "x", "top_k": null}', 200),
        ("summary/preview", b"{}", 200),
        ("summary/preview", b'{"instructions": null}', 200),
    ],
)
def test_bodies_are_checked(api: Api, path: str, body: bytes, status: int) -> None:
    answer = api.emulator.http_client.post(
        f"{api.emulator.base_url}{ANN}/{path}",
        content=body,
        headers={
            "authorization": f"Bearer {api.emulator.api_key}",
            "content-type": "application/json",
        },
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page[number]=501&page[size]=20", 200),
        ("page[number]=502&page[size]=20", 422),
        ("source_id=a&session_id=b", 422),
        ("source_id=a", 200),
    ],
)
def test_listings_are_checked(api: Api, query: str, status: int) -> None:
    assert api.send("GET", f"{ANN}/memories?{query}").status_code == status


def test_a_missing_resource_is_not_found(api: Api) -> None:
    for method, path in (
        ("GET", f"{ANN}/memories/x"),
        ("GET", f"{ANN}/sources/x"),
        ("DELETE", f"{ANN}/sources/x"),
        ("GET", f"{ROOT}/operations/x"),
        ("GET", "/ai/memory/namespaces/other/settings"),
        ("GET", "/ai/memory/namespaces/other/profiles/ann/summary"),
        ("DELETE", "/ai/memory/namespaces/other"),
    ):
        answer = api.send(method, path)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")


def test_an_unknown_profile_is_empty_and_not_missing(api: Api) -> None:
    assert texts(api) == []
    assert api.data("GET", f"{ANN}/sources") == []
    assert api.data("DELETE", ANN) == {"profile_id": "ann", "memories_deleted": 0}
    assert api.data("GET", f"{ANN}/summary") == {
        "profile_id": "ann",
        "text": None,
        "is_stale": False,
        "generated_at": None,
    }


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 64, "-a"])
def test_an_invalid_name_is_refused(api: Api, name: str) -> None:
    answer = api.send("POST", "/ai/memory/namespaces", json={"name": name})
    assert answer.status_code == 422


def test_a_write_continues_after_a_restart(tmp_path: Path) -> None:
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        api = Api(emulator)
        emulator.account.jobs.pace = after_seconds(60)
        answer = api.send("POST", f"{ANN}/remember", json={"text": "Likes green tea."})
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        api = Api(emulator)
        assert settle(api, answer.json()["data"]["operation_id"]) == "completed"
        assert texts(api) == ["Likes green tea."]


def test_a_write_to_a_deleted_namespace_is_dropped(emulator: TelnyxEmulator, api: Api) -> None:
    api.send("POST", "/ai/memory/namespaces", json={"name": "other"})
    emulator.account.jobs.pace = after_seconds(0.05)
    path = "/ai/memory/namespaces/other"
    api.send("POST", f"{path}/profiles/ann/remember", json={"text": "Likes green tea."})
    api.send("DELETE", path)
    api.send("POST", "/ai/memory/namespaces", json={"name": "other"})
    api.eventually(lambda: emulator.account.jobs.all(("remember",))[0].finished_at)
    assert emulator.account.jobs.all(("remember",))[0].status == "cancelled"
    assert api.data("GET", f"{path}/profiles") == []
