"""Text messages as an agent receives them, and its answer as text messages."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.messages.content import ContentBlock, create_image_block, create_text_block

# An end of a part is in its last third, where it has a good place.
_EARLIEST_END = 2 / 3
_ENDS = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")


class UnusableMessage(ValueError):  # noqa: N818 - an event that is not answered
    """A received message cannot be answered."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text message that a person sent.

    Attributes:
        person: The person's number.
        number: The number of the agent.
        text: The text.
        media: Pairs of an address and a MIME type; the type may be empty.
        message_id: The message's id.
        profile_id: The messaging profile.
        keyword: A keyword such as STOP, which Telnyx itself has answered.
    """

    person: str
    number: str
    text: str
    media: tuple[tuple[str, str], ...] = ()
    message_id: str | None = None
    profile_id: str | None = None
    keyword: str | None = None

    @property
    def thread_id(self) -> str:
        """The thread: one per pair of numbers."""
        return f"sms:{self.number}:{self.person}"

    def message(self, event_id: str) -> HumanMessage:
        """Return the message for the agent; images are content blocks with their address."""
        message_id = f"telnyx-{event_id}"
        if not self.media:
            return HumanMessage(self.text, id=message_id)
        blocks: list[ContentBlock] = []
        if self.text:
            blocks.append(create_text_block(self.text))
        for url, kind in self.media:
            if kind.startswith("image/"):
                blocks.append(create_image_block(url=url, mime_type=kind))
            else:
                name = kind or "unknown type"
                blocks.append(create_text_block(f"The person sent a file ({name}): {url}"))
        return HumanMessage(content=[dict(block) for block in blocks], id=message_id)


def parse_text(payload: Mapping[str, Any]) -> Text:
    """Return the message of a `message.received` event.

    Raises:
        UnusableMessage: It lacks a number, is of another channel, or is empty.
    """
    kind = payload.get("type") or "SMS"
    if kind not in ("SMS", "MMS"):
        raise UnusableMessage(f"a message of the type {str(kind)[:20]!r}")
    person = _number(payload.get("from"))
    receivers = payload.get("to")
    number = _number(receivers[0] if isinstance(receivers, list) and receivers else receivers)
    if person is None or number is None:
        raise UnusableMessage(f"no number in `{'from' if person is None else 'to'}`")
    text = payload.get("text")
    text = text if isinstance(text, str) else ""
    media = tuple(_media(payload.get("media")))
    if not text.strip() and not media:
        raise UnusableMessage("neither text nor media")
    return Text(
        person,
        number,
        text,
        media,
        message_id=_string(payload.get("id")),
        profile_id=_string(payload.get("messaging_profile_id")),
        keyword=_string(payload.get("autoresponse_type")),
    )


def parts_of(text: str, most: int) -> list[str]:
    """Split an answer into text messages, at ends of paragraphs, sentences or words.

    Args:
        text: The answer.
        most: The most characters of a part.
    """
    rest, parts = text.strip(), []
    while len(rest) > most:
        end = _end(rest, most)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def recent(history: Sequence[BaseMessage], most: int) -> list[BaseMessage]:
    """Return the last messages of a history, from a message of the person on."""
    last = list(history[-most:])
    for place, message in enumerate(last):
        if isinstance(message, HumanMessage):
            return last[place:]
    return []


def _end(text: str, most: int) -> int:
    for mark in _ENDS:
        place = text.rfind(mark, int(most * _EARLIEST_END), most - len(mark) + 1)
        if place > 0:
            return place + len(mark)
    return most


def _number(address: Any) -> str | None:
    found = address.get("phone_number") if isinstance(address, Mapping) else address
    return found.strip() or None if isinstance(found, str) else None


def _media(media: Any) -> Sequence[tuple[str, str]]:
    found = []
    for one in media if isinstance(media, list) else ():
        url = one.get("url") if isinstance(one, Mapping) else None
        if isinstance(url, str) and url:
            kind = one.get("content_type")
            guess = mimetypes.guess_type(urlsplit(url).path)[0]
            found.append((url, kind if isinstance(kind, str) and kind else guess or ""))
    return found


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
