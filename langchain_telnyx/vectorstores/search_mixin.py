"""The half of `TelnyxVectorStore` that searches: every way of asking, on both faces."""

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
from langchain_telnyx.vectorstores.diversity import diverse
from langchain_telnyx.vectorstores.search import Search, Searcher

_OPTIONS = [field.name for field in fields(Search) if field.name not in {"query", "k", "least"}]


class Searchable(VectorStore, ABC):
    """A vector store that a service searches by text.

    Args:
        telnyx: The client.
        searcher: The bucket to search.
        embedding_model: What embeds candidates where the service's own vectors are wanted.
    """

    def __init__(self, telnyx: Telnyx, searcher: Searcher, embedding_model: str) -> None:
        self._telnyx = telnyx
        self._searcher = searcher
        self._embedding_model = embedding_model

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the passages that are most like a query, best first.

        Args:
            query: What to look for.
            k: How many passages; several may be of one document.
            **kwargs: `filter`: conditions on the metadata, as `{"page": {"$gte": 3}}`, or a
                function on the document. `score_threshold`: leaves out passages of lower
                certainty. `per_document`: whether to return the best passage of `k` documents.
                `whole_documents`: whether to return those documents whole. `fetch_k`: how many
                passages to fetch at most in order to find `k` that pass; default 1000; where more
                documents pass than are found, a warning says so. `hit_metadata_key`: puts
                score, rank, bucket and file name into the metadata, under this key. `buckets`: the
                buckets to search, merged by certainty, instead of the store's own.

        Raises:
            ValueError: An option cannot be; nothing was asked.
            NotFoundError: There is no such bucket.
            NotImplementedError: The service cannot search by one of the options.
        """
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    async def asimilarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the passages that are most like a query; see `similarity_search`."""
        scored = await self.asimilarity_search_with_score(query, k, **kwargs)
        return [document for document, _ in scored]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return the passages that are most like a query with their certainty, best first.

        Args:
            query: What to look for.
            k: How many passages; several may be of one document.
            **kwargs: See `similarity_search`.
        """
        return self._telnyx.send(self._searcher.search(_asked(query, k, kwargs)))

    async def asimilarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return the passages that are most like a query with their certainty, best first."""
        return await self._telnyx.aio.send(self._searcher.search(_asked(query, k, kwargs)))

    def similarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return passages with their relevance, from 0 to 1, which is their certainty.

        Args:
            query: What to look for.
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
        """Return passages that are like a query, but not like each other; needs the extra `mmr`.

        The service gives no vectors, so the passages are embedded anew, which costs a request.

        Args:
            query: What to look for.
            k: How many passages.
            fetch_k: How many to choose them from.
            lambda_mult: 1 for the most relevant, 0 for the most diverse.
            **kwargs: `embeddings`: what embeds the passages; default: the bucket's model. The
                others of `similarity_search`.

        Raises:
            ImportError: numpy is not installed.
        """
        return self._telnyx.send(self._diverse(query, k, fetch_k, lambda_mult, **kwargs))

    async def amax_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return passages that are like a query, but not like each other."""
        return await self._telnyx.aio.send(self._diverse(query, k, fetch_k, lambda_mult, **kwargs))

    def similarity_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text alone."""
        raise _by_text("similarity_search")

    async def asimilarity_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text alone."""
        raise _by_text("asimilarity_search")

    def max_marginal_relevance_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text alone."""
        raise _by_text("max_marginal_relevance_search")

    async def amax_marginal_relevance_search_by_vector(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `NotImplementedError`: the service searches by text alone."""
        raise _by_text("amax_marginal_relevance_search")

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        # The score is a relevance already: certainty lies between 0 and 1.
        return float

    def _diverse(
        self,
        query: str,
        k: int,
        fetch_k: int,
        lambda_mult: float,
        *,
        embeddings: Embeddings | None = None,
        **options: Any,
    ) -> Flow[list[Document]]:
        wide = replace(_asked(query, max(k, fetch_k), options), least=k)
        # A passage may be longer than its model takes at once; its beginning tells it apart too.
        model = embeddings or TelnyxEmbeddings(
            model=self._embedding_model, on_long_text="truncate", client=self._telnyx
        )
        candidates = yield from self._searcher.matches(wide)
        try:
            chosen = yield from diverse(candidates, query, model, k=k, lambda_mult=lambda_mult)
        except NotFoundError as error:
            if embeddings is not None:
                raise
            warnings.warn(
                f"The server has no embeddings of model {self._embedding_model!r}, so the most "
                f"relevant passages are returned, however alike they are: pass `embeddings=`. "
                f"({error.message})",
                UserWarning,
                stacklevel=2,
            )
            chosen = candidates[:k]
        return [document for document, _ in (yield from self._searcher.finished(chosen, wide))]


def _asked(query: str, k: int, options: dict[str, Any]) -> Search:
    """Return what is searched for, checked before anything is sent."""
    others = ", ".join(f"`{name}`" for name in options if name not in _OPTIONS)
    if others:
        raise NotImplementedError(
            f"Telnyx searches by a text, and knows no {others}. What can be asked for is "
            f"{', '.join(_OPTIONS)}; for a search by other means keep vectors of your own in "
            f"another store, made by `TelnyxEmbeddings`."
        )
    given = {name: value for name, value in options.items() if value is not None}
    return Search(query, k, **given)


def _by_text(method: str) -> NotImplementedError:
    return NotImplementedError(
        f"Telnyx embeds the query itself, and takes no vector: use `{method}` with the text, or "
        f"keep vectors of your own in another store, made by `TelnyxEmbeddings`."
    )
