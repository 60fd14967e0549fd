"""JSON of other parties: nesting that is too deep is a `ValueError` like any other."""

import json
from typing import Any

from pydantic_core import from_json


def loads(text: str | bytes, *, strict: bool = True) -> Any:
    """Return the value of a JSON text; see `json.loads`.

    Raises:
        ValueError: It is not JSON, or nested more deeply than Python can read.
    """
    try:
        return from_json(text)  # faster than Python's
    except (TypeError, ValueError):
        pass  # invalid, nested deeply, or with half of a character, which Python's accepts
    try:
        return json.loads(text, strict=strict)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
