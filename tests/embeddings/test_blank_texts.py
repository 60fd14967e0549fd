"""Blank texts where the package itself embeds: they have no vector and affect no other text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from langchain_telnyx import TelnyxEmbeddings, TelnyxStore
from langchain_telnyx.client.api.bucket_embeddings import Hit, HitMetadata
from langchain_telnyx.vectorstores.ranking.diversity import select_diverse
from langchain_telnyx.vectorstores.search_request import Match

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


def matches(*texts: str) -> list[Match]:
    hit = Hit(document_chunk="", distance=0.1, metadata=HitMetadata())
    return [Match(Document(text), hit, "bucket") for text in texts]


def chosen(emulator: TelnyxEmulator, mode: Mode, texts: tuple[str, ...], query: str) -> list[str]:
    embeddings = TelnyxEmbeddings(**emulator.options())

    def flow() -> Any:
        return select_diverse(matches(*texts), query, embeddings, k=3, lambda_mult=0.5)

    telnyx = embeddings.telnyx
    found = asyncio.run(telnyx.aio.send(flow())) if mode.awaited else telnyx.send(flow())
    return [match.document.page_content for match in found]


def test_blank_passages_come_last_in_a_diverse_search(emulator: TelnyxEmulator, mode: Mode) -> None:
    texts = (" ", "An icy moon.", "", "A train.")
    assert chosen(emulator, mode, texts, "icy moon") == ["An icy moon.", "A train.", " "]
    assert chosen(emulator, mode, (" ", ""), "icy moon") == [" ", ""]
    assert chosen(emulator, mode, texts, " ") == [" ", "An icy moon.", ""]


def test_a_blank_text_in_a_value_is_not_embedded(emulator: TelnyxEmulator, mode: Mode) -> None:
    embed = TelnyxEmbeddings(**emulator.options())
    store = TelnyxStore("notes", index={"dims": 1024, "embed": embed}, **emulator.options())
    value = {"text": " \n", "more": "An icy moon."}
    if mode.awaited:

        async def put_and_search() -> Any:
            await store.aput(("a",), "k", value, index=["text", "more"])
            return await store.asearch(("a",), query="icy moon")

        [item] = asyncio.run(put_and_search())
    else:
        store.put(("a",), "k", value, index=["text", "more"])
        [item] = store.search(("a",), query="icy moon")
    assert item.value == value
    assert item.score is not None
    assert item.score > 0.5
