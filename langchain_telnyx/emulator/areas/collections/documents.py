"""The documents of a collection: the account's calls, in the chunks that histories are searched by.

Only `voice` is searched, as at the service; what else a collection draws on finds nothing yet.
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
        score: How relevant it is; 0 when nothing was asked.
        fields: The record's own fields.
    """

    passage: Passage
    score: float
    fields: dict[str, str]


class Documents:
    """The searchable documents of the account.

    Args:
        histories: Its conversations in chunks.
        user_id: Whose they are.
    """

    def __init__(self, histories: Histories, user_id: str) -> None:
        self._histories = histories
        self._user_id = user_id

    def found(self, query: str, filters: Sequence[Filter]) -> list[Document]:
        """Return the documents that satisfy all filters: the best first, or all when none is asked.

        Args:
            query: What to look for; empty to list everything.
            filters: What the documents must satisfy.
        """

        def accepted(conversation: Conversation) -> bool:
            fields = self._fields(conversation)
            known = {**conversation.metadata, **fields}
            return fields["record_type"] == SEARCHABLE and all(
                condition.accepts(known) for condition in filters
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
