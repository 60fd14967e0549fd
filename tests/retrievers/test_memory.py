"""`TelnyxMemoryRetriever`: the memories of a profile, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_telnyx import NotFoundError, Telnyx, TelnyxMemoryRetriever

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


@pytest.fixture
def telnyx(emulator: TelnyxEmulator) -> Telnyx:
    """An account with memories of two people, one of them in two namespaces."""
    telnyx = Telnyx(**emulator.options())
    telnyx.memory_namespaces.create("staging")
    for profile, fact, namespace in (
        ("ann", "Ann likes green tea.", "default"),
        ("ann", "Ann lives in Lisbon.", "default"),
        ("bob", "Bob likes black tea.", "default"),
        ("ann", "Ann likes iced tea.", "staging"),
    ):
        written = telnyx.memory.remember(profile, fact, namespace=namespace)
        telnyx.memory.wait(written.operation_id, namespace=namespace)
    return telnyx


def test_memories_are_returned_best_first_with_all_fields(telnyx: Telnyx, mode: Mode) -> None:
    found = mode.invoke(TelnyxMemoryRetriever(profile_id="ann", client=telnyx), "Which tea?")
    assert [memory.page_content for memory in found] == [
        "Ann likes green tea.",
        "Ann lives in Lisbon.",
    ]
    best = found[0]
    assert best.id == telnyx.memory.get_memory("ann", best.id or "").id
    assert best.metadata.keys() == {"profile_id", "namespace", "recorded_at", "score"}
    assert (best.metadata["profile_id"], best.metadata["namespace"]) == ("ann", "default")
    assert best.metadata["recorded_at"].startswith("2026-01-01T")
    assert 1 >= best.metadata["score"] > found[1].metadata["score"]


def test_a_call_can_override_the_profile(telnyx: Telnyx, mode: Mode) -> None:
    retriever = TelnyxMemoryRetriever(profile_id="ann", k=1, client=telnyx)
    [memory] = mode.invoke(retriever, "tea", profile_id="bob")
    assert (memory.page_content, memory.metadata["profile_id"]) == ("Bob likes black tea.", "bob")
    assert mode.invoke(retriever, "tea", profile_id="nobody yet") == []
    assert len(mode.invoke(retriever, "tea", k=2)) == 2


def test_namespaces_are_separate(telnyx: Telnyx, mode: Mode) -> None:
    retriever = TelnyxMemoryRetriever(profile_id="ann", namespace="staging", client=telnyx)
    [memory] = mode.invoke(retriever, "tea")
    assert (memory.page_content, memory.metadata["namespace"]) == ("Ann likes iced tea.", "staging")


def test_the_error_names_a_missing_namespace(telnyx: Telnyx, mode: Mode) -> None:
    retriever = TelnyxMemoryRetriever(profile_id="ann", namespace="live", client=telnyx)
    with pytest.raises(NotFoundError, match="namespace 'live' does not exist"):
        mode.invoke(retriever, "tea")


def test_a_number_out_of_range_is_refused(telnyx: Telnyx, mode: Mode) -> None:
    with pytest.raises(ValueError, match="k"):
        TelnyxMemoryRetriever(profile_id="ann", k=0)
    with pytest.raises(ValueError, match="`k` must be at least 1, not 0"):
        mode.invoke(TelnyxMemoryRetriever(profile_id="ann", client=telnyx), "tea", k=0)
