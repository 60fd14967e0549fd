"""Namespaces of agent memory: their settings, profiles and write operations."""

import re
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.memory.namespaces import (
    DEFAULT,
    MOST,
    Namespace,
    NameTakenError,
    TooManyError,
)
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import RequestBody, matching, trimmed

router = APIRouter(prefix="/ai/memory/namespaces")

_LONGEST_INSTRUCTIONS = 2000
_DEEPEST = 10_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class NewNamespace(RequestBody):
    """The body of `POST /ai/memory/namespaces`."""

    name: str


class Instructions(RequestBody):
    """The instructions for summaries; null or blank for none."""

    nullable = ("instructions",)

    instructions: Annotated[
        str | None, Field(max_length=_LONGEST_INSTRUCTIONS), AfterValidator(trimmed)
    ] = None


class NewSettings(RequestBody):
    """The body of `PATCH .../settings`; missing fields do not change."""

    nullable = ("summary",)

    summary: Instructions | None = None


def _page(page: Annotated[PageParameters, Depends(paged())]) -> PageParameters:
    if page.offset > _DEEPEST:
        raise ApiError(422, "10033", None, f"Pages go to the result {_DEEPEST} only.")
    return page


Paged: TypeAlias = Annotated[PageParameters, Depends(_page)]
"""The page in a request; agent memory limits the offset."""


@router.get("")
def list_namespaces(account: CurrentAccount) -> dict[str, Any]:
    """List the namespaces."""
    return {"data": [_shown(namespace) for namespace in account.memory.namespaces.all()]}


@router.post("", status_code=201)
def create_namespace(body: NewNamespace, account: CurrentAccount) -> dict[str, Any]:
    """Create a namespace."""
    allowed = "1 to 63 letters, digits, `.`, `_` and `-`"
    matching("name", body.name, _NAME, allowed, status=422, code="10027")
    try:
        return {"data": _shown(account.memory.namespaces.create(body.name))}
    except NameTakenError:
        raise ApiError(409, "10012", None, f"There is a namespace {body.name!r}.") from None
    except TooManyError:
        detail = f"An organization has at most {MOST} namespaces."
        raise ApiError(403, "10039", "Feature limited", detail) from None


@router.delete("/{namespace}", status_code=204)
def delete_namespace(namespace: str, account: CurrentAccount) -> Response:
    """Delete a namespace with its memories."""
    found = need_namespace(namespace, account)
    if found.name == DEFAULT:
        raise ApiError(403, "10010", None, f"The namespace {DEFAULT!r} cannot be deleted.")
    account.memory.namespaces.delete(found)
    return Response(status_code=204)


@router.get("/{namespace}/settings")
def get_settings(namespace: str, account: CurrentAccount) -> dict[str, Any]:
    """Return the summary settings of a namespace."""
    return _settings(need_namespace(namespace, account))


@router.patch("/{namespace}/settings")
def update_settings(namespace: str, body: NewSettings, account: CurrentAccount) -> dict[str, Any]:
    """Change the summary settings of a namespace."""
    found = need_namespace(namespace, account)
    if body.summary is not None and "instructions" in body.summary.model_fields_set:
        found = account.memory.namespaces.instruct(found, body.summary.instructions)
    return _settings(found)


@router.get("/{namespace}/profiles")
def list_profiles(namespace: str, page: Paged, account: CurrentAccount) -> dict[str, Any]:
    """List the profiles with memories, those with the most first."""
    found = need_namespace(namespace, account)
    total, rows = account.memory.profiles.page(found.id, page.offset, page.size)
    shown = [{"profile_id": name, "memory_count": count} for name, count in rows]
    return page_of(total, shown, page)


@router.get("/{namespace}/operations/{operation_id}")
def get_operation(namespace: str, operation_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return the status of a write."""
    found = account.memory.operation(need_namespace(namespace, account).id, operation_id)
    if found is None:
        raise resource_not_found()
    data = {
        "operation_id": found.id,
        "status": found.status,
        "created_at": found.created_at,
        "completed_at": found.finished_at,
    }
    return {"data": data}


def need_namespace(name: str, account: Account) -> Namespace:
    """Return a namespace, or raise a 404: writes do not create namespaces."""
    found = account.memory.namespaces.find(name)
    if found is None:
        raise resource_not_found()
    return found


def _shown(namespace: Namespace) -> dict[str, Any]:
    return {"id": namespace.id, "name": namespace.name}


def _settings(namespace: Namespace) -> dict[str, Any]:
    return {"data": {"summary": {"instructions": namespace.instructions}}}
