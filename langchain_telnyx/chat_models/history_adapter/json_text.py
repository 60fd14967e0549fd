"""Any Python value as JSON text that every parser takes."""

import json
from typing import Any

from pydantic_core import to_jsonable_python


def dumped(value: Any) -> str | None:
    """Return a value as JSON; `None` where JSON has no form for it as it is, as for NaN."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None


def json_text(value: Any) -> str:
    """Return a value as JSON.

    What JSON has no form for gets the nearest one: bytes are base64, dates are ISO 8601, `Decimal`
    is text, sets are lists, models and dataclasses are objects, NaN and Infinity are null, and
    other objects are their `str`.
    """
    text = dumped(value)
    if text is not None:
        return text
    return json.dumps(jsonable(value), ensure_ascii=False)


def jsonable(value: Any) -> Any:
    """Return a value made of what JSON has; see `json_text`."""
    try:
        made = to_jsonable_python(
            value, inf_nan_mode="null", bytes_mode="base64", serialize_unknown=True
        )
    except Exception:  # noqa: BLE001 - whatever an object's own methods raise, and cycles
        return _shown(value)
    # pydantic leaves infinite numbers in some places, and a cycle may hide in an unknown object.
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
