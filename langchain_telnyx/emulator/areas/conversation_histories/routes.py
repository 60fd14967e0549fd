"""Semantic search of past conversations; the results are chunks."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request

from langchain_telnyx.emulator.areas.collections import filters
from langchain_telnyx.emulator.areas.collections.filters import Filter
from langchain_telnyx.emulator.areas.conversation_histories import records
from langchain_telnyx.emulator.areas.conversation_histories.state import Passage
from langchain_telnyx.emulator.areas.conversations.postgrest import FilterError
from langchain_telnyx.emulator.areas.conversations.routes import invalid_filter
from langchain_telnyx.emulator.areas.conversations.state import Conversation
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged

router = APIRouter(prefix="/ai/conversation_histories")

_Page = Annotated[PageParameters, Depends(paged(first=1, size=20, largest=100))]
# Fields for filters, left out of responses.
_HIDDEN = {"retention": "30d"}


@router.get("")
def search(
    *,
    request: Request,
    account: CurrentAccount,
    page: _Page,
    q: Annotated[str, Query(min_length=1)],
    region: Literal["USA", "DEU", "AUS", "UAE"] | None = None,
    record_type: Literal["voice", "message", "ai_pipeline_storage", "knowledge_base"] | None = None,
    min_score: Annotated[float, Query(ge=0, le=1)] = 0,
) -> dict[str, Any]:
    """Return the chunks most similar to a query, best first."""
    try:
        conditions = filters.read(request.query_params.multi_items())
    except FilterError as error:
        raise invalid_filter(error) from error
    for field, value in (("region", region), ("record_type", record_type)):
        if value is not None:
            conditions.append(Filter(field, "eq", value))

    def accepted(conversation: Conversation) -> bool:
        # A field that the record lacks is one of its metadata.
        own = records.fields(conversation, account.user_id)
        values = {**conversation.metadata, **own, **_HIDDEN}
        return all(condition.accepts(values) for condition in conditions)

    found = [
        passage
        for passage in account.conversations.histories.search(q, accepted)
        if passage.score >= min_score
    ]
    shown = found[page.offset : page.offset + page.size]
    return page_of(len(found), [_shown(passage, account.user_id) for passage in shown], page)


def _shown(passage: Passage, user_id: str) -> dict[str, Any]:
    return {
        "id": passage.id,
        "chunk_index": passage.index,
        "chunk_total": passage.total,
        "text": passage.text,
        "score": round(passage.score, 6),
        "metadata": passage.conversation.metadata,
        **records.fields(passage.conversation, user_id),
    }
