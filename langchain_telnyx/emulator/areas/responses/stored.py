"""Stored responses for `previous_response_id`, if the quirks enable them."""

import json
from typing import Any

from langchain_telnyx.emulator.storage.database import Store

JSON = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS kept_responses (
    id TEXT PRIMARY KEY,
    messages TEXT NOT NULL
)
"""


class StoredResponses:
    """The threads of messages up to each response.

    Args:
        store: The database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, response_id: str) -> list[JSON] | None:
        """Return the chat messages up to and including a response; `None` if it is unknown."""
        row = self._store.row("SELECT messages FROM kept_responses WHERE id = ?", response_id)
        if row is None:
            return None
        messages: list[JSON] = json.loads(row["messages"])
        return messages

    def save(self, response_id: str, messages: list[JSON]) -> None:
        """Store the chat messages up to a response, without the instructions."""
        self._store.execute(
            "INSERT OR REPLACE INTO kept_responses VALUES (?, ?)", response_id, json.dumps(messages)
        )
