"""Requests for chat completions, parsed: strictly what is read, tolerantly what is not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.tool import ToolCall, tool_call

from langchain_telnyx.serve.context import CallContext, Channel

_CHANNELS: tuple[Channel, ...] = ("phone_call", "web_call", "sms_chat")


class RequestError(ValueError):
    """A request that cannot be served.

    Attributes:
        param: The parameter, such as `messages[2].role`.
    """

    def __init__(self, message: str, param: str | None) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A request for a chat completion.

    Attributes:
        messages: The conversation.
        stream: Whether the answer is streamed.
        include_usage: Whether a stream ends with a chunk of the usage.
        model: The requested model.
        context: The context for the agent.
        ignored: The names of parameters that have no effect here.
    """

    messages: Sequence[BaseMessage]
    stream: bool
    include_usage: bool
    model: str | None
    context: CallContext
    ignored: Sequence[str]


_READ = frozenset({"messages", "stream", "stream_options", "model", "tools", "extra_metadata", "n"})


def parse_request(body: bytes) -> CompletionRequest:
    """Parse the body of a request.

    Raises:
        RequestError: It is not JSON, or a part that is read has a wrong form.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError("The body is not JSON.", None) from None
    if not isinstance(data, dict):
        raise RequestError("The body must be an object.", None)
    messages = data.get("messages")
    if not isinstance(messages, list) or not messages:
        raise RequestError("`messages` must be a list that is not empty.", "messages")
    if data.get("n") not in (None, 1):
        raise RequestError("`n` must be 1.", "n")
    options = _typed(data, "stream_options", dict) or {}
    parsed = [_message(item, f"messages[{place}]") for place, item in enumerate(messages)]
    return CompletionRequest(
        messages=parsed,
        stream=bool(_typed(data, "stream", bool)),
        include_usage=bool(options.get("include_usage")),
        model=_typed(data, "model", str),
        context=_context(data, parsed),
        ignored=sorted(data.keys() - _READ),
    )


def _typed(data: Mapping[str, Any], name: str, kind: type) -> Any:
    value = data.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise RequestError(f"`{name}` must be {kind.__name__}, not {type(value).__name__}.", name)


def _context(data: Mapping[str, Any], messages: Sequence[BaseMessage]) -> CallContext:
    """Return the context: the assistant's dynamic variables come as `extra_metadata`."""
    variables: Mapping[str, Any] = _typed(data, "extra_metadata", dict) or {}
    conversation = _word(variables, "telnyx_conversation_id")
    call = _word(variables, "call_control_id")
    channel = variables.get("telnyx_conversation_channel")
    instructions = [one.text for one in messages if isinstance(one, SystemMessage)]
    return CallContext(
        # Without an id, each request is its own thread.
        thread_id=conversation or call or str(uuid4()),
        conversation_id=conversation,
        call_control_id=call,
        channel=channel if channel in _CHANNELS else "unknown",
        caller=_word(variables, "telnyx_end_user_target"),
        number=_word(variables, "telnyx_agent_target"),
        instructions="\n\n".join(instructions) or None,
        variables=dict(variables),
        tools=tuple(_tools(data)),
    )


def _word(variables: Mapping[str, Any], name: str) -> str | None:
    value = variables.get(name)
    return value if isinstance(value, str) and value else None


def _tools(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    tools = _typed(data, "tools", list) or []
    for place, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise RequestError("A tool must have a `function` with a `name`.", f"tools[{place}]")
    return tools


def _message(item: Any, param: str) -> BaseMessage:
    if not isinstance(item, dict):
        raise RequestError("A message must be an object.", param)
    role, content = item.get("role"), _content(item.get("content"), param)
    name = item["name"] if isinstance(item.get("name"), str) else None
    match role:
        case "system" | "developer":
            return SystemMessage(content, name=name)
        case "user":
            return HumanMessage(content, name=name)
        case "assistant":
            return AIMessage(content, name=name, tool_calls=_calls(item, param))
        case "tool":
            call_id = item.get("tool_call_id")
            if not isinstance(call_id, str):
                raise RequestError("A tool message must have a `tool_call_id`.", param)
            return ToolMessage(content, tool_call_id=call_id, name=name)
    raise RequestError(f"The role {role!r} is not supported.", f"{param}.role")


def _content(content: Any, param: str) -> Any:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        return content
    raise RequestError("`content` must be text or a list of parts.", f"{param}.content")


def _calls(item: Mapping[str, Any], param: str) -> list[ToolCall]:
    calls = []
    for place, call in enumerate(item.get("tool_calls") or ()):
        try:
            calls.append(_call(call))
        except (TypeError, KeyError, ValueError):
            text = (
                "A tool call must have an `id` and a `function` with `name` and JSON `arguments`."
            )
            raise RequestError(text, f"{param}.tool_calls[{place}]") from None
    return calls


def _call(call: Any) -> ToolCall:
    function = call["function"]
    arguments = json.loads(function["arguments"] or "{}")
    return tool_call(name=function["name"], args=dict(arguments), id=call["id"])
