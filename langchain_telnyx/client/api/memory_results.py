"""Results of agent memory: memories, their sources, and the progress of writes."""

from datetime import datetime
from typing import Any

from langchain_telnyx.client.decode import Model


class MemoryNamespace(Model):
    """An isolated store of memories.

    Attributes:
        id: Its id.
        name: Its name, which all calls use.
    """

    id: str
    name: str


class SummarySettings(Model):
    """The settings of summaries.

    Attributes:
        instructions: The instructions; `None` for none.
    """

    instructions: str | None = None


class MemorySettings(Model):
    """A namespace's settings.

    Attributes:
        summary: The settings of its summaries.
    """

    summary: SummarySettings | None = None


class Profile(Model):
    """A caller, user or agent with memories.

    Attributes:
        profile_id: Your identifier.
        memory_count: The number of memories.
    """

    profile_id: str
    memory_count: int


class MemoryWrite(Model):
    """A write that was accepted, and continues in the background.

    Attributes:
        operation_id: The id to wait for.
        profile_id: The profile.
        source_id: The session or fact that it stores.
        session_id: The session; only for `ingest`.
    """

    operation_id: str
    profile_id: str | None = None
    source_id: str | None = None
    session_id: str | None = None


class MemoryOperation(Model):
    """The progress of a write.

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
        text: Its text.
        score: Its relevance, 0 to 1; `None` if the service only ranks.
        recorded_at: When it was stored.
    """

    id: str
    text: str
    score: float | None = None
    recorded_at: datetime | None = None


class Memory(Model):
    """A memory.

    Attributes:
        id: Its id.
        text: Its text.
        source_id: The session or fact it was extracted from; `None` for a derived one.
        derived_from: The memories it was derived from; only in `get_memory`.
        recorded_at: When it was stored.
    """

    id: str
    text: str
    source_id: str | None = None
    derived_from: list[str] | None = None
    recorded_at: datetime | None = None


class MemorySource(Model):
    """The source of memories: an ingested session, or one stored fact.

    Attributes:
        id: Its id.
        memory_count: How many memories were extracted from it.
        session_id: The session; `None` for a fact.
        content: Its content; only in `get_source`.
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
        is_stale: Whether newer memories have arrived since; it is still usable.
        generated_at: When it was written.
    """

    profile_id: str
    text: str | None = None
    is_stale: bool | None = None
    generated_at: datetime | None = None


class Erased(Model):
    """The result of a deletion.

    Attributes:
        profile_id: The profile.
        source_id: The source, if one was deleted.
        memories_deleted: The number of deleted memories.
    """

    profile_id: str
    memories_deleted: int
    source_id: str | None = None
