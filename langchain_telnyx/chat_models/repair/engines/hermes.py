"""The markup of Hermes and Qwen: JSON in a tag.

`<tool_call>{"name": "weather", "arguments": {…}}</tool_call>`
"""

from typing import Any

from langchain_telnyx.chat_models.repair.arguments import JSONScanner
from langchain_telnyx.chat_models.repair.markup_parsing import (
    FoundCall,
    MarkupSource,
    UnreadableMarkup,
    Waiting,
    literal,
    peek,
    spaces,
)
from langchain_telnyx.client.json_reading import loads


def parse(source: MarkupSource, start: int) -> Waiting[None]:
    """Parse the JSON after the opening tag, and the closing tag."""
    opening = yield from literal(source, "{", "[")
    begin = source.place - len(opening)
    yield from spaces(source)
    yield from peek_or_fail(source, '"', "{")
    depth, searched = JSONScanner(), begin
    while (end := depth.feed(source.text, searched)) is None:
        searched = len(source.text)
        if source.ended:
            raise UnreadableMarkup
        yield
    source.place = end
    yield from spaces(source)
    if (yield from peek(source, "</tool_call>")):
        yield from literal(source, "</tool_call>")
    try:
        value = loads(source.text[begin:end], strict=False)
    except (ValueError, RecursionError):
        raise UnreadableMarkup from None
    for each in value if isinstance(value, list) else [value]:
        source.found.append(_found(each, start, source.place))


def peek_or_fail(source: MarkupSource, *options: str) -> Waiting[None]:
    """Check that one of some literals is next."""
    if (yield from peek(source, *options)) is None:
        raise UnreadableMarkup


def _found(value: Any, start: int, end: int) -> FoundCall:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str):
        raise UnreadableMarkup
    arguments = value.get("arguments", value.get("parameters"))
    return FoundCall(name, arguments, None, start, end)
