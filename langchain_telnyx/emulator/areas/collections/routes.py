"""AI Search collections: create, update and delete them, their settings and sources.

Errors of collections have text codes, such as `collection_not_found`; shared ones have numbers.
"""

import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.collections.state import (
    Collection,
    Retrieval,
    SlugTakenError,
    Source,
    SourceExistsError,
    SourceRef,
)
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.json_body import JsonObject
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import invalid, matching, must_be_one_of

router = APIRouter(prefix="/ai/collections")

_TYPES = ("voice", "meeting_bot", "message", "bucket")
_SEARCHES = ("vector", "hybrid")
_MOST = 50
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,255}")
_Page = Annotated[PageParameters, Depends(paged())]


@router.get("")
def list_collections(page: _Page, account: CurrentAccount) -> dict[str, Any]:
    """List the collections."""
    total, rows = account.collections.page(page.offset, page.size)
    return page_of(total, [_shown(row, account) for row in rows], page)


@router.post("", status_code=201)
def create_collection(body: JsonObject, account: CurrentAccount) -> dict[str, Any]:
    """Create a collection."""
    slug = _text(body, "slug")
    if slug is not None:
        matching("slug", slug, _SLUG, "letters, digits, `-` and `_`")
    settings = body.get("settings") or {}
    if not isinstance(settings, dict):
        raise _malformed("settings", "must be an object")
    given = body.get("sources")
    try:
        created = account.collections.create(
            _name(body),
            slug=slug,
            description=_text(body, "description"),
            retrieval=_retrieval(settings, Retrieval()),
            sources=[] if given is None else _source_refs(given),
        )
    except SlugTakenError as error:
        detail = f"The slug {str(error)!r} is taken: give another."
        raise ApiError(409, "collection_slug_taken", "Slug taken", detail) from None
    except SourceExistsError as error:
        raise _exists(error) from None
    return {"data": _shown(created, account)}


@router.get("/slug/{slug}")
def get_collection_by_slug(slug: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a collection by its slug."""
    found = account.collections.find_slug(slug)
    if found is None:
        raise _not_found()
    return {"data": _shown(found, account)}


@router.get("/{collection_id}")
def get_collection(collection_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a collection."""
    return {"data": _shown(_found(collection_id, account), account)}


@router.patch("/{collection_id}")
def update_collection(
    collection_id: str, body: JsonObject, account: CurrentAccount
) -> dict[str, Any]:
    """Change a collection's name or description."""
    found = _found(collection_id, account)
    name = _name(body) if "name" in body else found.name
    description = _text(body, "description") if "description" in body else found.description
    changed = account.collections.update(replace(found, name=name, description=description))
    return {"data": _shown(changed, account)}


@router.delete("/{collection_id}", status_code=204)
def delete_collection(collection_id: str, account: CurrentAccount) -> Response:
    """Delete a collection."""
    account.collections.delete(_found(collection_id, account).uuid)
    return Response(status_code=204)


@router.get("/{collection_id}/settings")
def get_settings(collection_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return the retrieval settings of a collection."""
    return {"data": _settings(_found(collection_id, account))}


@router.put("/{collection_id}/settings")
def replace_settings(
    collection_id: str, body: JsonObject, account: CurrentAccount
) -> dict[str, Any]:
    """Replace the retrieval settings; missing fields return to their defaults."""
    found = _found(collection_id, account)
    changed = replace(found, retrieval=_retrieval(body, Retrieval()))
    return {"data": _settings(account.collections.update(changed))}


@router.patch("/{collection_id}/settings")
def update_settings(
    collection_id: str, body: JsonObject, account: CurrentAccount
) -> dict[str, Any]:
    """Update the retrieval settings; missing fields do not change."""
    found = _found(collection_id, account)
    changed = replace(found, retrieval=_retrieval(body, found.retrieval))
    return {"data": _settings(account.collections.update(changed))}


@router.get("/{collection_id}/sources")
def list_sources(collection_id: str, account: CurrentAccount) -> dict[str, Any]:
    """List the sources of a collection."""
    found = _found(collection_id, account)
    return {"data": [_source(source) for source in account.collections.sources(found.uuid)]}


@router.post("/{collection_id}/sources", status_code=201)
def add_source(collection_id: str, body: JsonObject, account: CurrentAccount) -> dict[str, Any]:
    """Add a source to a collection."""
    found = _found(collection_id, account)
    try:
        return {"data": _source(account.collections.add_source(found.uuid, _source_ref(body)))}
    except SourceExistsError as error:
        raise _exists(error) from None


@router.put("/{collection_id}/sources")
def replace_sources(
    collection_id: str, body: JsonObject, account: CurrentAccount
) -> dict[str, Any]:
    """Replace the sources of a collection; sources in both lists keep their ids."""
    found = _found(collection_id, account)
    requested = _source_refs(body.get("sources"))
    before = {source.ref: source.id for source in account.collections.sources(found.uuid)}
    with account.store.transaction():
        for ref, source_id in before.items():
            if ref not in requested:
                account.collections.remove_source(found.uuid, source_id)
        for ref in dict.fromkeys(requested):
            if ref not in before:
                account.collections.add_source(found.uuid, ref)
    now = account.collections.sources(found.uuid)
    return {
        "data": [_source(source) for source in now],
        "meta": {
            "added": [source.id for source in now if source.ref not in before],
            "retained": [source.id for source in now if source.ref in before],
            "removed": [each for ref, each in before.items() if ref not in requested],
        },
    }


@router.delete("/{collection_id}/sources/{source_id}", status_code=204)
def remove_source(collection_id: str, source_id: str, account: CurrentAccount) -> Response:
    """Remove a source from a collection."""
    found = _found(collection_id, account)
    if not account.collections.remove_source(found.uuid, source_id):
        raise ApiError(404, "source_not_found", "Source not found", "There is no such source.")
    return Response(status_code=204)


def _found(collection_id: str, account: Account) -> Collection:
    found = account.collections.find(collection_id)
    if found is None:
        raise _not_found()
    return found


def _not_found() -> ApiError:
    detail = "There is no such collection."
    return ApiError(404, "collection_not_found", "Collection not found", detail)


def _exists(error: SourceExistsError) -> ApiError:
    detail = f"The collection already has this source of type {str(error)!r}."
    return ApiError(409, "source_already_exists", "Source exists", detail)


def _malformed(field: str, must: str) -> ApiError:
    return invalid(field, f"`{field}` {must}.")


def _name(body: dict[str, Any]) -> str:
    name = _text(body, "name")
    if not name or not name.strip():
        raise _malformed("name", "is required")
    return name


def _text(body: dict[str, Any], field: str) -> str | None:
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        raise _malformed(field, "must be a string")
    return value


def _retrieval(settings: dict[str, Any], usual: Retrieval) -> Retrieval:
    given = settings.get("retrieval")
    if given is None:
        return usual
    if not isinstance(given, dict):
        raise _malformed("retrieval", "must be an object")
    if given.keys() - {"retrieval_type", "top_k"}:
        raise _malformed("retrieval", "has only `retrieval_type` and `top_k`")
    how, most = given.get("retrieval_type"), given.get("top_k")
    if how is not None and how not in _SEARCHES:
        detail = must_be_one_of("retrieval_type", _SEARCHES)
        raise ApiError(
            422,
            "unsupported_retrieval_type",
            "Unsupported retrieval type",
            detail,
            pointer="/retrieval/retrieval_type",
        )
    # `bool` is a subclass of `int`.
    if most is not None and (type(most) is not int or not 1 <= most <= _MOST):
        detail = f"`top_k` must be a whole number from 1 to {_MOST}."
        raise ApiError(422, "invalid_top_k", "Invalid top_k", detail, pointer="/retrieval/top_k")
    return Retrieval(how or usual.retrieval_type, most or usual.top_k)


def _source_refs(given: Any) -> list[SourceRef]:
    if not isinstance(given, list):
        raise _malformed("sources", "must be a list")
    return [_source_ref(each) for each in given]


def _source_ref(given: Any) -> SourceRef:
    kind = given.get("source_type") if isinstance(given, dict) else None
    if kind not in _TYPES:
        detail = must_be_one_of("source_type", _TYPES)
        raise ApiError(422, "invalid_source_type", "Invalid source type", detail)
    if kind != "bucket":
        return SourceRef(kind)
    bucket = given.get("bucket_id")
    if not isinstance(bucket, str) or not bucket:
        raise _malformed("bucket_id", "must name the bucket")
    return SourceRef(kind, bucket)


def _shown(collection: Collection, account: Account) -> dict[str, Any]:
    fields = {
        "record_type": "ai_collection",
        "uuid": collection.uuid,
        "slug": collection.slug,
        "name": collection.name,
        "description": collection.description,
        "status": "active",
        "settings": _settings(collection),
        "sources": [_source(source) for source in account.collections.sources(collection.uuid)],
        "created_at": collection.created_at,
        "updated_at": collection.updated_at,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _settings(collection: Collection) -> dict[str, Any]:
    return {"record_type": "ai_collection_settings", "retrieval": vars(collection.retrieval)}


def _source(source: Source) -> dict[str, Any]:
    fields = {
        "record_type": "ai_collection_source",
        "id": source.id,
        "collection_id": source.collection,
        "source_type": source.ref.type,
        "status": "active",
    }
    return {**fields, "bucket_id": source.ref.bucket} if source.ref.bucket else fields
