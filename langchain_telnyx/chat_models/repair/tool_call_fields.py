"""The fields of tool calls, in every format of servers."""

import uuid
from typing import Any

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.surrogates import joined

_NO_IDS = frozenset({"", "null", "none", "undefined"})


def call_deltas(message: JSON) -> list[JSON]:
    """Return the function calls of a message or a delta, in the current or the previous format."""
    calls = message.get("tool_calls")
    if isinstance(calls, dict):  # one call without a list
        calls = [calls]
    if isinstance(calls, list) and calls:
        return [call for call in calls if isinstance(call, dict) and not is_server_tool(call)]
    old = message.get("function_call")
    return [{"function": old}] if isinstance(old, dict) and old else []


def is_server_tool(call: JSON) -> bool:
    """Return whether a call is of a server-side tool, such as `retrieval`."""
    return "function" not in call and call.get("type") not in (None, "function")


def sent_id(value: Any) -> str | None:
    """Return an id, `None` for a placeholder."""
    is_id = isinstance(value, str) and value.strip().lower() not in _NO_IDS
    return joined(value) if is_id else None


def new_id() -> str:
    """Return a new id for a call without one."""
    return f"call_{uuid.uuid4().hex}"


def function_of(call: JSON) -> JSON:
    """Return the function of a call, nested or not."""
    function = call.get("function")
    return function if isinstance(function, dict) and function else call


def name_of(function: JSON) -> str | None:
    """Return the name of a function."""
    name = function.get("name")
    return None if name is None or name == "" else joined(str(name))
