"""The documents of a collection: the account's calls, in the chunks of conversation histories.

Only sources of the type `voice` are searched, as by the service; others have no documents yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.collections.filters import Filter
from langchain_telnyx.emulator.areas.conversation_histories import records
from langchain_telnyx.emulator.areas.conversation_histories.state import Histories, Passage
from langchain_telnyx.emulator.areas.conversations.state import Conversation

SEARCHABLE = records.VOICE


@dataclass(frozen=True)
class Document:
    """A chunk of a call.

    Attributes:
        passage: The chunk.
        score: Its relevance; 0 without a query.
        fields: The record's own fields.
    """

    passage: Passage
    score: float
    fields: dict[str, str]


class Documents:
    """The searchable documents of the account.

    Args:
        histories: Its conversations in chunks.
        user_id: The account's user.
    """

    def __init__(self, histories: Histories, user_id: str) -> None:
        self._histories = histories
        self._user_id = user_id

    def search(self, query: str, filters: Sequence[Filter]) -> list[Document]:
        """Return the documents that match all filters; best first if there is a query.

        Args:
            query: The query; empty to list all documents.
            filters: The filters.
        """

        def accepted(conversation: Conversation) -> bool:
            fields = self._fields(conversation)
            values = {**conversation.metadata, **fields}
            return fields["record_type"] == SEARCHABLE and all(
                condition.accepts(values) for condition in filters
            )

        return [
            Document(
                passage,
                round(passage.score, 6) if query else 0.0,
                self._fields(passage.conversation),
            )
            for passage in self._histories.search(query, accepted)
        ]

    def _fields(self, conversation: Conversation) -> dict[str, str]:
        return records.fields(conversation, self._user_id)
