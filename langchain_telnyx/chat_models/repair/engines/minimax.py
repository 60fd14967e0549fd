"""MiniMax's markups: M2's tags, and M3's tags with a token before each.

`<minimax:tool_call><invoke name="weather"><parameter name="city">Oslo</parameter></invoke>
</minimax:tool_call>`; M3 has parameters as tags of their own, in `]<]minimax[>[<tool_call>`.
"""

import re
from typing import Any

from langchain_telnyx.chat_models.repair.engines.invoke_tags import InvokeTags, trimmed
from langchain_telnyx.chat_models.repair.markup_parsing import (
    FoundCall,
    MarkupSource,
    Raw,
    UnreadableMarkup,
    Waiting,
    literal,
    spaces,
    until,
)

M2 = InvokeTags(prefix="", wrapper="minimax:tool_call|function_calls")

TOKEN = "]<]minimax[>["  # noqa: S105 - of the vocabulary
_END = re.compile(re.escape(f"{TOKEN}</tool_call>"))
_INVOKE = re.compile(r'invoke\s+name="([^"<>]+)"')
_TAG = re.compile(r"<(/?)([^<>]+)>(.*)", re.DOTALL)


def parse(source: MarkupSource) -> Waiting[None]:
    """Parse a block of M3."""
    begin = source.place
    yield from literal(source, TOKEN)
    yield from literal(source, "<tool_call>")
    yield from spaces(source)
    yield from literal(source, TOKEN)
    yield from literal(source, "<invoke name=")
    yield from until(source, _END, optional=True)
    place = begin
    start, name = begin, ""
    pieces: list[tuple[bool, str, str]] = []
    for piece in source.text[begin : source.place].split(TOKEN)[1:]:
        at, place = place, place + len(TOKEN) + len(piece)
        tag = _TAG.match(piece)
        if tag is None:
            raise UnreadableMarkup
        if opened := _INVOKE.fullmatch(tag[2]):
            start, name, pieces = at, opened[1], []
        elif tag[1] and tag[2] == "invoke" and name:
            source.found.append(FoundCall(name, _object(pieces), None, start, place))
            name = ""
        elif name:
            pieces.append((bool(tag[1]), tag[2], tag[3]))
    if not source.found:
        raise UnreadableMarkup


def _object(tags: list[tuple[bool, str, str]]) -> dict[str, Any]:
    """Return the arguments in tags, given as: whether it closes, its name, the text after it."""
    top: dict[str, Any] = {}
    stack: list[tuple[str, str, dict[str, Any]]] = [("", "", top)]
    for closes, name, text in tags:
        if not closes:
            stack.append((name, text, {}))
            continue
        opened, value, inner = stack.pop()
        if opened != name or not stack:
            raise UnreadableMarkup
        _put(stack[-1][2], name, _value(value, inner))
    if len(stack) > 1:
        raise UnreadableMarkup
    return top


def _value(text: str, inner: dict[str, Any]) -> Any:
    if not inner:
        return Raw(trimmed(text))
    if set(inner) == {"item"}:
        items = inner["item"]
        return [_plain(item) for item in (items if isinstance(items, _Several) else [items])]
    return {name: _plain(value) for name, value in inner.items()}


def _put(holder: dict[str, Any], name: str, value: Any) -> None:
    """Add a value to an object; repeated tags become a list."""
    if name not in holder:
        holder[name] = value
    elif isinstance(held := holder[name], _Several):
        held.append(value)
    else:
        holder[name] = _Several([held, value])


class _Several(list[Any]):
    """The values of a repeated tag."""


def _plain(value: Any) -> Any:
    """Convert a nested value without its schema: a number is a number."""
    if isinstance(value, Raw):
        text = str(value)
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        if re.fullmatch(r"-?\d+\.\d+", text):
            return float(text)
        return {"true": True, "false": False, "null": None}.get(text, text)
    if isinstance(value, _Several):
        return [_plain(each) for each in value]
    return value
