"""Encode LangChain messages as messages of a Telnyx conversation, and decode them.

The API stores role, text, tool calls of an assistant and flat metadata. It does not return names,
`tool_call_id` and `system` messages. The codec stores what the API loses in the message's metadata,
in the field `langchain`: the JSON of LangChain's message, split into a list of strings; if shorter,
`z` followed by the compressed JSON (zlib, base64). The JSON omits the text, which the API stores.
Messages without the field, from Telnyx's own assistants or other programs, are decoded from role,
text and tool calls.
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
"""The field of a message's metadata for what the API loses."""

_PIECE_LENGTH = 500
"""Characters per string. The API documents no limit; OpenAI's for metadata is 512."""

_ROLES = {"human": "user", "ai": "assistant", "tool": "tool"}
_DICT_FIELDS = ("additional_kwargs", "response_metadata")


def encode_message(message: BaseMessage, moment: str) -> JSON:
    """Return the fields of the request that adds a message.

    Args:
        message: The message. If the API does not return its role, such as `system`, the request
            adds an assistant's message without text.
        moment: The time of the message (ISO 8601), to order messages with the same `sent_at`.

    Raises:
        ValueError: It cannot be encoded as JSON, or is a `RemoveMessage`.
    """
    if isinstance(message, RemoveMessage):
        raise ValueError(  # noqa: TRY004 - a valid type of message
            "A RemoveMessage cannot be added to a conversation: the API deletes only whole "
            "conversations. Use `clear`."
        )
    if isinstance(message, BaseMessageChunk):
        message = message_chunk_to_message(message)
    role = _role(message)
    data = message.model_dump(exclude={"type"}, exclude_defaults=True)
    is_text = role is not None and isinstance(message.content, str)
    if is_text:
        data.pop("content", None)
    for field in _DICT_FIELDS:
        if field in data:
            data[field] = {key: value for key, value in data[field].items() if _is_json(value)}
    if not _is_json(data.get("artifact")):
        del data["artifact"]
    fields: JSON = {
        "role": role or "assistant",
        "content": str(message.text) if role else "",
        "name": message.name,
        "metadata": {KEY: _pack({"type": message.type, "at": moment, "data": data})},
    }
    if isinstance(message, ToolMessage):
        fields["tool_call_id"] = message.tool_call_id
    if isinstance(message, AIMessage):
        calls: list[ToolCall | InvalidToolCall] = [*message.tool_calls, *message.invalid_tool_calls]
        fields["tool_calls"] = [_call(call) for call in calls]
    return {name: value for name, value in fields.items() if value not in (None, [])}


def decode_messages(messages: Iterable[ConversationMessage]) -> list[BaseMessage]:
    """Return the messages of a conversation as LangChain messages, in order.

    A tool message without the field `langchain` is matched with the first tool call that has no
    result; its `response_metadata` then has `tool_call_id_inferred`. Rows of other roles without
    text and tool calls, such as events of a call, are omitted.
    """
    pairs = [(message, _unpack(message)) for message in in_order(messages)]
    # A service that stores whole seconds returns several messages with the same time.
    pairs.sort(key=lambda pair: (pair[0].moment is None, pair[0].moment, pair[1].get("at", "")))
    decoded: list[BaseMessage] = []
    pending: list[str] = []  # ids of tool calls without a result
    for message, data in pairs:
        current = _from_data(message, data)
        if current is None:
            if not message.is_message:
                continue  # a chat model refuses its role
            current = _from_fields(message, pending)
        if isinstance(current, AIMessage):
            pending += [
                call["id"] or "" for call in (*current.tool_calls, *current.invalid_tool_calls)
            ]
        if isinstance(current, ToolMessage) and current.tool_call_id in pending:
            pending.remove(current.tool_call_id)
        decoded.append(current)
    return decoded


def latest_time(messages: Iterable[ConversationMessage]) -> datetime | None:
    """Return the latest time of messages; `None` if none has a time.

    Considers the API's time and the more precise one in the field `langchain`.
    """
    times: list[datetime] = []
    for message in messages:
        times += [message.moment] if message.moment is not None else []
        try:
            at = datetime.fromisoformat(_unpack(message)["at"])
        except (KeyError, TypeError, ValueError):
            continue
        times.append(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
    return max(times, default=None)


def _role(message: BaseMessage) -> str | None:
    if isinstance(message, ChatMessage):
        return message.role if message.role in {"user", "assistant"} else None
    return _ROLES.get(message.type)


def _call(call: ToolCall | InvalidToolCall) -> JSON:
    args = call["args"]
    arguments = args if isinstance(args, str) else json.dumps(args or {}, ensure_ascii=False)
    function = {"name": call["name"] or "", "arguments": arguments}
    return {"id": call["id"] or "", "type": "function", "function": function}


def _is_json(value: Any) -> bool:
    try:
        return bool(loads(json.dumps(value)) == value)
    except (TypeError, ValueError, RecursionError):
        return False


def _pack(data: JSON) -> list[str]:
    try:
        text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"The message cannot be stored: {error}. Its content and the arguments of its calls "
            f"must be JSON."
        ) from error
    compressed = "z" + base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    shorter = min(text, compressed, key=len)
    return [
        shorter[start : start + _PIECE_LENGTH] for start in range(0, len(shorter), _PIECE_LENGTH)
    ]


def _unpack(message: ConversationMessage) -> JSON:
    """Return the content of the field `langchain`; empty if it is missing or invalid."""
    pieces = (message.metadata or {}).get(KEY)
    if isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces):
        pieces = "".join(pieces)
    if not isinstance(pieces, str) or not pieces:
        return {}
    try:
        text = pieces
        if pieces.startswith("z"):
            text = zlib.decompress(base64.b64decode(pieces[1:], validate=True)).decode()
        data = loads(text)
    except (ValueError, zlib.error):
        return {}
    return data if isinstance(data, dict) else {}


def _from_data(message: ConversationMessage, data: JSON) -> BaseMessage | None:
    try:
        fields = {"content": message.text or "", **data["data"]}
        return messages_from_dict([{"type": data["type"], "data": fields}])[0]
    except (KeyError, TypeError, ValueError):
        return None


def _from_fields(message: ConversationMessage, pending: Sequence[str]) -> BaseMessage:
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
                tool_call_id=pending[0] if pending else "",
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
        name, arguments = call.function.name, call.function.arguments
        try:
            args = loads(arguments or "{}")
        except ValueError:
            args = None
        if isinstance(args, dict):
            calls.append(ToolCall(name=name, args=args, id=call.id, type="tool_call"))
        else:
            invalid.append(
                InvalidToolCall(
                    name=name, args=arguments, id=call.id, error=None, type="invalid_tool_call"
                )
            )
    return calls, invalid
