"""Store texts in a Chroma database, with vectors of `TelnyxEmbeddings`; in Chroma's environment.

`chroma_worker.py write|read FOLDER` prints one line of JSON: what it found in the database.
"""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx import TelnyxEmbeddings

MOONS = {"Saturn": ["Titan", "Rhea", "Dione"], "Jupiter": ["Io", "Europa", "Ganymede"]}
FILLING = 1_000


def documents() -> list[Document]:
    moons = [
        Document(f"{moon} is a moon of {planet}.", id=moon, metadata={"planet": planet})
        for planet, names in MOONS.items()
        for moon in names
    ]
    # With duplicates, each of which must be returned.
    filling = [
        Document(f"Receipt {number // 2} is paid.", id=f"r{number}", metadata={"planet": "Earth"})
        for number in range(FILLING)
    ]
    return moons + filling


def open_store(folder: str) -> Any:
    store: Any = import_module("langchain_chroma").Chroma
    return store(
        "moons",
        embedding_function=TelnyxEmbeddings(on_long_text="average"),
        persist_directory=folder,
        # Its index is approximate, and by default misses some of many similar texts.
        collection_metadata={"hnsw:construction_ef": FILLING, "hnsw:search_ef": FILLING},
    )


def write(folder: str) -> dict[str, Any]:
    store = open_store(folder)
    store.add_documents(documents())
    store.add_texts(["Bread and flour. " * 400 + "Titan orbits Saturn."], ids=["long"])
    store.delete(["Rhea"])
    return {"held": len(store.get()["ids"])}


def read(folder: str) -> dict[str, Any]:
    store = open_store(folder)
    found = store.similarity_search_with_relevance_scores("Is Europa a moon of Jupiter?", k=2)
    filtered = store.similarity_search("a moon", k=10, filter={"planet": "Saturn"})
    awaited = asyncio.run(store.asimilarity_search("the receipt 7", k=2))
    return {
        "held": len(store.get()["ids"]),
        "found": [document.id for document, _ in found],
        "between_0_and_1": all(0 <= score <= 1 for _, score in found),
        "filtered": sorted(document.id for document in filtered),
        "awaited": sorted(document.page_content for document in awaited),
    }


if __name__ == "__main__":
    what, folder = sys.argv[1:]
    print(json.dumps({"write": write, "read": read}[what](folder)))  # noqa: T201 - its answer
