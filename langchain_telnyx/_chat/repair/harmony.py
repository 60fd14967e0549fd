"""Harmony, the markup of gpt-oss: messages on channels, in special tokens.

`<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>commentary to=functions.weather
<|constrain|>json<|message|>{…}<|call|>`, and `<|channel|>final<|message|>…<|return|>`.
"""

import re

from langchain_telnyx._chat.repair.source import (
    Aside,
    Found,
    Source,
    Unreadable,
    Waiting,
    until,
)

OPENERS = frozenset({"channel", "start"})
_HEADER = re.compile(r"[\w .=:<>|/\-]*")
_LONGEST_HEADER = 200
_MESSAGE = "<|message|>"
_RECIPIENT = re.compile(r"to=(?:functions[./])?([\w.\-]+)")
_CHANNEL = re.compile(r"<\|channel\|>\s*(analysis|commentary|final)\b")
_END = re.compile(r"<\|(?:end|call|return)\|>|(?=<\|(?:start|channel)\|>)")


def parse(source: Source) -> Waiting[None]:
    """Read a message, or the head of one that is for the user."""
    start = source.place
    header = yield from _header(source)
    recipient, channel = _RECIPIENT.search(header), _CHANNEL.search(header)
    if recipient:
        text = yield from until(source, _END, optional=True)
        source.found.append(Found(recipient[1], text, None, start, source.place))
        return
    if channel is None or not source.is_first:
        raise Unreadable
    if channel[1] == "analysis":
        text = yield from until(source, _END, optional=True)
        source.found.append(Aside(text))
    else:
        source.found.append(Aside(""))


def _header(source: Source) -> Waiting[str]:
    begin = source.place
    while True:
        rest = source.text[begin : begin + _LONGEST_HEADER]
        head, found, _ = rest.partition(_MESSAGE)
        if found and _HEADER.fullmatch(head):
            source.place = begin + len(head) + len(_MESSAGE)
            return head
        allowed = _HEADER.match(rest)
        if source.ended or len(rest) == _LONGEST_HEADER or (allowed and allowed.end() < len(rest)):
            raise Unreadable
        yield
