"""The flow of one recording: look it up, else send it, and make documents of the answer."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx._audio.asking import Wanted
from langchain_telnyx._audio.documents import documents
from langchain_telnyx._audio.recordings import Address, Recording, Stored, opened
from langchain_telnyx._manifest import Manifest, digest, key_of
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import Described
from langchain_telnyx.client.errors import (
    AuthenticationError,
    ConfigurationError,
    FileTooLargeError,
    TelnyxError,
)
from langchain_telnyx.client.flows import outside
from langchain_telnyx.client.namespaces import Namespaces

_LARGEST = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Transcriber:
    """Makes documents of recordings.

    Attributes:
        calls: Describes calls.
        wanted: What is wanted of them.
        manifest: Where answers are kept.
    """

    calls: Namespaces[Described]
    wanted: Wanted
    manifest: Manifest | None = None

    def documents(self, recording: Recording) -> Flow[list[Document]]:
        """Return what a recording says.

        Raises:
            TelnyxError: The service failed, or told too little for the mode.
            OSError: The recording, or the manifest, cannot be read.
            ValueError: The model does not take the recording's format.
        """
        told = yield from self._told(recording)
        metadata = {**recording.metadata, "source": recording.source}
        return documents(told, self.wanted, metadata)

    def attempt(self, recording: Recording) -> Flow[list[Document] | Exception]:
        """Return what a recording says, or the error that concerns this recording alone.

        Raises:
            TelnyxError: An error that every recording would meet.
        """
        try:
            return (yield from self.documents(recording))
        except (AuthenticationError, ConfigurationError):
            raise
        except (TelnyxError, OSError, ValueError) as error:
            return error

    def _told(self, recording: Recording) -> Flow[Transcription]:
        match recording.content:
            case Address(url):
                self.wanted.check(recording.name)
                return (yield from self._kept(recording, f"url:{url}", self._sent(file_url=url)))
            case Stored():
                return (yield from self._stored(recording, recording.content))
            case _:
                name, content = yield from outside(partial(opened, recording))
                self.wanted.check(name)
                what = ""
                if self.manifest is not None:
                    what = yield from outside(partial(digest, content))
                return (yield from self._kept(recording, what, self._sent(content, filename=name)))

    def _stored(self, recording: Recording, stored: Stored) -> Flow[Transcription]:
        self.wanted.check(recording.name)
        found = stored.object
        if found.size > _LARGEST:
            raise FileTooLargeError(
                f"{found.key!r} has {found.size:,} bytes, and Telnyx transcribes {_LARGEST:,} at "
                f"most: compress it, as mp3 for instance, or cut it."
            )

        def fetched() -> Flow[Transcription]:
            # Through a file here: by its address the service refuses what tells no length.
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "recording")
                yield from self.calls.storage.download(stored.bucket, found.key, file)
                return (yield from self._sent(file, filename=recording.name)())

        # The entity tag is a hash of the content, and needs no download.
        what = f"etag:{found.etag or (stored.bucket, found.key, found.last_modified)}:{found.size}"
        return (yield from self._kept(recording, what, fetched))

    def _sent(
        self, file: bytes | Path | None = None, **of_recording: Any
    ) -> Callable[[], Flow[Transcription]]:
        def send() -> Flow[Transcription]:
            return (
                yield from self.calls.audio.transcribe(
                    file, timeout=self.wanted.timeout, **of_recording, **self.wanted.options
                )
            )

        return send

    def _kept(
        self, recording: Recording, what: str, ask: Callable[[], Flow[Transcription]]
    ) -> Flow[Transcription]:
        """Take the answer from the manifest, or ask and keep it there."""
        if self.manifest is None:
            return (yield from ask())
        key = key_of(what, self.wanted.options)
        kept = yield from outside(partial(self.manifest.find, key))
        if kept is not None:
            return Transcription.model_validate(kept)
        told = yield from ask()
        answer = told.model_dump(mode="json", exclude_none=True)
        try:
            yield from outside(partial(self.manifest.keep, key, recording.label, answer))
        except OSError as error:
            raise ConfigurationError(
                f"The manifest cannot be written: {error} Choose another file, or load without."
            ) from error
        return told
