"""`TelnyxTranscriptionLoader`, `TelnyxTranscriptionParser`: recordings as documents."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, closing
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Unpack, get_args

from langchain_core.document_loaders import BaseBlobParser, BaseLoader
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.connect import connect
from langchain_telnyx._shared.manifest import Manifest
from langchain_telnyx._shared.progress import progress
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.storage import StoredObject, checked_bucket_name
from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.flows import every, run_external
from langchain_telnyx.transcription.error_policy import OnError, ResultCollector
from langchain_telnyx.transcription.flows import Transcriber
from langchain_telnyx.transcription.options import Mode, transcription_request
from langchain_telnyx.transcription.recordings import (
    Input,
    Recording,
    blob_recording,
    bucket_recordings,
    common_prefix,
    find_recordings,
    flatten_inputs,
)
from langchain_telnyx.transcription.single_flight import SingleFlight
from langchain_telnyx.types import UntimedOptions

Result = list[Document] | Exception


class TelnyxTranscriptionLoader(Closing, BaseLoader):
    """Transcribes recordings to documents: per recording, sentence, word, turn or subtitle file.

    Loading is lazy: no request is sent before the first document is read, and at most
    `max_concurrency` recordings are processed ahead of the reader. Documents are in the order of
    the recordings. Each recording is one request, with the client's retries. Options that the model
    does not support raise an error before any request. A loader can be used any number of times.

    Metadata, if available; times are in seconds: `source`; `model`; `language`; `duration` of the
    recording; `start` and `end` of the document; `position` within the recording, from 0;
    `confidence` from 0 to 1, of a word, or the mean of a document's words; `speakers`, numbers from
    0 or names, or `speaker` of a word or turn; `channel`, with the option `multichannel`, where
    speakers are counted per channel; `estimated`, if the model returned no usable times, and they
    are interpolated; `unreadable`, the parts of the response that could not be parsed.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/transcription.md

    API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text

    Args:
        inputs: One recording or many, in lists or other iterables, also nested: paths (`str`,
            `os.PathLike`, `file://` URLs; `~` is the home folder), folders, patterns such as
            `calls/**/*.mp3`, `http(s)` addresses that the service can fetch without a key, `bytes`,
            `bytearray`, `memoryview`, pairs of a file name and bytes, files open for reading bytes,
            and blobs. With `bucket`: keys and patterns of keys.
        bucket: A Telnyx bucket with the recordings. Without `inputs`, all its recordings.
        mode: The content of a document: `text`, the whole recording; `transcript`, one line per
            turn with speaker and time; `segments` of the model; `sentences`; `words`; `speakers`,
            the turns of speakers or channels; `srt` or `vtt`, a subtitle file of the recording.
        model: The model. Default: `openai/whisper-large-v3-turbo` for `text`, which supports all
            formats and most languages; else `deepgram/nova-3`, which supports mp3 and wav.
        language: The language of the recordings, such as `en-US`. Default: the model detects it.
        diarize: Whether to identify speakers. Default: if the mode needs it.
        model_config: Additional options of the model, such as `{"numerals": True}`. They override
            those that the mode needs.
        speakers: Names of speakers, such as `{0: "Agent", "channel-1": "Caller"}`: by number, by
            channel, or by a pair of both. They replace the numbers in metadata and subtitles.
        on_error: What to do if a recording fails. `raise` raises `PartialError` with the documents
            so far, so all documents stay in memory. `skip` logs a warning. `document` yields an
            empty document with `error` and `error_type` in its metadata.
        manifest: A file for results, so that no recording is paid twice, even with another mode;
            `langchain_telnyx._shared.manifest` documents the format.
        max_concurrency: Number of recordings to process at a time.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        timeout: Read timeout in seconds. The response arrives after the whole transcription.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `max_retries`, `http_client`, `http_async_client`,
            `storage_url`, `region`: see `Telnyx`.

    Raises:
        ConfigurationError: The model does not return the details that the mode needs, or does not
            support an option; or there are no inputs. During loading: the manifest cannot be read
            or written.
        TypeError: An input has an unsupported type.
        PartialError: During loading: a recording failed. `failed` has its error, `partial` the
            documents of the recordings before it, and `done` their sources.
        AuthenticationError: During loading: the key is wrong, for any `on_error`. With `raise`, its
            `partial` has the documents so far, as for every error here.

    Example:
        ```python
        from langchain_telnyx import TelnyxTranscriptionLoader

        loader = TelnyxTranscriptionLoader("calls/", mode="speakers", manifest="calls.jsonl")
        for turn in loader.lazy_load():
            print(turn.metadata["source"], turn.metadata["speaker"], turn.page_content)
        ```
    """

    def __init__(
        self,
        inputs: Input | Iterable[Input | Iterable[Input]] | None = None,
        *,
        bucket: str | None = None,
        mode: Mode = "text",
        model: str | None = None,
        language: str | None = None,
        diarize: bool | None = None,
        model_config: Mapping[str, Any] | None = None,
        speakers: Mapping[Any, str] | None = None,
        on_error: OnError = "raise",
        manifest: str | PathLike[str] | None = None,
        max_concurrency: int = 4,
        show_progress: bool = False,
        timeout: float = 600.0,
        client: Telnyx | None = None,
        **options: Unpack[UntimedOptions],
    ) -> None:
        if on_error not in get_args(OnError):
            raise ConfigurationError(
                f"`on_error` must be one of {', '.join(map(repr, get_args(OnError)))}, not "
                f"{on_error!r}."
            )
        if max_concurrency < 1:
            raise ConfigurationError(
                f"`max_concurrency` must be at least 1, not {max_concurrency}."
            )
        self._inputs = flatten_inputs(inputs)
        self._bucket = None if bucket is None else checked_bucket_name(bucket)
        _check_inputs(self._inputs, bucket)
        self._request = transcription_request(
            mode,
            model=model,
            language=language,
            diarize=diarize,
            model_config=model_config,
            timeout=timeout,
            speakers=speakers,
        )
        self._on_error: OnError = on_error
        self._manifest = None if manifest is None else Path(manifest)
        self._max_concurrency = max_concurrency
        self._show_progress = show_progress
        self._telnyx = connect(client, **options)
        self._own = None if client is not None else self._telnyx

    def lazy_load(self) -> Iterator[Document]:
        """Yield documents one by one. Closing the iterator starts no more recordings."""
        recordings = self._telnyx.send(self._recordings())
        each = self._telnyx.send_each(self._flows(recordings), width=self._max_concurrency)
        collector = ResultCollector(self._on_error, self._request.model)
        with (
            self._progress(recordings) as bar,
            collector.partial_on_errors(recordings),
            closing(each) as results,
        ):
            for number, result in enumerate(results):
                documents = collector.add(recordings[number], result)
                bar.to(number + 1)
                yield from documents

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield documents one by one. Closing the iterator cancels the requests in progress."""
        recordings = await self._telnyx.aio.send(self._recordings())
        each = self._telnyx.aio.send_each(self._flows(recordings), width=self._max_concurrency)
        collector = ResultCollector(self._on_error, self._request.model)
        with self._progress(recordings) as bar, collector.partial_on_errors(recordings):
            async with aclosing(each) as results:
                number = 0
                async for result in results:
                    documents = collector.add(recordings[number], result)
                    number += 1
                    bar.to(number)
                    for document in documents:
                        yield document

    def _recordings(self) -> Flow[list[Recording]]:
        if self._bucket is None:
            return (yield from run_external(partial(find_recordings, self._inputs)))
        patterns = [str(each) for each in self._inputs]
        objects: dict[str, StoredObject] = {}
        for prefix in {common_prefix(pattern) for pattern in patterns} or {""}:
            page = yield from every(
                self._telnyx.calls.storage.list_objects(self._bucket, prefix=prefix or None)
            )
            objects |= {each.key: each for each in page}
        return bucket_recordings(self._bucket, objects.values(), patterns)

    def _flows(self, recordings: list[Recording]) -> Iterator[Callable[[], Steps[Result]]]:
        manifest = None if self._manifest is None else Manifest(self._manifest)
        single_flight = SingleFlight() if manifest is None and len(recordings) > 1 else None
        transcriber = Transcriber(self._telnyx.calls, self._request, manifest, single_flight)
        return (partial(transcriber.attempt, recording) for recording in recordings)

    def _progress(self, recordings: list[Recording]) -> Any:
        return progress("Transcribing", len(recordings), show=self._show_progress)


class TelnyxTranscriptionParser(Closing, BaseBlobParser):
    """Parses recordings in blobs, for `GenericLoader` and other blob loaders.

    Documents have the blob's metadata, and the metadata of `TelnyxTranscriptionLoader`, which
    overrides it. The format comes from the path's extension, else from the media type, else from
    the first bytes.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/transcription.md

    API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text

    Args:
        mode: The content of a document: see `TelnyxTranscriptionLoader`.
        model: The model.
        language: The language of the recordings.
        diarize: Whether to identify speakers.
        model_config: Additional options of the model.
        speakers: Names of speakers, by number or channel.
        timeout: Read timeout in seconds.
        client: A `Telnyx` client to use instead of the options below.
        **options: The other options of `Telnyx`.

    Raises:
        ConfigurationError: The model does not return the details that the mode needs, or does not
            support an option.

    Example:
        ```python
        from langchain_core.documents.base import Blob
        from langchain_telnyx import TelnyxTranscriptionParser

        parser = TelnyxTranscriptionParser(mode="sentences")
        parser.parse(Blob.from_path("call.wav"))
        ```
    """

    def __init__(
        self,
        *,
        mode: Mode = "text",
        model: str | None = None,
        language: str | None = None,
        diarize: bool | None = None,
        model_config: Mapping[str, Any] | None = None,
        speakers: Mapping[Any, str] | None = None,
        timeout: float = 600.0,
        client: Telnyx | None = None,
        **options: Unpack[UntimedOptions],
    ) -> None:
        self._request = transcription_request(
            mode,
            model=model,
            language=language,
            diarize=diarize,
            model_config=model_config,
            timeout=timeout,
            speakers=speakers,
        )
        self._telnyx = connect(client, **options)
        self._own = None if client is not None else self._telnyx

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield the documents of a recording.

        Raises:
            TelnyxError: The service failed, or returned too little for the mode.
            OSError: The recording cannot be read.
            ValueError: The model does not support its format.
        """
        yield from self._telnyx.send(self._flow(blob))

    async def alazy_parse(self, blob: Blob) -> AsyncIterator[Document]:
        """Yield the documents of a recording; see `lazy_parse`."""
        for document in await self._telnyx.aio.send(self._flow(blob)):
            yield document

    def _flow(self, blob: Blob) -> Flow[list[Document]]:
        return Transcriber(self._telnyx.calls, self._request).documents(blob_recording(blob))


def _check_inputs(inputs: list[Input], bucket: str | None) -> None:
    if bucket is None and not inputs:
        raise ConfigurationError("No inputs: pass recordings, or a `bucket`.")
    if bucket is not None and (invalid := [each for each in inputs if not isinstance(each, str)]):
        raise ConfigurationError(
            f"With `bucket`, inputs must be keys or patterns of keys, not "
            f"{type(invalid[0]).__name__}."
        )
