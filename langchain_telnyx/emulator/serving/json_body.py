"""JSON bodies, for the areas that refuse an invalid one in the Telnyx envelope."""

import json
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request

from langchain_telnyx.emulator.serving.envelopes import ApiError


async def json_value(request: Request) -> Any:
    """Parse the body, which must be JSON."""
    try:
        # Python accepts NaN and Infinity, which are not JSON and cannot be sent in a response.
        return json.loads(await request.body(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ApiError(400, "10023", None, "The body is not JSON.") from None


async def json_object(request: Request) -> dict[str, Any]:
    """Parse the body, which must be a JSON object."""
    body = await json_value(request)
    if not isinstance(body, dict):
        raise ApiError(400, "10026", None, "The body is not a JSON object.")
    return body


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


JsonValue: TypeAlias = Annotated[Any, Depends(json_value)]
JsonObject: TypeAlias = Annotated[dict[str, Any], Depends(json_object)]
