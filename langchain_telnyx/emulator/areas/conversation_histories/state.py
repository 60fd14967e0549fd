"""Semantic search of conversations: they are split into chunks and embedded as they grow.

The index is not stored: a search rebuilds it for conversations with new messages. As in the
service, a chunk has up to 480 tokens with an overlap of 64, and a conversation expires 30 days
after its last message.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from langchain_telnyx.emulator.areas.bucket_embeddings.index import certainties
from langchain_telnyx.emulator.areas.conversations.messages import SEEN_ROLES, Message, Messages
from langchain_telnyx.emulator.areas.conversations.postgrest import Comparison
from langchain_telnyx.emulator.areas.conversations.state import Conversation, Conversations
from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.search.lexical import Collection
from langchain_telnyx.emulator.search.vectors import DIMENSIONS, Keys, embed_query, embed_with_keys

CHUNK = 480
OVERLAP = 64
RETENTION = timedelta(days=30)


@dataclass(frozen=True)
class Passage:
    """A chunk of a conversation, as a search result.

    Attributes:
        conversation: The conversation.
        index: The chunk's position, from 0.
        total: The number of the conversation's chunks.
        text: The chunk's text.
        score: The similarity to the query, 0 to 1.
    """

    conversation: Conversation
    index: int
    total: int
    text: str
    score: float

    @property
    def id(self) -> str:
        """The chunk's id."""
        return f"{self.conversation.id}_chunk_{self.index}"


@dataclass(frozen=True)
class _Chunk:
    """A chunk; it is a row of the matrix."""

    conversation_id: str
    index: int
    total: int
    text: str
    keys: Keys


class Histories:
    """The search index of all conversations.

    Args:
        conversations: The conversations.
        messages: Their messages.
        clock: The source of the current time, for their expiry.
    """

    def __init__(self, conversations: Conversations, messages: Messages, clock: Clock) -> None:
        self._conversations = conversations
        self._messages = messages
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = 0
        self._chunks: list[_Chunk] = []
        self._rows = np.empty((0, DIMENSIONS), np.float32)
        self._collection = Collection()

    def search(
        self, query: str, accepts: Callable[[Conversation], bool] = lambda _: True
    ) -> list[Passage]:
        """Return all chunks of the accepted conversations, most similar first.

        Args:
            query: The query.
            accepts: Returns whether to search a conversation.
        """
        since = (self._clock.now() - RETENTION).isoformat(timespec="milliseconds")
        current = Comparison("last_message_at", "gte", (since,))
        # Loaded for each search, so that deletions and changed metadata take effect.
        accepted = {
            found.id: found for found in self._conversations.listed(current) if accepts(found)
        }
        with self._lock:
            self._refresh()
            chunks = self._chunks
            embedded = embed_query(query, self._collection.rarity)
            similarities = self._collection.similarities(
                embedded, [chunk.keys for chunk in chunks], self._rows @ embedded.vector
            )
        scores = 2 * certainties(similarities) - 1
        # Equal scores are ordered by the conversation's age.
        order = np.argsort(-scores, kind="stable")
        return [
            Passage(
                accepted[chunk.conversation_id],
                chunk.index,
                chunk.total,
                chunk.text,
                float(scores[row]),
            )
            for row in order.tolist()
            if (chunk := chunks[row]).conversation_id in accepted
        ]

    def _refresh(self) -> None:
        """Split and embed the conversations with new messages."""
        last, grown = self._messages.newer(self._seen)
        if not grown:
            return
        stale = set(grown)
        self._collection.remove(
            [chunk.keys for chunk in self._chunks if chunk.conversation_id in stale]
        )
        unchanged = [
            row for row, chunk in enumerate(self._chunks) if chunk.conversation_id not in stale
        ]
        pieces = [
            (conversation_id, index, len(texts), text)
            for conversation_id, messages in self._messages.transcripts(grown).items()
            for texts in [cut(_text(messages))]
            for index, text in enumerate(texts)
        ]
        vectors, keys = embed_with_keys([piece[3] for piece in pieces])
        self._chunks = [self._chunks[row] for row in unchanged] + [
            _Chunk(*piece, keys=chunk_keys) for piece, chunk_keys in zip(pieces, keys, strict=True)
        ]
        self._rows = np.concatenate([self._rows[unchanged], vectors])
        self._collection.add(keys)
        self._seen = last


def cut(text: str) -> Sequence[str]:
    """Split a text into chunks of up to 480 tokens with an overlap of 64."""
    pieces = tokens.tokenise(text)
    step = CHUNK - OVERLAP
    starts = range(0, max(1, len(pieces) - OVERLAP), step) if pieces else range(0)
    return ["".join(pieces[start : start + CHUNK]).strip() for start in starts]


def _text(messages: Sequence[Message]) -> str:
    return "\n".join(
        f"{message.role}: {message.content}"
        for message in messages
        if message.role in SEEN_ROLES and message.content
    )
