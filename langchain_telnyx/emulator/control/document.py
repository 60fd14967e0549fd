"""The OpenAPI document of the control plane."""

from functools import cache
from typing import Any

from fastapi import APIRouter

router = APIRouter(tags=["document"])


_DESCRIPTION = """
Scripts, observes and resets the emulated account.

On the emulator's machine it needs no key; from other machines it needs the account's API key.
Requests of other origins' pages are refused. Requests to these paths are not recorded, and no
scripted fault applies to them.
""".strip()


@cache
def openapi() -> dict[str, Any]:
    """Return the document."""
    from langchain_telnyx.emulator.control.app import create_api  # noqa: PLC0415 - it imports this

    document = create_api().openapi()
    document["info"]["description"] = _DESCRIPTION
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{}, {"key": []}]
    return document


@router.get("/openapi.json", operation_id="openapi", summary="Return this document.")
async def get_openapi() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return openapi()
