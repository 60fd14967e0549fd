"""Metadata that does not fit into a key is stored in a sidecar, and read with the results."""

from __future__ import annotations

import asyncio
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from langchain_core.stores import BaseStore, InMemoryByteStore, InMemoryStore

from langchain_telnyx import PartialError, Telnyx, TelnyxVectorStore
from tests.support.fixtures import keys_in, refuse_deletion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

LARGE: dict[str, Any] = {"page": 3, "table": [n**7 for n in range(300)]}
ATLAS = Document("An atlas of the moons.", id="the atlas", metadata=LARGE)
NOTE = Document("A note on the moons.", id="note", metadata={"page": 4})
LONG_ID = Document("A note with a long id.", id="https://example.com/" + "path/" * 60, metadata={})


class DocumentsOnly(BaseStore[str, Document]):
    """Accepts only documents, like a store with an encoder, and records the keys."""

    def __init__(self) -> None:
        self.held: dict[str, Document] = {}
        self.requested: list[list[str]] = []

    def mget(self, keys: Sequence[str]) -> list[Document | None]:
        self.requested.append(list(keys))
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


@pytest.fixture(params=[None, InMemoryStore, InMemoryByteStore, DocumentsOnly])
def sidecar(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the options of a store with each kind of sidecar: the default one, or a docstore."""
    return {} if request.param is None else {"docstore": request.param()}


def test_every_read_returns_large_metadata_and_long_ids_exactly(
    make: Callable[..., Store], sidecar: dict[str, Any]
) -> None:
    store = make(**sidecar)
    store.add_documents([ATLAS, NOTE, LONG_ID])
    ids = ["note", "the atlas", str(LONG_ID.id)]
    assert store.get_by_ids(ids) == [NOTE, ATLAS, LONG_ID]
    assert store.similarity_search("Which atlas?", k=1) == [ATLAS]
    assert store.similarity_search("moons", filter={"page": {"$lt": 4}}) == [ATLAS]
    assert {each.id: each.metadata for each in store.list()} == {
        "note": {"page": 4},
        "the atlas": LARGE,
        LONG_ID.id: {},
    }
    assert store.delete(ids) is True
    assert store.list() == []


def test_the_default_sidecar_is_a_second_bucket_that_is_not_embedded(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_documents([NOTE])
    assert not emulator.account.objects.has_bucket("moons-metadata")  # created on demand
    store.add_documents([ATLAS])
    [key] = [key for key in keys_in(emulator, "moons") if key.startswith("the_20atlas.")]
    assert keys_in(emulator, "moons-metadata") == [key]
    content = Telnyx(**emulator.options()).storage.get_object("moons-metadata", key)
    assert json.loads(content) == {"id": "the atlas", "metadata": LARGE}
    assert emulator.account.embedded.names() == ["moons"]
    store.delete(["the atlas"])
    assert keys_in(emulator, "moons-metadata") == []
    store.delete_bucket()
    assert not emulator.account.objects.has_bucket("moons-metadata")


def test_the_metadata_bucket_may_have_another_name(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    make(metadata_bucket="my-metadata").add_documents([ATLAS])
    assert len(keys_in(emulator, "my-metadata")) == 1
    opened = make(metadata_bucket="my-metadata")
    assert opened.similarity_search("atlas", k=1) == [ATLAS]
    with pytest.raises(ValueError, match="not both"):
        make(metadata_bucket="my-metadata", docstore=InMemoryStore())
    with pytest.raises(ValueError, match="bucket"):
        make(metadata_bucket="No Bucket")


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_texts_and_metadata_of_different_versions_never_mix(
    make: Callable[..., Store], sidecar: dict[str, Any], emulator: TelnyxEmulator
) -> None:
    store = make(max_retries=0, **sidecar)
    store.add_documents([ATLAS])
    newer = Document("The second edition.", id="the atlas", metadata={**LARGE, "page": 9})
    emulator.fail(500, path="/moons/the_20atlas.")
    with pytest.raises(PartialError):
        store.add_documents([newer])
    assert store.get_by_ids(["the atlas"]) == [ATLAS]
    assert store.similarity_search("atlas edition", k=1) == [ATLAS]
    store.add_documents([newer])
    assert store.get_by_ids(["the atlas"]) == [newer]
    assert store.similarity_search("atlas edition", k=1) == [newer]


def test_metadata_that_grows_or_shrinks_moves_between_key_and_sidecar(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    small = ATLAS.model_copy(update={"metadata": {}})
    for document, entries in ((small, 0), (ATLAS, 1), (small, 0)):
        store.add_documents([document])
        assert len(list(docstore.yield_keys())) == entries
        assert len(keys_in(emulator, "moons")) == 1
        assert store.get_by_ids(["the atlas"]) == [document]


@pytest.mark.parametrize(
    "form",
    [dict, lambda entry: Document("", **entry), json.dumps, lambda e: json.dumps(e).encode()],
    ids=["dict", "document", "text", "bytes"],
)
def test_entries_of_other_programs_in_the_docstore_are_read(
    make: Callable[..., Store], form: Callable[[Any], Any]
) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    store.add_documents([ATLAS])
    [key] = docstore.yield_keys()
    docstore.mset([(key, form({"id": "the atlas", "metadata": LARGE}))])
    [found] = store.get_by_ids(["the atlas"])
    assert found == ATLAS
    found.metadata["table"].clear()  # a change to one must not change the next
    assert store.get_by_ids(["the atlas"]) == [ATLAS]


@pytest.mark.parametrize("value", [3, b"no json", "[1]", b'{"id": 3, "metadata": {}}', b"[" * 9999])
def test_an_unreadable_entry_skips_only_its_document(
    make: Callable[..., Store], value: Any
) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    store.add_documents([ATLAS, ATLAS.model_copy(update={"id": "b"}), NOTE])
    key = next(key for key in docstore.yield_keys() if key.startswith("the"))
    docstore.mset([(key, value)])
    with pytest.warns(UserWarning, match="of 1 documents of bucket 'moons' cannot be read"):
        found = store.similarity_search("moons", k=9)
    assert {document.id for document in found} == {"b", "note"}


def test_a_sidecar_other_than_the_one_used_for_writing_is_an_error(
    make: Callable[..., Store],
) -> None:
    make(docstore=InMemoryStore()).add_documents([ATLAS])
    for other in ({"docstore": InMemoryStore()}, {}):
        with pytest.raises(ValueError, match="`docstore=` used for writing"):
            make(**other).similarity_search("atlas")


def test_entries_of_all_hits_are_read_with_one_request(make: Callable[..., Store]) -> None:
    docstore = DocumentsOnly()
    store = make(docstore=docstore, chunk_size=60, chunk_overlap=0)
    text = " ".join(f"Moon {n} is made of ice." for n in range(9))
    store.add_texts([text, text], [LARGE, {**LARGE, "page": 5}], ids=["a", "b"])
    docstore.requested.clear()
    found = store.similarity_search("Which moon is made of ice?", k=6)
    assert {document.metadata["page"] for document in found} == {3, 5}
    assert [sorted(key[:2] for key in keys) for keys in docstore.requested] == [["a.", "b."]]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_entries_of_a_bucket_are_fetched_once(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_documents([ATLAS])
    store.similarity_search("atlas")
    emulator.requests.clear()
    assert store.similarity_search("atlas", k=1) == [ATLAS]
    assert [request.path for request in emulator.requests] == [
        "/v2/ai/embeddings/similarity-search"
    ]


def test_a_failed_deletion_leaves_the_metadata(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    docstore = InMemoryStore()
    store = make(docstore=docstore)
    store.add_documents([ATLAS, ATLAS.model_copy(update={"id": "b"})])
    refuse_deletion(emulator, next(k for k in keys_in(emulator, "moons") if k.startswith("the")))
    with pytest.raises(PartialError):
        store.delete(["the atlas", "b"])
    [left] = docstore.yield_keys()
    assert left.startswith("the_20atlas.")
    assert store.get_by_ids(["the atlas"]) == [ATLAS]


@pytest.mark.default_quirks("Another form warns.", "filename_form")
def test_metadata_of_earlier_versions_is_read_and_replaced(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    docstore = InMemoryByteStore()
    docstore.mset([("the atlas", json.dumps(LARGE).encode())])
    telnyx = Telnyx(**emulator.options())
    store = make(docstore=docstore)
    store.create_bucket()
    for key, text in {
        "the%20atlas!d.txt": ATLAS.page_content,
        "note!jeyJwYWdlIjo0fQ.txt": NOTE.page_content,
        "Done!d.txt": "Only looks like a document.",
    }.items():
        telnyx.storage.put_object("moons", key, text.encode())
    store.add_texts(["something new"])
    assert store.get_by_ids(["the atlas", "note"]) == [ATLAS, NOTE]
    found = store.similarity_search("Only looks like a document", k=1)
    assert found[0].metadata == {"source": "Done!d.txt"}
    newer = ATLAS.model_copy(update={"page_content": "The new atlas."})
    store.add_documents([newer])
    assert store.get_by_ids(["the atlas"]) == [newer]
    assert not any(key.startswith("the%20") for key in keys_in(emulator, "moons"))
    assert "the atlas" not in set(docstore.yield_keys())
    store.delete(["Done!d.txt"])
    assert "Done!d.txt" not in keys_in(emulator, "moons")


def test_metadata_that_is_not_json_is_refused_even_with_a_docstore(
    make: Callable[..., Store],
) -> None:
    with pytest.raises(ValueError, match="would change when it is read"):
        make(docstore=InMemoryStore()).add_texts(["text"], [{**LARGE, "pair": (1, 2)}])


def test_async_methods_use_the_async_methods_of_the_docstore(emulator: TelnyxEmulator) -> None:
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


def test_a_store_can_be_pickled_with_its_docstore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEY1")
    for docstore in (InMemoryByteStore(), None):
        store = TelnyxVectorStore("moons", docstore=docstore)
        again = pickle.loads(pickle.dumps(store))  # noqa: S301 - bytes of our own making
        assert repr(again) == "TelnyxVectorStore('moons')"
