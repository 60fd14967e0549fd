"""Tool calls put right: none merged with its neighbour, none lost, each with an id of its own.

By the protocol a call's first delta brings its index, id and name, and the others the index and a
piece of the arguments. Engines and proxies leave the index or the id out, give all parallel calls
one index, mint a new id for every delta, repeat the name, send a placeholder before the arguments,
the arguments as an object, or all of them so far in each delta. LangChain merges chunks by index
and glues together whatever stands in them, so the chunks must be right before they leave.
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
    minted_id,
    name_of,
    sent_id,
)
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.surrogates import JSONHalves, joined_escapes

# What stands before the arguments, or in their place where there are none.
_PLACEHOLDERS = frozenset({"", "{}", "null"})
# Brackets that close nothing: outside of a string, inside one, and behind a backslash in one.
_WRONG_ENDS = ("]", '"]', '\\"]', "}", '"}', '\\"}')
# What whole arguments end in: an object, text that holds one, a fence, markup.
_LAST = frozenset('}"`>')


class ToolCallRepair:
    """The tool calls of one streamed message: the wire's deltas in, sound chunks out.

    Every call gets an index of ours, in the order in which calls begin, and its name and id once,
    in its first chunk. Arguments go out as they come, where they begin as the JSON of an object
    does; others are held back until the end, as what they mean is known only then.

    Args:
        offered: The tools that may be called.
    """

    def __init__(self, offered: OfferedTools | None = None) -> None:
        self._offered = offered or OfferedTools()
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

    def __bool__(self) -> bool:
        return bool(self._calls)

    def written(self, found: WrittenCall) -> ToolCallChunk:
        """Return the chunk of a call that stood in markup."""
        call = _Call(len(self._calls), found.identity, self._offered)
        self._calls.append(call)
        return call.whole(found.name, found.arguments, self._unique(found.identity))

    def closing(self) -> list[ToolCallChunk]:
        """Return what was held back, and what keeps broken calls from passing for whole ones.

        langchain-core completes what was cut to some JSON, so that a call would run on half of a
        path, or fails over what is JSON but no object. With one bracket too many it knows such a
        call for the invalid one that it is, in every version of content and events.
        """
        return [chunk for call in self._calls if (chunk := call.closing()) is not None]

    def broken(self) -> list[str]:
        """Return the names of the calls whose arguments are not whole."""
        return [call.name or "" for call in self._calls if call.arguments() is None]

    def raw(self, index: int) -> str:
        """Return the arguments of a call as they came."""
        return self._calls[index].raw()

    def _add(self, delta: JSON, begun_before: int) -> ToolCallChunk | None:
        function = function_of(delta)
        name, args = name_of(function), function.get("arguments")
        identity = sent_id(delta.get("id"))
        index = delta.get("index")
        call = self._meant(index, name, identity)
        chunk: ToolCallChunk | None
        if call is None or call.is_over(name, identity, args, begun_now=call.index >= begun_before):
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
        self._length = 0  # of the pieces
        self._out = 0  # how much of them went out
        self._is_held = False
        self._objects = False
        self._placeholder = ""
        self._depth = JSONScanner()
        self._halves = JSONHalves()  # over what goes out

    def first(self, name: str | None, args: Any, identity: str) -> ToolCallChunk:
        self._take_name(name)
        return self._chunk(self.name, self._halves.feed(self._take(args)), identity)

    def more(self, name: str | None, args: Any) -> ToolCallChunk | None:
        begins = self._raw_name is None and name is not None
        if begins:
            self._take_name(name)
        text = self._halves.feed(self._take(args))
        if not text and not begins:
            return None
        return self._chunk(self.name if begins else None, text)

    def whole(self, name: str, args: str, identity: str) -> ToolCallChunk:
        self._take_name(name)
        self._pieces, self._length, self._out = [args], len(args), len(args)
        self._is_held = True
        return self._chunk(self.name, joined_escapes(args), identity)

    def closing(self) -> ToolCallChunk | None:
        raw = "".join(self._pieces)
        out, text = raw[: self._out], self.arguments()
        if self.name and text is not None and text.startswith(out):
            rest = self._halves.feed(text[len(out) :]) + self._halves.end()
            return self._chunk(None, rest) if rest else None
        bracket = next((end for end in _WRONG_ENDS if not _passes(raw + end)), _WRONG_ENDS[-1])
        rest = self._halves.feed(raw[len(out) :]) + self._halves.end()
        return self._chunk(None, rest + bracket)

    def is_over(
        self, name: str | None, identity: str | None, args: Any, *, begun_now: bool
    ) -> bool:
        """Whether a delta that could belong to this call begins another one."""
        if name is None and identity is None:
            return False
        another_id = None not in (identity, self.sent_id) and identity != self.sent_id
        if name is None:
            # Some engines mint an id for every delta: it means something only after the end.
            return another_id and self._is_whole()
        if name != self._raw_name:
            return self._raw_name is not None
        # The same function again: its name repeated, or called a second time?
        if another_id or begun_now:
            return not self._pieces or self._is_whole()
        repeated = identity is not None and identity == self.sent_id
        says_something = bool(args.strip()) if isinstance(args, str) else args is not None
        return not repeated and says_something and self._is_whole()

    def arguments(self) -> str | None:
        """Return the JSON of the arguments, empty for none; `None` where they are no object."""
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
        # In pieces, and then whole; or in each piece all of them so far.
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
        """Return the arguments as they came."""
        return "".join(self._pieces)

    def _arguments_in_name(self) -> str:
        """Return the arguments that GLM's engines leave behind the name."""
        _, mark, behind = (self._raw_name or "").partition("<arg_key>")
        found = glm.pairs(mark + behind.removesuffix("</tool_call>")) if mark else None
        if not found:
            return ""
        return compact_json(self._offered.typed(self.name or "", found))

    def _chunk(self, name: str | None, args: str, identity: str | None = None) -> ToolCallChunk:
        return ToolCallChunk(
            name=name, args=args, id=identity, index=self.index, type="tool_call_chunk"
        )

    def _take_name(self, name: str | None) -> None:
        self._raw_name = name
        self.name = None if name is None else self._offered.cleaned(name)

    def _take(self, args: Any) -> str:
        """Keep a piece of the arguments, and return what of it is to be handed on."""
        if args is None or args == "":
            return ""
        if isinstance(args, str):
            if not self._pieces and args.strip() in _PLACEHOLDERS:
                self._placeholder = args.strip() or self._placeholder or " "
                return ""  # which LangChain reads as no arguments, should none follow
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
            # An object that is whole at once may be the first of several.
            self._is_held = not is_object or self._depth.feed(args) is not None
            handed_on = 0 if self._is_held else len(args)
        elif self._depth.is_over or (len(args) >= before and self._has_all_so_far(args)):
            self._is_held, handed_on = True, 0
        else:
            end = self._depth.feed(args)
            handed_on = len(args) if end is None else end
        self._out += handed_on
        piece: str = args[:handed_on]
        return piece

    def _has_all_so_far(self, piece: str) -> bool:
        """Whether a piece begins with all that came before it."""
        return piece.startswith("".join(self._pieces[:-1]))

    def _is_whole(self) -> bool:
        """Whether the arguments are complete."""
        if not self._pieces:
            return bool(self._placeholder)
        if not self._is_held and not self._depth.is_over:
            return False
        # The end is looked at first: reading all at each of many deltas takes quadratic time.
        return self._pieces[-1].rstrip()[-1:] in _LAST and self.arguments() is not None


def repair_whole_calls(
    message: JSON,
    offered: OfferedTools | None = None,
    *,
    before: Iterable[WrittenCall] = (),
    behind: Iterable[WrittenCall] = (),
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls of a whole message: those with arguments to use, and the others.

    Args:
        message: The message.
        offered: The tools that may be called.
        before: Calls that stood in its text.
        behind: Calls that stood in its text, and could be read only at its end.
    """
    offered = offered or OfferedTools()
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    taken: set[str] = set()

    def add(call: _Call, identity: str | None) -> None:
        if identity is None or identity in taken:
            identity = minted_id()
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
    add_written(behind)
    return valid, invalid


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
