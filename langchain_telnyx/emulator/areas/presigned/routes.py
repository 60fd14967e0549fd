"""Presigned URLs, from which anybody can read one object for a limited time."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from pydantic import AliasChoices, BaseModel, Field

from langchain_telnyx.emulator.areas.presigned import state as presigned
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found

router = APIRouter(prefix="/storage/buckets")

_WEEK = 604_800


class Presign(BaseModel):
    """The request body; an official sample writes `TTL` in upper case."""

    ttl: int = Field(default=_WEEK, ge=1, le=_WEEK, validation_alias=AliasChoices("ttl", "TTL"))


# The key is one segment, `dir%2Ffile`; servers decode it before routing, hence `:path`.
@router.post("/{bucket_name}/{object_name:path}/presigned_url")
def create_presigned_url(
    bucket_name: str,
    object_name: str,
    request: Request,
    account: CurrentAccount,
    body: Presign | None = None,
) -> dict[str, Any]:
    """Return a token that lets its bearer read an object, and the URL with it."""
    if account.objects.find(bucket_name, object_name) is None:
        raise resource_not_found()
    expires = account.clock.now() + timedelta(seconds=body.ttl if body else _WEEK)
    token = presigned.issue(
        bucket_name, object_name, api_key=account.settings.api_key, expires=expires
    )
    address = f"{request.base_url}{bucket_name}/{quote(object_name)}"
    return {
        account.settings.quirks.presigned_envelope: {
            "token": token,
            "expires_at": expires.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "presigned_url": f"{address}?{presigned.PARAMETER}={token}",
        }
    }
