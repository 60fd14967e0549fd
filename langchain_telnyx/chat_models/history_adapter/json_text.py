"""Conversion of any Python value to standard JSON."""

import json
from typing import Any

from pydantic_core import to_jsonable_python


def dumped(value: Any) -> str | None:
    """Return a value as JSON; `None` if JSON does not support it, such as NaN."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None


def json_text(value: Any) -> str:
    """Return a value as JSON.

    Values that JSON does not support are converted: bytes to base64, dates to ISO 8601, `Decimal`
    to text, sets to lists, models and dataclasses to objects, NaN and Infinity to null, and other
    objects to their `str`.
    """
    text = dumped(value)
    if text is not None:
        return text
    return json.dumps(jsonable(value), ensure_ascii=False)


def jsonable(value: Any) -> Any:
    """Return a value of JSON's types only; see `json_text`."""
    try:
        made = to_jsonable_python(
            value, inf_nan_mode="null", bytes_mode="base64", serialize_unknown=True
        )
    except Exception:  # noqa: BLE001 - whatever an object's own methods raise, and cycles
        return _shown(value)
    # pydantic leaves some infinite numbers, and an unknown object may contain a cycle.
    return made if dumped(made) is not None else _finite(made)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _finite(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_finite(held) for held in value]
    return value if dumped(value) is not None else None


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - an object's own method
        return f"<{type(value).__name__}>"
