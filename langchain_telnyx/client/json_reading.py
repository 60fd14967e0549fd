"""JSON of strangers: one that is nested too deeply is an error like any other."""

import json
from typing import Any


def loads(text: str | bytes, *, strict: bool = True) -> Any:
    """Return the value that a JSON text writes; see `json.loads`.

    Raises:
        ValueError: It is not JSON, or nested more deeply than Python reads.
    """
    try:
        return json.loads(text, strict=strict)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
