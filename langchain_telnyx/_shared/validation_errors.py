"""Errors of pydantic without what was given: an option of a wrong name or type may be a key."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

# Nobody's secret, and of use to who reads the error.
_PLAIN = (bool, int, float, type(None))
_HIDDEN = "***"


def without_input(error: ValidationError) -> ValidationError:
    """Return a validation error that holds no input, neither in its text nor in `errors()`.

    Numbers stay; all else is `"***"`.

    Args:
        error: The error.
    """
    return ValidationError.from_exception_data(
        error.title, [_hidden(one) for one in error.errors(include_url=False)], hide_input=True
    )


def _hidden(details: Any) -> InitErrorDetails:
    context = details.get("ctx") or {}
    given = details["input"]
    return InitErrorDetails(
        type=_kind(details["type"], context, details["msg"]),
        loc=details["loc"],
        input=given if isinstance(given, _PLAIN) else _HIDDEN,
        ctx=context,
    )


def _kind(name: Any, context: dict[str, Any], message: Any) -> Any:
    """Return a kind of error as pydantic knows it, or as a validator made it."""
    try:
        if PydanticKnownError(name, context).message() == message:
            return name
    except (KeyError, TypeError):
        pass
    return PydanticCustomError(name, message, context)
