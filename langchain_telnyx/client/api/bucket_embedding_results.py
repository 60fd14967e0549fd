"""Results of embedding buckets: tasks, files, passages.

API page: https://developers.telnyx.com/api-reference/embeddings/embed-documents
"""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from langchain_telnyx.client.decode import Model

# The schema documents `failure`, the text `failed`; users have tested for `completed`. The states
# of files are not documented. So all words with these meanings count, in any case.
_SUCCEEDED = frozenset(
    [
        "success",
        "succeeded",
        "successful",
        "complete",
        "completed",
        "done",
        "embedded",
        "finished",
        "indexed",
        "ok",
        "ready",
    ]
)
_FAILED = frozenset(
    [
        "failure",
        "failed",
        "error",
        "errored",
        "partial_success",
        "partially_failed",
        "rejected",
        "unsupported",
        "aborted",
        "canceled",
        "cancelled",
        "timeout",
        "timed_out",
    ]
)
_UNSETTLED = frozenset(
    [
        "queued",
        "pending",
        "waiting",
        "scheduled",
        "created",
        "new",
        "uploaded",
        "starting",
        "started",
        "processing",
        "running",
        "in_progress",
        "embedding",
        "indexing",
        "retrying",
    ]
)
_DELETED = frozenset({"deleted", "removed"})
_KNOWN = _SUCCEEDED | _FAILED | _UNSETTLED | _DELETED


def _word(status: str | None) -> str:
    return (status or "").strip().casefold().replace("-", "_").replace(" ", "_")


class EmbeddingTask(Model):
    """A background task that embeds a bucket.

    Attributes:
        task_id: Its id.
        status: `queued`, `processing`, `success`, `failure` (or `failed`), `partial_success`.
        finished_at: When it ended.
        bucket: Its bucket, if the API returns it.
        task_name: The kind of task.
        created_at: When it was created.
        user_id: The account that started it.
    """

    task_id: str
    task_name: str | None = None
    status: str | None = None
    bucket: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    user_id: str | None = None

    @property
    def settled(self) -> bool:
        """Whether the task has ended: by its status, or, for an unknown status, its end time."""
        word = _word(self.status)
        return word in _SUCCEEDED | _FAILED or (
            self.finished_at is not None and word not in _UNSETTLED
        )

    @property
    def has_known_status(self) -> bool:
        """Whether the meaning of the status is known."""
        return _word(self.status) in _KNOWN

    @property
    def succeeded(self) -> bool:
        """Whether the task has ended without failure."""
        return self.settled and _word(self.status) not in _FAILED


class EmbeddedFile(Model):
    """The progress of one object of a bucket.

    Attributes:
        filename: The object's key.
        status: Free text: `success`, `processing`, `failure`, …
        error_reason: Why it failed.
        created_at: When it was created.
        updated_at: When it was last changed.
        last_embedded_at: When it was last embedded.
    """

    filename: str
    status: str | None = None
    error_reason: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_embedded_at: datetime | None = None

    @property
    def has_known_status(self) -> bool:
        """Whether the meaning of the status is known."""
        return _word(self.status) in _KNOWN

    @property
    def succeeded(self) -> bool:
        """Whether the object is searchable: by its status, or, for an unknown status, its times."""
        word = _word(self.status)
        known = _FAILED | _UNSETTLED | _DELETED
        return word in _SUCCEEDED or (
            word not in known and self.last_embedded_at is not None and not self.error_reason
        )

    @property
    def failed(self) -> bool:
        """Whether the service could not embed the object."""
        word = _word(self.status)
        known = _SUCCEEDED | _UNSETTLED | _DELETED
        return word in _FAILED or (word not in known and bool(self.error_reason))

    @property
    def unsettled(self) -> bool:
        """Whether the service is still processing the object."""
        return _word(self.status) in _UNSETTLED

    @property
    def deleted(self) -> bool:
        """Whether the object is listed although it was deleted."""
        return _word(self.status) in _DELETED


class EmbeddingProgress(NamedTuple):
    """The progress of an embedding task.

    Attributes:
        task: The task.
        done: Objects of the bucket that are embedded, or have failed.
        total: Objects of the bucket known so far; 0 if no bucket was passed.
    """

    task: EmbeddingTask
    done: int
    total: int


class HitMetadata(Model):
    """The source of a passage.

    Attributes:
        filename: The object's key.
        source: The object's URL.
        checksum: A checksum of the object.
        certainty: `1 - distance / 2`.
        embedding: The model that embedded it.
        loader_metadata: Filled by the `intercom` loader only.
    """

    filename: str | None = None
    source: str | None = None
    checksum: str | None = None
    embedding: str | None = None
    certainty: float | None = None
    loader_metadata: dict[str, Any] | None = None


class Hit(Model):
    """A passage found by similarity.

    Attributes:
        document_chunk: The passage.
        distance: Cosine distance, 0 (same) to 2 (opposite).
        metadata: Its source.
    """

    document_chunk: str
    distance: float
    metadata: HitMetadata = Field(default_factory=HitMetadata)

    @property
    def certainty(self) -> float:
        """The similarity of passage and query, 0 to 1. Useful hits are above 0.85."""
        certainty = self.metadata.certainty
        return min(1.0, max(0.0, 1 - self.distance / 2 if certainty is None else certainty))
