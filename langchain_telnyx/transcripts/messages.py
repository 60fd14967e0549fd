"""Conversion between turns and messages: LangChain's, the API's, dicts and pairs."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from pydantic import BaseModel, ValidationError

from langchain_telnyx.client.api.conversation_results import ConversationMessage, in_order
from langchain_telnyx.client.decode import read, reasons
from langchain_telnyx.transcripts.speakers import given_name, speaker_key
from langchain_telnyx.transcripts.transcript import Transcript
from langchain_telnyx.transcripts.turns import ToolUse, Turn

KNOWN = {
    "human": "user",
    "user": "user",
    "ai": "assistant",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
}
"""The role of turns by role or type of messages."""

_PAIR = 2
_NO_NAME = re.compile(r"[\s<|\\/>]+")


def is_message(value: Any) -> bool:
    """Return whether a value is a message of any form.

    Args:
        value: The value.
    """
    if isinstance(value, Mapping):
        return "role" in value or ("type" in value and ("content" in value or "data" in value))
    if isinstance(value, BaseModel) and not isinstance(value, BaseMessage):
        # The API's messages, from listings and from events.
        return hasattr(value, "role") and (hasattr(value, "content") or hasattr(value, "text"))
    pair = isinstance(value, tuple) and len(value) == _PAIR and isinstance(value[0], str)
    return pair or isinstance(value, BaseMessage)


def of_messages(messages: Sequence[Any]) -> Transcript:
    """Return messages as a transcript; the API's messages are sorted by time.

    Args:
        messages: The messages.

    Raises:
        ValueError: An item is not a message.
    """
    if all(isinstance(message, ConversationMessage) for message in messages):
        messages = in_order(messages)
    turns: list[Turn] = []
    defects: list[str] = []
    for position, message in enumerate(messages):
        turn, errors = _turn(position, message)
        defects += [f"Message {position}: {what}" for what in errors]
        if turn.text.strip() or turn.tool_calls:
            turns.append(turn)
    return Transcript(turns=turns, defects=defects)


def to_messages(transcript: Transcript, assistant: Any = None) -> list[BaseMessage]:
    """Return a transcript as messages; see `Transcript.to_messages`."""
    turns = transcript.turns
    chosen = [_is(transcript, turn, assistant) for turn in turns]
    if assistant is not None and not any(chosen):
        known = sorted({transcript.label(turn) or "unknown" for turn in turns})
        raise ValueError(f"There is no speaker {assistant!r} in this transcript, only {known}.")
    found: list[BaseMessage] = []
    for turn, is_assistant in zip(turns, chosen, strict=True):
        name = None
        if turn.speaker is not None or turn.channel is not None:
            name = _NO_NAME.sub("_", transcript.label(turn) or "") or None
        if is_assistant or (turn.role == "assistant" and assistant is None):
            found.append(_answer(turn, name))
        elif turn.role == "system":
            found.append(SystemMessage(turn.text, name=name))
        elif turn.role == "tool":
            found.append(ToolMessage(turn.text, tool_call_id=turn.tool_call_id or "", name=name))
        elif turn.role in (None, "user", "assistant"):
            found.append(HumanMessage(turn.text, name=name))
        else:
            found.append(ChatMessage(content=turn.text, role=turn.role, name=name))
    return found


def _is(transcript: Transcript, turn: Turn, who: Any) -> bool:
    if who is None:
        return False
    key = speaker_key(who)
    keys = {turn.role, transcript.label(turn)}
    if turn.speaker is not None:
        keys |= {speaker_key(turn.speaker), str(turn.speaker)}
    if turn.channel is not None:
        keys.add(f"channel-{turn.channel}")
        if turn.speaker is not None:
            keys.add(f"channel-{turn.channel}-speaker-{speaker_key(turn.speaker)}")
    named = given_name(turn.channel, turn.speaker, transcript.speakers)
    return key in keys | {named} or who in keys


def _answer(turn: Turn, name: str | None) -> AIMessage:
    calls: list[ToolCall] = []
    errors: list[InvalidToolCall] = []
    for position, call in enumerate(turn.tool_calls):
        id_ = call.id or f"call_{position}"
        try:
            args = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError):
            args = None
        if isinstance(args, dict):
            calls.append(ToolCall(name=call.name, args=args, id=id_, type="tool_call"))
        else:
            errors.append(
                InvalidToolCall(
                    name=call.name,
                    args=call.arguments,
                    id=id_,
                    error=None,
                    type="invalid_tool_call",
                )
            )
    return AIMessage(turn.text, name=name, tool_calls=calls, invalid_tool_calls=errors)


def _turn(position: int, message: Any) -> tuple[Turn, list[str]]:
    """Return a message as a turn, and the errors of parts without text."""
    match message:
        case ConversationMessage():
            return _of_conversation(message), []
        case BaseMessage():
            return _of_langchain(message)
        case BaseModel() if is_message(message):
            turn, errors = _of_mapping(position, message.model_dump())
            sent = getattr(message, "timestamp", None)
            known = sent if isinstance(sent, datetime) else None
            return turn.model_copy(update={"sent_at": known}), errors
        case (str() as role, content) if isinstance(message, tuple):
            return _of_pair(role, content)
        case Mapping() if "role" in message or "type" in message:
            return _of_mapping(position, dict(message))
        case _:
            what = type(message).__name__
            raise ValueError(f"Message {position} is a {what}, not a message.")


def _of_pair(role: str, content: Any) -> tuple[Turn, list[str]]:
    text, errors = _text(content)
    known = KNOWN.get(role.strip().casefold())
    who: dict[str, Any] = {"role": known} if known else {"speaker": role.strip() or None}
    return Turn(text=text, **who), errors


def _of_mapping(position: int, message: dict[str, Any]) -> tuple[Turn, list[str]]:
    if "role" in message and "content" not in message and "text" in message:
        try:
            return _of_conversation(read(ConversationMessage, message)), []
        except ValidationError as error:
            raise ValueError(f"Message {position} cannot be read: {reasons(error)}.") from error
    if "data" in message and isinstance(message["data"], Mapping):
        message = {**message["data"], "type": message["type"]}
    given = message.get("role") or message.get("type")
    if not isinstance(given, str):
        raise ValueError(  # noqa: TRY004 - ValueError for all unsupported inputs
            f"Message {position} has the role {given!r}, which is not text."
        )
    turn, errors = _of_pair(given, message.get("content"))
    calls, more = _calls(message.get("tool_calls"))
    name, answers = message.get("name"), message.get("tool_call_id")
    update: dict[str, Any] = {"tool_calls": calls}
    if isinstance(name, str) and turn.role != "tool":
        update["speaker"] = name
    if isinstance(answers, str):
        update["tool_call_id"] = answers
    return Turn.model_validate({**turn.model_dump(), **update}), [*errors, *more]


def _calls(listed: Any) -> tuple[list[ToolUse], list[str]]:
    """Return the tool calls of a message in OpenAI's or LangChain's form, and errors of others."""
    calls: list[ToolUse] = []
    errors: list[str] = []
    rows = listed if isinstance(listed, list | tuple) else [] if listed is None else [listed]
    for position, call in enumerate(rows):
        inner = call.get("function", call) if isinstance(call, Mapping) else None
        if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
            errors.append(f"tool call {position} has no name.")
            continue
        arguments = inner.get("arguments", inner.get("args"))
        id_ = call.get("id")
        calls.append(
            ToolUse(
                name=inner["name"],
                arguments=arguments if isinstance(arguments, str) else _json(arguments),
                id=id_ if isinstance(id_, str) else None,
            )
        )
    return calls, errors


def _of_langchain(message: BaseMessage) -> tuple[Turn, list[str]]:
    role = message.role if isinstance(message, ChatMessage) else message.type.removesuffix("Chunk")
    role = role.removesuffix("Message")
    if isinstance(message, ChatMessage):
        turn, errors = _of_pair(role, message.content)
    else:
        text, errors = _text(message.content)
        turn = Turn(text=text, role=KNOWN.get(role.casefold(), role))
    calls: list[ToolUse] = []
    if isinstance(message, AIMessage):
        made = [(call["name"], _json(call["args"]), call["id"]) for call in message.tool_calls]
        made += [
            (call["name"] or "", call["args"] or "", call["id"])
            for call in message.invalid_tool_calls
        ]
        calls = [ToolUse(name=name, arguments=args, id=id_) for name, args, id_ in made]
    named = message.name if turn.role != "tool" else None
    answers = message.tool_call_id if isinstance(message, ToolMessage) else None
    update = {"tool_calls": calls, "speaker": named or turn.speaker, "tool_call_id": answers}
    return turn.model_copy(update=update), errors


def _of_conversation(message: ConversationMessage) -> Turn:
    functions = [(call.id, call.function) for call in message.tool_calls or () if call.function]
    return Turn(
        text=message.text or "",
        role=KNOWN.get(message.role, message.role),
        sent_at=message.moment,
        tool_calls=[ToolUse(name=f.name, arguments=f.arguments, id=id_) for id_, f in functions],
    )


def _text(content: Any) -> tuple[str, list[str]]:
    """Return the text of a message's content, and errors for its other parts."""
    if content is None:
        return "", []
    if isinstance(content, str):
        return content, []
    texts: list[str] = []
    errors: list[str] = []
    rows = content if isinstance(content, list | tuple) else [content]
    for position, block in enumerate(rows):
        text = block.get("text") if isinstance(block, Mapping) else block
        kind = block.get("type", "text") if isinstance(block, Mapping) else type(block).__name__
        if isinstance(text, str) and kind in ("text", "str", "input_text", "output_text"):
            texts.append(text)
        elif kind not in ("tool_use", "tool_call", "function_call"):  # they are in `tool_calls`
            errors.append(f"block {position} of type {kind!r} has no text.")
    return "\n".join(texts), errors


def _json(arguments: Any) -> str:
    if arguments is None:
        return ""
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(arguments)
