"""Work of which parts fail tells of every part, and loses nothing of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langchain_core.documents import Document

from langchain_telnyx import PartialError, ServerError
from langchain_telnyx._buckets.documents import object_key
from langchain_telnyx.emulator import after_polls

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.langchain.conftest import Store

OLD = [Document(f"Moon {n}, as it was.", id=f"m{n}", metadata={"seen": 1}) for n in range(3)]
NEW = [Document(f"Moon {n}, as it is.", id=f"m{n}", metadata={"seen": 2}) for n in range(3)]


def test_a_put_and_a_removal_that_fail_in_one_write_are_both_told_of(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(max_retries=0)
    store.add_documents(OLD)
    emulator.fail(500, path=object_key("m0", {"seen": 2}))  # its new state cannot be put
    emulator.fail(500, path=object_key("m1", {"seen": 1}))  # its old state cannot be removed
    with pytest.raises(PartialError, match="2 of 3 documents could not be stored") as caught:
        store.add_documents(NEW)
    assert caught.value.failed.keys() == {"m0", "m1"}
    assert caught.value.done == ["m2"]
    store.add_documents([document for document in NEW if document.id in caught.value.failed])
    assert store.get_by_ids(["m0", "m1", "m2"]) == NEW
    found = store.similarity_search("Moon", k=9)
    assert sorted(document.page_content for document in found) == [d.page_content for d in NEW]


def test_documents_that_could_be_fetched_travel_on_the_error(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(max_retries=0)
    store.add_documents(OLD)
    emulator.fail(500, path=object_key("m1", {"seen": 1}))
    with pytest.raises(PartialError, match="1 of 3 documents could not be fetched") as caught:
        store.get_by_ids(["m2", "m1", "m0"])
    assert caught.value.partial == [OLD[2], OLD[0]]
    assert caught.value.failed.keys() == {"m1"}
    emulator.fail(500, path=object_key("m1", {"seen": 1}))
    with pytest.raises(ServerError):
        store.get_by_ids(["m1"])


def test_what_was_deleted_beside_a_failure_is_found_no_more(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(max_retries=0)
    store.add_documents(OLD)
    emulator.backend.jobs.pace = after_polls(2)
    emulator.fail(500, path=object_key("m1", {"seen": 1}))
    with pytest.raises(PartialError) as caught:
        store.delete()
    assert caught.value.done == ["m0", "m2"]
    assert [document.id for document in store.similarity_search("Moon", k=9)] == ["m1"]
