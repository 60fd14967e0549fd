"""GLM's markup: a name and pairs of tags.

`<tool_call>weather<arg_key>city</arg_key><arg_value>Oslo</arg_value></tool_call>`
"""

import re
from typing import Any

from langchain_telnyx.chat_models.repair.engines.invoke_tags import trimmed
from langchain_telnyx.chat_models.repair.markup_parsing import (
    LONGEST_IN_TAGS,
    NAME_IN_TAGS,
    FoundCall,
    MarkupSource,
    Raw,
    UnreadableMarkup,
    Waiting,
    peek,
    run,
    spaces,
    until,
)

_END = re.compile(r"</tool_call>")
_PAIR = re.compile(
    r"\s*<arg_key>([^<>]+)</arg_key>\s*<arg_value>(.*?)</arg_value>(?=\s*(?:<arg_key>|\Z))",
    re.DOTALL,
)


def parse(source: MarkupSource, start: int) -> Waiting[None]:
    """Parse the name and the pairs after the opening tag, and the closing tag."""
    name = yield from run(source, NAME_IN_TAGS, LONGEST_IN_TAGS)
    yield from spaces(source)
    if (yield from peek(source, "<arg_key>", "</tool_call>")) is None:
        raise UnreadableMarkup
    body = yield from until(source, _END, optional=True)
    arguments = pairs(body)
    if arguments is None:
        raise UnreadableMarkup
    source.found.append(FoundCall(name, arguments, None, start, source.place))


def pairs(text: str) -> dict[str, Any] | None:
    """Return the arguments in pairs of tags, `None` if there is anything else."""
    arguments: dict[str, Any] = {}
    end = 0
    while match := _PAIR.match(text, end):
        arguments[match[1].strip()] = Raw(trimmed(match[2]))
        end = match.end()
    return None if text[end:].strip() else arguments
