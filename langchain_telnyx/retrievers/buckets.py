"""`TelnyxRetriever`: search embedded buckets from a chain."""

from collections.abc import Sequence
from typing import Annotated, Any

from langchain_core.documents import Document
from langchain_core.stores import BaseStore
from pydantic import AfterValidator, Field, InstanceOf, PlainValidator, PrivateAttr

from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.client.call import Flow
from langchain_telnyx.retrievers._flow_retriever import FlowRetriever
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.filters import Filter, matcher
from langchain_telnyx.vectorstores.ranked_search import RankedSearch
from langchain_telnyx.vectorstores.resolver_cache import ResolverCache
from langchain_telnyx.vectorstores.search_request import (
    DEFAULT_HIT_METADATA_KEY,
    Rerank,
    SearchRequest,
    checked_queries,
    checked_rerank,
)
from langchain_telnyx.vectorstores.settings import DEFAULT_EMBEDDING_MODEL


def _checked_filter(filter: Filter | None) -> Filter | None:  # noqa: A002 - LangChain's word
    if filter is not None:
        matcher(filter)
    return filter


def _checked_buckets(buckets: str | Sequence[str]) -> str | Sequence[str]:
    names = [buckets] if isinstance(buckets, str) else buckets
    if not names:
        raise ValueError("`bucket` is empty: pass at least one bucket.")
    for name in names:
        checked_bucket_name(name)
    return buckets


def _checked_rerank(rerank: Any) -> Any:
    return checked_rerank(rerank)


class TelnyxRetriever(FlowRetriever):
    """Finds passages in embedded buckets, whichever program wrote them.

    Documents that `TelnyxVectorStore` wrote have their id and metadata, others have
    `{"source": key}`. `metadata["telnyx"]` has the hit metadata: `score`, the certainty from 0 to
    1, `rank` from 1, `bucket`, and `filename`, the object's key. The service does not number the
    passages of a document.

    A call can override the fields by name:
    `retriever.invoke("…", k=1, filter={"page": 3})`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/retrievers.md

    API page: https://developers.telnyx.com/api-reference/embeddings/search-for-documents

    Example:
        ```python
        from langchain_telnyx import TelnyxRetriever

        retriever = TelnyxRetriever(bucket="my-documents", k=3)
        retriever.invoke("Which moons does Saturn have?")
        ```

    Raises:
        NotFoundError: At a call: a bucket is not embedded or does not exist.
        RerankError: At a call: the reranker failed; `partial` has the passages.
    """

    bucket: Annotated[str | Sequence[str], AfterValidator(_checked_buckets)]
    """The bucket, or several; their passages are merged by certainty."""

    k: int = Field(default=4, ge=1)
    """How many passages to return, or documents."""

    score_threshold: float | None = Field(default=None, ge=0, le=1)
    """Leaves out passages of lower certainty. Useful ones score above 0.85."""

    filter: Annotated[Filter | None, AfterValidator(_checked_filter)] = None
    """Conditions on the metadata, as `{"page": {"$gte": 3}}`, or a function on the document."""

    per_document: bool = False
    """Whether to return the best passage of each document only."""

    whole_documents: bool = False
    """Whether to return whole documents in place of their passages."""

    fetch_k: int | None = Field(default=None, ge=1)
    """With `rerank`, `queries` or `hybrid`, how many passages to rank, by default 100. Otherwise
    the most passages to fetch from each bucket in order to find `k` that pass the filter, by
    default 1,000."""

    rerank: Annotated[Rerank | None, PlainValidator(_checked_rerank)] = None
    """What changes the order of the passages: `"bm25"`, the words that they share with the query;
    `"embeddings"`, the similarity of their best sentences; `"model"`, a chat model; or any
    `BaseDocumentCompressor` of LangChain."""

    locate: bool = False
    """Whether to add the place of each passage in its document to the hit metadata:
    `start_index`, `line` and `end_line`. It reads the documents, and merges passages that
    overlap."""

    context: int = Field(default=0, ge=0)
    """How many passages before and after each to add to its text; implies `locate`."""

    hybrid: bool = False
    """Whether to find documents by the words of their ids, file names and metadata, too. It lists
    the buckets; a document that only these words find has the score 0.0."""

    embedding_model: str = DEFAULT_EMBEDDING_MODEL
    """The embedding model for `rerank="embeddings"`."""

    hit_metadata_key: str | None = DEFAULT_HIT_METADATA_KEY
    """The metadata key for the hit metadata; `None` for none. An existing key of a document is not
    overwritten."""

    metadata_bucket: str | None = None
    """The `metadata_bucket` of the `TelnyxVectorStore`, if it is not the default. It applies to all
    buckets of the retriever."""

    docstore: InstanceOf[BaseStore[str, Any]] | None = Field(default=None, exclude=True, repr=False)
    """The `docstore` of the `TelnyxVectorStore`, if it has one."""

    _resolvers: tuple[tuple[Any, ...], ResolverCache] | None = PrivateAttr(default=None)

    def _search(
        self,
        query: str,
        *,
        k: int | None = None,
        score_threshold: float | None = None,
        filter: Filter | None = None,  # noqa: A002 - LangChain's word
        per_document: bool | None = None,
        whole_documents: bool | None = None,
        fetch_k: int | None = None,
        rerank: Rerank | None = None,
        queries: Sequence[str] = (),
        locate: bool | None = None,
        context: int | None = None,
        hybrid: bool | None = None,
        hit_metadata_key: str | None = None,
    ) -> Flow[list[Document]]:
        buckets = [self.bucket] if isinstance(self.bucket, str) else list(self.bucket)
        request = SearchRequest(
            query,
            k=_or(k, self.k),
            score_threshold=_or(score_threshold, self.score_threshold),
            filter=_or(filter, self.filter),
            per_document=_or(per_document, self.per_document),
            whole_documents=_or(whole_documents, self.whole_documents),
            fetch_k=_or(fetch_k, self.fetch_k),
            rerank=_or(rerank, self.rerank),
            queries=checked_queries(queries),
            locate=_or(locate, self.locate),
            context=_or(context, self.context),
            hybrid=_or(hybrid, self.hybrid),
            hit_metadata_key=_or(hit_metadata_key, self.hit_metadata_key),
        )
        searcher = BucketSearch(self.telnyx.calls, buckets, self._resolver_cache(buckets))
        search = RankedSearch(self.telnyx, searcher, self.embedding_model)
        found = yield from search.search(request)
        return [document for document, _ in found]

    def _resolver_cache(self, buckets: Sequence[str]) -> ResolverCache:
        """Return the cached resolvers of the buckets, or new ones after an option changed."""
        options = (self.telnyx, self.docstore, self.metadata_bucket, *buckets)
        if self._resolvers is None or self._resolvers[0] != options:
            names = dict.fromkeys(buckets, self.metadata_bucket or "")
            self._resolvers = (options, ResolverCache(self.telnyx.calls, self.docstore, names))
        return self._resolvers[1]

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        return {
            **state,
            "__pydantic_private__": {**(state["__pydantic_private__"] or {}), "_resolvers": None},
        }


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
