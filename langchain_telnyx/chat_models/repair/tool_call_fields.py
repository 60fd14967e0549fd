"""The fields of tool calls, in every form in which servers send them."""

import uuid
from typing import Any

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.surrogates import joined

_NO_IDS = frozenset({"", "null", "none", "undefined"})


def call_deltas(message: JSON) -> list[JSON]:
    """Return the function calls of a message or a delta, in today's form or the one before it."""
    calls = message.get("tool_calls")
    if isinstance(calls, dict):  # one call, not in a list
        calls = [calls]
    if isinstance(calls, list) and calls:
        return [call for call in calls if isinstance(call, dict) and not is_servers(call)]
    old = message.get("function_call")
    return [{"function": old}] if isinstance(old, dict) and old else []


def is_servers(call: JSON) -> bool:
    """Whether a call is of a tool that the server runs itself, such as `retrieval`."""
    return "function" not in call and call.get("type") not in (None, "function")


def sent_id(value: Any) -> str | None:
    """Return an id as it was sent, `None` where a placeholder stands for one."""
    is_id = isinstance(value, str) and value.strip().lower() not in _NO_IDS
    return joined(value) if is_id else None


def minted_id() -> str:
    """Return a new id for a call that came without one."""
    return f"call_{uuid.uuid4().hex}"


def function_of(call: JSON) -> JSON:
    """Return the fields of a call's function, nested or not."""
    function = call.get("function")
    return function if isinstance(function, dict) and function else call


def name_of(function: JSON) -> str | None:
    """Return the name in a call's fields."""
    name = function.get("name")
    return None if name is None or name == "" else joined(str(name))
