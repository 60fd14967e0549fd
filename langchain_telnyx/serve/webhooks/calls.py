"""The beginning and the end of an assistant's call, as webhooks report them."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.output_parsers.openai_tools import make_invalid_tool_call, parse_tool_call

from langchain_telnyx.serve.context import CallContext, Channel
from langchain_telnyx.serve.hooks import Hooks, Initialization
from langchain_telnyx.webhooks import ConversationEndedEvent, EndedMessage, WebhookEvent

_log = logging.getLogger("langchain_telnyx.serve")

_CHANNELS = ("phone_call", "web_call", "sms_chat")


async def initialize(event: WebhookEvent, hooks: Hooks, seconds: float) -> dict[str, Any]:
    """Return the response to `assistant.initialization`.

    Args:
        event: The event.
        hooks: The functions of a call's beginning.
        seconds: How long they may take. After that, what they returned until then is sent.
    """
    context = context_of(event)
    found = Initialization()
    task = asyncio.create_task(hooks.run_initialization(context, found))
    # Not `asyncio.timeout`, which waits for a hook that does not react to its cancellation.
    _, late = await asyncio.wait({task}, timeout=seconds)
    if late:
        task.cancel()
        _log.error("call %s: the hooks took more than %g s", context.thread_id, seconds)
    response: dict[str, Any] = {"dynamic_variables": _json(found.variables, context)}
    if found.memory is not None:
        response["memory"] = _json(found.memory, context)
    if found.conversation is not None:
        response["conversation"] = _json(found.conversation, context)
    return response


async def end(event: ConversationEndedEvent, hooks: Hooks) -> None:
    """Run the functions of a call's end."""
    messages = [one for each in event.messages if (one := message_of(each)) is not None]
    await hooks.run_ended(context_of(event), messages, event.reason or "unknown")


def context_of(event: WebhookEvent) -> CallContext:
    """Return the context of an assistant's call from an event about it."""
    payload = event.payload

    def text(*names: str) -> str | None:
        values = (payload.get(name) for name in names)
        return next((one for one in values if isinstance(one, str) and one), None)

    conversation_id = text("telnyx_conversation_id", "conversation_id")
    call_control_id = text("call_control_id")
    channel = text("telnyx_conversation_channel")
    if channel not in _CHANNELS:
        channel = "phone_call" if call_control_id else "unknown"
    return CallContext(
        thread_id=conversation_id or call_control_id or event.id or "unknown",
        conversation_id=conversation_id,
        call_control_id=call_control_id,
        channel=cast("Channel", channel),
        caller=text("telnyx_end_user_target", "from"),
        number=text("telnyx_agent_target", "to"),
        variables={name: value for name, value in payload.items() if name != "messages"},
    )


def message_of(message: EndedMessage) -> BaseMessage | None:
    """Return a message of an ended conversation; one of an unknown role is logged."""
    content = message.content or ""
    match message.role:
        case "user":
            return HumanMessage(content)
        case "system":
            return SystemMessage(content)
        case "tool":
            return ToolMessage(content, tool_call_id=message.tool_call_id or "")
        case "assistant":
            calls, invalid = _tool_calls(message)
            return AIMessage(content, tool_calls=calls, invalid_tool_calls=invalid)
    _log.warning("A message of the role %.20r is left out", message.role)
    return None


def _tool_calls(message: EndedMessage) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in message.tool_calls or ():
        raw = {
            "id": call.id,
            "function": {
                "name": (call.function and call.function.name) or "",
                "arguments": (call.function and call.function.arguments) or "{}",
            },
        }
        try:
            if (parsed := parse_tool_call(raw, return_id=True)) is not None:
                calls.append(cast("ToolCall", parsed))
        except Exception as error:  # noqa: BLE001 - invalid JSON
            invalid.append(make_invalid_tool_call(raw, str(error)))
    return calls, invalid


def _json(values: Mapping[str, Any], context: CallContext) -> dict[str, Any]:
    """Return the values that are JSON; others are logged by name."""
    found = {}
    for name, value in values.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            kind = type(value).__name__
            _log.error("call %s: %s is a %s, not JSON", context.thread_id, name, kind)
        else:
            found[str(name)] = value
    return found
