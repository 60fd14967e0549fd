"""Conversion of LangChain's and LangSmith's conversations to the API's chat format.

Pure functions. All errors are found and reported before any request, because the service does not
return the reason of a failed job.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
    messages_from_dict,
)
from langchain_core.prompt_values import PromptValue

from langchain_telnyx.chat_models.history_adapter.messages import to_wire
from langchain_telnyx.chat_models.tool_binding.tools import to_tools
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.write_errors import TrainingDataError
from langchain_telnyx.fine_tuning.example_keys import (
    GENERATION_FIELDS,
    LANGSMITH_FIELDS,
    UnsentFields,
    add_weights,
    non_empty,
    unknown_keys,
    unsent_fields,
)

TrainingExample: TypeAlias = Sequence[Any] | PromptValue | Mapping[str, Any] | Any
"""A conversation: messages in any of LangChain's forms, a prompt's value, an object of the chat
format (`{"messages": […], "tools": […]}`), or a LangSmith example with `inputs` and `outputs`.
"""

_MAX_DEFECTS = 20
"""Maximum number of defects in the error's text; `defects` has all."""
# Fields of the chat format other than the messages.
_OTHER_FIELDS = ("tools", "parallel_tool_calls")
# Common keys of messages in inputs and outputs of LangSmith's data sets.
_INPUT_KEYS = ("messages", "input", "question", "prompt")
_OUTPUT_KEYS = ("messages", "message", "output", "answer")


class _InvalidExampleError(ValueError):
    """A value is not a conversation in a supported form."""


def training_lines(examples: Iterable[TrainingExample]) -> list[JSON]:
    """Return examples as objects of the chat format, one per line of the training file.

    Args:
        examples: Conversations.

    Raises:
        TrainingDataError: Some examples are invalid; `defects` has all errors, by index.

    Warns:
        UserWarning: Fields of LangChain's messages or LangSmith's examples are left out, as the
            format does not support them; the warning has their names.
    """
    lines: list[JSON] = []
    defects: dict[int, list[str]] = {}
    unsent = UnsentFields()
    total = 0
    for index, example in enumerate(examples):
        total += 1
        unsent.place = f"example {index}"
        try:
            line, errors = _line(example, unsent)
        except ValueError as error:
            defects[index] = [str(error)]
            continue
        lines.append(line)
        if errors:
            defects[index] = errors
    if not total:
        raise TrainingDataError("`examples` is empty: pass at least one.")
    if defects:
        raise TrainingDataError(_defects_text(defects, total), defects)
    unsent.report()
    return lines


def training_jsonl(examples: Iterable[TrainingExample]) -> bytes:
    """Return examples as a training file of the API: JSON Lines, with one conversation per line.

    The format is OpenAI's: `{"messages": [{"role": …, "content": …}, …]}`, with tool calls. An
    assistant's message with the `weight` 0 is not learnt. The weight is a key of the message in the
    chat format, or in the `additional_kwargs` of LangChain's message.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/fine-tuning.md

    Args:
        examples: Conversations: messages, prompt values, examples of LangSmith.

    Raises:
        TrainingDataError: Some examples are invalid, or have keys that the format does not support;
            `defects` has all errors, by index.

    Warns:
        UserWarning: Fields of LangChain's messages or LangSmith's examples are left out; the
            warning has their names.

    Example:
        ```python
        from langchain_core.messages import AIMessage, HumanMessage
        from langchain_telnyx import training_jsonl

        chats = [[HumanMessage("When are you open?"), AIMessage("From six in the morning.")]]
        print(training_jsonl(chats).decode())
        ```
    """
    lines = (json.dumps(line, ensure_ascii=False) for line in training_lines(examples))
    return "".join(f"{line}\n" for line in lines).encode()


def _defects_text(defects: Mapping[int, Sequence[str]], total: int) -> str:
    quoted = [f"example {index}: {each}" for index, errors in defects.items() for each in errors]
    more = len(quoted) - _MAX_DEFECTS
    rest = f"\n… and {more} more, in `defects`" if more > 0 else ""
    return (
        f"{len(defects)} of {total} examples are invalid; nothing was sent:\n"
        + "\n".join(quoted[:_MAX_DEFECTS])
        + rest
    )


def _line(example: TrainingExample, unsent: UnsentFields) -> tuple[JSON, list[str]]:
    """Return an example in the chat format, and its errors.

    Raises:
        ValueError: It cannot be converted at all.
    """
    messages, other = _conversation(example, unsent)
    line: JSON = {"messages": _wires(messages), **other}
    if "tools" in line:
        line["tools"] = to_tools(line["tools"])
    errors = add_weights(messages, line["messages"])
    for at, message in enumerate(messages):
        unsent.add(unsent_fields(message), f"message {at}")
    errors += [*_message_errors(messages), *_encoding_errors(line)]
    return line, list(dict.fromkeys(errors))


def _conversation(example: TrainingExample, unsent: UnsentFields) -> tuple[list[BaseMessage], JSON]:
    """Return the messages of an example, and the other fields of the chat format."""
    if isinstance(example, PromptValue):
        return example.to_messages(), {}
    inputs, outputs = _parts(example)
    if inputs is not None:
        unsent.add(_unknown_example_keys(example), "the example")
        input_messages, other = _side(inputs, _INPUT_KEYS, "human", "inputs", unsent)
        output_messages, _ = _side(outputs, _OUTPUT_KEYS, "ai", "outputs", unsent)
        # The output of a graph is its state, which includes the input messages.
        if _wires(output_messages[: len(input_messages)]) == _wires(input_messages):
            return output_messages, other
        return [*input_messages, *output_messages], other
    if isinstance(example, Mapping):
        if "messages" not in example:
            raise _InvalidExampleError(
                "expected an object with `messages`, or with `inputs` and `outputs`; this one has "
                f"{', '.join(map(repr, example)) or 'nothing'}."
            )
        if unknown := [
            key for key in non_empty(example) if key not in {"messages", *_OTHER_FIELDS}
        ]:
            raise _InvalidExampleError(
                f"the format does not support {', '.join(map(repr, unknown))} (only `messages`, "
                f"{', '.join(map(repr, _OTHER_FIELDS))}): remove it."
            )
        return _messages(example["messages"], "human"), _other_fields(example)
    if isinstance(example, str | bytes | BaseMessage) or not isinstance(example, Iterable):
        raise _InvalidExampleError(f"expected a conversation, not a {type(example).__name__}.")
    return _messages(list(example), "human"), {}


def _wires(messages: list[BaseMessage]) -> list[JSON]:
    # Content that cannot be sent is an error, and is not left out.
    return to_wire(messages, refusing="everything")


def _parts(example: TrainingExample) -> tuple[Any, Any]:
    """Return the inputs and outputs of LangSmith's examples, which are dicts or objects."""
    if isinstance(example, Mapping):
        return example.get("inputs"), example.get("outputs")
    return getattr(example, "inputs", None), getattr(example, "outputs", None)


def _unknown_example_keys(example: TrainingExample) -> list[str]:
    """Return the keys of LangSmith's example, other than inputs and outputs, to report."""
    if isinstance(example, Mapping):
        return [key for key in non_empty(example) if key not in LANGSMITH_FIELDS]
    return ["attachments"] if getattr(example, "attachments", None) else []


def _side(
    side: Any, names: Sequence[str], speaker: str, field: str, unsent: UnsentFields
) -> tuple[list[BaseMessage], JSON]:
    """Return the messages of inputs or outputs, and the other fields of the chat format."""
    if not isinstance(side, Mapping):
        raise _InvalidExampleError(f"`{field}` is not an object.")
    if "generations" in side:  # LangSmith's form of a traced model's answer
        unsent.add((key for key in non_empty(side) if key not in GENERATION_FIELDS), f"`{field}`")
        if _count(side["generations"]) > 1:
            unsent.add(["generations behind the first"], f"`{field}`")
        side = {"message": _first_message(side["generations"])}
    named = [name for name in names if side.get(name) is not None]
    if not named and len(side) == 1:
        named = list(side)  # a data set with a single column
    if not named:
        raise _InvalidExampleError(
            f"`{field}` has none of {', '.join(map(repr, names))}, but "
            f"{', '.join(map(repr, side)) or 'nothing'}."
        )
    sent = {named[0], *(_OTHER_FIELDS if field == "inputs" else ())}
    unsent.add((key for key in non_empty(side) if key not in sent), f"`{field}`")
    value = side[named[0]]
    messages = _messages(value if _is_row(value) else [value], speaker, traced=True)
    return messages, _other_fields(side)


def _first_message(generations: Any) -> Any:
    while _is_row(generations) and generations:
        generations = generations[0]
    return generations.get("message") if isinstance(generations, Mapping) else None


def _count(generations: Any) -> int:
    return sum(map(_count, generations)) if _is_row(generations) else 1


def _other_fields(value: Mapping[str, Any]) -> JSON:
    return {name: value[name] for name in _OTHER_FIELDS if value.get(name) is not None}


def _is_row(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | tuple)


def _messages(values: Any, speaker: str, *, traced: bool = False) -> list[BaseMessage]:
    if not _is_row(values):
        raise _InvalidExampleError(f"`messages` is a {type(values).__name__}, not a list.")
    if len(values) == 1 and _is_row(values[0]):
        values = values[0]  # LangSmith's form of a model's input: a batch of one
    return [_message(at, value, speaker, traced=traced) for at, value in enumerate(values)]


def _message(at: int, value: Any, speaker: str, *, traced: bool) -> BaseMessage:
    """Convert a message of any form: LangChain's, serialized, OpenAI's, or text."""
    try:
        if isinstance(value, Mapping) and "lc" in value:
            # From `dumpd`. Not parsed with `load`, which is not safe for data.
            name = value["id"][-1].removesuffix("Chunk").removesuffix("Message")
            return messages_from_dict([{"type": name.lower(), "data": value["kwargs"]}])[0]
        if isinstance(value, Mapping) and isinstance(value.get("data"), Mapping):
            return messages_from_dict([dict(value)])[0]
        if isinstance(value, Mapping):
            if not traced:
                _check_keys(at, value)
            value = dict(value)
        return convert_to_messages([(speaker, value) if isinstance(value, str) else value])[0]
    except _InvalidExampleError:
        raise
    except (ValueError, TypeError, KeyError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise _InvalidExampleError(f"message {at} is not a message: {reason}.") from error


def _check_keys(at: int, message: Mapping[str, Any]) -> None:
    if unknown := unknown_keys(message):
        raise _InvalidExampleError(
            f"message {at}: the format does not support {', '.join(map(repr, unknown))}: remove it."
        )


def _message_errors(messages: Sequence[BaseMessage]) -> Iterable[str]:
    if not any(isinstance(message, AIMessage) for message in messages):
        yield "there is no message of the assistant to learn."
    elif not isinstance(messages[-1], AIMessage):
        yield "the last message is not from the assistant."
    yield from _order_errors(messages)
    for at, message in enumerate(messages):
        media = _media(message)
        if isinstance(message, AIMessage):
            yield from _assistant_errors(at, message)
        elif not isinstance(message, ToolMessage) and not message.text.strip() and not media:
            yield f"message {at} is empty."
        for kind in media:
            yield f"message {at} has a block of type {kind!r}; only text is supported."


def _order_errors(messages: Sequence[BaseMessage]) -> Iterable[str]:
    pending: list[str | None] = []
    for at, message in enumerate(messages):
        if isinstance(message, ToolMessage):
            if message.tool_call_id in pending:
                pending.remove(message.tool_call_id)
            else:
                call_id = repr(message.tool_call_id)
                yield f"message {at} is the result of {call_id}, but no earlier message calls it."
            continue
        if pending:
            missing = ", ".join(map(repr, pending))
            yield f"message {at} precedes the result of the tool call {missing}."
        # Calls in the last message need no results: the model learns to call them.
        pending = []
        if isinstance(message, AIMessage):
            pending = [call["id"] for call in message.tool_calls]
        elif isinstance(message, SystemMessage) and at:
            yield f"message {at} is a system message, which must be the first message."


def _assistant_errors(at: int, message: AIMessage) -> Iterable[str]:
    if not message.text.strip() and not message.tool_calls:
        yield f"message {at} of the assistant has no text and no tool calls."
    for broken in message.invalid_tool_calls:
        yield f"message {at} calls {broken['name']!r} with arguments that are not a JSON object."
    for call in message.tool_calls:
        if not call["id"]:
            yield f"message {at} calls {call['name']!r} without an id."


def _media(message: BaseMessage) -> list[str]:
    blocks = message.content if isinstance(message.content, list) else []
    kinds = [str(block.get("type")) for block in blocks if isinstance(block, dict)]
    return [kind for kind in kinds if any(name in kind for name in ("image", "audio", "file"))]


def _encoding_errors(line: JSON) -> Iterable[str]:
    try:
        json.dumps(line, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        yield "it contains an unpaired surrogate, which cannot be encoded."
    except (TypeError, ValueError) as error:
        yield f"it contains values that are not JSON: {error}."
