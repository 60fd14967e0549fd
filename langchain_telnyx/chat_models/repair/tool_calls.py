"""Repair of tool calls, streamed or complete: each gets one name, one id and complete arguments.

In the protocol, the first delta of a call has index, id and name, and the others have the index and
a piece of the arguments. Engines and proxies omit the index or the id, send the same index for all
parallel calls, send a new id in every delta, repeat the name, send a placeholder before the
arguments, send the arguments as an object, or send all arguments so far in each delta. LangChain
merges chunks by index and concatenates their fields, so the chunks must be repaired first.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from langchain_core.messages import InvalidToolCall, ToolCall, ToolCallChunk
from langchain_core.utils.json import parse_partial_json

from langchain_telnyx.chat_models.repair.arguments import (
    JSONScanner,
    arguments_error,
    compact_json,
    read_arguments,
)
from langchain_telnyx.chat_models.repair.engines import glm
from langchain_telnyx.chat_models.repair.markup_reader import WrittenCall
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.chat_models.repair.tool_call_fields import (
    call_deltas,
    function_of,
    name_of,
    new_id,
    sent_id,
)
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.surrogates import JSONHalves, joined_escapes

# Sent before the arguments, or instead of none.
_PLACEHOLDERS = frozenset({"", "{}", "null"})
# Unbalanced brackets: outside of a string, inside one, and after a backslash in one.
_WRONG_ENDS = ("]", '"]', '\\"]', "}", '"}', '\\"}')
# The last characters of complete arguments: of an object, a string, a fence, markup.
_LAST = frozenset('}"`>')


class ToolCallRepair:
    """Repairs the tool calls of one streamed message: converts deltas to valid chunks.

    Every call gets a new index, in the order in which calls begin, and its name and id once, in its
    first chunk. Arguments that begin like a JSON object are yielded piece by piece; others are
    buffered until the end, because their meaning is not clear before.

    Args:
        offered: The tools of the request.
    """

    def __init__(self, offered: OfferedTools | None = None) -> None:
        self._offered = offered or OfferedTools()
        self._calls: list[_Call] = []
        self._by_index: dict[Any, _Call] = {}
        self._ids: set[str] = set()

    def add(self, deltas: Iterable[JSON]) -> list[ToolCallChunk]:
        """Return the chunks for the calls of one delta."""
        begun_before = len(self._calls)
        made: dict[Any, ToolCallChunk] = {}
        for delta in deltas:
            chunk = self._add(delta, begun_before)
            if chunk is None:
                continue
            if (held := made.get(chunk["index"])) is None:
                made[chunk["index"]] = chunk
            else:
                # langchain-core does not merge two pieces of a call within a chunk.
                held["name"] = held["name"] or chunk["name"]
                held["args"] = (held["args"] or "") + (chunk["args"] or "")
        return list(made.values())

    def __bool__(self) -> bool:
        return bool(self._calls)

    def written_call(self, found: WrittenCall) -> ToolCallChunk:
        """Return the chunk of a call in markup."""
        call = _Call(len(self._calls), found.identity, self._offered)
        self._calls.append(call)
        return call.whole(found.name, found.arguments, self._unique(found.identity))

    def closing(self) -> list[ToolCallChunk]:
        """Return the buffered arguments, and the ends that mark broken calls as invalid.

        langchain-core completes truncated arguments to valid JSON, so that a call would run with
        half of a path, and raises on JSON that is not an object. An unbalanced bracket makes such a
        call invalid, in every version of content and events.
        """
        return [chunk for call in self._calls if (chunk := call.closing()) is not None]

    def broken(self) -> list[str]:
        """Return the names of the calls with incomplete arguments."""
        return [call.name or "" for call in self._calls if call.arguments() is None]

    def raw(self, index: int) -> str:
        """Return the unrepaired arguments of a call."""
        return self._calls[index].raw()

    def _add(self, delta: JSON, begun_before: int) -> ToolCallChunk | None:
        function = function_of(delta)
        name, args = name_of(function), function.get("arguments")
        identity = sent_id(delta.get("id"))
        index = delta.get("index")
        call = self._call_of(index, name, identity)
        chunk: ToolCallChunk | None
        if call is None or call.begins_another(
            name, identity, args, begun_now=call.index >= begun_before
        ):
            if not (name or identity or args):
                return None
            call = _Call(len(self._calls), identity, self._offered)
            self._calls.append(call)
            chunk = call.first(name, args, self._unique(identity))
        else:
            chunk = call.more(name, args)
        if index is not None:
            self._by_index[index] = call
        return chunk

    def _call_of(self, index: Any, name: str | None, identity: str | None) -> "_Call | None":
        """Return the call that a delta may belong to."""
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
        # Without name and id, the delta continues the last call.
        return self._calls[-1] if self._calls else None

    def _unique(self, identity: str | None) -> str:
        chosen = identity if identity is not None and identity not in self._ids else new_id()
        self._ids.add(chosen)
        return chosen


class _Call:
    """One streamed call."""

    __slots__ = (
        "_depth", "_halves", "_is_held", "_length", "_objects", "_offered", "_out", "_pieces",
        "_placeholder", "_raw_name", "index", "name", "sent_id",
    )  # fmt: skip

    def __init__(self, index: int, identity: str | None, offered: OfferedTools) -> None:
        self.index = index
        self.sent_id = identity
        self.name: str | None = None
        self._raw_name: str | None = None
        self._offered = offered
        self._pieces: list[str] = []
        self._length = 0  # of all pieces
        self._out = 0  # length of the yielded arguments
        self._is_held = False
        self._objects = False
        self._placeholder = ""
        self._depth = JSONScanner()
        self._halves = JSONHalves()  # of the yielded arguments

    def first(self, name: str | None, args: Any, identity: str) -> ToolCallChunk:
        self._set_name(name)
        return self._chunk(self.name, self._halves.feed(self._add_piece(args)), identity)

    def more(self, name: str | None, args: Any) -> ToolCallChunk | None:
        begins = self._raw_name is None and name is not None
        if begins:
            self._set_name(name)
        text = self._halves.feed(self._add_piece(args))
        if not text and not begins:
            return None
        return self._chunk(self.name if begins else None, text)

    def whole(self, name: str, args: str, identity: str) -> ToolCallChunk:
        self._set_name(name)
        self._pieces, self._length, self._out = [args], len(args), len(args)
        self._is_held = True
        return self._chunk(self.name, joined_escapes(args), identity)

    def closing(self) -> ToolCallChunk | None:
        raw = "".join(self._pieces)
        out, text = raw[: self._out], self.arguments()
        if self.name and text is not None and text.startswith(out):
            rest = self._halves.feed(text[len(out) :]) + self._halves.end()
            return self._chunk(None, rest) if rest else None
        bracket = next((end for end in _WRONG_ENDS if not _is_accepted(raw + end)), _WRONG_ENDS[-1])
        rest = self._halves.feed(raw[len(out) :]) + self._halves.end()
        return self._chunk(None, rest + bracket)

    def begins_another(
        self, name: str | None, identity: str | None, args: Any, *, begun_now: bool
    ) -> bool:
        """Return whether a delta that may belong to this call begins another one."""
        if name is None and identity is None:
            return False
        another_id = None not in (identity, self.sent_id) and identity != self.sent_id
        if name is None:
            # Some engines send a new id in every delta, so ids count only after the end.
            return another_id and self._is_whole()
        if name != self._raw_name:
            return self._raw_name is not None
        # The name again: either repeated for the same call, or of a second call.
        if another_id or begun_now:
            return not self._pieces or self._is_whole()
        repeated = identity is not None and identity == self.sent_id
        has_arguments = bool(args.strip()) if isinstance(args, str) else args is not None
        return not repeated and has_arguments and self._is_whole()

    def arguments(self) -> str | None:
        """Return the JSON of the arguments, empty for none; `None` if they are not an object."""
        pieces = self._pieces
        if not pieces:
            return self._arguments_in_name()
        text = "".join(pieces)
        found = read_arguments(text) or (
            read_arguments(self._placeholder + text) if self._placeholder else None
        )
        if found is not None:
            return found[1]
        if len(pieces) == 1:
            return None
        last = pieces[-1]
        # Pieces followed by the complete arguments, or all arguments so far in each piece.
        if last == text[: -len(last)] or all(b.startswith(a) for a, b in pairwise(pieces)):
            found = read_arguments(last)
            return None if found is None else found[1]
        objects = [read_arguments(piece) for piece in pieces]
        if None in objects:
            return None
        merged: JSON = {}
        for each in objects:
            merged |= each[0] if each else {}
        return compact_json(merged)

    def raw(self) -> str:
        """Return the unrepaired arguments."""
        return "".join(self._pieces)

    def _arguments_in_name(self) -> str:
        """Return the arguments that GLM's engines leave after the name."""
        _, mark, behind = (self._raw_name or "").partition("<arg_key>")
        found = glm.pairs(mark + behind.removesuffix("</tool_call>")) if mark else None
        if not found:
            return ""
        return compact_json(self._offered.typed_arguments(self.name or "", found))

    def _chunk(self, name: str | None, args: str, identity: str | None = None) -> ToolCallChunk:
        return ToolCallChunk(
            name=name, args=args, id=identity, index=self.index, type="tool_call_chunk"
        )

    def _set_name(self, name: str | None) -> None:
        self._raw_name = name
        self.name = None if name is None else self._offered.clean_name(name)

    def _add_piece(self, args: Any) -> str:
        """Store a piece of the arguments, and return the part to yield now."""
        if args is None or args == "":
            return ""
        if isinstance(args, str):
            if not self._pieces and args.strip() in _PLACEHOLDERS:
                self._placeholder = args.strip() or self._placeholder or " "
                return ""  # LangChain reads it as no arguments
        else:
            if not args and not self._pieces:
                self._placeholder = "{}"
                return ""
            args, self._is_held, self._objects = compact_json(args), True, True
        if not self._pieces:
            args = args.lstrip()
        before, self._length = self._length, self._length + len(args)
        self._pieces.append(args)
        if self._is_held:
            return ""
        if not before:
            is_object = args.startswith("{")
            # A complete object may be the first of several.
            self._is_held = not is_object or self._depth.feed(args) is not None
            yielded = 0 if self._is_held else len(args)
        elif self._depth.is_over or (len(args) >= before and self._has_all_so_far(args)):
            self._is_held, yielded = True, 0
        else:
            end = self._depth.feed(args)
            yielded = len(args) if end is None else end
        self._out += yielded
        piece: str = args[:yielded]
        return piece

    def _has_all_so_far(self, piece: str) -> bool:
        """Return whether a piece begins with all previous pieces."""
        return piece.startswith("".join(self._pieces[:-1]))

    def _is_whole(self) -> bool:
        """Return whether the arguments are complete."""
        if not self._pieces:
            return bool(self._placeholder)
        if not self._is_held and not self._depth.is_over:
            return False
        # Checks the end first, because parsing all arguments at each delta takes quadratic time.
        return self._pieces[-1].rstrip()[-1:] in _LAST and self.arguments() is not None


def repair_whole_calls(
    message: JSON,
    offered: OfferedTools | None = None,
    *,
    before: Iterable[WrittenCall] = (),
    after: Iterable[WrittenCall] = (),
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the valid and the invalid calls of a complete message.

    Args:
        message: The message.
        offered: The tools of the request.
        before: Calls in the markup of its text.
        after: Calls in the markup at the end of its text.
    """
    offered = offered or OfferedTools()
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    taken: set[str] = set()

    def add(call: _Call, identity: str | None) -> None:
        if identity is None or identity in taken:
            identity = new_id()
        taken.add(identity)
        text = call.arguments()
        if text is not None and call.name:
            args = loads(joined_escapes(text or "{}"), strict=False)
            valid.append(ToolCall(name=call.name, args=args, id=identity, type="tool_call"))
            return
        why = arguments_error(call.raw()) if text is None else "the call has no name"
        invalid.append(
            InvalidToolCall(
                name=call.name,
                args=joined_escapes(call.raw()),
                id=identity,
                error=why,
                type="invalid_tool_call",
            )
        )

    def add_written(found: Iterable[WrittenCall]) -> None:
        for written in found:
            call = _Call(0, written.identity, offered)
            call.whole(written.name, written.arguments, "")
            add(call, written.identity)

    add_written(before)
    for position, delta in enumerate(call_deltas(message)):
        function, identity = function_of(delta), sent_id(delta.get("id"))
        call = _Call(position, identity, offered)
        call.first(name_of(function), function.get("arguments"), "")
        add(call, identity)
    add_written(after)
    return valid, invalid


def _is_accepted(text: str) -> bool:
    """Return whether langchain-core would accept broken arguments."""
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
