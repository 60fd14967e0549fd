"""Calls in tags of the form `<invoke name="…"><parameter name="…">…</parameter></invoke>`."""

import re
from typing import Any

from langchain_telnyx.chat_models.repair.markup_parsing import (
    FoundCall,
    MarkupSource,
    Raw,
    UnreadableMarkup,
    Waiting,
    until,
)

_LONGEST_HEAD = 200


class InvokeTags:
    """The format of one engine.

    Args:
        prefix: A pattern of the text before each tag's name.
        wrapper: A pattern of the names of the tags around the calls.
    """

    def __init__(self, *, prefix: str, wrapper: str) -> None:
        p = prefix
        self.opening = re.compile(rf"<{p}(?:(?:{wrapper})\s*>|invoke name=)")
        self._wrapped = re.compile(rf"<{p}(?:{wrapper})\s*>")
        self._head = re.compile(rf"\s*<{p}invoke name=[\"'][^\"'<>\n]{{1,64}}[\"'] ?>")
        self._end = re.compile(rf"</{p}(?:{wrapper})\s*>")
        self._bare_end = re.compile(rf"</{p}invoke\s*>")
        self._invoke = re.compile(
            rf"<{p}invoke name=[\"']([^\"'<>\n]+)[\"'] ?>(.*?)</{p}invoke\s*>", re.DOTALL
        )
        self._parameter = re.compile(
            rf"<{p}parameter\s+name=[\"']([^\"'<>]+)[\"']([^<>]*)>(.*?)</{p}parameter\s*>"
            rf"(?=\s*(?:<{p}parameter\s|\Z))",
            re.DOTALL,
        )

    def parse(self, source: MarkupSource) -> Waiting[None]:
        """Parse the calls of one block."""
        begin = source.place
        wrapped = self._wrapped.match(source.text, begin)
        if wrapped:
            source.place = wrapped.end()
        yield from self._is_followed(source)
        yield from until(source, self._end if wrapped else self._bare_end, optional=True)
        for match in self._invoke.finditer(source.text[: source.place], begin):
            arguments = self._arguments(match[2])
            if arguments is not None:
                source.found.append(
                    FoundCall(match[1], arguments, None, match.start(), match.end())
                )
        if not source.found:
            raise UnreadableMarkup

    def _is_followed(self, source: MarkupSource) -> Waiting[None]:
        """Check that a call follows, so that text about the markup is not buffered."""
        while True:
            if self._head.match(source.text, source.place):
                return
            rest = source.text[source.place : source.place + _LONGEST_HEAD].lstrip()
            may_become_one = not rest or (rest[0] == "<" and ">" not in rest and "\n" not in rest)
            if source.ended or not may_become_one or len(rest) >= _LONGEST_HEAD // 2:
                raise UnreadableMarkup
            yield

    def _arguments(self, body: str) -> dict[str, Any] | None:
        arguments: dict[str, Any] = {}
        end = 0
        for match in self._parameter.finditer(body):
            if body[end : match.start()].strip():
                return None
            value = trimmed(match[3])
            # DSML marks values that are text.
            is_text = 'string="true"' in match[2]
            arguments[match[1]] = value if is_text else Raw(value)
            end = match.end()
        return None if body[end:].strip() else arguments


def trimmed(value: str) -> str:
    """Return a value without the line ends next to its tags."""
    return value.removeprefix("\n").removesuffix("\n")
