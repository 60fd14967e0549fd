"""What request bodies have in common: types are checked without coercion, unknown fields pass."""

from collections.abc import Collection
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError


class RequestBody(BaseModel):
    """The body of a request; a string is not taken for a number, nor a number for a flag.

    Attributes:
        nullable: The fields that may be null; any other is given or left out.
    """

    model_config = ConfigDict(extra="ignore", strict=True, protected_namespaces=())

    nullable: ClassVar[Collection[str]] = ()

    @model_validator(mode="before")
    @classmethod
    def _whole_numbers_are_integers(cls, given: Any) -> Any:
        # By JSON Schema 7.0 is an integer, and Python's parser makes a float of it.
        if not isinstance(given, dict):
            return given
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in given.items()
        }

    @field_validator("*", mode="after")
    @classmethod
    def _is_not_null(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name not in cls.nullable:
            raise PydanticCustomError("null_not_allowed", "Input should not be null")
        return value
