"""A LangChain message as a message of a Telnyx conversation, and back.

The API keeps who spoke, what was said, the calls of an assistant and flat metadata; it gives back
no name, no `tool_call_id` and no `system` message. What it would lose travels in the message's
metadata, under `langchain`: a list of strings that make up the JSON of LangChain's message, or,
where that is shorter, `z` and the same JSON compressed (zlib) in base64. Text is left out of it, as
the API has it. Messages without it, of Telnyx's own assistants or of other programs, are read by
role and text.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    BaseMessageChunk,
    ChatMessage,
    HumanMessage,
    InvalidToolCall,
    RemoveMessage,
    ToolCall,
    ToolMessage,
    message_chunk_to_message,
    messages_from_dict,
)

from langchain_telnyx.client.api.conversation_results import (
    ConversationMessage,
    ConversationToolCall,
    in_order,
)
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads

KEY = "langchain"
"""The field of a message's metadata that holds what the API would lose."""

_PIECE = 500
"""Characters to a string: the API says nothing of a limit, and OpenAI's for metadata is 512."""

_ROLES = {"human": "user", "ai": "assistant", "tool": "tool"}
_LOOSE = ("additional_kwargs", "response_metadata")


def said(message: BaseMessage, moment: str) -> JSON:
    """Return the fields of the request that adds a message.

    Args:
        message: The message. One whose role the API would not give back, such as instructions,
            goes as an assistant's turn that says nothing: no one is quoted for it.
        moment: When it was said, for its place among others of the same time.

    Raises:
        ValueError: It cannot be written as JSON, or is no message but an order to remove one.
    """
    if isinstance(message, RemoveMessage):
        raise ValueError(  # noqa: TRY004 - it is a message, of a kind that cannot be said
            "A RemoveMessage cannot be added to a conversation: the API deletes whole "
            "conversations only; use `clear`."
        )
    if isinstance(message, BaseMessageChunk):
        message = message_chunk_to_message(message)
    role = _role(message)
    kept = message.model_dump(exclude={"type"}, exclude_defaults=True)
    plain = role is not None and isinstance(message.content, str)
    if plain:
        kept.pop("content", None)
    for field in _LOOSE:
        if field in kept:
            kept[field] = {key: value for key, value in kept[field].items() if _survives(value)}
    if not _survives(kept.get("artifact")):
        del kept["artifact"]
    fields: JSON = {
        "role": role or "assistant",
        "content": str(message.text) if role else "",
        "name": message.name,
        "metadata": {KEY: _packed({"type": message.type, "at": moment, "data": kept})},
    }
    if isinstance(message, ToolMessage):
        fields["tool_call_id"] = message.tool_call_id
    if isinstance(message, AIMessage):
        calls: list[ToolCall | InvalidToolCall] = [*message.tool_calls, *message.invalid_tool_calls]
        fields["tool_calls"] = [_call(call) for call in calls]
    return {name: value for name, value in fields.items() if value not in (None, [])}


def heard(messages: Iterable[ConversationMessage]) -> list[BaseMessage]:
    """Return LangChain's messages for those of a conversation, in the order they were said.

    A tool's answer without LangChain's part is taken for that to the first call without one:
    `response_metadata` says `tool_call_id_inferred` then.
    """
    whole = [(message, _unpacked(message)) for message in in_order(messages)]
    # A service that keeps whole seconds would make one moment of several.
    whole.sort(key=lambda pair: (pair[0].moment is None, pair[0].moment, pair[1].get("at", "")))
    found: list[BaseMessage] = []
    waiting: list[str] = []  # calls that no tool has answered yet
    for message, kept in whole:
        read = _rebuilt(message, kept) or _plain(message, waiting)
        if isinstance(read, AIMessage):
            waiting += [call["id"] or "" for call in (*read.tool_calls, *read.invalid_tool_calls)]
        if isinstance(read, ToolMessage) and read.tool_call_id in waiting:
            waiting.remove(read.tool_call_id)
        found.append(read)
    return found


def latest(messages: Iterable[ConversationMessage]) -> datetime | None:
    """Return the last moment that messages have; `None` where none has any.

    That is the one that the API tells, or that LangChain's part tells more precisely.
    """
    found: list[datetime] = []
    for message in messages:
        found += [message.moment] if message.moment is not None else []
        try:
            at = datetime.fromisoformat(_unpacked(message)["at"])
        except (KeyError, TypeError, ValueError):
            continue
        found.append(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
    return max(found, default=None)


def _role(message: BaseMessage) -> str | None:
    if isinstance(message, ChatMessage):
        return message.role if message.role in {"user", "assistant"} else None
    return _ROLES.get(message.type)


def _call(call: ToolCall | InvalidToolCall) -> JSON:
    args = call["args"]
    written = args if isinstance(args, str) else json.dumps(args or {}, ensure_ascii=False)
    function = {"name": call["name"] or "", "arguments": written}
    return {"id": call["id"] or "", "type": "function", "function": function}


def _survives(value: Any) -> bool:
    try:
        return bool(loads(json.dumps(value)) == value)
    except (TypeError, ValueError, RecursionError):
        return False


def _packed(kept: JSON) -> list[str]:
    try:
        text = json.dumps(kept, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"The message cannot be kept: {error}. Its content and the arguments of its calls must "
            f"be JSON."
        ) from error
    squeezed = "z" + base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    shorter = min(text, squeezed, key=len)
    return [shorter[start : start + _PIECE] for start in range(0, len(shorter), _PIECE)]


def _unpacked(message: ConversationMessage) -> JSON:
    """Return what LangChain has to say of a message; nothing where it is not, or not whole."""
    pieces = (message.metadata or {}).get(KEY)
    if isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces):
        pieces = "".join(pieces)
    if not isinstance(pieces, str) or not pieces:
        return {}
    try:
        text = pieces
        if pieces.startswith("z"):
            text = zlib.decompress(base64.b64decode(pieces[1:], validate=True)).decode()
        kept = loads(text)
    except (ValueError, zlib.error):
        return {}
    return kept if isinstance(kept, dict) else {}


def _rebuilt(message: ConversationMessage, kept: JSON) -> BaseMessage | None:
    try:
        data = {"content": message.text or "", **kept["data"]}
        return messages_from_dict([{"type": kept["type"], "data": data}])[0]
    except (KeyError, TypeError, ValueError):
        return None


def _plain(message: ConversationMessage, waiting: Sequence[str]) -> BaseMessage:
    text = message.text or ""
    match message.role:
        case "user":
            return HumanMessage(text)
        case "assistant":
            calls, invalid = _calls(message.tool_calls or [])
            return AIMessage(text, tool_calls=calls, invalid_tool_calls=invalid)
        case "tool":
            return ToolMessage(
                text,
                tool_call_id=waiting[0] if waiting else "",
                response_metadata={"tool_call_id_inferred": True},
            )
        case role:
            return ChatMessage(content=text, role=role)


def _calls(
    listed: Iterable[ConversationToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in listed:
        if call.function is None:
            continue
        name, written = call.function.name, call.function.arguments
        try:
            args = loads(written or "{}")
        except ValueError:
            args = None
        if isinstance(args, dict):
            calls.append(ToolCall(name=name, args=args, id=call.id, type="tool_call"))
        else:
            invalid.append(
                InvalidToolCall(
                    name=name, args=written, id=call.id, error=None, type="invalid_tool_call"
                )
            )
    return calls, invalid
