"""The stored transcriptions of call recordings. Calls are not emulated, so tests add them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import KEY, TEXT, Rows, Table

COMPLETED = "completed"
IN_PROGRESS = "in-progress"


@dataclass(frozen=True)
class RecordingTranscription:
    """A transcription of a recording.

    Attributes:
        text: The text; `None` while it is in progress.
        duration: The duration in milliseconds; `None` while it is in progress.
    """

    id: str
    recording_id: str
    status: str
    text: str | None
    duration: int | None
    created_at: str
    updated_at: str


_TRANSCRIPTIONS = Table(
    "recording_transcriptions",
    RecordingTranscription,
    {
        "id": KEY,
        "recording_id": TEXT,
        "status": TEXT,
        "text": "TEXT",
        "duration": "INTEGER",
        "created_at": TEXT,
        "updated_at": TEXT,
    },
)
SCHEMA = _TRANSCRIPTIONS.schema


class RecordingTranscriptions:
    """The transcriptions of the account's recordings.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._rows = Rows(store, _TRANSCRIPTIONS)
        self._clock = clock
        self._ids = ids

    def add(
        self,
        text: str | None,
        *,
        recording_id: str | None = None,
        duration: float | None = None,
        created_at: datetime | None = None,
    ) -> RecordingTranscription:
        """Store a transcription; without a text it is in progress.

        Args:
            text: The text.
            recording_id: The recording's id; default: a new one.
            duration: The duration in seconds; default: by the number of words.
            created_at: When it was created; default: now.
        """
        words = len((text or "").split())
        seconds = words * 0.4 if duration is None else duration
        stamp = self._clock.stamp() if created_at is None else _stamp(created_at)
        made = RecordingTranscription(
            self._ids.uuid("recording-transcription"),
            recording_id or self._ids.uuid("recording"),
            IN_PROGRESS if text is None else COMPLETED,
            text,
            None if text is None else round(seconds * 1000),
            stamp,
            stamp,
        )
        self._rows.insert(**vars(made))
        return made

    def all(self) -> list[RecordingTranscription]:
        """Return all transcriptions."""
        return self._rows.select()

    def find(self, transcription_id: str) -> RecordingTranscription | None:
        """Return a transcription, if it exists."""
        return self._rows.get(id=transcription_id)

    def delete(self, transcription_id: str) -> None:
        """Delete a transcription."""
        self._rows.delete(id=transcription_id)


def _stamp(moment: datetime) -> str:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
