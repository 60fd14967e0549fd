"""Reading of the tool calls in the markup of a complete text."""

from typing import NamedTuple

from langchain_telnyx.chat_models.repair.markup_parsing import TOKEN
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

    Tags may be ordinary text. So they count only if the text is nothing else; calls in special
    tokens always count.
    """
    found = read_text(text, AnyTools())
    if found.calls and found.text.strip():
        found = read_text(text, OfferedTools())
    if not found.unread:
        return found
    bare = text.strip()
    begins = bare.startswith(found.unread[0].strip())
    is_markup = begins and (bare.endswith(">") or TOKEN.match(bare) is not None)
    return found if is_markup else found._replace(unread=[])
