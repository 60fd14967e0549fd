"""Construction of langchain-core's objects field by field, without their validation.

Validation costs as much as the rest of a message. A module that builds objects this way compares
some of them, on import, with the results of the constructors; if a version of langchain-core
differs, it uses the constructors.
"""

from typing import Any

_put = object.__setattr__


class Template:
    """The fields of an object from the constructor, as a template for others."""

    def __init__(self, example: Any) -> None:
        self._kind: Any = type(example)
        self._fields = dict(example.__dict__)
        self._set = set(example.__pydantic_fields_set__)
        self._extra = example.__pydantic_extra__

    def fields(self) -> dict[str, Any]:
        """Return a copy of the template's fields."""
        return self._fields.copy()

    def build(self, fields: dict[str, Any]) -> Any:
        """Return an object with these fields, without validation."""
        made = self._kind.__new__(self._kind)
        _put(made, "__dict__", fields)
        _put(made, "__pydantic_fields_set__", self._set.copy())
        _put(made, "__pydantic_extra__", None if self._extra is None else {})
        _put(made, "__pydantic_private__", None)
        return made


def are_alike(one: Any, other: Any) -> bool:
    """Return whether two objects have the same class, fields and state of pydantic."""
    return (
        type(one) is type(other)
        and one.__dict__ == other.__dict__
        and list(one.__dict__) == list(other.__dict__)
        and one.__pydantic_fields_set__ == other.__pydantic_fields_set__
        and one.__pydantic_extra__ == other.__pydantic_extra__
        and one.__pydantic_private__ == other.__pydantic_private__
    )


def share_state(one: Any, other: Any) -> bool:
    """Return whether two objects share a dict or a list."""
    return any(
        isinstance(value, dict | list) and value is other.__dict__[name]
        for name, value in one.__dict__.items()
    )
