"""Training examples: from what LangChain and LangSmith have, to lines of the API's chat format.

Pure functions. Everything that is wrong is found before anything is sent, and told at once: the
service says that a job has failed, and not why.
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
    GENERATIONS,
    LANGSMITHS,
    LeftOut,
    given,
    left_out,
    refused,
    weigh,
)

TrainingExample: TypeAlias = Sequence[Any] | PromptValue | Mapping[str, Any] | Any
"""A conversation: messages in any of LangChain's forms, a prompt's value, an object of the chat
format (`{"messages": […], "tools": […]}`), or a LangSmith example with `inputs` and `outputs`.
"""

_SHOWN = 20
"""How many defects a message quotes; the error has them all."""
# What the API's format has beside the messages.
_BESIDE = ("tools", "parallel_tool_calls")
# Where the chat data sets of LangSmith, and those that people write, keep one message or several.
_ASKED = ("messages", "input", "question", "prompt")
_ANSWERED = ("messages", "message", "output", "answer")


class _WrongFormError(ValueError):
    """A value has no form that a conversation can have."""


def training_lines(examples: Iterable[TrainingExample]) -> list[JSON]:
    """Return examples as objects of the chat format, one a line of the training file.

    Args:
        examples: Conversations.

    Raises:
        TrainingDataError: Some cannot be trained on; `defects` has all that is wrong, by index.

    Warns:
        UserWarning: Of LangChain's messages or LangSmith's examples something is left out, for
            which the format has no place; its names are told.
    """
    lines: list[JSON] = []
    defects: dict[int, list[str]] = {}
    unsent = LeftOut()
    total = 0
    for index, example in enumerate(examples):
        total += 1
        unsent.place = f"example {index}"
        try:
            line, wrong = _line(example, unsent)
        except ValueError as error:
            defects[index] = [str(error)]
            continue
        lines.append(line)
        if wrong:
            defects[index] = wrong
    if not total:
        raise TrainingDataError("There are no examples to train on.")
    if defects:
        raise TrainingDataError(_told(defects, total), defects)
    unsent.report()
    return lines


def training_jsonl(examples: Iterable[TrainingExample]) -> bytes:
    """Return examples as the training file that the API takes: a chat a line.

    The format is OpenAI's: `{"messages": [{"role": …, "content": …}, …]}`, tool calls included.
    A `weight` of 0 keeps an assistant's message from being learnt; it may stand in the message of
    the chat format, or in the `additional_kwargs` of LangChain's.

    Args:
        examples: Conversations: messages, prompt values, examples of LangSmith.

    Raises:
        TrainingDataError: Some cannot be trained on, or have keys for which the format has no
            place; `defects` has all that is wrong, by index.

    Warns:
        UserWarning: Of LangChain's messages or LangSmith's examples something is left out; its
            names are told.

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


def _told(defects: Mapping[int, Sequence[str]], total: int) -> str:
    quoted = [f"example {index}: {what}" for index, wrong in defects.items() for what in wrong]
    more = len(quoted) - _SHOWN
    rest = f"\n… and {more} more, in `defects`" if more > 0 else ""
    return (
        f"{len(defects)} of {total} examples cannot be trained on; nothing was sent:\n"
        + "\n".join(quoted[:_SHOWN])
        + rest
    )


def _line(example: TrainingExample, unsent: LeftOut) -> tuple[JSON, list[str]]:
    """Return an example in the chat format, and what is wrong with it.

    Raises:
        ValueError: It cannot be written in that format at all.
    """
    messages, beside = _conversation(example, unsent)
    line: JSON = {"messages": _wires(messages), **beside}
    if "tools" in line:
        line["tools"] = to_tools(line["tools"])
    wrong = weigh(messages, line["messages"])
    for at, message in enumerate(messages):
        unsent.add(left_out(message), f"message {at}")
    wrong += [*_wrong_with(messages), *_unwritable(line)]
    return line, list(dict.fromkeys(wrong))


def _conversation(example: TrainingExample, unsent: LeftOut) -> tuple[list[BaseMessage], JSON]:
    """Return the messages of an example, and what the format has beside them."""
    if isinstance(example, PromptValue):
        return example.to_messages(), {}
    inputs, outputs = _parts(example)
    if inputs is not None:
        unsent.add(_around(example), "the example")
        asked, beside = _side(inputs, _ASKED, "human", "inputs", unsent)
        answered, _ = _side(outputs, _ANSWERED, "ai", "outputs", unsent)
        # A graph's output is its state: the whole conversation once more.
        if _wires(answered[: len(asked)]) == _wires(asked):
            return answered, beside
        return [*asked, *answered], beside
    if isinstance(example, Mapping):
        if "messages" not in example:
            raise _WrongFormError(
                "an object with `messages`, or with `inputs` and `outputs`, was expected; this one "
                f"has {', '.join(map(repr, example)) or 'nothing'}."
            )
        if unknown := [key for key in given(example) if key not in {"messages", *_BESIDE}]:
            raise _WrongFormError(
                f"beside `messages` it has {', '.join(map(repr, unknown))}, for which the format "
                f"has no place ({', '.join(map(repr, _BESIDE))} are sent): remove what is not to "
                f"be learnt."
            )
        return _messages(example["messages"], "human"), _beside(example)
    if isinstance(example, str | bytes | BaseMessage) or not isinstance(example, Iterable):
        raise _WrongFormError(f"a conversation was expected, not a {type(example).__name__}.")
    return _messages(list(example), "human"), {}


def _wires(messages: list[BaseMessage]) -> list[JSON]:
    # What cannot be sent is a defect of the example, and not to be left out of it.
    return to_wire(messages, refusing="everything")


def _parts(example: TrainingExample) -> tuple[Any, Any]:
    """Return inputs and outputs of LangSmith's examples, be they dicts or objects."""
    if isinstance(example, Mapping):
        return example.get("inputs"), example.get("outputs")
    return getattr(example, "inputs", None), getattr(example, "outputs", None)


def _around(example: TrainingExample) -> list[str]:
    """Return what LangSmith's example has beside inputs and outputs that could be learnt from."""
    if isinstance(example, Mapping):
        return [key for key in given(example) if key not in LANGSMITHS]
    return ["attachments"] if getattr(example, "attachments", None) else []


def _side(
    side: Any, names: Sequence[str], speaker: str, what: str, unsent: LeftOut
) -> tuple[list[BaseMessage], JSON]:
    """Return the messages in inputs or outputs, and what the format has beside them."""
    if not isinstance(side, Mapping):
        raise _WrongFormError(f"`{what}` is no object, so there is nothing to learn from it.")
    if "generations" in side:  # what LangSmith keeps of a traced model's answer
        unsent.add((key for key in given(side) if key not in GENERATIONS), f"`{what}`")
        if _count(side["generations"]) > 1:
            unsent.add(["generations behind the first"], f"`{what}`")
        side = {"message": _first_message(side["generations"])}
    named = [name for name in names if side.get(name) is not None]
    if not named and len(side) == 1:
        named = list(side)  # a data set of one column, whatever its name
    if not named:
        raise _WrongFormError(
            f"`{what}` has none of {', '.join(map(repr, names))}, but "
            f"{', '.join(map(repr, side)) or 'nothing'}."
        )
    sent = {named[0], *(_BESIDE if what == "inputs" else ())}
    unsent.add((key for key in given(side) if key not in sent), f"`{what}`")
    value = side[named[0]]
    asked = _messages(value if _is_row(value) else [value], speaker, traced=True)
    return asked, _beside(side)


def _first_message(generations: Any) -> Any:
    while _is_row(generations) and generations:
        generations = generations[0]
    return generations.get("message") if isinstance(generations, Mapping) else None


def _count(generations: Any) -> int:
    return sum(map(_count, generations)) if _is_row(generations) else 1


def _beside(value: Mapping[str, Any]) -> JSON:
    return {name: value[name] for name in _BESIDE if value.get(name) is not None}


def _is_row(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | tuple)


def _messages(values: Any, speaker: str, *, traced: bool = False) -> list[BaseMessage]:
    if not _is_row(values):
        raise _WrongFormError(f"`messages` is a {type(values).__name__}, and not a list.")
    if len(values) == 1 and _is_row(values[0]):
        values = values[0]  # a batch of one, as LangSmith keeps a model's input
    return [_message(at, value, speaker, traced=traced) for at, value in enumerate(values)]


def _message(at: int, value: Any, speaker: str, *, traced: bool) -> BaseMessage:
    """Return a message in whichever form it is: LangChain's, serialised, OpenAI's, or text."""
    try:
        if isinstance(value, Mapping) and "lc" in value:
            # As `dumpd` writes it. Not by `load`: a data set is no place to build objects from.
            name = value["id"][-1].removesuffix("Chunk").removesuffix("Message")
            return messages_from_dict([{"type": name.lower(), "data": value["kwargs"]}])[0]
        if isinstance(value, Mapping) and isinstance(value.get("data"), Mapping):
            return messages_from_dict([dict(value)])[0]
        if isinstance(value, Mapping):
            if not traced:
                _refuse(at, value)
            value = dict(value)
        return convert_to_messages([(speaker, value) if isinstance(value, str) else value])[0]
    except _WrongFormError:
        raise
    except (ValueError, TypeError, KeyError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise _WrongFormError(f"message {at} is no message: {reason}.") from error


def _refuse(at: int, message: Mapping[str, Any]) -> None:
    if unknown := refused(message):
        raise _WrongFormError(
            f"message {at} has {', '.join(map(repr, unknown))}, for which the format has no place: "
            f"remove what is not to be learnt."
        )


def _wrong_with(messages: Sequence[BaseMessage]) -> Iterable[str]:
    if not any(isinstance(message, AIMessage) for message in messages):
        yield "no message is the assistant's, so there is nothing to learn."
    elif not isinstance(messages[-1], AIMessage):
        yield "the last message is not the assistant's, so nothing is learnt from it."
    yield from _wrong_with_order(messages)
    for at, message in enumerate(messages):
        media = _media(message)
        if isinstance(message, AIMessage):
            yield from _wrong_with_turn(at, message)
        elif not isinstance(message, ToolMessage) and not message.text.strip() and not media:
            yield f"message {at} is empty."
        for kind in media:
            yield f"message {at} has a block of type {kind!r}; models are trained on text."


def _wrong_with_order(messages: Sequence[BaseMessage]) -> Iterable[str]:
    unanswered: list[str | None] = []
    for at, message in enumerate(messages):
        if isinstance(message, ToolMessage):
            if message.tool_call_id in unanswered:
                unanswered.remove(message.tool_call_id)
            else:
                called = repr(message.tool_call_id)
                yield f"message {at} is the result of {called}, which no turn before it calls."
            continue
        if unanswered:
            missing = ", ".join(map(repr, unanswered))
            yield f"message {at} comes before the result of the tool call {missing}."
        # Calls in the last turn need no results: to call them is what is learnt.
        unanswered = []
        if isinstance(message, AIMessage):
            unanswered = [call["id"] for call in message.tool_calls]
        elif isinstance(message, SystemMessage) and at:
            yield f"message {at} is the system's, which must be the first."


def _wrong_with_turn(at: int, message: AIMessage) -> Iterable[str]:
    if not message.text.strip() and not message.tool_calls:
        yield f"message {at} is the assistant's, and says and calls nothing."
    for broken in message.invalid_tool_calls:
        yield f"message {at} calls {broken['name']!r} with arguments that are no JSON object."
    for call in message.tool_calls:
        if not call["id"]:
            yield f"message {at} calls {call['name']!r} without an id."


def _media(message: BaseMessage) -> list[str]:
    blocks = message.content if isinstance(message.content, list) else []
    kinds = [str(block.get("type")) for block in blocks if isinstance(block, dict)]
    return [kind for kind in kinds if any(name in kind for name in ("image", "audio", "file"))]


def _unwritable(line: JSON) -> Iterable[str]:
    try:
        json.dumps(line, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        yield "it holds half of a character, which no file can."
    except (TypeError, ValueError) as error:
        yield f"it holds what JSON does not have: {error}."
