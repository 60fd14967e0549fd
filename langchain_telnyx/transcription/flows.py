"""The flow of one recording: look it up, else send it, and make documents of the answer."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx._shared.manifest import Manifest, ManifestWriteError, digest, manifest_key
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.attempts import read
from langchain_telnyx.client.audio_files import named
from langchain_telnyx.client.call import Call, Flow, Reply
from langchain_telnyx.client.decode import data, unwrapped
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import (
    APIResponseError,
    AuthenticationError,
    ConfigurationError,
    FileTooLargeError,
    TelnyxError,
)
from langchain_telnyx.client.flows import outside
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.client.redaction import Redactor
from langchain_telnyx.transcription.addresses import split
from langchain_telnyx.transcription.documents import documents
from langchain_telnyx.transcription.options import TranscriptionRequest
from langchain_telnyx.transcription.recordings import Address, Recording, Stored, Unfound, opened
from langchain_telnyx.transcription.single_flight import Flights

_LARGEST = 100 * 1024 * 1024
_ERRORS = {"detail", "error", "errors"}
_STORED: Call[Transcription] = Call("GET", "", data(Transcription))


@dataclass(frozen=True, slots=True)
class Transcriber:
    """Makes documents of recordings.

    Attributes:
        calls: Describes calls.
        request: What is wanted of them.
        manifest: Where answers are kept.
        flights: What is under way; for several recordings without a manifest.
    """

    calls: Namespaces[DeferredCalls]
    request: TranscriptionRequest
    manifest: Manifest | None = None
    flights: Flights | None = None

    def documents(self, recording: Recording) -> Flow[list[Document]]:
        """Return what a recording says.

        Raises:
            TelnyxError: The service failed, or told too little for the mode; of an answer that
                cannot be read it is an `APIResponseError`, whose `response` holds the answer.
            OSError: The recording, or the manifest, cannot be read.
            ValueError: The model does not take the recording's format, or it is empty.
        """
        try:
            answer = yield from self._answer(recording)
            return self._made(answer, recording)
        except TelnyxError as error:
            if isinstance(recording.content, Address):
                # Servers quote what they are sent.
                for secret in split(recording.content.url).secrets:
                    Redactor(secret).error(error)
            raise

    def attempt(self, recording: Recording) -> Flow[list[Document] | Exception]:
        """Return what a recording says, or the error that concerns this recording alone.

        Raises:
            TelnyxError: An error that every recording would meet.
        """
        try:
            return (yield from self.documents(recording))
        except ManifestWriteError as error:
            error.partial = self._made(error.answer, recording)  # it was paid for
            raise
        except (AuthenticationError, ConfigurationError):
            raise
        except (TelnyxError, OSError, ValueError, TypeError) as error:
            return error

    def _made(self, answer: Any, recording: Recording) -> list[Document]:
        metadata = {**recording.metadata, "source": recording.source}
        reply = _reply(answer, recording)
        transcription = read(reply, _STORED)
        try:
            return documents(transcription, self.request, metadata)
        except (TelnyxError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise APIResponseError(str(error), reply) from error

    def _answer(self, recording: Recording) -> Flow[Any]:
        match recording.content:
            case Unfound(error):
                raise error
            case Address(url):
                self.request.check_address(recording.name)
                what = f"url:{split(url).key}"
                return (yield from self._once(recording, what, self._sent(file_url=url)))
            case Stored():
                return (yield from self._stored(recording, recording.content))
            case _:
                name, content = yield from outside(partial(opened, recording))
                self.request.check(name)
                what = ""
                if self.manifest is not None or self.flights is not None:
                    what = yield from outside(partial(digest, content))
                return (yield from self._once(recording, what, self._sent(content, filename=name)))

    def _stored(self, recording: Recording, stored: Stored) -> Flow[Any]:
        found = stored.object
        if found.size > _LARGEST:
            raise FileTooLargeError(
                f"{found.key!r} has {found.size:,} bytes, and Telnyx transcribes {_LARGEST:,} at "
                f"most: compress it, as mp3 for instance, or cut it."
            )

        def fetched() -> Flow[Any]:
            # Through a file here: by its address the service refuses what tells no length.
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "recording")
                yield from self.calls.storage.download(stored.bucket, found.key, file)
                name = yield from outside(partial(named, recording.name, file))
                self.request.check(name)
                return (yield from self._sent(file, filename=name)())

        # The entity tag is a hash of the content, and needs no download.
        what = f"etag:{found.etag or (stored.bucket, found.key, found.last_modified)}:{found.size}"
        return (yield from self._once(recording, what, fetched))

    def _sent(
        self, file: bytes | Path | None = None, **of_recording: Any
    ) -> Callable[[], Flow[Any]]:
        def send() -> Flow[Any]:
            call: Any = self.calls.audio.transcribe(
                file, timeout=self.request.timeout, **of_recording, **self.request.options
            )
            # Read later: what was paid for is kept first.
            answer = yield from replace(call, decode=_raw)
            return answer

        return send

    def _once(self, recording: Recording, what: str, ask: Callable[[], Flow[Any]]) -> Flow[Any]:
        """Take the answer from the manifest, or from what is under way, or ask."""
        key = manifest_key(what, self.request.options)
        if self.manifest is not None:
            return (yield from self.manifest.once(key, recording.label, ask, keeps=_is_answer))
        if self.flights is not None:
            return (yield from self.flights.once(key, ask))
        return (yield from ask())


def _raw(reply: Reply) -> Any:
    """Return an answer as JSON has it; text that is no JSON as it is."""
    try:
        return unwrapped(reply.json())
    except (ValueError, RecursionError):
        if "json" not in reply.headers.get("content-type", ""):
            raise  # such as a proxy's page: nobody has transcribed anything
        return reply.text


def _is_answer(answer: Any) -> bool:
    """Return whether an answer was made of a recording, so that it is worth keeping."""
    if isinstance(answer, dict):
        return bool(answer) and ("text" in answer or not _ERRORS & answer.keys())
    return bool(answer)


def _reply(answer: Any, recording: Recording) -> Reply:
    """Return an answer as a reply, for an error to hold."""
    content = answer if isinstance(answer, str) else json.dumps(answer)
    headers = {"content-type": "application/json"}
    return Reply(
        200, headers, content.encode("utf-8", "replace"), f"transcribe {recording.label!r}"
    )
