"""Text messages: those that were sent, and the pairs of numbers that the carrier blocks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table, schema

# Keywords on which Telnyx itself responds, and which block or unblock a pair of numbers.
_KEYWORDS = {
    "STOP": "STOP",
    "STOPALL": "STOP",
    "STOP ALL": "STOP",
    "UNSUBSCRIBE": "STOP",
    "CANCEL": "STOP",
    "END": "STOP",
    "QUIT": "STOP",
    "START": "START",
    "UNSTOP": "START",
    "HELP": "HELP",
    "INFO": "HELP",
}


class BlockedError(Exception):
    """The receiver has opted out."""


@dataclass(frozen=True)
class SentMessage:
    """A message that a client sent.

    Attributes:
        id: Its id.
        sender: The sender's number.
        receiver: The receiver's number.
        text: The text.
        media_urls: The addresses of its media.
        sent_at: When it was sent.
        fields: The whole request.
    """

    id: str
    sender: str
    receiver: str
    text: str
    media_urls: Sequence[str]
    sent_at: str
    fields: Mapping[str, Any]


_SENT = Table(
    "messages",
    SentMessage,
    {
        "id": UNIQUE,
        "sender": TEXT,
        "receiver": TEXT,
        "text": TEXT,
        "media_urls": TEXT,
        "sent_at": TEXT,
        "fields": TEXT,
    },
    numbered=True,
    json=["media_urls", "fields"],
)
_BLOCKED = Table(
    "message_blocks", dict[str, Any], {"number": TEXT, "person": TEXT}, key=["number", "person"]
)
SCHEMA = schema(_SENT, _BLOCKED)


class Messages:
    """The text messages of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._sent = Rows(store, _SENT)
        self._blocked = Rows(store, _BLOCKED)
        self._clock = clock
        self._ids = ids

    def send(self, request: Mapping[str, Any]) -> SentMessage:
        """Store a message as sent.

        Raises:
            BlockedError: The receiver has opted out.
        """
        sender, receiver = request.get("from") or "", request["to"]
        if self._blocked.get(number=sender, person=receiver) is not None:
            raise BlockedError
        message = SentMessage(
            self._ids.uuid("message"),
            sender,
            receiver,
            request.get("text") or "",
            list(request.get("media_urls") or ()),
            self._clock.stamp(),
            dict(request),
        )
        self._sent.insert(**vars(message))
        return message

    def find(self, message_id: str) -> SentMessage | None:
        """Return a message that was sent, if it exists."""
        return self._sent.get(id=message_id)

    def sent(self) -> list[SentMessage]:
        """Return the messages that were sent, oldest first."""
        return self._sent.select()

    def received_event(
        self,
        person: str,
        number: str,
        text: str,
        media: Sequence[tuple[str, str]],
        event_id: str | None,
    ) -> tuple[str, bytes]:
        """Return the id and the body of a `message.received` event.

        Keywords such as STOP and START block and unblock the person's number.

        Args:
            person: The sender.
            number: The receiver, a number of the account.
            text: The text.
            media: Pairs of an address and a MIME type.
            event_id: The event's id; default: a new one.
        """
        keyword = _KEYWORDS.get(text.strip().upper())
        if keyword == "STOP":
            self._blocked.insert(conflict="IGNORE", number=number, person=person)
        elif keyword == "START":
            self._blocked.delete(number=number, person=person)
        now = self._clock.stamp()
        payload: dict[str, Any] = {
            "record_type": "message",
            "direction": "inbound",
            "id": self._ids.uuid("message"),
            "type": "MMS" if media else "SMS",
            "messaging_profile_id": self._ids.uuid("profile"),
            "from": {"phone_number": person, "carrier": "", "line_type": "Wireless"},
            "to": [
                {
                    "phone_number": number,
                    "status": "webhook_delivered",
                    "carrier": "Telnyx",
                    "line_type": "VoIP",
                }
            ],
            "cc": [],
            "text": text,
            "media": [
                {"url": url, "content_type": kind, "size": None, "hash_sha256": None}
                for url, kind in media
            ],
            "encoding": "GSM-7" if text.isascii() else "UCS-2",
            "parts": 1,
            "tags": [],
            "errors": [],
            "received_at": now,
            "sent_at": None,
            "completed_at": None,
        }
        if keyword is not None:
            payload["autoresponse_type"] = keyword
        return self.event("message.received", payload, event_id)

    def event(
        self, event_type: str, payload: Mapping[str, Any], event_id: str | None = None
    ) -> tuple[str, bytes]:
        """Return the id and the body of an event in the envelope of the API's second version."""
        event_id = event_id or self._ids.uuid("event")
        event = {
            "record_type": "event",
            "event_type": event_type,
            "id": event_id,
            "occurred_at": self._clock.stamp(),
            "payload": dict(payload),
        }
        body = {"data": event, "meta": {"attempt": 1}}
        return event_id, json.dumps(body, ensure_ascii=False).encode()
