"""Pydantic's validation errors without the input, which may be a key under a wrong name."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

# Values of these types are not secret, and help to understand the error.
_PLAIN = (bool, int, float, type(None))
_HIDDEN = "***"


def without_input(error: ValidationError) -> ValidationError:
    """Return a validation error without the input, in its text and in `errors()`.

    Numbers stay; other values become `"***"`.

    Args:
        error: The error.
    """
    return ValidationError.from_exception_data(
        error.title, [_hidden(one) for one in error.errors(include_url=False)], hide_input=True
    )


def _hidden(details: Any) -> InitErrorDetails:
    context = details.get("ctx") or {}
    value = details["input"]
    return InitErrorDetails(
        type=_kind(details["type"], context, details["msg"]),
        loc=details["loc"],
        input=value if isinstance(value, _PLAIN) else _HIDDEN,
        ctx=context,
    )


def _kind(name: Any, context: dict[str, Any], message: Any) -> Any:
    """Return pydantic's own type of an error, or a custom one."""
    try:
        if PydanticKnownError(name, context).message() == message:
            return name
    except (KeyError, TypeError):
        pass
    return PydanticCustomError(name, message, context)
