"""The account's conversations: create, change, end, and list them by PostgREST's filters."""

from collections.abc import Mapping
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.conversations import filters, postgrest
from langchain_telnyx.emulator.areas.conversations.filters import Clause, Column
from langchain_telnyx.emulator.areas.conversations.postgrest import Condition, FilterError, Order
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table

_COLUMNS = {
    "id": Column(Clause("conversations.id")),
    "name": Column(Clause("conversations.name")),
    "created_at": Column(Clause("conversations.created_at"), "time"),
    "last_message_at": Column(Clause("conversations.last_message_at"), "time"),
}
# PostgreSQL returns text or JSON; a metadata field is a string in both cases.
_ARROWS = ("->>", "->")
_MOST_ORDERS = 20


@dataclass(frozen=True)
class Conversation:
    """A conversation.

    Attributes:
        id: Its UUID.
        name: Its name; empty if none was given.
        metadata: Its metadata.
        created_at: The time when it began.
        last_message_at: The time of its latest message.
        ended_at: The time when it ended, if it has.
    """

    id: str
    name: str
    metadata: dict[str, str]
    created_at: str
    last_message_at: str
    ended_at: str | None


_CONVERSATIONS = Table(
    "conversations",
    Conversation,
    {
        "id": UNIQUE,
        "name": TEXT,
        "metadata": TEXT,
        "created_at": TEXT,
        "last_message_at": TEXT,
        "ended_at": "TEXT",
    },
    numbered=True,
    indexes={
        "conversations_by_creation": ["created_at", "number"],
        "conversations_by_message": ["last_message_at", "number"],
        "conversations_by_name": ["name"],
    },
    json=["metadata"],
)
_METADATA = """
CREATE TABLE IF NOT EXISTS conversation_metadata (
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (conversation, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversations_by_metadata
ON conversation_metadata (key, value, conversation);
CREATE TRIGGER IF NOT EXISTS conversation_added AFTER INSERT ON conversations
BEGIN
    INSERT OR REPLACE INTO conversation_metadata
    SELECT new.number, key, value FROM json_each(new.metadata);
END;
CREATE TRIGGER IF NOT EXISTS conversation_changed AFTER UPDATE OF metadata ON conversations
BEGIN
    DELETE FROM conversation_metadata WHERE conversation = new.number;
    INSERT OR REPLACE INTO conversation_metadata
    SELECT new.number, key, value FROM json_each(new.metadata);
END
"""
SCHEMA = f"{_CONVERSATIONS.schema};{_METADATA}"


def metadata_column(key: str) -> Column:
    """Return the column of a conversation's metadata field."""
    value = Clause(
        "(SELECT value FROM conversation_metadata "
        "WHERE conversation = conversations.number AND key = ?)",
        (key,),
    )
    lookup = Clause(
        "conversations.number IN "
        "(SELECT conversation FROM conversation_metadata WHERE key = ? AND value = ?)",
        (key,),
    )
    return Column(value, lookup=lookup)


def column(name: str) -> Column | None:
    """Return a column by its name in filters, such as `metadata->user_id`."""
    for arrow in _ARROWS:
        field, found, key = name.partition(arrow)
        if found:
            return metadata_column(key) if field == "metadata" and key else None
    return _COLUMNS.get(name)


class Conversations:
    """The conversations of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._conversations = Rows(store, _CONVERSATIONS)
        self._clock = clock
        self._ids = ids

    def create(self, name: str, metadata: Mapping[str, str]) -> Conversation:
        """Create a conversation."""
        now = self._clock.stamp()
        created = Conversation(
            self._ids.uuid("conversation"), name, dict(metadata), now, now, ended_at=None
        )
        self._conversations.insert(**vars(created))
        return created

    def find(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, if it exists."""
        return self._conversations.get(id=conversation_id)

    def listed(
        self,
        condition: Condition | None = None,
        *,
        orders: tuple[Order, ...] = (),
        limit: int | None = None,
    ) -> list[Conversation]:
        """List the conversations that match a condition, in order; ties by age.

        Raises:
            FilterError: The condition or the order names an unknown column.
        """
        chosen = filters.where(condition, column)
        ordered = filters.order_by(orders, column)
        direction = "DESC" if orders and orders[0].descending else "ASC"
        by = f"{ordered.sql}, number {direction}" if orders else "number"
        return self._conversations.query(
            f"WHERE {chosen.sql} ORDER BY {by} LIMIT ?",
            *chosen.values,
            *ordered.values,
            -1 if limit is None else limit,
        )

    def describe(self, conversation_id: str, metadata: Mapping[str, str]) -> Conversation | None:
        """Replace a conversation's metadata; `None` if it does not exist."""
        self._conversations.update({"metadata": dict(metadata)}, id=conversation_id)
        return self.find(conversation_id)

    def end(self, conversation_id: str) -> Conversation | None:
        """End a conversation, as hanging up does; `None` if it does not exist."""
        self._store.execute(
            "UPDATE conversations SET ended_at = coalesce(ended_at, ?) WHERE id = ?",
            self._clock.stamp(),
            conversation_id,
        )
        return self.find(conversation_id)

    def delete(self, conversation_id: str) -> bool:
        """Delete a conversation with its messages and insights; return whether it existed."""
        return bool(self._conversations.delete(id=conversation_id))


def read_query(parameters: list[tuple[str, str]]) -> tuple[Condition | None, tuple[Order, ...]]:
    """Parse the filters and the order in the query parameters of a list request.

    Raises:
        FilterError: One of them is invalid.
    """
    conditions = postgrest.conditions([pair for pair in parameters if pair[0] != "order"])
    order = ",".join(text for name, text in parameters if name == "order")
    orders = tuple(postgrest.ordering(order)) if order else ()
    if len(orders) > _MOST_ORDERS:
        raise FilterError(f"`order` names more than {_MOST_ORDERS} columns.")
    return conditions, orders
