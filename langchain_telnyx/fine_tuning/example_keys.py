"""Fields of training data beside the text: weights are sent, others are refused or left out.

An unknown key in the chat format raises an error. LangChain's messages and LangSmith's examples
have generated fields: those that a model could learn from are reported in one warning; ids, usage
and response metadata are left out silently.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage

from langchain_telnyx.client.call import JSON

WEIGHT = "weight"
"""The key for the weight of an assistant's message in OpenAI's chat format: 1 or 0."""

_SENT = {"role", "content", "name", "tool_calls", "tool_call_id", WEIGHT}
_LANGCHAIN_FIELDS = {
    "type",
    "id",
    "additional_kwargs",
    "response_metadata",
    "usage_metadata",
    "invalid_tool_calls",
    "example",
    "status",
    "artifact",
}
# Content blocks of assistant messages that are sent as tool calls or as text.
_SENT_BLOCKS = {
    "text",
    "output_text",
    "refusal",
    "tool_call",
    "tool_call_chunk",
    "tool_use",
    "invalid_tool_call",
    "function_call",
}
# Ids, times and similar fields of LangSmith's examples and runs.
LANGSMITH_FIELDS = {
    "id",
    "name",
    "inputs",
    "outputs",
    "metadata",
    "dataset_id",
    "created_at",
    "modified_at",
    "source_run_id",
    "runs",
    "run_type",
    "split",
}
GENERATION_FIELDS = {"generations", "llm_output", "run", "type"}
_MAX_NAMES = 10


class UnsentFields:
    """Collects the fields of examples that are not sent, for one warning."""

    def __init__(self) -> None:
        self.place = ""
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, names: Iterable[str], where: str) -> None:
        """Add fields of the current example.

        Args:
            names: Their names.
            where: Their place in the example, such as `message 3`.
        """
        for name in names:
            count, first = self._found.get(f"`{name}`", (0, f"{self.place}, {where}"))
            self._found[f"`{name}`"] = (count + 1, first)

    def report(self) -> None:
        """Warn of all collected fields, if there are any."""
        named = [
            f"{name} ({first}{f', and {count - 1} more times' if count > 1 else ''})"
            for name, (count, first) in self._found.items()
        ]
        if named:
            more = f" and {len(named) - _MAX_NAMES} more" if len(named) > _MAX_NAMES else ""
            warnings.warn(
                f"The chat format does not support some fields of the training data. They are left "
                f"out: "
                f"{'; '.join(named[:_MAX_NAMES])}{more}.",
                stacklevel=4,
            )


def non_empty(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are neither null nor empty."""
    return {str(key): each for key, each in value.items() if not _is_empty(each)}


def unknown_keys(value: Mapping[str, Any]) -> list[str]:
    """Return the unknown keys of a message in the chat format."""
    return [key for key in non_empty(value) if key not in _SENT | _LANGCHAIN_FIELDS]


def unsent_fields(message: BaseMessage) -> Iterator[str]:
    """Yield the names of a message's fields that are not sent."""
    for name in _extras(message):
        is_call = name in {"tool_calls", "function_call"}
        if name != WEIGHT and name not in _LANGCHAIN_FIELDS and not (is_call and _calls(message)):
            yield name
    if isinstance(message, AIMessage) and isinstance(message.content, list):
        for block in message.content:
            kind = block.get("type") if isinstance(block, dict) else "text"
            if kind not in _SENT_BLOCKS:
                yield f"{kind} block"


def add_weights(messages: Sequence[BaseMessage], wires: Sequence[JSON]) -> list[str]:
    """Add the weights of messages to the request's messages.

    Args:
        messages: A conversation.
        wires: The same in the chat format; changed in place.

    Returns:
        Errors in the weights.
    """
    errors: list[str] = []
    turns = iter([wire for wire in wires if wire["role"] == "assistant"])
    weights: list[Any] = []
    for at, message in enumerate(messages):
        weight = _extras(message).get(WEIGHT)
        if not _is_assistant(message):
            if weight is not None:
                errors.append(
                    f"message {at} has a `weight`, which only the assistant's messages can have."
                )
            continue
        wire = next(turns, {})
        weights.append(weight)
        if weight is None:
            continue
        if type(weight) not in {int, float} or weight not in {0, 1}:
            errors.append(f"message {at} has the `weight` {weight!r}: it must be 0 or 1.")
        else:
            wire[WEIGHT] = int(weight)
    if weights and all(type(weight) in {int, float} and not weight for weight in weights):
        errors.append(
            "every message of the assistant has the `weight` 0: there is nothing to learn."
        )
    return errors


def _extras(message: BaseMessage) -> dict[str, Any]:
    found = non_empty({**message.additional_kwargs, **(message.model_extra or {})})
    weight = message.additional_kwargs.get(WEIGHT, (message.model_extra or {}).get(WEIGHT))
    return found if weight is None else {**found, WEIGHT: weight}


def _calls(message: BaseMessage) -> bool:
    return isinstance(message, AIMessage) and bool(message.tool_calls or message.invalid_tool_calls)


def _is_assistant(message: BaseMessage) -> bool:
    return isinstance(message, AIMessage) or (
        isinstance(message, ChatMessage) and message.role == "assistant"
    )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)
