"""The flow of one recording: look up its result or send it, then create documents."""

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
from langchain_telnyx.client.attempts import read_reply
from langchain_telnyx.client.audio_files import filename_for
from langchain_telnyx.client.call import Call, Flow, Reply
from langchain_telnyx.client.decode import data, unwrap
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import (
    APIResponseError,
    AuthenticationError,
    ConfigurationError,
    FileTooLargeError,
    TelnyxError,
)
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.client.redaction import Redactor
from langchain_telnyx.transcription.addresses import split_signature
from langchain_telnyx.transcription.documents import documents
from langchain_telnyx.transcription.options import TranscriptionRequest
from langchain_telnyx.transcription.recordings import (
    Address,
    Recording,
    StoredRecording,
    Unreadable,
    open_recording,
)
from langchain_telnyx.transcription.single_flight import SingleFlight

_LARGEST = 100 * 1024 * 1024
_ERRORS = {"detail", "error", "errors"}
_TRANSCRIPTION: Call[Transcription] = Call("GET", "", data(Transcription))


@dataclass(frozen=True, slots=True)
class Transcriber:
    """Transcribes recordings to documents.

    Attributes:
        calls: The client's deferred calls.
        request: The options of the transcription.
        manifest: Stores results.
        single_flight: The requests in progress, for several recordings without a manifest.
    """

    calls: Namespaces[DeferredCalls]
    request: TranscriptionRequest
    manifest: Manifest | None = None
    single_flight: SingleFlight | None = None

    def documents(self, recording: Recording) -> Flow[list[Document]]:
        """Return the documents of a recording.

        Raises:
            TelnyxError: The service failed, or returned too little for the mode. For a result that
                cannot be parsed, it is an `APIResponseError` with the result in `response`.
            OSError: The recording, or the manifest, cannot be read.
            ValueError: The model does not support the recording's format, or the recording is
                empty.
        """
        try:
            result = yield from self._result(recording)
            return self._to_documents(result, recording)
        except TelnyxError as error:
            if isinstance(recording.content, Address):
                # Servers quote addresses in errors.
                for secret in split_signature(recording.content.url).secrets:
                    Redactor(secret).error(error)
            raise

    def attempt(self, recording: Recording) -> Flow[list[Document] | Exception]:
        """Return the documents of a recording, or an error of this recording.

        Raises:
            TelnyxError: An error that concerns all recordings.
        """
        try:
            return (yield from self.documents(recording))
        except ManifestWriteError as error:
            error.partial = self._to_documents(error.answer, recording)  # the request was paid
            raise
        except (AuthenticationError, ConfigurationError):
            raise
        except (TelnyxError, OSError, ValueError, TypeError) as error:
            return error

    def _to_documents(self, result: Any, recording: Recording) -> list[Document]:
        metadata = {**recording.metadata, "source": recording.source}
        reply = _reply(result, recording)
        transcription = read_reply(reply, _TRANSCRIPTION)
        try:
            return documents(transcription, self.request, metadata)
        except (TelnyxError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise APIResponseError(str(error), reply) from error

    def _result(self, recording: Recording) -> Flow[Any]:
        match recording.content:
            case Unreadable(error):
                raise error
            case Address(url):
                self.request.check_address(recording.name)
                content_id = f"url:{split_signature(url).key}"
                return (
                    yield from self._get_or_request(recording, content_id, self._send(file_url=url))
                )
            case StoredRecording():
                return (yield from self._stored(recording, recording.content))
            case _:
                name, content = yield from run_external(partial(open_recording, recording))
                self.request.check(name)
                content_id = ""
                if self.manifest is not None or self.single_flight is not None:
                    content_id = yield from run_external(partial(digest, content))
                return (
                    yield from self._get_or_request(
                        recording, content_id, self._send(content, filename=name)
                    )
                )

    def _stored(self, recording: Recording, stored: StoredRecording) -> Flow[Any]:
        item = stored.object
        if item.size > _LARGEST:
            raise FileTooLargeError(
                f"{item.key!r} has {item.size:,} bytes; the maximum is {_LARGEST:,}. Compress it, "
                f"for example to mp3, or split it."
            )

        def download_and_send() -> Flow[Any]:
            # Through a local file: the service refuses addresses without a content length.
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "recording")
                yield from self.calls.storage.download(stored.bucket, item.key, file)
                name = yield from run_external(partial(filename_for, recording.name, file))
                self.request.check(name)
                return (yield from self._send(file, filename=name)())

        # The ETag is a hash of the content, known without a download.
        content_id = (
            f"etag:{item.etag or (stored.bucket, item.key, item.last_modified)}:{item.size}"
        )
        return (yield from self._get_or_request(recording, content_id, download_and_send))

    def _send(
        self, file: bytes | Path | None = None, **of_recording: Any
    ) -> Callable[[], Flow[Any]]:
        def send() -> Flow[Any]:
            call: Any = self.calls.audio.transcribe(
                file, timeout=self.request.timeout, **of_recording, **self.request.options
            )
            # Parsed later: the raw result is stored first.
            result = yield from replace(call, decode=_raw)
            return result

        return send

    def _get_or_request(
        self, recording: Recording, content_id: str, request: Callable[[], Flow[Any]]
    ) -> Flow[Any]:
        """Return the result from the manifest or from a request in progress, or send a request."""
        key = manifest_key(content_id, self.request.options)
        if self.manifest is not None:
            return (
                yield from self.manifest.get_or_request(
                    key, recording.label, request, is_valid=_is_valid
                )
            )
        if self.single_flight is not None:
            return (yield from self.single_flight.get_or_request(key, request))
        return (yield from request())


def _raw(reply: Reply) -> Any:
    """Return a response body as JSON, or else as text."""
    try:
        return unwrap(reply.json())
    except (ValueError, RecursionError):
        if "json" not in reply.headers.get("content-type", ""):
            raise  # not a transcription, for example a proxy's page
        return reply.text


def _is_valid(result: Any) -> bool:
    """Return whether a result is a transcription, and so worth storing."""
    if isinstance(result, dict):
        return bool(result) and ("text" in result or not _ERRORS & result.keys())
    return bool(result)


def _reply(result: Any, recording: Recording) -> Reply:
    """Return a result as a reply, for an error."""
    content = result if isinstance(result, str) else json.dumps(result)
    headers = {"content-type": "application/json"}
    return Reply(
        200, headers, content.encode("utf-8", "replace"), f"transcribe {recording.label!r}"
    )
