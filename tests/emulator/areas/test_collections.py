"""AI Search over HTTP: its errors, its `meta`, and its filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Api

PATH = "/ai/collections"
SEARCH = "/ai/knowledge/collections/calls/documents"


@pytest.fixture
def made(api: Api) -> Any:
    """A collection of calls."""
    body = {"name": "Calls", "sources": [{"source_type": "voice"}]}
    answer = api.send("POST", PATH, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def call(api: Api, text: str, **metadata: str) -> str:
    conversation: str = api.send("POST", "/ai/conversations", json={"metadata": metadata}).json()[
        "id"
    ]
    message = {"role": "user", "content": text}
    assert (
        api.send("POST", f"/ai/conversations/{conversation}/message", json=message).status_code
        == 200
    )
    return conversation


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_collection_has_the_documented_fields(made: Any) -> None:
    assert made == {
        "record_type": "ai_collection",
        "uuid": made["uuid"],
        "slug": "calls",
        "name": "Calls",
        "status": "active",
        "settings": {
            "record_type": "ai_collection_settings",
            "retrieval": {"retrieval_type": "vector", "top_k": 5},
        },
        "sources": [
            {
                "record_type": "ai_collection_source",
                "id": made["sources"][0]["id"],
                "collection_id": made["uuid"],
                "source_type": "voice",
                "status": "active",
            }
        ],
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "10015")),
        ({"name": 1}, (400, "10015")),
        ({"name": " "}, (400, "10015")),
        ({"name": "Calls"}, (409, "collection_slug_taken")),
        ({"name": "x", "slug": "a/b"}, (400, "10015")),
        ({"name": "x", "sources": "voice"}, (400, "10015")),
        ({"name": "x", "sources": [{"source_type": "fax"}]}, (422, "invalid_source_type")),
        ({"name": "x", "sources": [{"source_type": "bucket"}]}, (400, "10015")),
        ({"name": "x", "sources": [{"source_type": "voice"}] * 2}, (409, "source_already_exists")),
        ({"name": "x", "settings": []}, (201, "")),
        ({"name": "x", "settings": [1]}, (400, "10015")),
        ({"name": "x", "settings": {"retrieval": {"top_k": 51}}}, (422, "invalid_top_k")),
        ({"name": "x", "settings": {"retrieval": {"top_k": True}}}, (422, "invalid_top_k")),
        ({"name": "x", "settings": {"retrieval": {"k": 1}}}, (400, "10015")),
        (
            {"name": "x", "settings": {"retrieval": {"retrieval_type": "keyword"}}},
            (422, "unsupported_retrieval_type"),
        ),
    ],
)
def test_errors_have_text_codes(api: Api, made: Any, body: Any, expected: tuple[int, str]) -> None:
    del made
    answer = api.send("POST", PATH, json=body)
    status, _ = expected
    assert (answer.status_code, "") == expected if status == 201 else error(answer) == expected


def test_a_collection_with_invalid_sources_is_not_created(api: Api) -> None:
    api.send("POST", PATH, json={"name": "x", "sources": [{"source_type": "voice"}] * 2})
    assert api.data("GET", PATH) == []


@pytest.mark.parametrize(("name", "slug"), [("Grüße & Co.", "grusse-co"), ("  A  b ", "a-b")])
def test_the_slug_derives_from_the_name(api: Api, name: str, slug: str) -> None:
    assert api.send("POST", PATH, json={"name": name}).json()["data"]["slug"] == slug


def test_a_name_without_letters_has_the_id_for_a_slug(api: Api) -> None:
    made = api.send("POST", PATH, json={"name": "電話"}).json()["data"]
    assert made["slug"] == made["uuid"]


def test_replacing_sources_returns_the_changes(api: Api, made: Any) -> None:
    path = f"{PATH}/{made['uuid']}/sources"
    first = made["sources"][0]["id"]
    both = [{"source_type": "voice"}, {"source_type": "message"}]
    answer = api.send("PUT", path, json={"sources": both}).json()
    second = answer["data"][1]["id"]
    assert answer["meta"] == {"added": [second], "retained": [first], "removed": []}
    answer = api.send("PUT", path, json={"sources": both[1:]}).json()
    assert answer["meta"] == {"added": [], "retained": [second], "removed": [first]}
    assert error(api.send("DELETE", f"{path}/{first}")) == (404, "source_not_found")
    assert error(api.send("PUT", path, json={})) == (400, "10015")


def test_a_search_returns_its_parameters(api: Api, made: Any) -> None:
    del made
    for number in range(3):
        call(api, f"I want a refund for order {number}.")
    params: dict[str, Any] = {"query": "refund", "top_k": 2, "page[size]": 1, "page[number]": 2}
    answer = api.send("GET", SEARCH, params=params).json()
    assert answer["meta"] == {
        "page_number": 2,
        "page_size": 1,
        "total_pages": 2,
        "total_results": 2,
        "collection_slug": "calls",
        "retrieval_type": "vector",
        "searched_sources": ["voice"],
        "top_k": 2,
    }
    [document] = answer["data"]
    assert document["text"] == "user: I want a refund for order 1."


def test_a_conversation_without_a_channel_is_a_call(api: Api, made: Any) -> None:
    del made
    found = call(api, "refund")
    call(api, "refund", telnyx_conversation_channel="whatsapp_chat")
    assert [each["record_id"] for each in api.data("GET", SEARCH)] == [found]


def test_without_voice_nothing_is_searched(api: Api) -> None:
    sources = [{"source_type": "bucket", "bucket_id": "docs"}]
    api.send("POST", PATH, json={"name": "Calls", "sources": sources})
    call(api, "refund")
    answer = api.send("GET", SEARCH, params={"query": "refund"}).json()
    assert (answer["data"], answer["meta"]["searched_sources"]) == ([], [])


def test_a_hybrid_collection_is_listed_but_not_searched(api: Api, made: Any) -> None:
    settings = {"retrieval": {"retrieval_type": "hybrid"}}
    api.send("PATCH", f"{PATH}/{made['uuid']}/settings", json=settings)
    assert api.data("GET", SEARCH) == []
    assert error(api.send("GET", SEARCH, params={"query": "refund"})) == (422, "10027")


@pytest.mark.parametrize("how", ["keyword", "hybrid", "anything"])
def test_a_retrieval_type_in_a_query_is_ignored(api: Api, made: Any, how: str) -> None:
    del made
    call(api, "refund")
    params = {"query": "refund", "retrieval_type": how}
    assert api.send("GET", SEARCH, params=params).json()["meta"]["retrieval_type"] == "vector"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("filter[plan]=gold", 200),
        ("filter[plan][near]=gold", 400),
        ("filter[record_created_at][gte]=soon", 400),
        ("filter[record_created_at]=2026-01-01T00:00:00Z", 200),
        ("top_k=0", 422),
        ("top_k=51", 422),
        ("page[size]=0", 422),
    ],
)
def test_filters_are_checked(api: Api, made: Any, query: str, status: int) -> None:
    del made
    assert api.send("GET", f"{SEARCH}?{query}").status_code == status


def test_a_deleted_call_is_not_found(api: Api, made: Any) -> None:
    del made
    found = call(api, "refund")
    api.send("DELETE", f"/ai/conversations/{found}")
    assert api.data("GET", SEARCH, params={"query": "refund"}) == []
