"""The markup of Hermes and of Qwen, JSON in a tag.

`<tool_call>{"name": "weather", "arguments": {…}}</tool_call>`
"""

from typing import Any

from langchain_telnyx.chat_models.repair.arguments import Depth
from langchain_telnyx.chat_models.repair.source import (
    Found,
    Source,
    Unreadable,
    Waiting,
    literal,
    peek,
    spaces,
)
from langchain_telnyx.client.json_reading import loads


def parse(source: Source, start: int) -> Waiting[None]:
    """Read the JSON behind the opening tag, and the closing one."""
    opening = yield from literal(source, "{", "[")
    begin = source.place - len(opening)
    yield from spaces(source)
    yield from peek_or_fail(source, '"', "{")
    depth, looked = Depth(), begin
    while (end := depth.feed(source.text, looked)) is None:
        looked = len(source.text)
        if source.ended:
            raise Unreadable
        yield
    source.place = end
    yield from spaces(source)
    if (yield from peek(source, "</tool_call>")):
        yield from literal(source, "</tool_call>")
    try:
        value = loads(source.text[begin:end], strict=False)
    except (ValueError, RecursionError):
        raise Unreadable from None
    for each in value if isinstance(value, list) else [value]:
        source.found.append(_found(each, start, source.place))


def peek_or_fail(source: Source, *options: str) -> Waiting[None]:
    """See to it that one of some literals stands here."""
    if (yield from peek(source, *options)) is None:
        raise Unreadable


def _found(value: Any, start: int, end: int) -> Found:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str):
        raise Unreadable
    arguments = value.get("arguments", value.get("parameters"))
    return Found(name, arguments, None, start, end)
