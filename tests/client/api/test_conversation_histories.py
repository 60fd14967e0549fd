"""Similarity search in past conversations, sync and async, against the emulator."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from langchain_telnyx.emulator.server import TelnyxEmulator


@pytest.fixture
async def past(api: Any) -> list[str]:
    """Three conversations: about a refund, a router, and a refund in another language."""
    ids = []
    for utterance, language in (
        ("I was charged twice and want a refund.", "en"),
        ("My router blinks red.", "en"),
        ("Refund, por favor.", "pt"),
    ):
        chat = await api.conversations.create(metadata={"language": language})
        await api.conversations.add_message(chat.id, "user", utterance)
        ids.append(chat.id)
    return ids


async def test_passages_are_sorted_by_similarity(api: Any, past: list[str]) -> None:
    found = await api.conversation_histories.search("Who was charged and wants a refund?")
    assert [passage.record_id for passage in found] == [past[0], past[2], past[1]]
    best = found[0]
    assert best.text == "user: I was charged twice and want a refund."
    assert (best.chunk_index, best.chunk_total, best.region) == (0, 1, "USA")
    assert best.metadata == {"language": "en"}
    assert 0 <= found[2].score < best.score <= 1


async def test_conditions_filter_the_results(
    api: Any, emulator: TelnyxEmulator, past: list[str]
) -> None:
    found = await api.conversation_histories.search(
        "refund",
        where={
            "language": ["pt", "en"],
            "record_id": past[2],
            "record_created_at": {"gte": datetime(2026, 1, 1, tzinfo=UTC)},
        },
        region="USA",
        record_type="voice",
        min_score=0.1,
        page_size=50,
    )
    assert [passage.record_id for passage in found] == [past[2]]
    assert parse_qsl(emulator.requests[-1].query) == [
        ("q", "refund"),
        ("region", "USA"),
        ("record_type", "voice"),
        ("min_score", "0.1"),
        ("filter[language][in]", "pt,en"),
        ("filter[record_id][eq]", past[2]),
        ("filter[record_created_at][gte]", "2026-01-01T00:00:00Z"),
        ("page[size]", "50"),
    ]


async def test_all_pages_are_listed(api: Any, emulator: TelnyxEmulator, past: list[str]) -> None:
    found = await api.conversation_histories.search("refund", page_size=1)
    assert sorted(passage.record_id for passage in found) == sorted(past)
    assert len([r for r in emulator.requests if r.path.endswith("conversation_histories")]) == 3
