"""The OpenAPI document of the control plane."""

from functools import cache
from typing import Any

from fastapi import APIRouter

router = APIRouter(tags=["document"])


@cache
def openapi() -> dict[str, Any]:
    """Return the document."""
    from langchain_telnyx.emulator.control.app import create_api  # noqa: PLC0415 - it imports this

    return create_api().openapi()


@router.get("/openapi.json", operation_id="openapi", summary="Return this document.")
async def get_openapi() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return openapi()
