"""`TelnyxConversationRetriever`: search past conversations by meaning."""

from collections.abc import Mapping
from typing import Any

from langchain_core.documents import Document
from pydantic import Field

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import first
from langchain_telnyx.retrievers._filters import Filter, conditions
from langchain_telnyx.retrievers._flow_retriever import FlowRetriever, checked_k
from langchain_telnyx.retrievers._passages import document

_LARGEST_PAGE = 100


class TelnyxConversationRetriever(FlowRetriever):
    """Finds passages of past conversations on all channels, as context for the next one.

    A document's id is the passage's, its text up to 480 tokens of the conversation, each turn with
    its speaker. Its metadata has the service's fields: `score` (higher is better), `record_id`
    (the conversation), `chunk_index`, `chunk_total`, `record_created_at`, `ingested_at`, `region`,
    `user_id`, `organization_id`; `source`, the conversation's id again; and `record_metadata`, a
    dict of the conversation's own metadata.

    A call can override `k`, `filter`, `region` and `score_threshold`. Every passage has some
    similarity to a query, so a search returns `k` passages if there are that many.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/knowledge.md

    API page: https://developers.telnyx.com/api-reference/conversation-histories/search-conversation-histories

    Example:
        ```python
        from langchain_telnyx import TelnyxConversationRetriever

        retriever = TelnyxConversationRetriever(k=5, filter={"user_id": "123"})
        retriever.invoke(
            "Who asked for a refund?", filter={"record_created_at": {"$gte": "2026-01-01"}}
        )
        ```

    Raises:
        ValueError: An option is out of range, or the service does not support a condition.
        UnprocessableEntityError: At a call: the query is empty, or the region is unknown.
    """

    k: int = Field(default=4, ge=1)
    """How many passages to return."""

    filter: Filter = None
    """Conditions by field: a value to equal, a list of values of which one must be equal, or
    `$eq`, `$in`, `$gte`, `$gt`, `$lte`, `$lt`, `$between`, `$contains` with their values. All
    conditions must hold. `record_id`, `record_created_at`, `ingested_at`, `user_id`, `region` and
    `retention` are the record's own fields; any other name is a field of its metadata."""

    region: str | None = None
    """Searches this region only: `USA`, `DEU`, `AUS`, `UAE`."""

    record_type: str | None = None
    """Searches records of this type only: `voice`, `message`."""

    score_threshold: float | None = Field(default=None, ge=0, le=1)
    """Leaves out passages of lower score; sent as `min_score`."""

    def _search(
        self,
        query: str,
        *,
        k: int | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangChain's word
        region: str | None = None,
        score_threshold: float | None = None,
    ) -> Flow[list[Document]]:
        count = checked_k(k, self.k)
        paging = self.telnyx.calls.conversation_histories.search(
            query,
            where=conditions((self.filter if filter is None else filter) or {}),
            region=self.region if region is None else region,
            record_type=self.record_type,
            min_score=self.score_threshold if score_threshold is None else score_threshold,
            page_size=min(count, _LARGEST_PAGE),
        )
        found = yield from first(paging, count)
        return [document(each) for each in found]
