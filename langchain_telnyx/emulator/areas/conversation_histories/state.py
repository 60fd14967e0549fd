"""Conversations searched by meaning: cut into chunks, embedded, and kept in step as they grow.

The index is not stored: it is made of the messages, whenever a search finds that there are new
ones. As at the service, a chunk has up to 480 tokens, of which it shares 64 with its neighbour, and
a conversation is forgotten 30 days after its last message.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.areas.bucket_embeddings.index import certainties
from langchain_telnyx.emulator.areas.conversations.messages import SEEN_ROLES, Message, Messages
from langchain_telnyx.emulator.areas.conversations.postgrest import Comparison
from langchain_telnyx.emulator.areas.conversations.state import Conversation, Conversations
from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.search.vectors import DIMENSIONS, Keys, embed_query, embed_with_keys

CHUNK = 480
OVERLAP = 64
RETENTION = timedelta(days=30)


@dataclass(frozen=True)
class Passage:
    """A chunk of a conversation that was found.

    Attributes:
        conversation: The conversation.
        index: Which of its chunks this is, from 0.
        total: How many chunks it has.
        text: What the chunk says.
        score: How alike it and the query are, 0 to 1.
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
    """A chunk, which is one row of the matrix."""

    conversation_id: str
    index: int
    total: int
    text: str
    keys: Keys


class Histories:
    """The searchable text of all conversations.

    Args:
        conversations: The conversations.
        messages: What was said in them.
        clock: Tells how long they have been over.
    """

    def __init__(self, conversations: Conversations, messages: Messages, clock: Clock) -> None:
        self._conversations = conversations
        self._messages = messages
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = 0
        self._chunks: list[_Chunk] = []
        self._rows = np.empty((0, DIMENSIONS), np.float32)
        self._frequencies: Counter[int] = Counter()

    def search(
        self, query: str, accepts: Callable[[Conversation], bool] = lambda _: True
    ) -> list[Passage]:
        """Return every chunk of the conversations that are accepted, the most alike first.

        Args:
            query: What to look for.
            accepts: Decides about a conversation.
        """
        since = (self._clock.now() - RETENTION).isoformat(timespec="milliseconds")
        kept = Comparison("last_message_at", "gte", (since,))
        # Looked up afresh, so that what was deleted or described anew shows as it is now.
        known = {found.id: found for found in self._conversations.listed(kept) if accepts(found)}
        with self._lock:
            self._refresh()
            chunks = self._chunks
            scores = _scores(self._rows @ embed_query(query, self._rarity))
        # By the conversation's age where the score is the same.
        order = np.argsort(-scores, kind="stable")
        return [
            Passage(
                known[chunk.conversation_id],
                chunk.index,
                chunk.total,
                chunk.text,
                float(scores[row]),
            )
            for row in order.tolist()
            if (chunk := chunks[row]).conversation_id in known
        ]

    def _refresh(self) -> None:
        """Cut and embed anew the conversations that have grown."""
        last, grown = self._messages.newer(self._seen)
        if not grown:
            return
        stale = set(grown)
        kept: list[int] = []
        for row, chunk in enumerate(self._chunks):
            if chunk.conversation_id in stale:
                self._frequencies.subtract(chunk.keys.tolist())
            else:
                kept.append(row)
        pieces = [
            (conversation_id, index, len(texts), text)
            for conversation_id, said in self._messages.transcripts(grown).items()
            for texts in [cut(_text(said))]
            for index, text in enumerate(texts)
        ]
        vectors, keys = embed_with_keys([piece[3] for piece in pieces])
        self._chunks = [self._chunks[row] for row in kept] + [
            _Chunk(*piece, keys=chunk_keys) for piece, chunk_keys in zip(pieces, keys, strict=True)
        ]
        self._rows = np.concatenate([self._rows[kept], vectors])
        for chunk_keys in keys:
            self._frequencies.update(chunk_keys.tolist())
        self._seen = last

    def _rarity(self, keys: Keys) -> npt.NDArray[np.float64]:
        """Return how much each term of a query tells: much when few chunks have it."""
        count = len(self._chunks) or 1
        held = np.array([self._frequencies[key] for key in keys.tolist()], np.float64)
        rarity: npt.NDArray[np.float64] = np.sqrt(np.log1p(count / (1 + held)) / np.log1p(count))
        return rarity


def cut(text: str) -> Sequence[str]:
    """Cut a text into chunks of up to 480 tokens, each of which begins 64 before the last ended."""
    pieces = tokens.tokenise(text)
    step = CHUNK - OVERLAP
    starts = range(0, max(1, len(pieces) - OVERLAP), step) if pieces else range(0)
    return ["".join(pieces[start : start + CHUNK]).strip() for start in starts]


def _text(said: Sequence[Message]) -> str:
    return "\n".join(
        f"{message.role}: {message.content}"
        for message in said
        if message.role in SEEN_ROLES and message.content
    )


def _scores(cosines: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    scores: npt.NDArray[np.float64] = 2 * certainties(cosines.astype(np.float64)) - 1
    return scores
