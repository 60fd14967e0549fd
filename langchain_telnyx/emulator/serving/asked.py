"""What request bodies have in common: types are checked without coercion, unknown fields pass."""

from pydantic import BaseModel, ConfigDict


class Asked(BaseModel):
    """The body of a request; a string is not taken for a number, nor a number for a flag."""

    model_config = ConfigDict(extra="ignore", strict=True, protected_namespaces=())
