"""Key-value namespaces and their keys."""

import base64
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.kvs.state import Namespace, NameTakenError
from langchain_telnyx.emulator.serving import active_content as active
from langchain_telnyx.emulator.serving.checks import checked_id, positive
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.json_body import JsonObject
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import matching

router = APIRouter(prefix="/storage/kvs")

_LARGEST_PAGE = 250
_MOST_KEYS = 1000
_LARGEST_VALUE = 1024 * 1024
_LONGEST_LIFE = 9_223_372_036
_NAME = re.compile(r"[a-z0-9-]{1,255}")
_KEY = re.compile(r"(?!_)[-/_=.a-zA-Z0-9]{1,256}")
Paged = Annotated[PageParameters, Depends(paged(largest=_LARGEST_PAGE, cut=True))]


async def value(request: Request) -> bytes:
    """Return the body, up to the size limit of a value."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_VALUE:
            raise ApiError(413, "10033", None, "A value has at most 1 MiB.")
    return bytes(body)


@router.get("")
def list_namespaces(page: Paged, account: CurrentAccount) -> dict[str, Any]:
    """List the namespaces."""
    total, rows = account.kvs.page(page.offset, page.size)
    return page_of(total, [_shown(row) for row in rows], page)


@router.post("", status_code=201)
def create_namespace(body: JsonObject, account: CurrentAccount) -> dict[str, Any]:
    """Start to create a namespace."""
    allowed = "1 to 255 lower-case letters, digits and hyphens"
    name = matching("name", body.get("name"), _NAME, allowed)
    try:
        return {"data": _shown(account.kvs.create(name))}
    except NameTakenError:
        raise ApiError(409, "10012", None, f"There is a namespace {name!r}.") from None


@router.get("/{namespace_id}")
def get_namespace(namespace_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a namespace."""
    return {"data": _shown(_found(namespace_id, account))}


@router.delete("/{namespace_id}")
def delete_namespace(namespace_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Start to delete a namespace with its keys."""
    found = _found(namespace_id, account)
    if found.status == "deleting":
        raise ApiError(409, "10036", None, "The namespace is being deleted already.")
    return {"data": _shown(account.kvs.delete(found))}


@router.get("/{namespace_id}/keys")
def list_keys(  # the names of the query parameters are the API's
    namespace_id: str,
    account: CurrentAccount,
    prefix: str = "",
    limit: str = str(_MOST_KEYS),
    cursor: str | None = None,
) -> dict[str, Any]:
    """List the keys of a namespace, without their values."""
    most = positive(limit, "limit", status=400, most=_MOST_KEYS)
    after = "" if cursor is None else _read_cursor(cursor)
    namespace = _ready(namespace_id, account)
    keys = account.kvs.keys(namespace.id, prefix, after, most + 1)
    meta: dict[str, Any] = {"has_more": len(keys) > most}
    if meta["has_more"]:
        meta["cursor"] = _cursor(keys[most - 1].key)
    return {
        "record_type": "storage_kv_key",
        "data": [
            {"key": key.key, "size_bytes": key.size, "updated_at": key.updated_at}
            for key in keys[:most]
        ],
        "meta": meta,
    }


@router.put("/{namespace_id}/keys/{key:path}")
def put_key(
    namespace_id: str,
    key: str,
    request: Request,
    body: Annotated[bytes, Depends(value)],
    account: CurrentAccount,
) -> Response:
    """Store a value: 201 for a new key, 200 for an existing one."""
    kind = request.headers.get("content-type")
    if not body and kind is None:
        # An empty body is a value if the request has a content type.
        raise ApiError(400, "10004", None, "The request has no body.")
    ttl = _ttl(request)
    namespace = _ready(namespace_id, account)
    media = kind or "application/octet-stream"
    new = account.kvs.put(namespace.id, _checked_key(key), body, media, ttl)
    return Response(status_code=201 if new else 200)


@router.get("/{namespace_id}/keys/{key:path}")
def get_key(namespace_id: str, key: str, account: CurrentAccount) -> Response:
    """Return a value as it was stored."""
    found = account.kvs.get(_ready(namespace_id, account).id, _checked_key(key))
    if found is None:
        raise resource_not_found()
    body, kind = found
    return Response(body, headers={"content-type": kind, **active.headers_for(kind)})


@router.delete("/{namespace_id}/keys/{key:path}")
def delete_key(namespace_id: str, key: str, account: CurrentAccount) -> Response:
    """Delete a key; a missing one is not an error."""
    account.kvs.drop(_ready(namespace_id, account).id, _checked_key(key))
    return Response()


def _shown(namespace: Namespace) -> dict[str, Any]:
    return {"record_type": "storage_kv", **vars(namespace)}


def _found(namespace_id: str, account: Account) -> Namespace:
    found = account.kvs.find(checked_id(namespace_id, status=400))
    if found is None:
        raise resource_not_found()
    return found


def _ready(namespace_id: str, account: Account) -> Namespace:
    found = _found(namespace_id, account)
    if found.status != "provision_ok":
        detail = f"The namespace is not ready: its status is {found.status!r}."
        raise ApiError(409, "10036", None, detail)
    return found


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        detail = (
            "A key has 1 to 256 of the characters `a-z A-Z 0-9 - _ / = .`, "
            "and does not begin with `_`."
        )
        raise ApiError(400, "10015", None, detail)
    return key


def _ttl(request: Request) -> int | None:
    if "ttl" in request.query_params:
        raise ApiError(422, "10027", None, "`ttl` is not supported: use `ttl_secs`.")
    given = request.query_params.get("ttl_secs")
    if given is None:
        return None
    seconds = positive(given, "ttl_secs", status=422, most=_LONGEST_LIFE + 1)
    if seconds > _LONGEST_LIFE:
        raise ApiError(422, "10033", None, f"`ttl_secs` is at most {_LONGEST_LIFE}.")
    return seconds


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _read_cursor(cursor: str) -> str:
    try:
        return base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise ApiError(400, "10015", None, "The cursor is invalid.") from None
