"""Reading of the tool calls in the markup of a complete text."""

from typing import NamedTuple

from langchain_telnyx.chat_models.repair.markup_reader import MarkupReader
from langchain_telnyx.chat_models.repair.offered_tools import AnyTools, OfferedTools


class WholeText(NamedTuple):
    """The contents of a complete text.

    Attributes:
        text: The text outside of markup.
        calls: The names of the called functions.
        unread: Markup that cannot be read.
    """

    text: str
    calls: list[str]
    unread: list[str]


def read_text(text: str, offered: OfferedTools) -> WholeText:
    """Read a text.

    Args:
        text: The text.
        offered: The tools of the request.
    """
    reader = MarkupReader(offered)
    parts = [reader.feed(text), reader.end()]
    calls = [call.name for part in parts for call in part.calls]
    return WholeText("".join(part.text for part in parts), calls, reader.lost)


def unoffered_calls(text: str) -> WholeText:
    """Read the calls of any tool in a text that has no call of an offered one.

    Tags may be ordinary text. So they count only if the text is nothing else, or if it begins with
    tags that cannot be read; calls in special tokens always count.
    """
    found = read_text(text, AnyTools())
    if found.calls and found.text.strip():
        found = read_text(text, OfferedTools())
    begins = found.unread and text.lstrip().startswith(found.unread[0])
    return found if begins else found._replace(unread=[])
