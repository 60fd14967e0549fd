"""Tool calls put right: none merged with its neighbour, none lost, each with an id of its own.

By the protocol a call's first delta brings its index, id and name, and the others the index and a
piece of the arguments. Engines and proxies leave the index or the id out, give all parallel calls
one index, mint a new id for every delta, repeat the name, send a placeholder before the arguments,
or the arguments as an object. LangChain merges chunks by index and glues together whatever stands
in them, so the chunks must be right before they leave.
"""

import json
import uuid
from collections.abc import Iterable
from typing import Any

from langchain_core.messages import InvalidToolCall, ToolCall, ToolCallChunk
from langchain_core.utils.json import parse_partial_json

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads

_NO_IDS = frozenset({"", "null", "none", "undefined"})
# What stands before the arguments, or in their place where there are none.
_PLACEHOLDERS = frozenset({"", "{}", "null"})
# Brackets that close nothing: outside of a string, inside one, and behind a backslash in one.
_WRONG_ENDS = ("]", '"]', '\\"]', "}", '"}', '\\"}')


class Calls:
    """The tool calls of one streamed message: the wire's deltas in, sound chunks out.

    Every call gets an index of ours, in the order in which calls begin, and its name and id once,
    in its first chunk.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[Any, _Call] = {}
        self._ids: set[str] = set()

    def add(self, deltas: Iterable[JSON]) -> list[ToolCallChunk]:
        """Return the chunks that the calls of one delta mean."""
        begun_before = len(self._calls)
        made: dict[Any, ToolCallChunk] = {}
        for delta in deltas:
            chunk = self._add(delta, begun_before)
            if chunk is None:
                continue
            if (held := made.get(chunk["index"])) is None:
                made[chunk["index"]] = chunk
            else:
                # Two pieces of one call in one chunk are not merged by langchain-core.
                held["name"] = held["name"] or chunk["name"]
                held["args"] = (held["args"] or "") + (chunk["args"] or "")
        return list(made.values())

    def closing(self) -> list[ToolCallChunk]:
        """Return what keeps calls with broken arguments from passing for whole ones.

        langchain-core completes what was cut to some JSON, so that a call would run on half of a
        path, or fails over what is JSON but no object. With one bracket too many it knows such a
        call for the invalid one that it is, in every version of content and events.
        """
        return [chunk for call in self._calls if (chunk := call.closing()) is not None]

    def broken(self) -> list[str]:
        """Return the names of the calls whose arguments are not whole."""
        return [call.name or "" for call in self._calls if not call.is_settled()]

    def _add(self, delta: JSON, begun_before: int) -> ToolCallChunk | None:
        function = delta.get("function") or delta
        name = function.get("name") or None
        args = _text(function.get("arguments"))
        identity = sent_id(delta.get("id"))
        index = delta.get("index")
        call = self._meant(index, name, identity)
        chunk: ToolCallChunk | None
        if call is None or call.is_over(name, identity, args, begun_now=call.index >= begun_before):
            if not (name or identity or args):
                return None
            call = _Call(len(self._calls), identity)
            self._calls.append(call)
            chunk = call.first(name, args, self._unique(identity))
        else:
            chunk = call.more(name, args)
        if index is not None:
            self._by_index[index] = call
        return chunk

    def _meant(self, index: Any, name: str | None, identity: str | None) -> "_Call | None":
        """Return the open call that a delta may belong to."""
        if index is not None and (call := self._by_index.get(index)) is not None:
            return call
        if index is not None and name is not None:
            return None
        if identity is not None:
            for call in reversed(self._calls):
                if call.sent_id == identity:
                    return call
            if index is not None:
                return None
        # Without name and id nothing can begin, so it goes on with the last.
        return self._calls[-1] if self._calls else None

    def _unique(self, identity: str | None) -> str:
        chosen = identity if identity is not None and identity not in self._ids else minted_id()
        self._ids.add(chosen)
        return chosen


class _Call:
    """One call as far as it has come."""

    __slots__ = ("_pieces", "_placeholder", "index", "name", "sent_id")

    def __init__(self, index: int, identity: str | None) -> None:
        self.index = index
        self.sent_id = identity
        self.name: str | None = None
        self._pieces: list[str] = []
        self._placeholder = False

    def first(self, name: str | None, args: str, identity: str) -> ToolCallChunk:
        self.name = name
        args = self._take(args)
        return ToolCallChunk(
            name=name, args=args, id=identity, index=self.index, type="tool_call_chunk"
        )

    def more(self, name: str | None, args: str) -> ToolCallChunk | None:
        name = name if self.name is None else None
        if name is not None:
            self.name = name
        args = self._take(args)
        if not args and name is None:
            return None
        return ToolCallChunk(
            name=name, args=args, id=None, index=self.index, type="tool_call_chunk"
        )

    def closing(self) -> ToolCallChunk | None:
        if self.is_settled():
            return None
        args = "".join(self._pieces)
        bracket = next((end for end in _WRONG_ENDS if not _passes(args + end)), _WRONG_ENDS[-1])
        return ToolCallChunk(
            name=None, args=bracket, id=None, index=self.index, type="tool_call_chunk"
        )

    def is_over(
        self, name: str | None, identity: str | None, args: str, *, begun_now: bool
    ) -> bool:
        """Whether a delta that could belong to this call begins another one."""
        if name is None and identity is None:
            return False
        another_id = None not in (identity, self.sent_id) and identity != self.sent_id
        if name is None:
            # Some engines mint an id for every delta: it means something only after the end.
            return another_id and self._is_whole()
        if name != self.name:
            return self.name is not None
        # The same function again: its name repeated, or called a second time?
        if another_id or begun_now:
            return self.is_settled()
        repeated = identity is not None and identity == self.sent_id
        return not repeated and bool(args.strip()) and self._is_whole()

    def is_settled(self) -> bool:
        """Whether the call can be made as it stands: with whole arguments, or none."""
        return not self._pieces or self._is_whole()

    def _take(self, args: str) -> str:
        """Keep a piece of the arguments, and return what of it is to be handed on."""
        if not args:
            return ""
        if not self._pieces:
            if args.strip() in _PLACEHOLDERS:
                self._placeholder = True
                return ""  # which LangChain reads as no arguments, should none follow
        elif args[0] == "{" and self._is_whole() and args == "".join(self._pieces):
            return ""  # sent in pieces, and then whole
        self._pieces.append(args)
        return args

    def _is_whole(self) -> bool:
        """Whether the arguments are complete."""
        if not self._pieces:
            return self._placeholder
        # The end is looked at first: parsing at each of many deltas would take quadratic time.
        return self._pieces[-1].rstrip().endswith("}") and _is_object("".join(self._pieces))


def whole_calls(message: JSON) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls of a whole message: those with arguments to use, and the others."""
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    taken: set[str] = set()
    for call in call_deltas(message):
        function = call.get("function") or call
        name, raw = function.get("name") or "", function.get("arguments")
        identity = sent_id(call.get("id"))
        if identity is None or identity in taken:
            identity = minted_id()
        taken.add(identity)
        try:
            # Engines leave arguments out, or send null, for functions that take none.
            args = raw if isinstance(raw, dict) else loads(raw or "{}", strict=False) or {}
        except (ValueError, TypeError) as error:
            args = error
        if isinstance(args, dict):
            valid.append(ToolCall(name=name, args=args, id=identity, type="tool_call"))
        else:
            why = str(args) if isinstance(args, Exception) else "the arguments are no JSON object"
            invalid.append(
                InvalidToolCall(
                    name=name, args=_text(raw), id=identity, error=why, type="invalid_tool_call"
                )
            )
    return valid, invalid


def call_deltas(message: JSON) -> list[JSON]:
    """Return the function calls of a message or a delta, in today's form or the one before it."""
    calls = message.get("tool_calls")
    if calls:
        return [call for call in calls if not is_servers(call)]
    old = message.get("function_call")
    return [{"function": old}] if old else []


def is_servers(call: JSON) -> bool:
    """Whether a call is of a tool that the server runs itself, such as `retrieval`."""
    return "function" not in call and call.get("type") not in (None, "function")


def sent_id(value: Any) -> str | None:
    """Return an id as it was sent, `None` where a placeholder stands for one."""
    return value if isinstance(value, str) and value.strip().lower() not in _NO_IDS else None


def minted_id() -> str:
    """Return a new id for a call that came without one."""
    return f"call_{uuid.uuid4().hex}"


def _text(args: Any) -> str:
    if args is None:
        return ""
    return args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)


def _is_object(text: str) -> bool:
    try:
        return isinstance(loads(text, strict=False), dict)
    except ValueError:
        return False


def _passes(text: str) -> bool:
    """Whether langchain-core would take broken arguments for whole ones."""
    try:
        loads(text)
    except ValueError:
        pass
    else:
        return True
    try:
        return isinstance(parse_partial_json(text), dict)
    except ValueError:
        return False
