"""`TelnyxConversationRetriever`: past conversations by meaning, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from langchain_telnyx import Telnyx, TelnyxConversationRetriever, UnprocessableEntityError

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


@pytest.fixture
def past(emulator: TelnyxEmulator) -> list[str]:
    """Three conversations: about a refund, a router, and a refund by text message."""
    telnyx = Telnyx(**emulator.options())
    ids = []
    for text, channel in (
        ("I was charged twice and want a refund.", "phone_call"),
        ("My router blinks red.", "phone_call"),
        ("Refund, por favor.", "sms_chat"),
    ):
        chat = telnyx.conversations.create(metadata={"telnyx_conversation_channel": channel})
        telnyx.conversations.add_message(chat.id, "user", text)
        ids.append(chat.id)
    return ids


def test_passages_are_returned_best_first_with_all_fields(
    emulator: TelnyxEmulator, past: list[str], mode: Mode
) -> None:
    retriever = TelnyxConversationRetriever(**emulator.options())
    found = mode.invoke(retriever, "Who was charged and wants a refund?")
    assert [document.metadata["source"] for document in found] == [past[0], past[2], past[1]]
    best = found[0]
    assert best.page_content == "user: I was charged twice and want a refund."
    assert best.metadata["record_id"] == past[0]
    assert (best.metadata["chunk_index"], best.metadata["chunk_total"]) == (0, 1)
    assert best.metadata["region"] == "USA"
    assert best.metadata["record_created_at"].startswith("2026-01-01T")
    assert best.metadata["record_metadata"] == {"telnyx_conversation_channel": "phone_call"}
    assert 1 >= best.metadata["score"] > found[1].metadata["score"]


def test_the_options_of_the_retriever_are_sent(
    emulator: TelnyxEmulator, past: list[str], mode: Mode
) -> None:
    retriever = TelnyxConversationRetriever(
        k=3,
        filter={"record_id": past, "record_created_at": {"$gte": "2026-01-01"}},
        region="USA",
        record_type="voice",
        score_threshold=0.1,
        **emulator.options(),
    )
    found = mode.invoke(retriever, "refund")
    assert {document.metadata["record_id"] for document in found} == {past[0], past[1]}
    assert parse_qsl(emulator.requests[-1].query) == [
        ("q", "refund"),
        ("region", "USA"),
        ("record_type", "voice"),
        ("min_score", "0.1"),
        ("filter[record_id][in]", ",".join(past)),
        ("filter[record_created_at][gte]", "2026-01-01"),
        ("page[size]", "3"),
    ]


def test_a_call_overrides_the_options_of_the_retriever(
    emulator: TelnyxEmulator, past: list[str], mode: Mode
) -> None:
    retriever = TelnyxConversationRetriever(
        k=1, filter={"record_id": past[1]}, **emulator.options()
    )
    [router] = mode.invoke(retriever, "refund")
    assert router.metadata["record_id"] == past[1]
    every = mode.invoke(retriever, "refund charged twice", k=3, filter={})
    assert len(every) == 3
    threshold = every[0].metadata["score"] - 1e-6
    best = mode.invoke(retriever, "refund charged twice", filter={}, score_threshold=threshold)
    assert [document.metadata["record_id"] for document in best] == [past[0]]
    assert mode.invoke(retriever, "refund", filter={}, region="DEU") == []


def test_no_more_pages_are_fetched_than_needed(emulator: TelnyxEmulator, mode: Mode) -> None:
    telnyx = Telnyx(**emulator.options())
    chat = telnyx.conversations.create()
    for number in range(40):
        telnyx.conversations.add_message(chat.id, "user", f"{number} refunds. " * 400)
    before = len(emulator.requests)
    found = mode.invoke(TelnyxConversationRetriever(k=2, **emulator.options()), "refund")
    assert len(found) == 2
    assert len(emulator.requests) - before == 1
    found = mode.invoke(TelnyxConversationRetriever(k=2, **emulator.options()), "refund", k=101)
    assert len(found) == 101 == len({document.id for document in found})
    assert len(emulator.requests) - before == 3


def test_the_service_refuses_an_empty_query_and_an_unknown_region(
    emulator: TelnyxEmulator, past: list[str], mode: Mode
) -> None:
    assert past
    retriever = TelnyxConversationRetriever(**emulator.options())
    with pytest.raises(UnprocessableEntityError, match=r"query\.q"):
        mode.invoke(retriever, "")
    with pytest.raises(UnprocessableEntityError, match=r"query\.region"):
        mode.invoke(retriever, "refund", region="EU")


@pytest.mark.parametrize("wrong", [{"k": 0}, {"score_threshold": 1.5}, {"score_threshold": -1}])
def test_a_number_out_of_range_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TelnyxConversationRetriever(**wrong)


def test_zero_passages_are_not_mistaken_for_the_default(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    with pytest.raises(ValueError, match="`k` must be at least 1, not 0"):
        mode.invoke(TelnyxConversationRetriever(**emulator.options()), "refund", k=0)
