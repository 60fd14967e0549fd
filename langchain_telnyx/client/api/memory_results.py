"""What agent memory answers with: memories, where they come from, and how far writes are."""

from datetime import datetime
from typing import Any

from langchain_telnyx.client.decode import Model


class MemoryNamespace(Model):
    """An isolated store of memories.

    Attributes:
        id: Its id.
        name: Its name, by which it is known in all calls.
    """

    id: str
    name: str


class SummarySettings(Model):
    """How summaries are written.

    Attributes:
        instructions: What they heed; `None` for nothing.
    """

    instructions: str | None = None


class MemorySettings(Model):
    """A namespace's settings.

    Attributes:
        summary: How its summaries are written.
    """

    summary: SummarySettings | None = None


class Profile(Model):
    """Somebody of whom something is remembered.

    Attributes:
        profile_id: Your identifier of them.
        memory_count: How many memories there are.
    """

    profile_id: str
    memory_count: int


class MemoryWrite(Model):
    """A write that was accepted, and goes on in the background.

    Attributes:
        operation_id: What to wait for.
        profile_id: The profile.
        source_id: The session or fact that it stores.
        session_id: The session; of `ingest` only.
    """

    operation_id: str
    profile_id: str | None = None
    source_id: str | None = None
    session_id: str | None = None


class MemoryOperation(Model):
    """How far a write is.

    Attributes:
        operation_id: Its id.
        status: `pending`, `processing`, `completed`, `failed` or `cancelled`.
        created_at: When it was accepted.
        completed_at: When it ended.
    """

    operation_id: str
    status: str | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None


class Recollection(Model):
    """A memory that answers a question.

    Attributes:
        id: The memory's id.
        text: What is remembered.
        score: How relevant it is, 0 to 1; `None` where the service only ranks.
        recorded_at: Since when it is remembered.
    """

    id: str
    text: str
    score: float | None = None
    recorded_at: datetime | None = None


class Memory(Model):
    """A memory.

    Attributes:
        id: Its id.
        text: What is remembered.
        source_id: The session or fact it was extracted from; `None` of a derived one.
        derived_from: The memories it was derived from; told of a single memory only.
        recorded_at: Since when it is remembered.
    """

    id: str
    text: str
    source_id: str | None = None
    derived_from: list[str] | None = None
    recorded_at: datetime | None = None


class MemorySource(Model):
    """What memories come from: an ingested session, or one remembered fact.

    Attributes:
        id: Its id.
        memory_count: How many memories were extracted from it.
        session_id: The session; `None` of a fact.
        content: What was sent; told of a single source only.
        created_at: When it was first stored.
        updated_at: When it was last written.
    """

    id: str
    memory_count: int
    session_id: str | None = None
    content: Any = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class MemorySummary(Model):
    """A profile as one card.

    Attributes:
        profile_id: The profile.
        text: The card; `None` while there is none.
        is_stale: Whether newer memories have arrived since; it is usable all the same.
        generated_at: When it was written.
    """

    profile_id: str
    text: str | None = None
    is_stale: bool | None = None
    generated_at: datetime | None = None


class Erased(Model):
    """What was forgotten.

    Attributes:
        profile_id: Of whom.
        source_id: From what; of a source only.
        memories_deleted: How many memories are gone.
    """

    profile_id: str
    memories_deleted: int
    source_id: str | None = None
