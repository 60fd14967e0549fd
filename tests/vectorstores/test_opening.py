"""Opening an existing bucket, creating one, and creating a store from documents."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document

from langchain_telnyx import NotFoundError, TelnyxVectorStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store


def test_from_existing_opens_a_bucket_and_names_a_missing_one(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    make("opened").add_texts(["a moon"])
    opened = open_existing(make("other"), "opened", emulator)
    assert [d.page_content for d in opened.similarity_search("moon")] == ["a moon"]
    with pytest.raises(NotFoundError, match="The bucket 'openend' does not exist"):
        open_existing(make("other"), "openend", emulator)


def open_existing(like: Store, bucket: str, emulator: TelnyxEmulator) -> TelnyxVectorStore:
    if like.awaited:
        return asyncio.run(TelnyxVectorStore.afrom_existing(bucket, **emulator.options()))
    return TelnyxVectorStore.from_existing(bucket, **emulator.options())


@pytest.mark.parametrize("region", ["us-central-1", "eu-central-1"])
def test_a_bucket_is_created_in_the_requested_region(
    make: Callable[..., Store], emulator: TelnyxEmulator, region: str
) -> None:
    store = make("regional", region=region)
    store.create_bucket()
    store.create_bucket()  # it may exist
    assert emulator.account.objects.need_bucket("regional").region == region
    assert store.similarity_search("moon") == []


def test_from_documents_creates_a_store(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    documents = (Document(text, id=text[:1], metadata={"n": 1}) for text in ("a moon", "b moon"))
    options: dict[str, Any] = {"bucket": "made", **emulator.options()}
    if make().awaited:
        store = asyncio.run(TelnyxVectorStore.afrom_documents(documents, **options))  # type: ignore[arg-type]  # any iterable will do
    else:
        store = TelnyxVectorStore.from_documents(documents, **options)  # type: ignore[arg-type]  # any iterable will do
    assert store.bucket == "made"
    assert store.get_by_ids(["b", "a"]) == [
        Document("b moon", id="b", metadata={"n": 1}),
        Document("a moon", id="a", metadata={"n": 1}),
    ]
