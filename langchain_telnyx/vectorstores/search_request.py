"""The options of a search, and the passages that it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Self, TypeAlias, get_args

from langchain_core.documents import BaseDocumentCompressor, Document

from langchain_telnyx.client.api.bucket_embeddings import Hit
from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.vectorstores.entries import ChunkPlace, Chunks
from langchain_telnyx.vectorstores.filters import Filter

RerankMethod: TypeAlias = Literal["bm25", "embeddings", "model"]
"""The names of the rerankers of this package."""

Rerank: TypeAlias = RerankMethod | BaseDocumentCompressor
"""What changes the order of the passages that a search finds."""

DEFAULT_HIT_METADATA_KEY = "telnyx"

# The most passages that a search fetches to find `k` that pass a filter.
_PASSAGES_TO_FILTER = 1000
# The passages that are reranked, or whose ranks are fused. The price of a search does not depend on
# their number.
_PASSAGES_TO_RERANK = 100


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """The options of one search.

    Attributes:
        query: The text to search for.
        k: How many passages, or documents, to return.
        filter: The documents to include.
        score_threshold: The lowest certainty to include.
        per_document: Whether to return only the best passage of each document.
        whole_documents: Whether to return whole documents instead of passages; implies
            `per_document`.
        fetch_k: With `rerank`, `queries` or `hybrid`, how many passages to rank; otherwise the most
            passages to fetch from a bucket, if more than `k`.
        hit_metadata_key: The metadata key under which to add score, rank, bucket and file name.
        buckets: The buckets to search, instead of the default ones.
        min_k: The lowest acceptable `k`, where the service refuses to return more.
        rerank: What changes the order of the passages.
        queries: Further phrasings of the query; each is searched for.
        locate: Whether to find out where in their documents the passages are.
        context: How many passages before and after each to add to its text; implies `locate`.
        hybrid: Whether to find documents by the words of their ids, names and metadata, too.
    """

    query: str
    k: int
    filter: Filter | None = None
    score_threshold: float | None = None
    per_document: bool = False
    whole_documents: bool = False
    fetch_k: int | None = None
    hit_metadata_key: str | None = None
    buckets: Sequence[str] | None = None
    min_k: int | None = None
    rerank: Rerank | None = None
    queries: Sequence[str] = ()
    locate: bool = False
    context: int = 0
    hybrid: bool = False

    def __post_init__(self) -> None:
        for name, number, least in (
            ("k", self.k, 1),
            ("fetch_k", self.fetch_k, 1),
            ("context", self.context, 0),
        ):
            if number is not None and number < least:
                raise ValueError(f"`{name}` must be at least {least}, not {number}.")
        for bucket in self.buckets or ():
            checked_bucket_name(bucket)
        if self.score_threshold is not None and not 0 <= self.score_threshold <= 1:
            raise ValueError(
                f"`score_threshold` must be between 0 and 1, not {self.score_threshold}."
            )
        checked_rerank(self.rerank)
        checked_queries(self.queries)
        if self.whole_documents and self.is_located:
            raise ValueError(
                "`whole_documents` cannot be combined with `locate` or `context`: a whole document "
                "begins at its first line."
            )

    @property
    def phrasings(self) -> list[str]:
        """The query and its further phrasings, each once."""
        return list(dict.fromkeys([self.query, *self.queries]))

    @property
    def is_located(self) -> bool:
        """Whether the places of the passages in their documents are needed."""
        return self.locate or self.context > 0

    @property
    def most_passages(self) -> int:
        """The most passages to fetch from a bucket."""
        return max(self.k, self.fetch_k or _PASSAGES_TO_FILTER)

    @property
    def min_passages(self) -> int:
        """The smallest number of passages to request."""
        return self.k if self.min_k is None else min(self.k, self.min_k)

    @property
    def one_per_document(self) -> bool:
        """Whether to include only the best passage of each document."""
        return self.per_document or self.whole_documents

    def to_candidates(self) -> Self:
        """Return the request for the passages from which to select the `k` of this one."""
        if self.rerank is None and not self.queries and not self.hybrid:
            return self
        return replace(
            self,
            k=max(self.k, self.fetch_k or _PASSAGES_TO_RERANK),
            fetch_k=None,
            min_k=self.min_passages,
            # A document's best passage is known after reranking.
            per_document=False,
            whole_documents=False,
        )


class Match(NamedTuple):
    """A passage that passed the filter.

    Attributes:
        document: The passage.
        hit: The hit as the service returned it.
        bucket: The bucket it was found in.
        key: The key of its object; of a chunk the key that all chunks of the document share.
        note: Further hit metadata.
        number: The number of the chunk that contains it, from 1; 0 where the document is not
            stored in chunks.
        chunks: The chunks of the document.
    """

    document: Document
    hit: Hit
    bucket: str
    key: str = ""
    note: Mapping[str, Any] | None = None
    number: int = 0
    chunks: Chunks | None = None

    def of_chunk(self, number: int, chunks: Chunks | None) -> Self:
        """Return the match as a passage of a chunk."""
        return self._replace(number=number, chunks=chunks)

    @property
    def chunk_place(self) -> ChunkPlace | None:
        """The place of its chunk in the document, if there is one and it is known."""
        places = () if self.chunks is None else self.chunks.places
        return places[self.number - 1] if 0 < self.number <= len(places) else None

    @property
    def place(self) -> tuple[str, str]:
        """The bucket and the object, as far as it is known; the same for all of its passages."""
        return self.bucket, self.key or self.hit.metadata.filename or ""

    @property
    def identity(self) -> tuple[str, str, int, str]:
        """What two hits for the same passage have in common."""
        return (*self.place, self.number, self.hit.document_chunk)

    def noted(self, **fields: Any) -> Self:
        """Return the match with further hit metadata."""
        return self._replace(note={**(self.note or {}), **fields})


def checked_rerank(rerank: Any) -> Any:
    """Return the option `rerank`.

    Raises:
        ValueError: It is neither a name of a reranker nor a document compressor.
    """
    names = get_args(RerankMethod)
    if rerank is None or rerank in names or isinstance(rerank, BaseDocumentCompressor):
        return rerank
    listed = ", ".join(repr(name) for name in names)
    raise ValueError(
        f"`rerank` must be {listed} or a `BaseDocumentCompressor` of LangChain, not {rerank!r}."
    )


def checked_queries(queries: Any) -> Any:
    """Return the option `queries`.

    Raises:
        ValueError: It is not a list of texts.
    """
    if isinstance(queries, str) or not all(isinstance(query, str) for query in queries):
        raise ValueError(f"`queries` must be a list of texts, not {queries!r}.")
    return queries
