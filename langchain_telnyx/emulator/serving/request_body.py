"""Validation of request bodies: strict types, unknown fields, and the errors of single fields."""

import re
from collections.abc import Collection
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from langchain_telnyx.emulator.serving.envelopes import ApiError


class RequestBody(BaseModel):
    """The body of a request. Types are not coerced, and unknown fields are ignored.

    Attributes:
        nullable: The fields that may be null; others must have a value or be left out.
    """

    model_config = ConfigDict(extra="ignore", strict=True, protected_namespaces=())

    nullable: ClassVar[Collection[str]] = ()

    @model_validator(mode="before")
    @classmethod
    def _whole_numbers_are_integers(cls, body: Any) -> Any:
        # In JSON Schema 7.0 is an integer; Python's parser returns a float.
        if not isinstance(body, dict):
            return body
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in body.items()
        }

    @field_validator("*", mode="after")
    @classmethod
    def _is_not_null(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name not in cls.nullable:
            raise PydanticCustomError("null_not_allowed", "Input should not be null")
        return value


def trimmed(text: str | None) -> str | None:
    """Return a string without surrounding space; `None` if it is blank."""
    return (text or "").strip() or None


def invalid(field: str, detail: str, *, status: int = 400, code: str = "10015") -> ApiError:
    """Return the error for a field, which may be a path such as `retrieval/top_k`."""
    return ApiError(status, code, None, detail, pointer=f"/{field}")


def matching(
    field: str,
    value: Any,
    pattern: re.Pattern[str],
    allowed: str,
    *,
    status: int = 400,
    code: str = "10015",
) -> str:
    """Return the value of a field, which must be a string that matches a pattern.

    Args:
        field: The field's name.
        value: Its value.
        pattern: The pattern.
        allowed: The description of valid values.
        status: The HTTP status of the error.
        code: The Telnyx code of the error.

    Raises:
        ApiError: The value does not match.
    """
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise invalid(field, f"`{field}` must be {allowed}.", status=status, code=code)
    return value


def must_be_one_of(field: str, choices: Collection[str]) -> str:
    """Return the error text for a field with a limited set of values."""
    return f"`{field}` must be one of {', '.join(choices)}."
