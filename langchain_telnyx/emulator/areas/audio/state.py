"""The transcripts of an account: registered ones first, then sidecars, then recognition.

A sidecar is a text object beside a recording: `call.mp3.txt` is the transcript of `call.mp3`. A
recording without any of the three is refused with an explanation; text is never made up.
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
from langchain_telnyx.emulator.storage.tables import KEY, TEXT, Rows, Table

SIDECAR = ".txt"
"""The suffix of a sidecar's key, after the recording's key."""

_TRANSCRIPTS = Table("transcripts", dict[str, str], {"recording": KEY, "segments": TEXT})
SCHEMA = _TRANSCRIPTS.schema


class Transcripts:
    """The transcripts of the account's recordings.

    Args:
        store: The database of registered transcripts.
        objects: The account's objects.
        check: Called between segments; raises to stop the work.
    """

    def __init__(self, store: Store, objects: Objects, *, check: Callable[[], None]) -> None:
        self._transcripts = Rows(store, _TRANSCRIPTS)
        self._objects = objects
        self._check = check

    def register(
        self, recording: str | bytes | Path, transcript: str | Iterable[Mapping[str, Any]]
    ) -> None:
        """Store the transcript of a recording.

        Args:
            recording: A file's name, the SHA-256 of its bytes in hex, its bytes, or a file on disk.
            transcript: Text, whose lines may begin with `Speaker 0:`; or segments with `text` and
                optionally `start`, `end`, `speaker`, `channel` and `words`.

        Raises:
            ValueError: A segment has unknown fields or impossible times.
        """
        if isinstance(recording, Path):
            recording = recording.read_bytes()
        if isinstance(recording, bytes):
            recording = hashlib.sha256(recording).hexdigest()
        segments = written.to_json(written.read(transcript))
        self._transcripts.insert(conflict="REPLACE", recording=recording, segments=segments)

    def of_recording(
        self, recording: Recording, *, language: str | None = None, by_channel: bool = False
    ) -> Transcript:
        """Return the transcript of a recording.

        Args:
            recording: The recording.
            language: Its language, e.g. `en-US`; `None` if unspecified.
            by_channel: Whether each channel is recognised separately.

        Raises:
            UnreadableError: It is not a recording, or has no transcript.
        """
        duration = recording.duration()
        segments = self._registered(recording)
        if segments is not None:
            return written.transcript(segments, duration)
        return self._recognised(recording, duration, language, by_channel=by_channel)

    def of_object(self, found: StoredObject) -> Transcript:
        """Return the transcript of a recording in a bucket.

        Raises:
            UnreadableError: It is not a recording, or has no transcript.
        """
        with assembled(found.key, self._objects.read(found)) as recording:
            duration = recording.duration()
            segments = self._registered(recording)
            if segments is None:
                segments = self._from_sidecar(found)
            if segments is not None:
                return written.transcript(segments, duration)
            return self._recognised(recording, duration, None)

    def _registered(self, recording: Recording) -> list[written.WrittenSegment] | None:
        name = PurePosixPath(recording.name).name
        # The most specific identification first: bytes, then path, then name.
        for identification in (recording.sha256, recording.name, name):
            if row := self._transcripts.get(recording=identification):
                return written.from_json(row["segments"])
        return None

    def _from_sidecar(self, found: StoredObject) -> list[written.WrittenSegment] | None:
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
        hint = (
            f"register a transcript with `emulator.transcript({recording.name!r}, …)`, or put a "
            f"text object {recording.name + SIDECAR!r} beside it in its bucket"
        )
        if not recogniser.is_installed():
            raise UnreadableError(
                f"The emulator has no transcript of {recording.name!r} and no recogniser: install "
                f"`langchain-telnyx[emulator-speech]`; or {hint}."
            )
        if language and language.partition("-")[0].lower() not in {recogniser.LANGUAGE, "multi"}:
            raise UnreadableError(
                f"The emulator has no transcript of {recording.name!r}, and its recogniser "
                f"supports only English, not {language!r}: {hint}."
            )
        recognise = recogniser.recognise_channels if by_channel else recogniser.recognise
        return Transcript(tuple(recognise(recording, self._check)), duration)
