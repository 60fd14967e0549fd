"""Partial errors report every failed part, and keep the results of the others."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from langchain_core.documents import Document

from langchain_telnyx import (
    PartialError,
    PartialWriteError,
    ServerError,
    TaskError,
    TaskTimeoutError,
    WriteOutcome,
    WriteTimeoutError,
)
from langchain_telnyx.emulator import after_polls
from tests.support.fixtures import keys_in, refuse_deletion

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

OLD = [Document(f"Moon {n}, as it was.", id=f"m{n}", metadata={"seen": 1}) for n in range(3)]
NEW = [Document(f"Moon {n}, as it is.", id=f"m{n}", metadata={"seen": 2}) for n in range(3)]


def key_of(emulator: TelnyxEmulator, id_: str) -> str:
    [key] = [key for key in keys_in(emulator, "moons") if key.startswith(f"{id_}.")]
    return key


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_each_document_of_a_write_has_its_outcome(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(max_retries=0)
    store.add_documents(OLD)
    old = key_of(emulator, "m1")
    refuse_deletion(emulator, old)
    emulator.fail(500, path="/m0.")
    unreadable = Document("torn \0\0 text", id="m3", metadata={"source": "torn.md"})
    with pytest.raises(PartialWriteError, match="1 of 4 documents are not stored") as caught:
        store.add_documents([*NEW, unreadable])
    error = caught.value
    assert [(each.position, each.id) for each in error.not_stored] == [(0, "m0")]
    assert [(each.position, each.id) for each in error.not_replaced] == [(1, "m1")]
    assert [(each.position, each.id) for each in error.searchable] == [(2, "m2")]
    [torn] = error.not_embedded
    assert (torn.position, torn.id, torn.source) == (3, "m3", "torn.md")
    assert "binary" in str(torn.error)
    assert "position 3 (id 'm3', source 'torn.md')" in str(error)
    assert error.done == ["m2"]
    assert error.failed.keys() == {"m0", "m1", "m3"}
    assert error.reasons == {torn.key: str(torn.error)}
    left = [document for document in NEW if document.id in error.failed]
    store.add_documents(left)
    assert store.get_by_ids(["m0", "m1", "m2"]) == NEW
    found = store.similarity_search("Moon", k=9)
    assert sorted(document.page_content for document in found) == [d.page_content for d in NEW]


def test_the_errors_of_a_write_can_be_pickled() -> None:
    outcome = WriteOutcome(3, "m3", "torn.md", "m3.0.n.123456.txt", TaskError("It is binary."))
    for kind in (PartialWriteError, WriteTimeoutError):
        error = kind("Some failed.", searchable=[], not_embedded=[outcome])
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - bytes of our own making
        assert type(again) is kind
        assert str(again) == "Some failed."
        assert [each.id for each in again.not_embedded] == ["m3"]
        assert isinstance(again, PartialError | TaskError)
    assert issubclass(WriteTimeoutError, TaskTimeoutError)


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_fetched_documents_are_on_the_error(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(max_retries=0)
    store.add_documents(OLD)
    key = key_of(emulator, "m1")
    emulator.fail(500, path=key)
    with pytest.raises(PartialError, match="1 of 3 documents could not be fetched") as caught:
        store.get_by_ids(["m2", "m1", "m0"])
    assert caught.value.partial == [OLD[2], OLD[0]]
    assert caught.value.failed.keys() == {"m1"}
    emulator.fail(500, path=key)
    with pytest.raises(ServerError):
        store.get_by_ids(["m1"])


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_documents_deleted_together_with_a_failure_are_not_found(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(max_retries=0)
    store.add_documents(OLD)
    emulator.account.jobs.pace = after_polls(2)
    refuse_deletion(emulator, key_of(emulator, "m1"))
    with pytest.raises(PartialError) as caught:
        store.delete(all=True)
    assert caught.value.done == ["m0", "m2"]
    assert [document.id for document in store.similarity_search("Moon", k=9)] == ["m1"]
