"""Integration secrets: created and deleted, and listed without their values."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from langchain_telnyx.emulator.areas.integration_secrets.state import IdentifierTakenError, Secret
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import RequestBody, invalid

router = APIRouter(prefix="/integration_secrets")

_Type = Literal["bearer", "basic"]
_Page = Annotated[PageParameters, Depends(paged())]
_NEEDED = {"bearer": ("token",), "basic": ("username", "password")}


class CreateSecret(RequestBody):
    """The body of `POST /integration_secrets`."""

    identifier: Annotated[str, Field(min_length=1)]
    type: _Type
    token: str = ""
    username: str = ""
    password: str = ""


@router.post("", status_code=201)
def create_secret(body: CreateSecret, account: CurrentAccount) -> dict[str, Any]:
    """Create a secret; its identifier is unique."""
    for field in _NEEDED[body.type]:
        if not getattr(body, field):
            detail = f"`{field}` is required for secrets of type {body.type}."
            raise invalid(field, detail, status=422)
    try:
        return {"data": _shown(account.integration_secrets.create(body.identifier, body.type))}
    except IdentifierTakenError:
        detail = "A secret with this identifier already exists."
        raise invalid("identifier", detail, status=422) from None


@router.get("")
def list_secrets(
    account: CurrentAccount,
    page: _Page,
    kind: Annotated[_Type | None, Query(alias="filter[type]")] = None,
) -> dict[str, Any]:
    """List the secrets, oldest first."""
    total, found = account.integration_secrets.page(page.size, page.offset, kind)
    return page_of(total, [_shown(secret) for secret in found], page)


@router.delete("/{id}")
def delete_secret(id: str, account: CurrentAccount) -> Response:  # noqa: A002 - the API's name
    """Delete a secret."""
    if not account.integration_secrets.delete(id):
        raise resource_not_found()
    return Response(status_code=204)


def _shown(secret: Secret) -> dict[str, Any]:
    return {
        "record_type": "integration_secret",
        "id": secret.id,
        "identifier": secret.identifier,
        "created_at": secret.created_at,
        "updated_at": secret.updated_at,
    }
