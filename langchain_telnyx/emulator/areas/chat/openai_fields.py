"""OpenAI's fields and roles that the specification does not have, depending on the quirks."""

import threading
from typing import Any

from fastapi.exceptions import RequestValidationError

from langchain_telnyx.emulator.model.completion import ReasoningField, UsagePlace
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.request import ChatRequest, NamedToolChoice
from langchain_telnyx.emulator.quirks import Quirks


def check(request: ChatRequest, quirks: Quirks) -> None:
    """Refuse a named `tool_choice` and the role `developer`, unless the quirks accept them.

    Raises:
        RequestValidationError: With the errors that the specification's types give.
    """
    errors = []
    if quirks.developer_role == "refused":
        errors = [
            _not_one_of(("messages", index, "role"), "'system', 'user', 'assistant' or 'tool'")
            for index, message in enumerate(request.messages)
            if message.role == "developer"
        ]
    if quirks.named_tool_choice == "refused" and isinstance(request.tool_choice, NamedToolChoice):
        errors.append(_not_one_of(("tool_choice",), "'none', 'auto' or 'required'"))
    if errors:
        raise RequestValidationError(errors)


def resolved(request: ChatRequest) -> ChatRequest:
    """Return an accepted request without named choices and the role `developer`.

    A named function becomes the only one, and required; `developer` becomes `system`.

    Raises:
        Refusal: The named function is not among the tools.
    """
    changes: dict[str, Any] = {}
    if any(message.role == "developer" for message in request.messages):
        changes["messages"] = [
            message.model_copy(update={"role": "system"})
            if message.role == "developer"
            else message
            for message in request.messages
        ]
    if isinstance(request.tool_choice, NamedToolChoice):
        name = request.tool_choice.function.name
        if name not in {function.name for function in request.functions}:
            raise Refusal(f"`tool_choice` names {name!r}, which is not among `tools`.")
        changes["tool_choice"] = "required"
        changes["tools"] = [
            tool
            for tool in request.tools or []
            if tool.type == "function" and tool.function.name == name
        ]
    return request.model_copy(update=changes) if changes else request


def usage_place(request: ChatRequest, quirks: Quirks) -> UsagePlace:
    """Return where a stream has its usage."""
    options = request.stream_options
    if quirks.stream_usage == "never":
        return None
    if options is not None and options.include_usage:
        return "separate"
    return "last" if quirks.stream_usage == "always" else None


class ReasoningFields:
    """The field for the reasoning of each response.

    Args:
        quirks: The field, or that it alternates.
    """

    def __init__(self, quirks: Quirks) -> None:
        field = quirks.reasoning_field
        self._field: ReasoningField | None = None if field == "alternating" else field
        self._lock = threading.Lock()
        self._count = 0

    def next(self) -> ReasoningField:
        """Return the field for the next response."""
        if self._field is not None:
            return self._field
        with self._lock:
            self._count += 1
            return "reasoning" if self._count % 2 else "reasoning_content"


def _not_one_of(place: tuple[str | int, ...], allowed: str) -> dict[str, Any]:
    """Return an error of pydantic, which FastAPI sends."""
    return {
        "loc": ("body", *place),
        "msg": f"Input should be {allowed}",
        "type": "literal_error",
    }
