"""The messages of conversations: all roles are stored, and the visible roles are returned.

The latest come first: the real service does not guarantee an order, and returned a greeting last.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, Rows, Table

SEEN_ROLES = ("user", "assistant", "tool")
"""The roles that are returned; instructions (`system`) are only stored."""

_SEEN = "conversation_id = ? AND role IN ('user', 'assistant', 'tool')"
_COUNT = "SELECT count(*) FROM conversation_messages"


@dataclass(frozen=True)
class Message:
    """A message.

    Attributes:
        role: The role of the author.
        content: The text; empty beside tool calls, where OpenAI has null.
        created_at: The time when it was added.
        sent_at: The time when the end user saw or heard it, if given.
        details: The other fields of the request: `name`, `tool_call_id`, `tool_calls`,
            `tool_choice`, `metadata`.
    """

    role: str
    content: str
    created_at: str = ""
    sent_at: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def moment(self) -> str:
        """Its time in the conversation."""
        return self.sent_at or self.created_at


def _message(conversation_id: str, **fields: Any) -> Message:  # noqa: ARG001 - not part of it
    return Message(**fields)


_MESSAGES = Table(
    "conversation_messages",
    _message,
    {
        "conversation_id": f"{TEXT} REFERENCES conversations (id) ON DELETE CASCADE",
        "role": TEXT,
        "content": TEXT,
        "created_at": TEXT,
        "sent_at": "TEXT",
        "details": TEXT,
    },
    numbered=True,
    indexes={"messages_of_conversation": ["conversation_id", "role", "number"]},
    json=["details"],
)
SCHEMA = _MESSAGES.schema


class Messages:
    """The messages of all conversations.

    Args:
        store: The database.
        clock: The source of timestamps.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._messages = Rows(store, _MESSAGES)
        self._clock = clock

    def add(self, conversation_id: str, messages: Sequence[Message]) -> bool:
        """Add messages to a conversation; return whether the conversation exists.

        Args:
            conversation_id: The conversation.
            messages: The messages in order; their `created_at` is set here.
        """
        with self._store.transaction() as sql:
            stamps = [self._clock.stamp() for _ in messages]
            changed = sql.execute(
                "UPDATE conversations SET last_message_at = coalesce(?, last_message_at) "
                "WHERE id = ?",
                (stamps[-1] if stamps else None, conversation_id),
            ).rowcount
            if not changed:
                return False
            self._messages.insert_all(
                {
                    "conversation_id": conversation_id,
                    "role": message.role,
                    "content": message.content,
                    "created_at": stamp,
                    "sent_at": message.sent_at,
                    "details": dict(message.details),
                }
                for message, stamp in zip(messages, stamps, strict=True)
            )
        return True

    def count(self, conversation_id: str) -> int:
        """Count the messages with visible roles."""
        row = self._store.row(f"{_COUNT} WHERE {_SEEN}", conversation_id)
        return int(row[0]) if row else 0

    def page(self, conversation_id: str, *, limit: int, offset: int) -> list[Message]:
        """Return a page of the messages with visible roles, latest first."""
        clauses = f"WHERE {_SEEN} ORDER BY number DESC LIMIT ? OFFSET ?"
        return self._messages.query(clauses, conversation_id, limit, offset)

    def spoken(self, conversation_id: str) -> list[Message]:
        """Return all messages of a conversation in order of time."""
        return self.transcripts([conversation_id])[conversation_id]

    def transcripts(self, conversation_ids: Sequence[str]) -> dict[str, list[Message]]:
        """Return all messages of some conversations in order of time."""
        found: dict[str, list[Message]] = {each: [] for each in conversation_ids}
        for row in self._store.rows(
            "SELECT * FROM conversation_messages "
            "WHERE conversation_id IN (SELECT value FROM json_each(?)) ORDER BY number",
            json.dumps(list(found)),
        ):
            found[row["conversation_id"]].append(_MESSAGES.read(row))
        return {
            each: sorted(messages, key=lambda message: message.moment)
            for each, messages in found.items()
        }

    def newer(self, number: int) -> tuple[int, list[str]]:
        """Return the last message's number, and the conversations with messages after a number."""
        rows = self._store.rows(
            "SELECT conversation_id, max(number) AS last FROM conversation_messages "
            "WHERE number > ? GROUP BY conversation_id ORDER BY min(number)",
            number,
        )
        last = max((row["last"] for row in rows), default=number)
        return last, [row["conversation_id"] for row in rows]
