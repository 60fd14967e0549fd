"""A JSON object as the body, for the areas that refuse a wrong one in the Telnyx envelope."""

import json
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request

from langchain_telnyx.emulator.serving.envelopes import ApiError


async def json_value(request: Request) -> Any:
    """Return the body, which must be JSON."""
    try:
        # Python would take NaN and Infinity, which are no JSON and could not be answered with.
        return json.loads(await request.body(), parse_constant=_refused)
    except (ValueError, RecursionError):
        raise ApiError(400, "10023", None, "The body is no JSON.") from None


async def json_object(request: Request) -> dict[str, Any]:
    """Return the body, which must be a JSON object."""
    body = await json_value(request)
    if not isinstance(body, dict):
        raise ApiError(400, "10026", None, "The body is no JSON object.")
    return body


def _refused(word: str) -> None:
    raise ValueError(word)


JsonValue: TypeAlias = Annotated[Any, Depends(json_value)]
JsonObject: TypeAlias = Annotated[dict[str, Any], Depends(json_object)]
