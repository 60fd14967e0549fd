"""Qwen3-Coder's markup, sometimes without the outer tags.

`<tool_call><function=weather><parameter=city>Oslo</parameter></function></tool_call>`
"""

import re
from typing import Any

from langchain_telnyx.chat_models.repair.engines import glm, hermes, minimax
from langchain_telnyx.chat_models.repair.engines.invoke_tags import trimmed
from langchain_telnyx.chat_models.repair.markup_parsing import (
    LONGEST_IN_TAGS,
    NAME_IN_TAGS,
    FoundCall,
    MarkupSource,
    Raw,
    UnreadableMarkup,
    Waiting,
    literal,
    peek,
    run,
    spaces,
    until,
)

_END = re.compile(r"</function>")
_PARAMETER = re.compile(
    r"\s*<parameter=([^<>\n]+)>(.*?)(?:</parameter>(?=\s*(?:<parameter=|\Z))|(?=<parameter=)|\Z)",
    re.DOTALL,
)


def parse(source: MarkupSource) -> Waiting[None]:
    """Parse the content of `<tool_call>`, which three engines use in different formats."""
    start = source.place
    yield from literal(source, "<tool_call>")
    yield from spaces(source)
    kind = yield from peek(source, "{", "[", "<function=", "<invoke name=")
    if kind == "<function=":
        yield from functions(source, start)
    elif kind == "<invoke name=":
        yield from minimax.M2.parse(source)
        yield from spaces(source)
        if (yield from peek(source, "</tool_call>")):
            yield from literal(source, "</tool_call>")
    elif kind:
        yield from hermes.parse(source, start)
    else:
        yield from glm.parse(source, start)


def functions(source: MarkupSource, start: int | None = None) -> Waiting[None]:
    """Parse functions, with the end of the outer tag if present."""
    begin = source.place if start is None else start
    while True:
        yield from literal(source, "<function=")
        name = yield from run(source, NAME_IN_TAGS, LONGEST_IN_TAGS)
        yield from literal(source, ">")
        body = yield from until(source, _END, optional=True)
        is_whole = source.text.endswith("</function>", 0, source.place)
        arguments = _arguments(body, is_whole=is_whole)
        end = source.place
        yield from spaces(source)
        if (yield from peek(source, "</tool_call>")):
            yield from literal(source, "</tool_call>")
            end = source.place
            following = None
        else:
            following = yield from peek(source, "<function=")
        source.found.append(FoundCall(name, arguments, None, begin, end))
        source.place = source.place if following else end
        if not following:
            return
        begin = source.place


def _arguments(body: str, *, is_whole: bool) -> dict[str, Any]:
    if not is_whole and not re.search(r"</parameter>\s*\Z", body):
        raise UnreadableMarkup  # truncated within a value
    arguments: dict[str, Any] = {}
    end = 0
    while end < len(body) and (match := _PARAMETER.match(body, end)):
        arguments[match[1].strip().strip("\"'")] = Raw(trimmed(match[2]))
        end = match.end()
    if body[end:].strip():
        raise UnreadableMarkup
    return arguments
