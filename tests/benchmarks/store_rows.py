"""The rows of the vector store, compared with the same requests by httpx."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from contenders import RAW
from rows import Work, row
from scenario import Scenario
from store_responses import HITS, PASSAGE

if TYPE_CHECKING:
    from contenders import Subject

DOCUMENTS = 5_000
SEARCHES = 500
_WIDE = 50
_IN_A_ROW = 200


@cache
def _documents() -> list[Any]:
    # On demand: `first_model` measures the import of langchain-core.
    document = import_module("langchain_core.documents").Document
    return [
        document(f"{number}: {PASSAGE}", metadata={"page": number}) for number in range(DOCUMENTS)
    ]


@row(
    unit="document",
    work=Work(DOCUMENTS),
    must={"cpu": 0.55, "wall": 0.70},
    of="store",
    baseline=RAW,
)
async def add_5000_documents(subject: Subject) -> Work:
    """5,000 new documents of 800 characters, 16 uploads at a time, then embedded."""
    ids = await subject.store.aadd_documents(_documents())
    return Work(len(set(ids)))


@row(
    unit="search",
    work=Work(SEARCHES, PASSAGE),
    must={"cpu": 0.20, "wall": 0.30},
    of="store",
    baseline=RAW,
)
async def search_wide(subject: Subject) -> Work:
    """500 searches of 50 ms each at the server, 50 at once."""
    turns = asyncio.Semaphore(_WIDE)
    query = Scenario(delay_ms=50).prompt

    async def search() -> list[Any]:
        async with turns:
            found: list[Any] = await subject.store.asimilarity_search(query, k=HITS)
        return found

    results = await asyncio.gather(*[search() for _ in range(SEARCHES)])
    passages = [passage for passages in results for passage in passages]
    return Work(len(passages) // HITS, text_of(passages[-1]))


@row(unit="search", work=Work(_IN_A_ROW, PASSAGE), must={"cpu": 1.0}, of="store", baseline=RAW)
async def search(subject: Subject) -> Work:
    """Searches that are answered at once, one after the other."""
    query = Scenario().prompt
    results = [await subject.store.asimilarity_search(query, k=HITS) for _ in range(_IN_A_ROW)]
    passages = [passage for passages in results for passage in passages]
    return Work(len(passages) // HITS, text_of(passages[-1]))


def text_of(passage: Any) -> str:
    """Return the text of a passage: a `Document`, or an object of the API."""
    text: str = passage["document_chunk"] if isinstance(passage, dict) else passage.page_content
    return text
