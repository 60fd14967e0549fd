"""Listing, counting and deleting documents and files by metadata, without a search."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document

from langchain_telnyx import NotFoundError
from tests.support.fixtures import keys_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store


@pytest.fixture
def library(make: Callable[..., Store], emulator: TelnyxEmulator, tmp_path: Path) -> Store:
    """Return a store of 12 documents, of which 4 are about Mars, and of a file."""
    store = make("library")
    store.add_documents(
        [
            Document(f"Page {n}.", id=f"page-{n}", metadata={"planet": 4 if n < 4 else 5, "n": n})
            for n in range(12)
        ]
    )
    (tmp_path / "notes.md").write_text("Some notes.")
    store.add_files(tmp_path / "notes.md")
    emulator.requests.clear()
    return store


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_documents_and_files_are_listed_without_a_search(
    library: Store, emulator: TelnyxEmulator
) -> None:
    listed = {each.id: each for each in library.list()}
    assert len(listed) == library.count() == 13
    assert listed["page-3"].metadata == {"planet": 4, "n": 3}
    assert listed["page-3"].size == len("Page 3.")
    assert listed["page-3"].last_modified is not None
    assert listed["notes.md"].metadata == {"source": "notes.md"}
    assert {request.method for request in emulator.requests} == {"GET"}
    assert len(emulator.requests) == 2


def test_a_filter_lists_and_counts_what_passes(library: Store) -> None:
    assert library.count({"planet": 4}) == 4
    assert [each.id for each in library.list({"n": {"$gte": 10}})] == ["page-10", "page-11"]
    assert [each.id for each in library.list({"source": "notes.md"})] == ["notes.md"]
    with pytest.raises(TypeError, match="not a function"):
        library.list(lambda _: True)
    with pytest.raises(ValueError, match=r"\$likes"):
        library.count({"n": {"$likes": 1}})


def test_documents_that_pass_a_filter_are_deleted(library: Store, emulator: TelnyxEmulator) -> None:
    assert library.delete(filter={"planet": 4}) is True
    assert library.count() == 9
    assert library.similarity_search("Page 2.", k=20, filter={"planet": 4}) == []
    assert library.delete(filter={"planet": 77}) is True
    assert len(keys_in(emulator, "library")) == 9


@pytest.mark.default_quirks("It searches for all passages.", "search_cap")
def test_files_are_read_and_deleted_by_their_keys(library: Store) -> None:
    [document] = library.get_by_ids(["notes.md"])
    assert (document.id, document.page_content) == ("notes.md", "Some notes.")
    assert [d.id for d in library.get_by_ids(["page-1", "nothing", "notes.md"])] == [
        "page-1",
        "notes.md",
    ]
    library.delete(["notes.md", "nothing"])
    assert library.get_by_ids(["notes.md"]) == []
    assert {d.id for d in library.similarity_search("notes", k=20)} == {
        f"page-{n}" for n in range(12)
    }


@pytest.mark.parametrize(
    ("words", "error", "match"),
    [
        ({"where": {"planet": 4}}, TypeError, "does not accept `where`"),
        ({"id": ["page-1"]}, TypeError, "does not accept `id`"),
        ({}, ValueError, "`all=True`"),
        ({"filter": {}}, ValueError, "`all=True`"),
        ({"ids": ["page-1"], "all": True}, ValueError, "exactly one of"),
        ({"ids": "page-1"}, TypeError, "give a list of ids"),
        ({"ids": [uuid.UUID(int=7)]}, TypeError, "position 0 is of type UUID"),
        ({"filter": lambda _: True}, TypeError, "not a function"),
    ],
    ids=["where", "id", "none", "empty filter", "two", "one text", "uuid", "function"],
)
def test_an_ambiguous_deletion_deletes_nothing(
    library: Store, emulator: TelnyxEmulator, words: Any, error: Any, match: str
) -> None:
    with pytest.raises(error, match=match):
        library.delete(**words)
    assert len(keys_in(emulator, "library")) == 13
    assert len(emulator.requests) == 0


def test_an_empty_list_of_ids_deletes_nothing(library: Store, emulator: TelnyxEmulator) -> None:
    assert library.delete([]) is True
    assert len(keys_in(emulator, "library")) == 13


def test_a_missing_bucket_is_not_an_empty_one(make: Callable[..., Store]) -> None:
    with pytest.raises(NotFoundError):
        make("nowhere").list()


def test_only_the_newest_version_of_a_document_is_listed(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(wait=False)
    store.add_documents([Document("Old.", id="a", metadata={"v": 1})])
    store.add_documents([Document("New.", id="a", metadata={"v": 2})])
    assert len(keys_in(emulator, "moons")) == 2  # both, until a write waits
    assert [each.metadata for each in store.list()] == [{"v": 2}]
    assert [d.page_content for d in store.get_by_ids(["a"])] == ["New."]
    make().add_documents([Document("Newest.", id="a", metadata={"v": 3})])
    assert len(keys_in(emulator, "moons")) == 1
