"""The tool calls of an assistant message, from all fields that may contain them.

These are `tool_calls` and `invalid_tool_calls`; content blocks, in raw messages of other providers;
and `function_call`, OpenAI's format until 2023.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage

from langchain_telnyx.chat_models.history_adapter.block_table import CALLS, unwrapped
from langchain_telnyx.chat_models.history_adapter.json_text import dumped, json_text, jsonable
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads

# The API and chat templates refuse a call with an empty name.
NAMELESS = "unnamed_tool"


class AdaptedCall(NamedTuple):
    """A tool call to send.

    Attributes:
        id: Its id in the message; empty if it has none.
        sent_id: Its id in the request, unique in its turn.
        name: The tool's name.
        args: Its arguments, of JSON types.
        arguments: The same as JSON.
        finding: Differences from the message, and why; empty if there are none.
        args_changed: Whether its arguments differ.
        broken: Whether its arguments are not a JSON object.
        function: Whether it is a `function_call`, with a `FunctionMessage` as result.
    """

    id: str
    sent_id: str
    name: str
    args: JSON
    arguments: str
    finding: str = ""
    args_changed: bool = False
    broken: bool = False
    function: bool = False

    def wire(self) -> JSON:
        """Return the call in the API's format."""
        return {
            "id": self.sent_id,
            "type": "function",
            "function": {"name": self.name, "arguments": self.arguments},
        }


def calls_of(message: AIMessage, position: int) -> list[AdaptedCall]:
    """Return the calls of a message.

    Args:
        message: The assistant message.
        position: Its index in the history, for new ids.
    """
    found = [_Raw(call["id"], call["name"], call["args"]) for call in message.tool_calls]
    found += [
        _Raw(call["id"], call["name"], {"invalid_arguments": call["args"]}, broken=True)
        for call in message.invalid_tool_calls
    ]
    if not found and isinstance(message.content, str) and not message.additional_kwargs:
        return []
    if not isinstance(message.content, str):
        # Most messages have their calls in both; a block without an id is matched by name.
        known = {_id(raw.id) or raw.name for raw in found}
        found += [raw for raw in _in_blocks(message.content) if not _is_known(raw, known)]
    if not found:
        found = _function_call(message.additional_kwargs.get("function_call"))
    taken: set[str] = set()
    calls = []
    for number, raw in enumerate(found):
        identity = _id(raw.id)
        sent_id = _unlike(taken, identity or f"call_{position}_{number}", number)
        taken.add(sent_id)
        named = isinstance(raw.name, str) and raw.name
        args, text = raw.args, dumped(raw.args)
        valid = text is not None and isinstance(args, dict)
        if text is None or not valid:
            args = _as_object(raw.args)
            text = json_text(args)
        finding = _finding(raw, identity, sent_id, valid=valid)
        name = raw.name if named else NAMELESS
        calls.append(
            AdaptedCall(
                identity,
                sent_id,
                name,
                args,
                text,
                finding,
                args_changed=raw.broken or not valid,
                broken=raw.broken,
                function=raw.function,
            )
        )
    return calls


class _Raw(NamedTuple):
    id: Any
    name: Any
    args: Any
    broken: bool = False
    function: bool = False


def _id(held: Any) -> str:
    return str(held) if isinstance(held, str | int) else ""


def _is_known(raw: _Raw, known: set[Any]) -> bool:
    which = _id(raw.id) or raw.name
    return isinstance(which, str) and which in known


def _unlike(taken: set[str], identity: str, number: int) -> str:
    while identity in taken:
        identity = f"{identity}_{number}"
    return identity


def _finding(raw: _Raw, identity: str, sent_id: str, *, valid: bool) -> str:
    found = []
    if raw.broken:
        found.append(f"the arguments of {raw.name!r} are not JSON; sent as a string.")
    elif not valid:
        found.append(
            f"the arguments of {raw.name!r} contain values that JSON does not support; converted."
        )
    if not isinstance(raw.name, str) or not raw.name:
        found.append(f"a call has no name; sent as {NAMELESS!r}.")
    if identity != sent_id and not raw.function:
        why = "duplicate id in its turn" if identity else "it has none"
        found.append(f"the call of {raw.name!r} is sent with the id {sent_id!r}: {why}.")
    return " ".join(found)


def _as_object(held: Any) -> JSON:
    made = jsonable(held)
    return made if isinstance(made, dict) else {"arguments": made}


def _in_blocks(content: Iterable[str | Mapping[str, Any]]) -> Iterable[_Raw]:
    for block in content:
        held = unwrapped(block)
        if held["type"] in CALLS:
            yield _of_block(held)


def _of_block(held: JSON) -> _Raw:
    kind: str = held["type"]
    identity = held.get("call_id") or held.get("id")
    name = held.get("name")
    if kind in {"tool_use", "function_call", "tool_call", "tool_call_chunk", "invalid_tool_call"}:
        given = (held.get(each) for each in ("input", "args", "arguments"))
        return _parsed(identity, name, next((each for each in given if each is not None), None))
    if kind == "custom_tool_call":
        return _Raw(identity, name, {"input": held.get("input")})
    # A client-side tool of OpenAI: the block contains its action.
    about = {"type", "id", "call_id", "status", "index"}
    args = {field: value for field, value in held.items() if field not in about}
    return _Raw(identity, kind.removesuffix("_call"), args)


def _function_call(held: Any) -> list[_Raw]:
    if not isinstance(held, Mapping) or not held.get("name"):
        return []
    return [_parsed("", held["name"], held.get("arguments"))._replace(function=True)]


def _parsed(identity: Any, name: Any, held: Any) -> _Raw:
    if held is None or held == "":
        return _Raw(identity, name, {})
    if not isinstance(held, str):
        return _Raw(identity, name, held)
    try:
        args = loads(held)
    except ValueError:
        args = None
    if isinstance(args, dict):
        return _Raw(identity, name, args)
    return _Raw(identity, name, {"invalid_arguments": held}, broken=True)


class OpenCalls:
    """The calls of the last turn without results.

    Ids are unique per turn only: some models use the same ids in each turn.
    """

    def __init__(self, calls: Iterable[AdaptedCall] = ()) -> None:
        self._ids: dict[str, deque[str]] = {}
        self._functions: dict[str, deque[str]] = {}
        for call in calls:
            by = (self._functions, call.name) if call.function else (self._ids, call.id)
            by[0].setdefault(by[1], deque()).append(call.sent_id)

    def sent_id(self, identity: str) -> str:
        """Return the id in the request for a result's call id."""
        waiting = self._ids.get(identity)
        return waiting.popleft() if waiting else identity

    def function(self, name: str | None) -> str | None:
        """Return the id of the function call that a result belongs to, if any."""
        waiting = self._functions.get(name or "")
        return waiting.popleft() if waiting else None
