"""DeepSeek's two markups: sections in special tokens, and since V3.2 tags, named DSML.

`<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{…}<｜tool▁call▁end｜>
<｜tool▁calls▁end｜>`, with `function<｜tool▁sep｜>weather` and a fence in models before V3.1; and
`<｜DSML｜function_calls><｜DSML｜invoke name="weather">
<｜DSML｜parameter name="city" string="true">Oslo</｜DSML｜parameter>
</｜DSML｜invoke></｜DSML｜function_calls>`.
"""

import re

from langchain_telnyx.chat_models.repair.engines.invoke_tags import InvokeTags
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

OPENERS = frozenset({"tool_calls_begin"})
_T = r"<[|｜]tool(?:▁|_|\\_| )"
_END = re.compile(
    rf"{_T}call(?:▁|_|\\_| )end[|｜]>|(?={_T}calls(?:▁|_|\\_| )end[|｜]>)"
    rf"|(?={_T}call(?:▁|_|\\_| )begin[|｜]>)"
)
_BARS = "[|｜‖]{1,2}"

DSML = InvokeTags(
    prefix=f"{_BARS}DSML{_BARS}",
    wrapper="function_calls|tool_calls",
)


def parse(source: MarkupSource) -> Waiting[None]:
    """Parse a section."""
    yield from token(source)
    while True:
        yield from spaces(source)
        start = source.place
        kind = yield from token(source)
        if kind == "tool_calls_end":
            return
        if kind != "tool_call_begin":
            if not source.found:
                raise UnreadableMarkup
            source.place = start
            return
        named = (yield from run(source, NAME_IN_TOKENS, LONGEST_IN_TOKENS)).strip()
        if (yield from token(source)) != "tool_sep":
            raise UnreadableMarkup
        yield from call(source, start, named)


def call(source: MarkupSource, start: int, named: str) -> Waiting[None]:
    """Parse a call after its separator."""
    text = yield from until(source, _END, optional=True)
    if named == "function":  # the name is in the next line
        named, _, text = text.partition("\n")
    source.found.append(FoundCall(named.strip(), text, None, start, source.place))
