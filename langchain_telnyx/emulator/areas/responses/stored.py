"""Stored responses for `previous_response_id`, if the quirks enable them."""

import json
from typing import Any

from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import KEY, TEXT, Rows, Table

JSON = dict[str, Any]

_RESPONSES = Table("kept_responses", dict[str, str], {"id": KEY, "messages": TEXT})
SCHEMA = _RESPONSES.schema


class StoredResponses:
    """The threads of messages up to each response.

    Args:
        store: The database.
    """

    def __init__(self, store: Store) -> None:
        self._responses = Rows(store, _RESPONSES)

    def find(self, response_id: str) -> list[JSON] | None:
        """Return the chat messages up to and including a response; `None` if it is unknown."""
        row = self._responses.get(id=response_id)
        if row is None:
            return None
        messages: list[JSON] = json.loads(row["messages"])
        return messages

    def save(self, response_id: str, messages: list[JSON]) -> None:
        """Store the chat messages up to a response, without the instructions."""
        self._responses.insert(conflict="REPLACE", id=response_id, messages=json.dumps(messages))
