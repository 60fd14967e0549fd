"""The search methods of `TelnyxVectorStore`, sync and async.

They check the options and run a `RankedSearch`, which does the search itself
(`ranked_search.py`).
"""

import warnings
from abc import ABC
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, NoReturn

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.embeddings import TelnyxEmbeddings
from langchain_telnyx.vectorstores.ranked_search import RankedSearch
from langchain_telnyx.vectorstores.ranking.diversity import select_diverse
from langchain_telnyx.vectorstores.search_request import SearchRequest

_OPTIONS = [
    field.name for field in fields(SearchRequest) if field.name not in {"query", "k", "min_k"}
]


class SearchMixin(VectorStore, ABC):
    """Search methods of a vector store whose service searches by text.

    Args:
        telnyx: The client.
        searcher: The bucket to search.
    """

    def __init__(self, telnyx: Telnyx, searcher: RankedSearch) -> None:
        self._telnyx = telnyx
        self._searcher = searcher

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the passages most similar to a query, best first.

        Args:
            query: The text to search for.
            k: How many passages; several may be of one document.
            **kwargs: `filter`: conditions on the metadata, as `{"page": {"$gte": 3}}`, or a
                function on the document. `score_threshold`: leaves out passages of lower
                certainty. `per_document`: whether to return the best passage of `k` documents.
                `whole_documents`: whether to return those documents whole. `rerank`: what changes
                the order of the passages: `"bm25"`, `"embeddings"`, `"model"`, or a
                `BaseDocumentCompressor` of LangChain. `queries`: further phrasings of the query,
                which are searched for, too; the ranks are fused. `locate`: whether to add the
                place of each passage in its document to the hit metadata. `context`: how many
                passages before and after each to add to its text. `hybrid`: whether to find
                documents by the words of their ids, file names and metadata, too, which costs a
                listing of the bucket; a document that only these find has the score 0.0.
                `fetch_k`: with `rerank`, `queries` or `hybrid`, how many passages to rank,
                default 100; otherwise the most passages to fetch in order to find `k` that pass
                the filter, default 1000; a warning reports where more documents pass than are
                found. `hit_metadata_key`: the metadata key under which to
                add score, rank, bucket and file name. `buckets`: the buckets to search, merged by
                certainty, instead of the store's own.

        Raises:
            ValueError: An option is invalid; nothing is sent.
            NotFoundError: The bucket does not exist.
            RerankError: The reranker failed; `partial` has the passages.
            NotImplementedError: The service cannot search by one of the options.
        """
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    async def asimilarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the passages most similar to a query; see `similarity_search`."""
        scored = await self.asimilarity_search_with_score(query, k, **kwargs)
        return [document for document, _ in scored]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return the passages most similar to a query with their certainty, best first.

        Args:
            query: The text to search for.
            k: How many passages; several may be of one document.
            **kwargs: See `similarity_search`.
        """
        return self._telnyx.send(self._searcher.search(_search_request(query, k, kwargs)))

    async def asimilarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return the passages most similar to a query with their certainty, best first."""
        return await self._telnyx.aio.send(self._searcher.search(_search_request(query, k, kwargs)))

    def similarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return passages with their relevance, from 0 to 1, which is their certainty.

        Args:
            query: The text to search for.
            k: How many passages; several may be of one document.
            **kwargs: See `similarity_search`.
        """
        return self.similarity_search_with_score(query, k, **kwargs)

    async def asimilarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return passages with their relevance, from 0 to 1, which is their certainty."""
        return await self.asimilarity_search_with_score(query, k, **kwargs)

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return passages similar to a query but not to each other; needs the extra `mmr`.

        The service returns no vectors, so the passages are embedded again, which costs a request.

        Args:
            query: The text to search for.
            k: How many passages.
            fetch_k: How many passages to choose from.
            lambda_mult: 1 for the most relevant, 0 for the most diverse.
            **kwargs: `embeddings`: the embedding model for the passages; default: the bucket's
                model. Other options: see `similarity_search`.

        Raises:
            ImportError: numpy is not installed.
        """
        flow = self._search_diverse(query, k, fetch_k, lambda_mult, **kwargs)
        return self._telnyx.send(flow)

    async def amax_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return passages similar to a query but not to each other."""
        return await self._telnyx.aio.send(
            self._search_diverse(query, k, fetch_k, lambda_mult, **kwargs)
        )

    def similarity_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text only."""
        raise _by_text("similarity_search")

    async def asimilarity_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text only."""
        raise _by_text("asimilarity_search")

    def max_marginal_relevance_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text only."""
        raise _by_text("max_marginal_relevance_search")

    async def amax_marginal_relevance_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text only."""
        raise _by_text("amax_marginal_relevance_search")

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        # Certainty is between 0 and 1, so it is a relevance score already.
        return float

    def _search_diverse(
        self,
        query: str,
        k: int,
        fetch_k: int,
        lambda_mult: float,
        *,
        embeddings: Embeddings | None = None,
        **options: Any,
    ) -> Flow[list[Document]]:
        request = replace(_search_request(query, max(k, fetch_k), options), min_k=k)
        # A passage may be longer than the model's limit; its beginning is enough to compare it.
        model = embeddings or TelnyxEmbeddings(
            model=self._searcher.embedding_model, on_long_text="truncate", client=self._telnyx
        )
        candidates = yield from self._searcher.matches(request)
        try:
            chosen = yield from select_diverse(
                candidates, query, model, k=k, lambda_mult=lambda_mult
            )
        except NotFoundError as error:
            if embeddings is not None:
                raise
            warnings.warn(
                f"The server has no embeddings of model {self._searcher.embedding_model!r}, so the "
                f"most relevant passages are returned, even if similar: pass `embeddings=`. "
                f"({error.message})",
                UserWarning,
                stacklevel=2,
            )
            chosen = candidates[:k]
        return [
            document
            for document, _ in (yield from self._searcher.to_scored_documents(chosen, request))
        ]


def _search_request(query: str, k: int, options: dict[str, Any]) -> SearchRequest:
    """Return the validated search request."""
    others = ", ".join(f"`{name}`" for name in options if name not in _OPTIONS)
    if others:
        raise NotImplementedError(
            f"Telnyx searches by text and does not support {others}. Supported options: "
            f"{', '.join(_OPTIONS)}. For other kinds of search, store vectors of "
            f"`TelnyxEmbeddings` in another vector store."
        )
    given = {name: value for name, value in options.items() if value is not None}
    return SearchRequest(query, k, **given)


def _by_text(method: str) -> NotImplementedError:
    return NotImplementedError(
        f"Telnyx embeds the query itself and does not accept vectors: use `{method}` with the "
        f"text, or store vectors of `TelnyxEmbeddings` in another vector store."
    )
