"""`TelnyxCollectionRetriever`: passages of calls, filtered by the service, sync and async."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from langchain_telnyx import (
    ChatTelnyx,
    NotFoundError,
    Telnyx,
    TelnyxCollectionRetriever,
    UnprocessableEntityError,
)
from langchain_telnyx.cli.chain import answer_chain

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

CALLS = {
    "gold": ("I want a refund for the broken headset.", "30"),
    "silver": ("The internet at home is slow since Monday.", "8"),
    "bronze": ("Please send the refund to my new card.", "9"),
}


@pytest.fixture
def ids(emulator: TelnyxEmulator) -> dict[str, str]:
    """Fill a collection with three calls, and return their ids by plan."""
    telnyx = Telnyx(**emulator.options())
    made: dict[str, str] = {}
    for plan, (text, minutes) in CALLS.items():
        # Names that the service itself uses, so that both must be visible.
        call = telnyx.conversations.create(
            metadata={"plan": plan, "minutes": minutes, "score": "of the caller"}
        )
        telnyx.conversations.add_message(call.id, "user", text)
        made[plan] = call.id
    telnyx.collections.create("Support calls", sources=["voice"])
    return made


@pytest.fixture
def options(emulator: TelnyxEmulator, ids: dict[str, str]) -> dict[str, Any]:
    assert ids
    return {"collection": "support-calls", **emulator.options()}


def plans(found: list[Document]) -> list[str]:
    return [document.metadata["record_metadata"]["plan"] for document in found]


def test_passages_are_returned_best_first_with_all_fields(
    options: dict[str, Any], ids: dict[str, str], mode: Mode
) -> None:
    found = mode.invoke(TelnyxCollectionRetriever(**options), "refund for a headset")
    assert plans(found) == ["gold", "bronze", "silver"]
    first, second, _ = found
    assert first.page_content == "user: I want a refund for the broken headset."
    assert first.id != second.id
    metadata = first.metadata
    assert 1 >= metadata["score"] > second.metadata["score"] > 0
    assert metadata["record_id"] == metadata["source"] == ids["gold"]
    assert (metadata["record_type"], metadata["chunk_index"], metadata["chunk_total"]) == (
        "voice",
        0,
        1,
    )
    assert metadata["record_created_at"].startswith("2026-01-01T")
    assert metadata["record_metadata"] == {
        "plan": "gold",
        "minutes": "30",
        "score": "of the caller",
    }
    assert json.loads(json.dumps(metadata)) == metadata


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"plan": "gold"}, {"gold"}),
        ({"plan": {"$eq": "gold"}}, {"gold"}),
        ({"plan": ["gold", "bronze"]}, {"gold", "bronze"}),
        ({"plan": {"$in": {"gold", "bronze"}}}, {"gold", "bronze"}),
        ({"plan": {"$contains": "ron"}}, {"bronze"}),
        ({"minutes": {"$gte": 9}}, {"gold", "bronze"}),
        ({"minutes": {"gte": 9}}, {"gold", "bronze"}),
        ({"minutes": {"$gt": 8, "$lt": 30}}, {"bronze"}),
        ({"minutes": {"$between": (8, 9)}}, {"silver", "bronze"}),
        ({"$and": [{"minutes": {"$lte": 9}}, {"plan": "silver"}]}, {"silver"}),
        ({"record_created_at": {"$gte": date(2026, 1, 1)}}, {*CALLS}),
        ({"record_created_at": {"$lt": date(2026, 1, 1)}}, set()),
        ({}, {*CALLS}),
    ],
)
def test_filters_are_met(
    options: dict[str, Any], mode: Mode, condition: dict[str, Any], expected: set[str]
) -> None:
    retriever = TelnyxCollectionRetriever(filter=condition, **options)
    assert set(plans(mode.invoke(retriever, "refund"))) == expected


def test_the_service_filters(options: dict[str, Any], emulator: TelnyxEmulator, mode: Mode) -> None:
    retriever = TelnyxCollectionRetriever(
        k=2, sources=["voice", "message"], filter={"minutes": {"$gte": 8}}, **options
    )
    mode.invoke(retriever, "refund")
    assert dict(parse_qsl(emulator.requests[-1].query)) == {
        "query": "refund",
        "sources": "voice,message",
        "top_k": "2",
        "filter[minutes][gte]": "8",
        "page[size]": "2",
    }


def test_a_call_overrides_the_options_of_the_retriever(options: dict[str, Any], mode: Mode) -> None:
    retriever = TelnyxCollectionRetriever(k=1, filter={"plan": "silver"}, **options)
    assert plans(mode.invoke(retriever, "refund")) == ["silver"]
    both = mode.invoke(retriever, "refund headset", k=2, filter={"plan": ["gold", "bronze"]})
    assert plans(both) == ["gold", "bronze"]
    assert len(mode.invoke(retriever, "refund", k=3, filter={})) == 3
    assert mode.invoke(retriever, "refund", sources="message") == []
    messages = TelnyxCollectionRetriever(sources="message", **options)
    assert mode.invoke(messages, "refund") == []
    assert len(mode.invoke(messages, "refund", sources=["message", "voice"])) == 3
    assert plans(mode.invoke(retriever, "refund")) == ["silver"]


def test_a_threshold_leaves_out_passages_of_lower_score(
    options: dict[str, Any], mode: Mode
) -> None:
    every = mode.invoke(TelnyxCollectionRetriever(**options), "refund for a headset")
    best = every[0].metadata["score"]
    strict = TelnyxCollectionRetriever(score_threshold=best, **options)
    assert plans(mode.invoke(strict, "refund for a headset")) == ["gold"]
    assert len(mode.invoke(strict, "refund for a headset", score_threshold=0)) == 3


def test_an_empty_query_lists_documents(options: dict[str, Any], mode: Mode) -> None:
    found = mode.invoke(TelnyxCollectionRetriever(k=2, **options), "")
    assert [document.metadata["score"] for document in found] == [0, 0]


def test_the_error_names_a_missing_collection(options: dict[str, Any], mode: Mode) -> None:
    retriever = TelnyxCollectionRetriever(**{**options, "collection": "Support calls"})
    with pytest.raises(NotFoundError, match="the slug 'Support calls' does not exist") as caught:
        mode.invoke(retriever, "refund")
    assert caught.value.status_code == 404
    assert caught.value.request_id


def test_the_error_names_a_collection_that_cannot_be_searched(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    telnyx = Telnyx(**emulator.options())
    telnyx.collections.create("Mixed", sources=["voice"], retrieval_type="hybrid")
    retriever = TelnyxCollectionRetriever(collection="mixed", **emulator.options())
    with pytest.raises(UnprocessableEntityError, match="The collection 'mixed' could not be"):
        mode.invoke(retriever, "refund")


@pytest.mark.parametrize("k", [0, 51])
def test_a_number_out_of_range_is_refused_before_it_is_sent(
    options: dict[str, Any], emulator: TelnyxEmulator, mode: Mode, k: int
) -> None:
    with pytest.raises(ValueError, match="k"):
        TelnyxCollectionRetriever(k=k, **options)
    before = len(emulator.requests)
    with pytest.raises(ValueError, match=f"`k` must be from 1 to 50, not {k}"):
        mode.invoke(TelnyxCollectionRetriever(**options), "refund", k=k)
    assert len(emulator.requests) == before


def test_a_chain_answers_from_calls_with_sources(
    options: dict[str, Any], emulator: TelnyxEmulator, ids: dict[str, str], mode: Mode
) -> None:
    chain = answer_chain(
        TelnyxCollectionRetriever(k=1, **options), ChatTelnyx(**emulator.options())
    )
    result = mode.invoke(chain, "What is broken?")
    assert "headset" in result["answer"]
    assert [document.metadata["source"] for document in result["documents"]] == [ids["gold"]]
