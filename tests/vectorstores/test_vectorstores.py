"""`TelnyxVectorStore` beyond the standard suite: upserts, partial failure, indexing, retrieval."""

from __future__ import annotations

import asyncio
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from langchain_core.indexing import InMemoryRecordManager, aindex, index

from langchain_telnyx import (
    PartialError,
    PartialWriteError,
    PermissionDeniedError,
    TelnyxVectorStore,
)
from tests.support.fixtures import keys_in, refuse_deletion

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

MOONS = [
    Document("Titan is a moon of Saturn.", id="titan", metadata={"planet": 6}),
    Document("Europa is an icy moon of Jupiter.", id="europa", metadata={"planet": 5}),
    Document("Phobos is a moon of Mars.", id="phobos", metadata={"planet": 4}),
]


def keys(emulator: TelnyxEmulator) -> list[str]:
    return keys_in(emulator, "moons")


def test_added_documents_are_found_with_id_metadata_and_score(make: Callable[..., Store]) -> None:
    store = make()
    assert store.add_documents(MOONS) == ["titan", "europa", "phobos"]
    [(document, score), *_] = store.similarity_search_with_score("Which moon is icy?", k=2)
    assert document == MOONS[1]
    assert 0.9 < score <= 1


def test_a_changed_document_replaces_the_old_one(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_documents(MOONS)
    store.add_documents([Document("Titan has lakes.", id="titan", metadata={"planet": 6, "v": 2})])
    assert len(keys(emulator)) == 3
    documents = store.similarity_search("Titan", k=10)
    assert [d.page_content for d in documents if d.id == "titan"] == ["Titan has lakes."]
    assert store.get_by_ids(["titan"])[0].metadata == {"planet": 6, "v": 2}


def test_missing_ids_are_generated_and_returned(make: Callable[..., Store]) -> None:
    store = make()
    ids = store.add_texts(text for text in ("one moon", "two moons", "one moon"))  # a generator
    assert len(set(ids)) == 3
    assert [d.page_content for d in store.get_by_ids(ids)] == ["one moon", "two moons", "one moon"]


def test_a_partly_failed_write_without_ids_can_be_repeated(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    texts = [f"moon {n}" for n in range(6)]
    metadatas = [{"n": n} for n in range(6)]
    emulator.fail(403, path=".txt", times=3)
    with pytest.raises(PartialError) as caught:
        store.add_texts(texts, metadatas)
    ids = store.add_texts(texts, metadatas)
    assert set(ids) == {*caught.value.done, *caught.value.failed}
    assert len(keys(emulator)) == 6
    assert len(store.similarity_search("moon", k=20)) == 6


def test_of_documents_with_the_same_id_the_last_counts(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    assert store.add_texts(["old", "new"], ids=["a", "a"]) == ["a", "a"]
    [key] = keys(emulator)
    assert re.fullmatch(r"a\.[0-9a-v]{15}\.n\.[0-9a-f]{6}\.txt", key)
    assert store.get_by_ids(["a"])[0].page_content == "new"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"texts": ["a", "b"], "metadatas": [{}]}, "`texts` has 2 items, but `metadatas` has 1"),
        ({"texts": ["a", "b"], "ids": ["1"]}, "`documents` has 2 items, but `ids` has 1"),
        ({"texts": ["a"], "metadatas": [{"x": (1,)}]}, "would change when it is read"),
        ({"texts": ["half a pair: \ud83d"], "ids": ["1"]}, r"position 0: the text is not Unicode"),
        (
            {"texts": ["a", " \n"], "metadatas": [{}, {"source": "b.md"}]},
            r"1 \(source 'b.md'\): .*blank",
        ),
        ({"texts": ["a"], "ids": [7]}, r"position 0: the id 7 is of type int: give `str\(id\)`"),
        ({"texts": ["a"], "ids": [""]}, "position 0: A document id is empty"),
    ],
)
def test_an_invalid_batch_is_refused_before_anything_is_sent(
    make: Callable[..., Store], emulator: TelnyxEmulator, arguments: dict[str, Any], match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        make().add_texts(**arguments)
    assert len(emulator.requests) == 0


def test_a_failed_upload_is_reported_by_id_and_the_others_are_found(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    emulator.fail(403, path="/europa.")
    with pytest.raises(PartialWriteError, match="1 of 3 documents are not stored") as caught:
        store.add_documents(MOONS)
    assert caught.value.done == ["titan", "phobos"]
    assert [(o.position, o.id) for o in caught.value.not_stored] == [(1, "europa")]
    assert isinstance(caught.value.failed["europa"], PermissionDeniedError)
    assert {d.id for d in store.similarity_search("moon", k=9)} == {"phobos", "titan"}
    store.add_documents(MOONS)  # repeating the write completes it
    assert {d.id for d in store.similarity_search("moon", k=9)} == {"phobos", "titan", "europa"}


def test_a_failed_deletion_is_reported_by_id(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_documents(MOONS)
    [key] = [key for key in keys(emulator) if key.startswith("europa.")]
    refuse_deletion(emulator, key)
    with pytest.raises(PartialError, match="could not be deleted") as caught:
        store.delete(["europa", "titan", "never there"])
    assert (caught.value.done, list(caught.value.failed)) == (["titan"], ["europa"])
    assert store.delete(["europa", "titan"]) is True
    assert [d.id for d in store.similarity_search("moon", k=9)] == ["phobos"]


def test_an_old_version_that_cannot_be_removed_is_reported_by_id(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_documents(MOONS)
    changed = [moon.model_copy(update={"metadata": {"v": 2}}) for moon in MOONS]
    old = next(key for key in keys(emulator) if key.startswith("europa."))
    refuse_deletion(emulator, old)
    with pytest.raises(
        PartialWriteError, match="older version that could not be removed"
    ) as caught:
        store.add_documents(changed)
    assert (caught.value.done, list(caught.value.failed)) == (["titan", "phobos"], ["europa"])
    assert [outcome.id for outcome in caught.value.not_replaced] == ["europa"]
    store.add_documents(changed)
    assert len(keys(emulator)) == 3
    assert {d.metadata["v"] for d in store.similarity_search("moon", k=9)} == {2}


def test_delete_all_empties_the_bucket(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_documents(MOONS)
    with pytest.raises(ValueError, match="`all=True`"):
        store.delete()
    assert store.delete(all=True) is True
    assert keys(emulator) == []
    assert store.similarity_search("moon") == []


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_many_ids_are_read_and_deleted_by_one_listing(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    ids = [f"doc-{n}" for n in range(40)]
    store.add_texts([f"moon number {n}" for n in range(40)], ids=ids)
    emulator.requests.clear()
    assert [d.id for d in store.get_by_ids(ids)] == ids
    assert sum(r.method == "GET" and r.path == "/moons" for r in emulator.requests) == 1
    store.delete(ids)
    assert keys(emulator) == []


def test_a_deleted_bucket_is_gone_and_may_be_deleted_again(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_documents(MOONS)
    store.delete_bucket()
    store.delete_bucket()
    assert not emulator.account.objects.has_bucket("moons")
    assert emulator.account.embedded.names() == []


def test_a_store_is_a_retriever(make: Callable[..., Store]) -> None:
    store = make()
    store.add_documents(MOONS)
    retriever = store.store.as_retriever(search_kwargs={"k": 1})
    strict = store.store.as_retriever(
        search_type="similarity_score_threshold", search_kwargs={"k": 3, "score_threshold": 0.95}
    )
    if store.awaited:
        found = [asyncio.run(each.ainvoke("Which moon is icy?")) for each in (retriever, strict)]
    else:
        found = [each.invoke("Which moon is icy?") for each in (retriever, strict)]
    assert [[d.id for d in documents] for documents in found] == [["europa"], ["europa"]]


@pytest.mark.parametrize("kwargs", [{"sparse": True}, {"alpha": 0.5}])
def test_unsupported_search_options_are_refused_by_name(
    make: Callable[..., Store], kwargs: dict[str, Any]
) -> None:
    with pytest.raises(NotImplementedError, match=f"`{next(iter(kwargs))}`"):
        make().similarity_search("moon", **kwargs)


def test_from_texts_creates_a_store_in_a_new_bucket(
    emulator: TelnyxEmulator, make: Callable[..., Store]
) -> None:
    if make().awaited:
        store = asyncio.run(TelnyxVectorStore.afrom_texts(["a moon"], **emulator.options()))
    else:
        store = TelnyxVectorStore.from_texts(["a moon"], **emulator.options())
    assert store.bucket.startswith("langchain-")
    assert [d.page_content for d in store.similarity_search("moon")] == ["a moon"]


def test_a_local_embedding_is_refused_since_the_service_embeds() -> None:
    class Local:
        """Stands for any embedding model."""

    with pytest.raises(ValueError, match="`embedding_model=`"):
        TelnyxVectorStore.from_texts(["a"], Local())  # type: ignore[arg-type]  # any object will do


def test_a_store_can_be_pickled(emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEY1")
    store = TelnyxVectorStore("moons", chunk_size=99, base_url="http://127.0.0.1:9")
    again = pickle.loads(pickle.dumps(store))  # noqa: S301 - bytes of our own making
    assert repr(again) == "TelnyxVectorStore('moons')"
    assert len(emulator.requests) == 0


@pytest.mark.parametrize("cleanup", [None, "incremental", "full", "scoped_full"])
def test_langchains_indexing_synchronizes_the_bucket(
    make: Callable[..., Store], emulator: TelnyxEmulator, cleanup: Any
) -> None:
    store = make()
    records = InMemoryRecordManager("moons")
    records.create_schema()

    def run(texts: list[str]) -> Any:
        documents = [Document(text, metadata={"source": "moons.txt"}) for text in texts]
        options: Any = {
            "cleanup": cleanup,
            "source_id_key": "source",
            "key_encoder": "sha256",
        }
        if store.awaited:
            return asyncio.run(aindex(documents, records, store.store, **options))
        return index(documents, records, store.store, **options)

    assert run(["Titan is big.", "Rhea is small."])["num_added"] == 2
    assert run(["Titan is big.", "Rhea is small."])["num_skipped"] == 2
    changed = run(["Titan is big.", "Rhea has a ring."])
    assert (changed["num_added"], changed["num_deleted"]) == (1, 0 if cleanup is None else 1)
    assert len(keys(emulator)) == (3 if cleanup is None else 2)
