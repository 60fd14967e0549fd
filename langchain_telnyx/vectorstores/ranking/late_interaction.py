"""Rerank by embeddings of parts: the best sentences of a passage decide, not its average.

A service embeds a passage as one vector, in which a sentence that answers the query is averaged
with its neighbours. Here each passage is embedded in parts of a few sentences.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Self

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_core.embeddings import Embeddings
from pydantic import ConfigDict, InstanceOf

from langchain_telnyx.client import Telnyx
from langchain_telnyx.embeddings import TelnyxEmbeddings

# The characters of a part: about two sentences.
_PART_LENGTH = 240
_SENTENCE_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s+|\n{2,}")


class LateInteractionReranker(BaseDocumentCompressor):
    """Orders documents by the similarity of their best part to the query."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    embeddings: InstanceOf[Embeddings]
    """The model that embeds the query and the parts."""

    @classmethod
    def of(cls, telnyx: Telnyx, model: str) -> Self:
        """Return a reranker with an embedding model of Telnyx.

        Args:
            telnyx: The client.
            model: The model's name.
        """
        embeddings = TelnyxEmbeddings(model=model, on_long_text="truncate", client=telnyx)
        return cls(embeddings=embeddings)

    def compress_documents(
        self,
        documents: Sequence[Document],
        query: str,
        callbacks: Callbacks | None = None,  # noqa: ARG002 - LangChain's signature
    ) -> Sequence[Document]:
        """Return the documents, best first."""
        parts, owners = _parts_of(documents)
        if not parts or not query.strip():
            return documents
        vectors = self.embeddings.embed_documents(parts)
        return _ordered(documents, owners, vectors, self.embeddings.embed_query(query))

    async def acompress_documents(
        self,
        documents: Sequence[Document],
        query: str,
        callbacks: Callbacks | None = None,  # noqa: ARG002 - LangChain's signature
    ) -> Sequence[Document]:
        """Return the documents, best first."""
        parts, owners = _parts_of(documents)
        if not parts or not query.strip():
            return documents
        vectors = await self.embeddings.aembed_documents(parts)
        return _ordered(documents, owners, vectors, await self.embeddings.aembed_query(query))


def _parts_of(documents: Sequence[Document]) -> tuple[list[str], list[int]]:
    """Return the parts of all documents, and for each the position of its document."""
    parts = [
        (part, position)
        for position, document in enumerate(documents)
        for part in _parts(document.page_content)
    ]
    return [part for part, _ in parts], [position for _, position in parts]


def _parts(text: str) -> Iterator[str]:
    part = ""
    for sentence in _SENTENCE_END.split(text):
        if part and len(part) + len(sentence) > _PART_LENGTH:
            yield part
            part = ""
        part = f"{part} {sentence}".strip()
    if part:
        yield part


def _ordered(
    documents: Sequence[Document],
    owners: Sequence[int],
    vectors: Sequence[Sequence[float]],
    query: Sequence[float],
) -> list[Document]:
    best = [-1.0] * len(documents)
    for owner, vector in zip(owners, vectors, strict=True):
        best[owner] = max(best[owner], _cosine(vector, query))
    order = sorted(range(len(documents)), key=lambda position: -best[position])
    return [
        documents[position].model_copy(
            update={
                "metadata": {
                    **documents[position].metadata,
                    "relevance_score": round(best[position], 4),
                }
            }
        )
        for position in order
    ]


def _cosine(first: Sequence[float], second: Sequence[float]) -> float:
    length = math.hypot(*first) * math.hypot(*second)
    product = sum(a * b for a, b in zip(first, second, strict=True))
    return product / length if length else 0.0
