"""Harmony, the markup of gpt-oss: messages in channels, in special tokens.

`<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>commentary to=functions.weather
<|constrain|>json<|message|>{…}<|call|>`, and `<|channel|>final<|message|>…<|return|>`.

If an engine drops special tokens, the words between them remain: `analysis…assistantcommentary
to=functions.weather json{…}`, and `assistantfinal…`. Such words are read at the beginning of a
text, and anywhere in an answer of gpt-oss.
"""

import re

from langchain_telnyx.chat_models.repair.arguments import JSONScanner
from langchain_telnyx.chat_models.repair.markup_parsing import (
    FoundCall,
    MarkupSource,
    NonCall,
    UnreadableMarkup,
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

_ASSISTANT = "assistant"
# The beginning of a further message: its author and its channel, or its recipient.
_NEXT = tuple(
    f"{_ASSISTANT}{word}" for word in ("analysis", "commentary", "final", " to=functions")
)
# The beginning of the first message; its author is part of the prompt.
_FIRST = ("analysis", "commentary", "to=functions")
_END_OF_WORDS = re.compile("|".join(f"(?={word})" for word in _NEXT))
_PLAIN = re.compile(r"(assistant)?(analysis|commentary|final)(?=\S)")
_HEADS = tuple(
    f"{author}{channel}{blank}to=functions"
    for author in ("", _ASSISTANT)
    for channel in ("", "analysis", "commentary")
    for blank in ("", " ")
)
_BEFORE_NAME = re.compile(rf"(?:{'|'.join(_HEADS)})[./]")
# The text before the arguments is bounded, and shorter than the longest header.
_NAME = re.compile(
    r"([\w.\-]{1,128})(?: commentary)?\s{0,8}(?:<\|constrain\|>)?\s{0,8}(?:json|code)?\s{0,8}(?=\{)"
)
_BEGUN_NAME = re.compile(r"[\w.\-]+[\w\s<|>]*")


def parse(source: MarkupSource) -> Waiting[None]:
    """Parse a message, or the head of a message to the user."""
    start = source.place
    header = yield from _header(source)
    recipient, channel = _RECIPIENT.search(header), _CHANNEL.search(header)
    if recipient:
        text = yield from until(source, _END, optional=True)
        source.found.append(FoundCall(recipient[1], text, None, start, source.place))
        return
    if channel is None or not source.is_first:
        raise UnreadableMarkup
    if channel[1] == "analysis":
        text = yield from until(source, _END, optional=True)
        source.found.append(NonCall(text))
    else:
        source.found.append(NonCall(""))


def _header(source: MarkupSource) -> Waiting[str]:
    begin = source.place
    while True:
        rest = source.text[begin : begin + _LONGEST_HEADER]
        head, found, _ = rest.partition(_MESSAGE)
        if found and _HEADER.fullmatch(head):
            source.place = begin + len(head) + len(_MESSAGE)
            return head
        allowed = _HEADER.match(rest)
        if source.ended or len(rest) == _LONGEST_HEADER or (allowed and allowed.end() < len(rest)):
            raise UnreadableMarkup
        yield


def is_used_by(model: object) -> bool:
    """Return whether a model uses Harmony, by its name."""
    return isinstance(model, str) and "gpt-oss" in model.lower().replace("_", "-")


def words_at(text: str, *, is_first: bool) -> bool | None:
    """Return whether a text begins with a message in words; `None` if more text is needed.

    Args:
        text: The text.
        is_first: Whether there was no text before it.
    """
    openings = _NEXT + _FIRST if is_first else _NEXT
    if text.startswith(openings):
        return True
    return None if any(opening.startswith(text) for opening in openings) else False


def next_word(text: str) -> int:
    """Return the offset of the next possible message in words, the length of the text if none."""
    place = text.find(_ASSISTANT)
    if place >= 0:
        return place
    longest = min(len(text), len(_ASSISTANT) - 1)
    sizes = (size for size in range(longest, 0, -1) if _ASSISTANT.startswith(text[-size:]))
    return len(text) - next(sizes, 0)


def parse_words(source: MarkupSource) -> Waiting[None]:
    """Parse a message in words, or the head of a message to the user."""
    begin = source.place
    while True:
        rest = source.text[begin:]
        if head := _BEFORE_NAME.match(rest):
            source.place = begin + head.end()
            yield from _call_in_words(source, begin)
            return
        if (plain := _PLAIN.match(rest)) or source.ended:
            break
        if not (rest in _NEXT or any(each.startswith(rest) for each in _HEADS)):
            raise UnreadableMarkup
        yield
    if plain is None:
        if rest not in _NEXT:
            raise UnreadableMarkup
        source.place = len(source.text)  # a message without text
        source.found.append(NonCall(""))
        return
    place = source.place = begin + plain.end()
    text = ""
    if plain[2] == "analysis" or plain[1] is None:
        # Recognized by the message after it, because any text may begin with such a word.
        text = yield from until(source, _END_OF_WORDS)
    if plain[2] != "analysis":
        source.place, text = place, ""
    source.found.append(NonCall(text))


def _call_in_words(source: MarkupSource, begin: int) -> Waiting[None]:
    """Parse a call from the function's name on."""
    while not (named := _NAME.match(source.text, source.place)):
        rest = source.text[source.place :]
        is_begun = not rest or (_BEGUN_NAME.fullmatch(rest) and len(rest) <= _LONGEST_HEADER)
        if source.ended or not is_begun:
            raise UnreadableMarkup
        yield
    depth, searched, start = JSONScanner(), named.end(), named.end()
    while (end := depth.feed(source.text, searched)) is None:
        searched = len(source.text)
        if source.ended:
            raise UnreadableMarkup
        yield
    source.place = end
    source.found.append(FoundCall(named[1], source.text[start:end], None, begin, end))


def holds_call(text: str) -> bool:
    """Return whether a message in words is a call."""
    return _BEFORE_NAME.match(text) is not None
