"""Search and listing of a collection's documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from langchain_telnyx.emulator.areas.collections import filters
from langchain_telnyx.emulator.areas.collections.documents import SEARCHABLE, Document
from langchain_telnyx.emulator.areas.conversations.postgrest import FilterError
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged

router = APIRouter(prefix="/ai/knowledge/collections")

_Page = Annotated[PageParameters, Depends(paged())]


@router.get("/{slug}/documents")
def search(
    slug: str,
    request: Request,
    page: _Page,
    account: CurrentAccount,
    *,
    query: str = "",
    sources: str | None = None,
    top_k: Annotated[int | None, Query(ge=1, le=50)] = None,
) -> dict[str, Any]:
    """Return the chunks nearest to a query, best first; without a query, all of them."""
    collection = account.collections.find_slug(slug)
    if collection is None:
        raise resource_not_found()
    retrieval = collection.retrieval
    if query and retrieval.retrieval_type != "vector":
        detail = f"A collection set to {retrieval.retrieval_type!r} cannot be searched yet."
        raise ApiError(422, "10027", None, detail)
    try:
        conditions = filters.read(request.query_params.multi_items())
    except FilterError as error:
        raise ApiError(400, "10015", None, str(error)) from None
    types = {source.ref.type for source in account.collections.sources(collection.uuid)}
    if sources is not None:
        types &= {name.strip() for name in sources.split(",")}
    searched = sorted(types & {SEARCHABLE})
    found = account.documents.search(query, conditions) if searched else []
    most = top_k or retrieval.top_k
    if query:
        found = found[:most]
    shown = [_shown(document) for document in found[page.offset : page.offset + page.size]]
    answer = page_of(len(found), shown, page)
    answer["meta"] |= {
        "collection_slug": collection.slug,
        "retrieval_type": "vector",
        "searched_sources": searched,
        "top_k": most,
    }
    return answer


def _shown(document: Document) -> dict[str, Any]:
    passage = document.passage
    return {
        "id": passage.id,
        "text": passage.text,
        "score": document.score,
        "chunk_index": passage.index,
        "chunk_total": passage.total,
        "metadata": passage.conversation.metadata,
        **document.fields,
    }
