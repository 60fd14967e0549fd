"""Agent memory, sync and async, against the emulator."""

from typing import Any

import pytest

from langchain_telnyx.client.errors import (
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    TaskError,
    UnprocessableEntityError,
)
from langchain_telnyx.emulator.runtime.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator

CALLER = "caller:+13128675309"
CALL = {
    "messages": [
        {"role": "user", "content": "Invoices go to 220 W Chicago Ave now. What do I owe you?"},
        {"role": "assistant", "content": "Got it, the address is changed."},
        {"role": "user", "content": "My daughter Ann picks up the parcels."},
    ]
}


@pytest.fixture
async def called(api: Any) -> str:
    """A profile with the memories of a call; its source."""
    written = await api.memory.ingest(CALLER, CALL, session_id="call-1")
    await api.memory.wait(written.operation_id)
    return str(written.source_id)


async def texts(api: Any, **options: Any) -> list[str]:
    return [memory.text for memory in await api.memory.memories(CALLER, **options)]


async def test_a_write_is_waited_for(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.account.jobs.pace = after_polls(1)
    written = await api.memory.remember(CALLER, "Prefers to be called in the morning.")
    assert written.profile_id == CALLER
    assert await api.memory.recall(CALLER, "When to call?") == []
    updates: list[str] = []
    done = await api.memory.wait(
        written.operation_id, on_progress=lambda each: updates.append(each.status)
    )
    assert updates == ["pending", "processing", "completed"]
    assert done.completed_at > done.created_at
    [memory] = await api.memory.recall(CALLER, "When to call?")
    assert memory.text == "Prefers to be called in the morning."


async def test_the_same_fact_is_stored_once(api: Any) -> None:
    for _ in range(2):
        written = await api.memory.remember(CALLER, "Likes green tea.")
        await api.memory.wait(written.operation_id)
    assert await texts(api) == ["Likes green tea."]


async def test_a_session_becomes_the_facts_that_the_caller_stated(api: Any, called: str) -> None:
    assert await texts(api) == [
        "My daughter Ann picks up the parcels.",
        "Invoices go to 220 W Chicago Ave now.",
    ]
    assert await texts(api, session_id="call-1") == await texts(api, source_id=called)
    assert await texts(api, session_id="call-2") == []
    best, other = await api.memory.recall(CALLER, "Where do invoices go?")
    assert best.text == "Invoices go to 220 W Chicago Ave now."
    assert 1 >= best.score > other.score >= 0
    assert len(await api.memory.recall(CALLER, "Where do invoices go?", top_k=1)) == 1


async def test_the_same_session_replaces_its_content(api: Any, called: str) -> None:
    again = await api.memory.ingest(CALLER, "Invoices go to Lisbon.", session_id="call-1")
    await api.memory.wait(again.operation_id)
    assert again.source_id == called
    assert await texts(api) == ["Invoices go to Lisbon."]


@pytest.mark.parametrize(
    "content", [["Lives in Lisbon, Portugal."], "Lives in Lisbon, Portugal.", 3.5, False]
)
async def test_a_session_is_any_json_and_is_returned_unchanged(api: Any, content: Any) -> None:
    written = await api.memory.ingest(CALLER, content)
    await api.memory.wait(written.operation_id)
    source = await api.memory.get_source(CALLER, written.source_id)
    assert (source.content, source.session_id) == (content, written.session_id)


async def test_an_empty_session_is_refused(api: Any) -> None:
    with pytest.raises(UnprocessableEntityError):
        await api.memory.ingest(CALLER, {})


async def test_a_memory_names_its_source(api: Any, called: str) -> None:
    [first, _] = await api.memory.memories(CALLER, page_size=1)
    memory = await api.memory.get_memory(CALLER, first.id)
    assert (memory.text, memory.source_id, memory.derived_from) == (first.text, called, None)
    [source] = await api.memory.sources(CALLER)
    assert (source.id, source.session_id, source.memory_count) == (called, "call-1", 2)
    assert (await api.memory.get_source(CALLER, called)).content == CALL


async def test_a_source_is_deleted_with_its_memories(api: Any, called: str) -> None:
    erased = await api.memory.delete_source(CALLER, called)
    assert (erased.source_id, erased.memories_deleted) == (called, 2)
    assert await texts(api) == []
    with pytest.raises(NotFoundError):
        await api.memory.get_source(CALLER, called)


async def test_profiles_are_listed_by_memory_count_and_deleted(api: Any, called: str) -> None:
    del called
    written = await api.memory.remember("user_2", "Likes green tea.")
    await api.memory.wait(written.operation_id)
    listed = await api.memory.profiles(page_size=1)
    assert [(each.profile_id, each.memory_count) for each in listed] == [(CALLER, 2), ("user_2", 1)]
    assert (await api.memory.delete_profile(CALLER)).memories_deleted == 2
    assert [each.profile_id for each in await api.memory.profiles()] == ["user_2"]


async def test_pending_writes_of_a_deleted_profile_are_cancelled(
    api: Any, emulator: TelnyxEmulator
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    written = await api.memory.remember(CALLER, "Likes green tea.")
    await api.memory.delete_profile(CALLER)
    with pytest.raises(TaskError, match="cancelled"):
        await api.memory.wait(written.operation_id)


async def test_a_summary_is_written_in_the_background(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.account.jobs.pace = after_polls(1)
    written = await api.memory.remember(CALLER, "Likes green tea.")
    await api.memory.wait(written.operation_id)
    early = await api.memory.summary(CALLER)
    assert (early.text, early.is_stale, early.generated_at) == (None, True, None)
    await api.memory.summary(CALLER)
    card = await api.memory.summary(CALLER)
    assert (card.text, card.is_stale) == ("Likes green tea.", False)


async def test_instructions_steer_a_summary(api: Any) -> None:
    for fact in ("Likes green tea.", "Is allergic to peanuts.", "Lives in Lisbon."):
        written = await api.memory.remember(CALLER, fact)
        await api.memory.wait(written.operation_id)
    preview = await api.memory.preview_summary(CALLER, "What is the caller allergic to?")
    assert preview.text == "Is allergic to peanuts."
    plain = await api.memory.preview_summary(CALLER)
    assert plain.text == "Likes green tea. Is allergic to peanuts. Lives in Lisbon."


async def test_settings_are_stored_per_namespace(api: Any) -> None:
    set_ = await api.memory_namespaces.update_settings(summary_instructions="Be brief.")
    assert set_.summary.instructions == "Be brief."
    assert await api.memory_namespaces.settings() == set_
    cleared = await api.memory_namespaces.update_settings(summary_instructions="")
    assert cleared.summary.instructions is None
    with pytest.raises(UnprocessableEntityError):
        await api.memory_namespaces.update_settings(summary_instructions="x" * 2001)


async def test_namespaces_are_separate_and_limited_to_five(api: Any) -> None:
    for name in ("one", "two", "three", "four"):
        await api.memory_namespaces.create(name)
    with pytest.raises(PermissionDeniedError):
        await api.memory_namespaces.create("six")
    names = [namespace.name for namespace in await api.memory_namespaces.list()]
    assert names == ["default", "one", "two", "three", "four"]
    written = await api.memory.remember(CALLER, "Likes green tea.", namespace="one")
    await api.memory.wait(written.operation_id, namespace="one")
    assert await texts(api) == []
    assert await texts(api, namespace="one") == ["Likes green tea."]
    with pytest.raises(NotFoundError):
        await api.memory.operation(written.operation_id)
    await api.memory_namespaces.delete("one")
    with pytest.raises(NotFoundError):
        await texts(api, namespace="one")


async def test_default_cannot_be_deleted_or_created(api: Any) -> None:
    with pytest.raises(PermissionDeniedError):
        await api.memory_namespaces.delete("default")
    with pytest.raises(ConflictError):
        await api.memory_namespaces.create("default")
