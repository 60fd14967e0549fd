"""CloudFS file systems."""

import re
from typing import Any

from fastapi import APIRouter, Request

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.cloudfs.state import Filesystem, NotEmptyError
from langchain_telnyx.emulator.areas.kvs.state import NameTakenError
from langchain_telnyx.emulator.serving.checks import checked_id
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.cursors import listed
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.json_body import JsonObject
from langchain_telnyx.emulator.serving.request_body import invalid, matching, must_be_one_of

router = APIRouter(prefix="/storage/cloudfs")

_REGIONS = ("us-central-1", "us-east-1", "us-west-1")
_STATUSES = ("provisioning", "ready", "needs_format", "deleting", "failed")
_NAME = re.compile(r"[a-z0-9._-]{1,63}")


@router.get("")
def list_filesystems(request: Request, account: CurrentAccount) -> dict[str, Any]:
    """List a page of the file systems."""
    params = request.query_params
    found = account.cloudfs.all()
    status = params.get("filter[status]")
    filters = {
        "name": params.get("filter[name]"),
        "region": params.get("filter[region]"),
        "status": status if status in _STATUSES else None,
    }
    for field, value in filters.items():
        if value is not None:
            found = [each for each in found if getattr(each, field) == value]
    return listed([_plain(each, request) for each in found], request)


@router.post("", status_code=201)
def create_filesystem(
    body: JsonObject, request: Request, account: CurrentAccount
) -> dict[str, Any]:
    """Create a file system and its bucket."""
    _need_key(request)
    _check_fields(body, {"name", "region"})
    name, region = _name(body.get("name")), body.get("region")
    if region not in _REGIONS:
        raise invalid("region", must_be_one_of("region", _REGIONS), status=422, code="10032")
    try:
        created = account.cloudfs.create(name, region)
    except NameTakenError:
        raise _taken(name) from None
    return {"data": _with_token(created, request)}


@router.get("/{filesystem_id}")
def get_filesystem(filesystem_id: str, request: Request, account: CurrentAccount) -> dict[str, Any]:
    """Return a file system, without its token."""
    return {"data": _detail(_found(filesystem_id, account), request)}


@router.patch("/{filesystem_id}")
def update_filesystem(
    filesystem_id: str, body: JsonObject, request: Request, account: CurrentAccount
) -> dict[str, Any]:
    """Rename a file system."""
    found = _found(filesystem_id, account)
    _check_fields(body, {"name"})
    if "name" not in body:
        return {"data": _detail(found, request)}
    name = _name(body["name"])
    try:
        renamed = account.cloudfs.rename(found.id, name)
    except NameTakenError:
        raise _taken(name) from None
    return {"data": _detail(renamed or found, request)}


@router.delete("/{filesystem_id}")
def delete_filesystem(
    filesystem_id: str, request: Request, account: CurrentAccount
) -> dict[str, Any]:
    """Delete a file system with its bucket."""
    found = _found(filesystem_id, account)
    try:
        account.cloudfs.delete(found)
    except NotEmptyError:
        detail = f"The bucket {found.bucket!r} still holds data: empty it, then delete again."
        raise ApiError(409, "10021", "Resource in use", detail) from None
    return {"data": {**_detail(found, request), "status": "deleted"}}


@router.post("/{filesystem_id}/actions/rotate-meta-token")
def rotate_meta_token(
    filesystem_id: str, request: Request, account: CurrentAccount
) -> dict[str, Any]:
    """Give a file system a new token."""
    _need_key(request)
    rotated = account.cloudfs.rotate(_found(filesystem_id, account).id)
    if rotated is None:
        raise resource_not_found()
    return {"data": _with_token(rotated, request)}


def _need_key(request: Request) -> None:
    if "idempotency-key" not in request.headers:
        raise ApiError(400, "10004", None, "The header `Idempotency-Key` is required.")


def _check_fields(body: dict[str, Any], fields: set[str]) -> None:
    if unknown := sorted(body.keys() - fields):
        raise ApiError(400, "10015", None, f"{unknown[0]!r} cannot be set.")


def _name(given: Any) -> str:
    name = given.strip().lower() if isinstance(given, str) else given
    allowed = "1 to 63 lower-case letters, digits, `.`, `_` and `-`"
    return matching("name", name, _NAME, allowed, status=422, code="10027")


def _taken(name: str) -> ApiError:
    return invalid("name", f"There is a file system {name!r}.", status=422, code="10012")


def _found(filesystem_id: str, account: Account) -> Filesystem:
    found = account.cloudfs.find(checked_id(filesystem_id, status=422))
    if found is None:
        raise resource_not_found()
    return found


def _plain(found: Filesystem, request: Request) -> dict[str, Any]:
    return {
        "record_type": "cloudfs",
        "id": found.id,
        "name": found.name,
        "region": found.region,
        "status": found.status,
        "s3_bucket": found.bucket,
        "s3_endpoint": str(request.base_url).rstrip("/"),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
    }


def _detail(found: Filesystem, request: Request) -> dict[str, Any]:
    return {**_plain(found, request), "meta_url": _address(found, _database(found))}


def _with_token(found: Filesystem, request: Request) -> dict[str, Any]:
    credentials = f"{_database(found)}:{found.token}"
    return {
        **_plain(found, request),
        "meta_token": found.token,
        "meta_url": _address(found, credentials),
    }


def _address(found: Filesystem, credentials: str) -> str:
    host = f"{found.region}.telnyxcloudfs.com:5432"
    return f"postgres://{credentials}@{host}/{_database(found)}?sslmode=require"


def _database(found: Filesystem) -> str:
    return found.bucket.removeprefix("cloudfs-").replace("-", "_")
