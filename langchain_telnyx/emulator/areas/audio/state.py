"""The transcripts of an account: registered ones first, then sidecars, then the recogniser's.

A sidecar is a text object beside a recording: `call.mp3.txt` says what `call.mp3` does. Where
there is none of the three, a recording is refused in words; text is never made up.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from langchain_telnyx.emulator.areas.audio import recognizer as recogniser
from langchain_telnyx.emulator.areas.audio import written_transcripts as written
from langchain_telnyx.emulator.areas.audio.recording import Recording, assembled
from langchain_telnyx.emulator.areas.audio.transcript import Transcript
from langchain_telnyx.emulator.reading.text import UnreadableError, decode
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import Objects, StoredObject

SIDECAR = ".txt"
"""What a recording's key is followed by in the key of its sidecar."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS transcripts (
    recording TEXT PRIMARY KEY,
    segments TEXT NOT NULL
)
"""


class Transcripts:
    """What the account's recordings say.

    Args:
        store: Where registered transcripts are kept.
        objects: The account's objects.
        check: Called now and then; raises when the work shall stop.
    """

    def __init__(self, store: Store, objects: Objects, *, check: Callable[[], None]) -> None:
        self._store = store
        self._objects = objects
        self._check = check

    def register(
        self, recording: str | bytes | Path, said: str | Iterable[Mapping[str, Any]]
    ) -> None:
        """Keep what a recording says.

        Args:
            recording: A file's name, the SHA-256 of its bytes in hex, its bytes, or a file on disk.
            said: Text, in which a line may begin with `Speaker 0:`; or segments with `text` and,
                if wanted, `start`, `end`, `speaker`, `channel` and `words`.

        Raises:
            ValueError: A segment has unknown fields or impossible times.
        """
        if isinstance(recording, Path):
            recording = recording.read_bytes()
        if isinstance(recording, bytes):
            recording = hashlib.sha256(recording).hexdigest()
        self._store.execute(
            "INSERT INTO transcripts VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET segments = excluded.segments",
            recording,
            written.stored(written.read(said)),
        )

    def of_recording(
        self, recording: Recording, *, language: str | None = None, by_channel: bool = False
    ) -> Transcript:
        """Return what a recording says.

        Args:
            recording: The recording.
            language: The language it is in, e.g. `en-US`; `None` if nobody told.
            by_channel: Whether its channels are recognised one by one.

        Raises:
            UnreadableError: It is no recording, or nobody knows what it says.
        """
        duration = recording.duration()
        segments = self._registered(recording)
        if segments is not None:
            return written.transcript(segments, duration)
        return self._recognised(recording, duration, language, by_channel=by_channel)

    def of_object(self, found: StoredObject) -> Transcript:
        """Return what a recording in a bucket says.

        Raises:
            UnreadableError: It is no recording, or nobody knows what it says.
        """
        with assembled(found.key, self._objects.read(found)) as recording:
            duration = recording.duration()
            segments = self._registered(recording)
            if segments is None:
                segments = self._beside(found)
            if segments is not None:
                return written.transcript(segments, duration)
            return self._recognised(recording, duration, None)

    def _registered(self, recording: Recording) -> list[written.WrittenSegment] | None:
        name = PurePosixPath(recording.name).name
        row = self._store.row(
            "SELECT segments FROM transcripts WHERE recording IN (?, ?, ?) "
            # Bytes are surer than a path, and a path than a name.
            "ORDER BY recording = ? DESC, recording = ? DESC",
            recording.sha256,
            recording.name,
            name,
            recording.sha256,
            recording.name,
        )
        return None if row is None else written.restored(row["segments"])

    def _beside(self, found: StoredObject) -> list[written.WrittenSegment] | None:
        sidecar = self._objects.find(found.bucket, found.key + SIDECAR)
        if sidecar is None:
            return None
        return written.read(decode(b"".join(self._objects.read(sidecar))))

    def _recognised(
        self,
        recording: Recording,
        duration: float | None,
        language: str | None,
        *,
        by_channel: bool = False,
    ) -> Transcript:
        helps = (
            f"register what it says by `emulator.transcript({recording.name!r}, …)`, or put a text "
            f"object {recording.name + SIDECAR!r} beside it in its bucket"
        )
        if not recogniser.is_installed():
            raise UnreadableError(
                f"The emulator has no transcript of {recording.name!r} and no recogniser: install "
                f"`langchain-telnyx[emulator-speech]`; or {helps}."
            )
        if language and language.partition("-")[0].lower() not in {recogniser.LANGUAGE, "multi"}:
            raise UnreadableError(
                f"The emulator has no transcript of {recording.name!r}, and its recogniser knows "
                f"English only, not {language!r}: {helps}."
            )
        recognise = recogniser.recognise_channels if by_channel else recogniser.recognise
        return Transcript(tuple(recognise(recording, self._check)), duration)
