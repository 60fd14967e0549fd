"""Kimi's markup: a section of calls in special tokens.

`<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{…}
<|tool_call_end|><|tool_calls_section_end|>`
"""

import re

from langchain_telnyx.chat_models.repair.engines import deepseek
from langchain_telnyx.chat_models.repair.markup_parsing import (
    LONGEST_IN_TOKENS,
    NAME_IN_TOKENS,
    FoundCall,
    MarkupSource,
    UnreadableMarkup,
    Waiting,
    run,
    spaces,
    token,
    until,
)

OPENERS = frozenset({"tool_calls_section_begin", "tool_call_section_begin", "tool_call_begin"})
_ENDS = frozenset({"tool_calls_section_end", "tool_call_section_end"})
_END = re.compile(
    r"<\|tool_call_end\|>|(?=<\|tool_calls?_section_end\|>)|(?=<\|tool_call_begin\|>)"
)


def parse(source: MarkupSource) -> Waiting[None]:
    """Parse a section, or calls without one."""
    while True:
        yield from spaces(source)
        start = source.place
        name = yield from token(source)
        if name in _ENDS:
            return
        if name in {"tool_calls_section_begin", "tool_call_section_begin"} and not source.found:
            continue
        if name != "tool_call_begin":
            if not source.found:
                raise UnreadableMarkup
            source.place = start
            return
        yield from _call(source, start)


def _call(source: MarkupSource, start: int) -> Waiting[None]:
    """Parse a call after its first token."""
    named = (yield from run(source, NAME_IN_TOKENS, LONGEST_IN_TOKENS)).strip()
    kind = yield from token(source)
    if kind == "tool_sep":  # DeepSeek's, whose first token is the same
        yield from deepseek.call(source, start, named)
        return
    if kind != "tool_call_argument_begin":
        raise UnreadableMarkup
    text = yield from until(source, _END, optional=True)
    source.found.append(FoundCall(named, text, named, start, source.place))
