"""Capabilities of a server's models, as requests and responses have shown them."""

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from langchain_telnyx.client.lru import LRU

SchemaFormat: TypeAlias = Literal["json_schema", "guided_json", "function_calling", "json_object"]
"""The format of a JSON schema in a request."""

StructuredOutputMethod: TypeAlias = Literal[
    "json_schema", "function_calling", "json_mode", "guided_json", "guided_choice", "guided_regex"
]
"""How `with_structured_output` sends the schema."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capabilities of one model on one server.

    Attributes:
        refuses_cap_with_tools: Whether an output cap and function tools exclude each other.
        refuses_stream_options: Whether `stream_options` is refused.
        schema_format: The format in which to send a JSON schema.
        proven: The format in which the model has followed a schema.
        refuses_empty_turns: Whether an assistant's turn without text and calls is refused.
        requires_reasoning: Whether turns that call tools are refused without their reasoning.
        gives_base64: Whether vectors come as base64 on request; `None` before the first response.
    """

    refuses_cap_with_tools: bool = False
    refuses_stream_options: bool = False
    schema_format: SchemaFormat = "json_schema"
    proven: SchemaFormat | None = None
    refuses_empty_turns: bool = False
    requires_reasoning: bool = False
    gives_base64: bool | None = None


UNKNOWN = Capabilities()


class CapabilityCache:
    """The capabilities of the models of one server; safe for use from many threads.

    `telnyx.server_state.get(CapabilityCache)` is the one that all adapters share.

    Args:
        size: Models at most; the one updated least recently is dropped first.
    """

    def __init__(self, size: int = 1024) -> None:
        self._models: LRU[str, Capabilities] = LRU(size)

    def of(self, model: str) -> Capabilities:
        """Return the capabilities of a model."""
        return self._models.peek(model) or UNKNOWN

    def learn(self, model: str, **found: Any) -> None:
        """Update the capabilities of a model; those that are not named stay.

        Args:
            model: The model.
            **found: Fields of `Capabilities`.
        """
        self._models.update(model, lambda known: replace(known or UNKNOWN, **found))

    def clear(self) -> None:
        """Drop the capabilities of all models."""
        self._models.clear()
