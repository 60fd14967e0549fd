"""Metadata too large for a key lies in a docstore of the user's, and is joined to what is found."""

from __future__ import annotations

import asyncio
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from langchain_core.stores import BaseStore, InMemoryByteStore, InMemoryStore

from langchain_telnyx import PartialError, TelnyxVectorStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.langchain.conftest import Store

LARGE: dict[str, Any] = {"page": 3, "table": [n**7 for n in range(300)]}
ATLAS = Document("An atlas of the moons.", id="the atlas", metadata=LARGE)
NOTE = Document("A note on the moons.", id="note", metadata={"page": 4})


class DocumentsOnly(BaseStore[str, Document]):
    """Takes documents alone, as a store with an encoder does, and counts what it is asked."""

    def __init__(self) -> None:
        self.held: dict[str, Document] = {}
        self.asked: list[list[str]] = []

    def mget(self, keys: Sequence[str]) -> list[Document | None]:
        self.asked.append(list(keys))
        return [self.held.get(key) for key in keys]

    def mset(self, key_value_pairs: Sequence[tuple[str, Document]]) -> None:
        for _, value in key_value_pairs:
            if not isinstance(value, Document):
                raise TypeError("Expected a document.")
        self.held.update(key_value_pairs)

    def mdelete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.held.pop(key, None)

    def yield_keys(self, *, prefix: str | None = None) -> Iterator[str]:
        return (key for key in self.held if key.startswith(prefix or ""))


def keys(emulator: TelnyxEmulator) -> list[str]:
    return [found.key for found in emulator.backend.objects.list("moons", limit=1000).objects]


@pytest.mark.parametrize("kind", [InMemoryStore, InMemoryByteStore, DocumentsOnly])
def test_large_metadata_comes_back_exactly_wherever_documents_do(
    make: Callable[..., Store], emulator: TelnyxEmulator, kind: Callable[[], Any]
) -> None:
    docstore = kind()
    store = make(docstore=docstore)
    store.add_documents([ATLAS, NOTE])
    assert keys(emulator) == ["note!jeyJwYWdlIjo0fQ.txt", "the%20atlas!d.txt"]
    assert list(docstore.yield_keys()) == ["the atlas"]
    assert store.get_by_ids(["note", "the atlas"]) == [NOTE, ATLAS]
    assert store.similarity_search("Which atlas?", k=1) == [ATLAS]
    assert store.similarity_search("moons", filter={"page": {"$lt": 4}}) == [ATLAS]


def test_a_docstore_of_bytes_holds_plain_json(make: Callable[..., Store]) -> None:
    docstore = InMemoryByteStore()
    make(docstore=docstore).add_documents([ATLAS])
    [value] = docstore.mget(["the atlas"])
    assert value is not None
    assert json.loads(value) == LARGE


@pytest.mark.parametrize(
    "value",
    [LARGE, Document("", metadata=LARGE), json.dumps(LARGE), json.dumps(LARGE).encode()],
    ids=["dict", "document", "text", "bytes"],
)
def test_what_other_programs_put_into_the_docstore_is_read(
    make: Callable[..., Store], value: Any
) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    store.add_documents([ATLAS])
    docstore.mset([("the atlas", value)])
    [found] = store.get_by_ids(["the atlas"])
    assert found == ATLAS
    found.metadata["table"].clear()  # what is done to one is not done to the next
    assert store.get_by_ids(["the atlas"]) == [ATLAS]


@pytest.mark.parametrize("value", [3, b"no json", "[1]"])
def test_a_value_that_is_no_metadata_is_told_by_id(make: Callable[..., Store], value: Any) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    store.add_documents([ATLAS])
    docstore.mset([("the atlas", value)])
    with pytest.raises(ValueError, match="under the id 'the atlas' is not metadata"):
        store.similarity_search("atlas")


def test_all_hits_are_joined_by_one_question(make: Callable[..., Store]) -> None:
    docstore = DocumentsOnly()
    store = make(docstore=docstore, chunk_size=60, chunk_overlap=0)
    text = " ".join(f"Moon {n} is made of ice." for n in range(9))
    store.add_texts([text, text], [LARGE, {**LARGE, "page": 5}], ids=["a", "b"])
    docstore.asked.clear()
    found = store.similarity_search("Which moon is made of ice?", k=6)
    assert {document.metadata["page"] for document in found} == {3, 5}
    assert [sorted(ids) for ids in docstore.asked] == [["a", "b"]]


def test_a_docstore_is_not_asked_about_small_metadata(make: Callable[..., Store]) -> None:
    docstore = DocumentsOnly()
    store = make(docstore=docstore)
    store.add_documents([NOTE])
    assert store.similarity_search("note") == [NOTE]
    assert (docstore.asked, docstore.held) == ([], {})


def test_deleting_documents_empties_the_docstore_of_them(make: Callable[..., Store]) -> None:
    docstore = InMemoryStore()
    docstore.mset([("another's", 1)])
    store = make(docstore=docstore)
    store.add_documents([ATLAS, ATLAS.model_copy(update={"id": "b"}), NOTE])
    store.delete(["the atlas", "note"])
    assert list(docstore.yield_keys()) == ["another's", "b"]
    store.delete_bucket()
    assert list(docstore.yield_keys()) == ["another's"]


def test_metadata_that_grows_or_shrinks_moves_between_key_and_docstore(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    small = ATLAS.model_copy(update={"metadata": {}})
    for document, held in ((small, []), (ATLAS, ["the atlas"]), (small, [])):
        store.add_documents([document])
        assert list(docstore.yield_keys()) == held
        assert len(keys(emulator)) == 1
        assert store.get_by_ids(["the atlas"]) == [document]


def test_a_failed_deletion_keeps_the_metadata(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    store.add_documents([ATLAS, ATLAS.model_copy(update={"id": "b"})])
    emulator.fail(403, path="/the%20atlas!")
    with pytest.raises(PartialError):
        store.delete(["the atlas", "b"])
    assert list(docstore.yield_keys()) == ["the atlas"]
    assert store.get_by_ids(["the atlas"]) == [ATLAS]


def test_another_docstore_or_none_is_an_error_and_no_empty_metadata(
    make: Callable[..., Store],
) -> None:
    make(docstore=InMemoryStore()).add_documents([ATLAS])
    with pytest.raises(ValueError, match="has no metadata of document 'the atlas'"):
        make(docstore=InMemoryStore()).similarity_search("atlas")
    with pytest.raises(ValueError, match="pass the one that it was written with as `docstore=`"):
        make().get_by_ids(["the atlas"])


def test_without_a_docstore_large_metadata_is_refused_with_the_sizes(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    with pytest.raises(
        ValueError, match=r"need \d+ bytes, but a key has 1024: the id takes 12, .*`docstore=`"
    ):
        make().add_documents([NOTE, ATLAS])
    assert len(emulator.requests) == 0


def test_an_id_that_fills_the_key_alone_is_refused_even_so(make: Callable[..., Store]) -> None:
    with pytest.raises(ValueError, match="but a key has 1024: the id takes 2001"):
        make(docstore=InMemoryStore()).add_texts(["text"], [LARGE], ids=["i" * 2000])


def test_metadata_that_is_no_json_is_refused_even_with_a_docstore(
    make: Callable[..., Store],
) -> None:
    with pytest.raises(ValueError, match="would come back changed"):
        make(docstore=InMemoryStore()).add_texts(["text"], [{**LARGE, "pair": (1, 2)}])


def test_the_awaited_face_asks_the_docstores_own_awaited_face(emulator: TelnyxEmulator) -> None:
    class AwaitedOnly(DocumentsOnly):
        async def amget(self, keys: Sequence[str]) -> list[Document | None]:
            await asyncio.sleep(0)
            return [self.held.get(key) for key in keys]

        async def amset(self, key_value_pairs: Sequence[tuple[str, Document]]) -> None:
            await asyncio.sleep(0)
            self.held.update(key_value_pairs)

        async def amdelete(self, keys: Sequence[str]) -> None:
            await asyncio.sleep(0)
            for key in keys:
                del self.held[key]

        def mget(self, keys: Sequence[str]) -> list[Document | None]:
            raise AssertionError(keys)

        mset = mdelete = mget  # type: ignore[assignment]  # none of them may be called

    async def life() -> list[Document]:
        docstore = AwaitedOnly()
        store = TelnyxVectorStore("moons", docstore=docstore, **emulator.options())
        await store.aadd_documents([ATLAS])
        found = await store.asimilarity_search("atlas")
        await store.adelete(["the atlas"])
        assert docstore.held == {}
        return found

    assert asyncio.run(life()) == [ATLAS]


def test_a_store_travels_through_a_pickle_with_its_docstore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEY1")
    store = TelnyxVectorStore("moons", docstore=InMemoryByteStore())
    again = pickle.loads(pickle.dumps(store))  # noqa: S301 - bytes of our own making
    assert repr(again) == "TelnyxVectorStore('moons')"
