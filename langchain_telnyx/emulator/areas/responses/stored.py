"""Responses that a later one can go on from, where the service is to keep them: see `Quirks`."""

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
    """The threads that end with a response each.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, response_id: str) -> list[JSON] | None:
        """Return the chat messages up to a response, its own included; None where it is unknown."""
        row = self._store.row("SELECT messages FROM kept_responses WHERE id = ?", response_id)
        if row is None:
            return None
        messages: list[JSON] = json.loads(row["messages"])
        return messages

    def keep(self, response_id: str, messages: list[JSON]) -> None:
        """Keep the chat messages up to a response, without the instructions."""
        self._store.execute(
            "INSERT OR REPLACE INTO kept_responses VALUES (?, ?)", response_id, json.dumps(messages)
        )
