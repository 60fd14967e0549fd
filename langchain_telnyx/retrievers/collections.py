"""`TelnyxCollectionRetriever`: search AI Search collections, filtered by the service."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.documents import Document
from pydantic import Field

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, UnprocessableEntityError
from langchain_telnyx.client.flows import first
from langchain_telnyx.retrievers._filters import Filter, conditions
from langchain_telnyx.retrievers._passages import document
from langchain_telnyx.retrievers._searching import Searching, counted

_MOST = 50


class TelnyxCollectionRetriever(Searching):
    """Finds passages in an AI Search collection: what was said in the account's calls.

    A document's id is the passage's. Its metadata are what the service tells: `score` (higher is
    better; 0 where nothing was asked), `record_id` (the call), `record_type`, `chunk_index`,
    `chunk_total`, `record_created_at`, `ingested_at`, `region`, `user_id`, `organization_id`;
    `source`, the record's id again; and `record_metadata`, a dict of what else is known of the
    record.

    A call may set `k`, `filter`, `sources` and `score_threshold` in the place of the retriever's
    own. An empty query lists documents, unranked.

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
        ValueError: An option is out of range, or the service has no such condition.
        NotFoundError: At a call: there is no such collection.
        UnprocessableEntityError: At a call: it cannot be searched, such as one set to `hybrid`.
    """

    collection: str = Field(min_length=1)
    """The collection's slug."""

    k: int = Field(default=4, ge=1, le=_MOST)
    """How many passages to return, 1 to 50."""

    filter: Filter = None
    """What documents must satisfy, by field: a value, several of which one is to be equalled, or
    `$eq`, `$in`, `$gte`, `$gt`, `$lte`, `$lt`, `$between`, `$contains` with theirs. All must hold.
    `record_type`, `record_id`, `user_id`, `record_created_at` and `ingested_at` are the record's
    own fields; any other is looked for in its metadata."""

    sources: str | Sequence[str] | None = None
    """Which type of source to search, or types, such as `voice`; default: all that it has."""

    score_threshold: float | None = None
    """Leaves out passages of lower score, here and not at the service."""

    def _search(
        self,
        query: str,
        *,
        k: int | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangChain's word
        sources: str | Sequence[str] | None = None,
        score_threshold: float | None = None,
    ) -> Flow[list[Document]]:
        count = counted(k, self.k, most=_MOST)
        drawn = self.sources if sources is None else sources
        least = self.score_threshold if score_threshold is None else score_threshold
        paging = self.telnyx.calls.collections.search(
            self.collection,
            query,
            filter=conditions((self.filter if filter is None else filter) or {}),
            sources=[drawn] if isinstance(drawn, str) else drawn,
            top_k=count,
            page_size=count,
        )
        try:
            found = yield from first(paging, count)
        except NotFoundError as error:
            raise NotFoundError(
                f"There is no collection of the slug {self.collection!r}: "
                f"`Telnyx().collections.list()` tells which there are. ({error.message})",
                error.response,
            ) from error
        except UnprocessableEntityError as error:
            raise UnprocessableEntityError(
                f"The collection {self.collection!r} could not be searched so: {error.message}",
                error.response,
            ) from error
        return [document(each) for each in found if least is None or (each.score or 0) >= least]
