"""`TelnyxCollectionRetriever`: search AI Search collections, filtered by the service."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.documents import Document
from pydantic import Field

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, UnprocessableEntityError
from langchain_telnyx.client.flows import first
from langchain_telnyx.retrievers._filters import Filter, conditions
from langchain_telnyx.retrievers._flow_retriever import FlowRetriever, checked_k
from langchain_telnyx.retrievers._passages import document

_MOST = 50


class TelnyxCollectionRetriever(FlowRetriever):
    """Finds passages of the account's calls in an AI Search collection.

    A document's id is the passage's. Its metadata has the service's fields: `score` (higher is
    better; 0 for an empty query), `record_id` (the call), `record_type`, `chunk_index`,
    `chunk_total`, `record_created_at`, `ingested_at`, `region`, `user_id`, `organization_id`;
    `source`, the record's id again; and `record_metadata`, a dict of the record's own metadata.

    A call can override `k`, `filter`, `sources` and `score_threshold`. An empty query lists
    documents without a ranking.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/knowledge.md

    API page: https://developers.telnyx.com/api-reference/ai-collections/create-a-collection

    Example:
        ```python
        from langchain_telnyx import TelnyxCollectionRetriever

        retriever = TelnyxCollectionRetriever(
            collection="support-calls", k=5, filter={"plan": "gold", "minutes": {"$gte": 10}}
        )
        retriever.invoke("Who wants a refund?", filter={"plan": ["gold", "silver"]})
        ```

    Raises:
        ValueError: An option is out of range, or the service does not support a condition.
        NotFoundError: At a call: the collection does not exist.
        UnprocessableEntityError: At a call: the collection cannot be searched, such as one set to
            `hybrid`.
    """

    collection: str = Field(min_length=1)
    """The collection's slug."""

    k: int = Field(default=4, ge=1, le=_MOST)
    """How many passages to return, 1 to 50."""

    filter: Filter = None
    """Conditions by field: a value to equal, a list of values of which one must be equal, or
    `$eq`, `$in`, `$gte`, `$gt`, `$lte`, `$lt`, `$between`, `$contains` with their values. All
    conditions must hold.
    `record_type`, `record_id`, `user_id`, `record_created_at` and `ingested_at` are the record's
    own fields; any other name is a field of its metadata."""

    sources: str | Sequence[str] | None = None
    """The type or types of source to search, such as `voice`. Default: all of the collection."""

    score_threshold: float | None = None
    """Leaves out passages of lower score; applied by the client."""

    def _search(
        self,
        query: str,
        *,
        k: int | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangChain's word
        sources: str | Sequence[str] | None = None,
        score_threshold: float | None = None,
    ) -> Flow[list[Document]]:
        count = checked_k(k, self.k, most=_MOST)
        types = self.sources if sources is None else sources
        threshold = self.score_threshold if score_threshold is None else score_threshold
        paging = self.telnyx.calls.collections.search(
            self.collection,
            query,
            filter=conditions((self.filter if filter is None else filter) or {}),
            sources=[types] if isinstance(types, str) else types,
            top_k=count,
            page_size=count,
        )
        try:
            found = yield from first(paging, count)
        except NotFoundError as error:
            raise NotFoundError(
                f"The collection with the slug {self.collection!r} does not exist: "
                f"`Telnyx().collections.list()` lists all collections. ({error.message})",
                error.response,
            ) from error
        except UnprocessableEntityError as error:
            raise UnprocessableEntityError(
                f"The collection {self.collection!r} could not be searched: {error.message}",
                error.response,
            ) from error
        return [
            document(each) for each in found if threshold is None or (each.score or 0) >= threshold
        ]
