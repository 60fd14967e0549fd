"""What training data holds beside the text: weights, which are sent, and the rest, by its names.

Of what a person wrote in the chat format, a key that is not sent is refused. LangChain's messages
and LangSmith's examples come with much that no one wrote; of that, what a model could learn from is
reported, in one warning, and the bookkeeping (ids, usage, response metadata) is left out.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage

from langchain_telnyx.client.call import JSON

WEIGHT = "weight"
"""Whether an assistant's message is learnt (1) or only read (0), in OpenAI's chat format."""

_SENT = {"role", "content", "name", "tool_calls", "tool_call_id", WEIGHT}
_LANGCHAINS = {
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
# Blocks of an assistant's turn that are sent as its tool calls, or as its text.
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
# Of LangSmith's examples and runs: what they are known by, when they were made, and how.
LANGSMITHS = {
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
GENERATIONS = {"generations", "llm_output", "run", "type"}
_SHOWN = 10


class LeftOut:
    """What is not sent of some examples, for one warning."""

    def __init__(self) -> None:
        self.place = ""
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, names: Iterable[str], where: str) -> None:
        """Take down what is not sent of the current example.

        Args:
            names: What it is called.
            where: In what it stands, such as `message 3`.
        """
        for name in names:
            count, first = self._found.get(f"`{name}`", (0, f"{self.place}, {where}"))
            self._found[f"`{name}`"] = (count + 1, first)

    def report(self) -> None:
        """Warn of all that is not sent, if there is any."""
        named = [
            f"{name} ({first}{f', and {count - 1} more times' if count > 1 else ''})"
            for name, (count, first) in self._found.items()
        ]
        if named:
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            warnings.warn(
                f"The chat format has no place for some of the training data, which is left out: "
                f"{'; '.join(named[:_SHOWN])}{more}.",
                stacklevel=4,
            )


def given(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something: null and empty ones are how some write "none"."""
    return {str(key): each for key, each in value.items() if not _is_empty(each)}


def refused(value: Mapping[str, Any]) -> list[str]:
    """Return the keys of a message of the chat format that are not sent."""
    return [key for key in given(value) if key not in _SENT | _LANGCHAINS]


def left_out(message: BaseMessage) -> Iterator[str]:
    """Yield what of a message is not sent, by its name."""
    for name in _extras(message):
        is_call = name in {"tool_calls", "function_call"}
        if name != WEIGHT and name not in _LANGCHAINS and not (is_call and _calls(message)):
            yield name
    if isinstance(message, AIMessage) and isinstance(message.content, list):
        for block in message.content:
            kind = block.get("type") if isinstance(block, dict) else "text"
            if kind not in _SENT_BLOCKS:
                yield f"{kind} block"


def weigh(messages: Sequence[BaseMessage], wires: Sequence[JSON]) -> list[str]:
    """Put the weights of messages into their written form.

    Args:
        messages: A conversation.
        wires: The same, as it is sent.

    Returns:
        What is wrong with the weights.
    """
    wrong: list[str] = []
    turns = iter([wire for wire in wires if wire["role"] == "assistant"])
    weights: list[Any] = []
    for at, message in enumerate(messages):
        weight = _extras(message).get(WEIGHT)
        if not _is_assistants(message):
            if weight is not None:
                wrong.append(
                    f"message {at} has a `weight`, which only the assistant's messages can have."
                )
            continue
        wire = next(turns, {})
        weights.append(weight)
        if weight is None:
            continue
        if type(weight) not in {int, float} or weight not in {0, 1}:
            wrong.append(f"message {at} has the `weight` {weight!r}: it is 0 or 1.")
        else:
            wire[WEIGHT] = int(weight)
    if weights and all(type(weight) in {int, float} and not weight for weight in weights):
        wrong.append(
            "every message of the assistant has the `weight` 0: there is nothing to learn."
        )
    return wrong


def _extras(message: BaseMessage) -> dict[str, Any]:
    found = given({**message.additional_kwargs, **(message.model_extra or {})})
    weight = message.additional_kwargs.get(WEIGHT, (message.model_extra or {}).get(WEIGHT))
    return found if weight is None else {**found, WEIGHT: weight}


def _calls(message: BaseMessage) -> bool:
    return isinstance(message, AIMessage) and bool(message.tool_calls or message.invalid_tool_calls)


def _is_assistants(message: BaseMessage) -> bool:
    return isinstance(message, AIMessage) or (
        isinstance(message, ChatMessage) and message.role == "assistant"
    )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)
