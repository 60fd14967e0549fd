"""AI Search collections, sync and async, against the emulator."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from langchain_telnyx.client.api.collection_filters import filters
from langchain_telnyx.client.errors import ConflictError, NotFoundError, UnprocessableEntityError
from langchain_telnyx.emulator.server import TelnyxEmulator

CALLS = {
    "gold": ("I want a refund for the broken headset.", "30"),
    "silver": ("The internet at home is slow since Monday.", "8"),
    "bronze": ("Please send the refund to my new card.", "9"),
}


@pytest.fixture
async def calls(api: Any) -> str:
    """A collection of three calls, by its slug."""
    for plan, (utterance, minutes) in CALLS.items():
        call = await api.conversations.create(
            name=plan,
            metadata={
                "telnyx_conversation_channel": "phone_call",
                "plan": plan,
                "minutes": minutes,
            },
        )
        await api.conversations.add_message(call.id, role="user", content=utterance)
    made = await api.collections.create("Support calls", sources=["voice"])
    return str(made.slug)


def plans(found: list[Any]) -> list[str]:
    return [document.metadata["plan"] for document in found]


async def test_a_collection_is_created_changed_and_deleted(api: Any) -> None:
    made = await api.collections.create(
        "Support calls", description="All of them.", sources=["voice"], top_k=10
    )
    assert (made.slug, made.settings.retrieval.top_k) == ("support-calls", 10)
    assert [source.source_type for source in made.sources] == ["voice"]
    changed = await api.collections.update(made.uuid, name="Calls")
    assert (changed.name, changed.description) == ("Calls", "All of them.")
    assert await api.collections.get("support-calls") == changed
    assert await api.collections.get_by_id(made.uuid) == changed
    await api.collections.delete(made.uuid)
    with pytest.raises(NotFoundError) as caught:
        await api.collections.get_by_id(made.uuid)
    assert caught.value.code == "collection_not_found"
    await api.collections.create("Support calls")


async def test_a_slug_is_taken_once(api: Any) -> None:
    await api.collections.create("Calls", slug="mine")
    with pytest.raises(ConflictError) as caught:
        await api.collections.create("Other calls", slug="mine")
    assert caught.value.code == "collection_slug_taken"


async def test_collections_are_listed_page_after_page(api: Any, emulator: TelnyxEmulator) -> None:
    for number in range(3):
        await api.collections.create(f"Calls {number}")
    before = len(emulator.requests)
    found = await api.collections.list(page_size=2)
    assert [each.slug for each in found] == ["calls-0", "calls-1", "calls-2"]
    assert len(emulator.requests) - before == 2


async def test_settings_are_replaced_and_changed(api: Any) -> None:
    made = await api.collections.create("Calls", retrieval_type="hybrid", top_k=7)
    changed = await api.collections.update_settings(made.uuid, top_k=9)
    assert (changed.retrieval.retrieval_type, changed.retrieval.top_k) == ("hybrid", 9)
    replaced = await api.collections.replace_settings(made.uuid, top_k=3)
    assert (replaced.retrieval.retrieval_type, replaced.retrieval.top_k) == ("vector", 3)
    assert await api.collections.settings(made.uuid) == replaced


async def test_a_keyword_search_is_refused(api: Any) -> None:
    made = await api.collections.create("Calls")
    with pytest.raises(UnprocessableEntityError) as caught:
        await api.collections.update_settings(made.uuid, retrieval_type="keyword")
    assert caught.value.code == "unsupported_retrieval_type"


async def test_sources_are_added_replaced_and_removed(api: Any) -> None:
    made = await api.collections.create("Calls", sources=["voice"])
    added = await api.collections.add_source(made.uuid, "bucket", bucket_id="docs-bucket")
    assert (added.source_type, added.bucket_id) == ("bucket", "docs-bucket")
    now = await api.collections.replace_sources(
        made.uuid, ["message", {"source_type": "bucket", "bucket_id": "docs-bucket"}]
    )
    assert {source.source_type for source in now} == {"message", "bucket"}
    assert added.id in {source.id for source in now}
    await api.collections.remove_source(made.uuid, added.id)
    [left] = await api.collections.sources(made.uuid)
    assert left.source_type == "message"


async def test_the_best_documents_are_first(api: Any, calls: str) -> None:
    found = await api.collections.search(calls, "refund for a headset")
    assert plans(found) == ["gold", "bronze", "silver"]
    assert found[0].score > found[1].score > found[2].score
    assert "broken headset" in found[0].text
    assert (found[0].record_type, found[0].chunk_index, found[0].chunk_total) == ("voice", 0, 1)
    assert plans(await api.collections.search(calls, "refund for a headset", top_k=1)) == ["gold"]


async def test_a_search_without_a_query_lists_all_documents(
    api: Any, emulator: TelnyxEmulator, calls: str
) -> None:
    before = len(emulator.requests)
    found = await api.collections.search(calls, page_size=2)
    assert plans(found) == ["gold", "silver", "bronze"]
    assert {document.score for document in found} == {0.0}
    assert len(emulator.requests) - before == 2


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"plan": "gold"}, ["gold"]),
        ({"plan": ["gold", "bronze"]}, ["gold", "bronze"]),
        ({"plan": {"contains": "RON"}}, ["bronze"]),
        ({"minutes": {"gte": 9}}, ["gold", "bronze"]),
        ({"minutes": {"gt": 9, "lte": 30}}, ["gold"]),
        ({"minutes": {"lt": 9}}, ["silver"]),
        ({"plan": "gold", "minutes": {"lt": 9}}, []),
        ({"record_created_at": {"gte": datetime(2026, 1, 1, tzinfo=UTC)}}, [*CALLS]),
        ({"record_created_at": {"lt": datetime(2026, 1, 1, tzinfo=UTC)}}, []),
        ({"record_type": "voice"}, [*CALLS]),
        ({"unknown": "x"}, []),
    ],
)
async def test_documents_are_filtered_by_the_service(
    api: Any, calls: str, conditions: dict[str, Any], expected: list[str]
) -> None:
    assert plans(await api.collections.search(calls, filter=conditions)) == expected


async def test_only_calls_are_searched(api: Any, calls: str) -> None:
    chat = await api.conversations.create(metadata={"telnyx_conversation_channel": "sms_chat"})
    await api.conversations.add_message(chat.id, role="user", content="refund by text message")
    assert len(await api.collections.search(calls, "refund", top_k=50)) == 3
    assert await api.collections.search(calls, "refund", sources=["message"]) == []


async def test_a_missing_collection_is_not_found(api: Any) -> None:
    with pytest.raises(NotFoundError):
        await api.collections.search("nothing", "refund")


def test_conditions_become_query_parameters() -> None:
    conditions: dict[str, Any] = {
        "plan": "gold",
        "open": True,
        "minutes": {"gte": 1, "lt": 9.5},
        "region": ("USA", "DEU"),
        "ingested_at": {"gt": datetime(2026, 1, 1)},  # noqa: DTZ001 - without a zone it is UTC
        "record_created_at": date(2026, 1, 1),
    }
    assert filters(conditions) == (
        ("filter[plan][eq]", "gold"),
        ("filter[open][eq]", "true"),
        ("filter[minutes][gte]", "1"),
        ("filter[minutes][lt]", "9.5"),
        ("filter[region][in]", "USA,DEU"),
        ("filter[ingested_at][gt]", "2026-01-01T00:00:00Z"),
        ("filter[record_created_at][eq]", "2026-01-01"),
    )


def test_a_comma_among_several_values_is_refused() -> None:
    with pytest.raises(ValueError, match="has a comma"):
        filters({"city": ["Lisbon", "Washington, D.C."]})
    assert filters({"city": "Washington, D.C."}) == (("filter[city][eq]", "Washington, D.C."),)


async def test_omitted_fields_are_not_sent(api: Any, emulator: TelnyxEmulator, calls: str) -> None:
    await api.collections.search(calls, "refund", sources=["voice", "message"], top_k=2)
    sent = dict(parse_qsl(emulator.requests[-1].query))
    assert sent == {"query": "refund", "sources": "voice,message", "top_k": "2"}
