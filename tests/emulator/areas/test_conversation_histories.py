"""Semantic search of past conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator.areas.conversation_histories.state import cut
from langchain_telnyx.emulator.areas.conversations.messages import Message
from langchain_telnyx.emulator.model import tokens

if TYPE_CHECKING:
    from tests.emulator.conftest import Api

REFUND = "I was charged twice and want a refund for my invoice."
ROUTER = "My router blinks red and the internet is down."


def talk(api: Api, *texts: str, **metadata: str) -> str:
    conversations = api.emulator.account.conversations
    begun = conversations.records.create("", metadata)
    conversations.messages.add(begun.id, [Message("user", content) for content in texts])
    return begun.id


def search(api: Api, query: str, **parameters: Any) -> list[Any]:
    found: list[Any] = api.data(
        "GET", "/ai/conversation_histories", params={"q": query, **parameters}
    )
    return found


def test_a_conversation_is_found_by_its_messages(api: Api) -> None:
    talk(api, ROUTER)
    refund = talk(api, REFUND, language="en")
    best, other = search(api, "Who asked for a refund?")
    assert best == {
        "id": f"{refund}_chunk_0",
        "record_id": refund,
        "record_type": "voice",
        "chunk_index": 0,
        "chunk_total": 1,
        "text": f"user: {REFUND}",
        "score": best["score"],
        "region": "USA",
        "user_id": api.emulator.account.user_id,
        "organization_id": best["organization_id"],
        "record_created_at": "2026-01-01T00:00:00.002Z",
        "ingested_at": "2026-01-01T00:00:00.003Z",
        "metadata": {"language": "en"},
    }
    assert 1 >= best["score"] > other["score"] >= 0


def test_new_messages_are_found_and_deleted_conversations_are_not(api: Api) -> None:
    refund, router = talk(api, REFUND), talk(api, ROUTER)
    assert search(api, "printer toner")[0]["text"] != "user: The printer needs toner."
    conversations = api.emulator.account.conversations
    conversations.messages.add(router, [Message("user", "The printer needs toner.")])
    [best, *_] = search(api, "printer toner")
    assert best["text"] == f"user: {ROUTER}\nuser: The printer needs toner."
    conversations.records.delete(router)
    assert [found["record_id"] for found in search(api, "printer toner")] == [refund]


def test_instructions_and_conversations_without_words_are_not_found(api: Api) -> None:
    quiet = talk(api)
    conversations = api.emulator.account.conversations
    conversations.messages.add(
        quiet, [Message("system", "Offer a refund."), Message("assistant", "")]
    )
    assert search(api, "refund") == []


def test_a_long_conversation_is_cut_into_overlapping_chunks(api: Api) -> None:
    words = [f"word{number}" for number in range(400)]
    long = talk(api, " ".join(words), "At the very end, the zebra appears.")
    chunks = sorted(search(api, "zebra"), key=lambda found: found["chunk_index"])
    assert [found["chunk_index"] for found in chunks] == [0, 1]
    assert {found["chunk_total"] for found in chunks} == {2}
    assert {found["record_id"] for found in chunks} == {long}
    assert search(api, "zebra")[0]["chunk_index"] == 1
    assert all(tokens.count(found["text"]) <= 480 for found in chunks)


@pytest.mark.parametrize(
    ("length", "chunks"),
    [(0, []), (1, [1]), (480, [480]), (481, [480, 65]), (896, [480, 480]), (897, [480, 480, 65])],
)
def test_chunks_share_64_tokens(length: int, chunks: list[int]) -> None:
    assert [tokens.count(chunk) for chunk in cut(" x" * length)] == chunks


@pytest.mark.parametrize(
    ("name", "value", "records"),
    [
        ("filter[language]", "en", "ab"),
        ("filter[language][eq]", "de", "c"),
        ("filter[language][in]", "de,fr", "c"),
        ("filter[language][contains]", "E", "abc"),
        ("filter[amount][gte]", "20", "b"),
        ("filter[record_created_at][gt]", "2026-01-01T00:00:00.001Z", "bc"),
        ("filter[record_created_at][lte]", "2026-01-01T01:00:00.002+01:00", "ab"),
        ("filter[region][in]", "DEU,USA", "abc"),
        ("filter[region]", "DEU", ""),
        ("filter[user_id]", "nobody", ""),
        ("filter[retention]", "30d", "abc"),
        ("region", "AUS", ""),
        ("record_type", "message", "c"),
        ("min_score", "0.99", ""),
    ],
)
def test_filters_narrow_the_search(api: Api, name: str, value: str, records: str) -> None:
    named = {
        talk(api, REFUND, language="en", amount="10"): "a",
        talk(api, REFUND, language="en", amount="20"): "b",
        talk(api, REFUND, language="de", telnyx_conversation_channel="sms_chat"): "c",
    }
    found = search(api, "invoice", **{name: value})
    assert "".join(sorted(named[row["record_id"]] for row in found)) == records


def test_results_have_pages(api: Api) -> None:
    for number in range(5):
        talk(api, f"{REFUND} Case {number}.")
    params = {"q": "refund", "page[size]": "2", "page[number]": "3"}
    answer = api.send("GET", "/ai/conversation_histories", params=params).json()
    assert len(answer["data"]) == 1
    assert answer["meta"] == {
        "total_pages": 3,
        "total_results": 5,
        "page_number": 3,
        "page_size": 2,
    }


def test_conversations_expire_after_30_days(api: Api) -> None:
    talk(api, REFUND)
    clock: Any = api.emulator.account.clock
    clock.advance(29.9 * 24 * 3600)
    assert len(search(api, "refund")) == 1
    clock.advance(24 * 3600)
    assert search(api, "refund") == []


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 422),
        ({"q": ""}, 422),
        ({"q": "a", "region": "EU"}, 422),
        ({"q": "a", "min_score": "2"}, 422),
        ({"q": "a", "min_score": "nan"}, 422),
        ({"q": "a", "page[size]": "101"}, 422),
        ({"q": "a", "filter[language][like]": "e"}, 400),
        ({"q": "a", "filter[ingested_at][gte]": "now"}, 400),
    ],
)
def test_an_invalid_search_is_refused(api: Api, parameters: dict[str, str], status: int) -> None:
    answer = api.send("GET", "/ai/conversation_histories", params=parameters)
    assert answer.status_code == status
