"""Conversation histories: past conversations searched by meaning.

API page: https://developers.telnyx.com/api-reference/conversation-histories/search-conversation-histories
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from langchain_telnyx.client.api.collection_filters import Condition, filters
from langchain_telnyx.client.call import Paging, Query
from langchain_telnyx.client.call import query as parameters
from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.endpoint import M, Resource, paged
from langchain_telnyx.client.paging import numbered_pages


class HistoryPassage(Model):
    """A passage of a past conversation, up to 480 tokens long.

    Attributes:
        id: Its id.
        record_id: The conversation's id.
        text: Its text.
        score: Its similarity to the query; higher is better.
        chunk_index: Which passage of the conversation it is, from 0.
        chunk_total: How many passages the conversation has.
        region: Where it is stored: `USA`, `DEU`, `AUS`, `UAE`.
        metadata: Metadata of the conversation.
        record_created_at: When the conversation began.
        ingested_at: When it was made searchable.
        user_id: The user it belongs to.
        organization_id: The organization it belongs to.
    """

    id: str
    record_id: str
    text: str
    score: float
    chunk_index: int | None = None
    chunk_total: int | None = None
    region: str | None = None
    metadata: dict[str, Any] | None = None
    record_created_at: datetime | None = None
    ingested_at: datetime | None = None
    user_id: str | None = None
    organization_id: str | None = None


class ConversationHistories(Resource[M]):
    """`telnyx.conversation_histories`: search in past conversations."""

    @paged
    def search(
        self,
        query: str,
        *,
        where: Mapping[str, Condition] | None = None,
        region: str | None = None,
        record_type: str | None = None,
        min_score: float | None = None,
        page_size: int | None = None,
    ) -> Paging[HistoryPassage]:
        """Iterate over the passages of past conversations by similarity to a query, best first.

        Every passage that meets the conditions has a score: stop when you have enough passages, or
        set `min_score`.

        Endpoint: `GET /ai/conversation_histories`.

        Args:
            query: The query.
            where: Conditions by field: a value to equal, a list of values of which one must be
                equal, or a mapping from `eq`, `in`, `gte`, `gt`, `lte`, `lt` or `contains` to a
                value. `record_id`, `record_created_at`, `ingested_at`, `user_id`, `region` and
                `retention` are the record's own; other names are fields of its metadata.
            region: Search in this region only: `USA`, `DEU`, `AUS`, `UAE`.
            record_type: Search records of this type only: `voice`, `message`. An older version of
                the API requires it.
            min_score: The minimum score, 0 to 1.
            page_size: Passages per request, 1 to 100; the API's default is 20.

        Example:
            ```python
            from itertools import islice

            from langchain_telnyx import Telnyx

            telnyx = Telnyx()
            found = telnyx.conversation_histories.search(
                "asked for a refund", where={"record_created_at": {"gte": "2026-01-01"}}
            )
            for passage in islice(found, 5):
                print(passage.score, passage.text)
            ```
        """
        fields: Query = parameters(
            q=query, region=region, record_type=record_type, min_score=min_score
        )
        return numbered_pages(
            "/ai/conversation_histories",
            HistoryPassage,
            page_size=page_size,
            parameters=(*fields, *filters(where or {})),
        )
