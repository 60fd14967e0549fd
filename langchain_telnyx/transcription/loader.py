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
from langchain_telnyx.transcription.error_policy import OnError, Outcomes
from langchain_telnyx.transcription.flows import Transcriber
from langchain_telnyx.transcription.options import Mode, request
from langchain_telnyx.transcription.recordings import (
    Input,
    Recording,
    common_prefix,
    found,
    in_bucket,
    listed,
    of_blob,
)
from langchain_telnyx.transcription.single_flight import Flights
from langchain_telnyx.types import UntimedOptions

Result = list[Document] | Exception


class TelnyxTranscriptionLoader(Closing, BaseLoader):
    """Loads what recordings say: one document a recording, sentence, word, turn or subtitle file.

    Loading is lazy: nothing is sent before the first document is asked for, and never more than
    `max_concurrency` recordings are ahead of the reader. Documents come in the order of the
    recordings. A recording is one request, repeated by the client where that helps. What a model
    would refuse is refused before anything is sent. A loader may be loaded any number of times.

    Metadata, each where it is known; times are in seconds: `source`; `model`; `language`;
    `duration` of the recording; `start` and `end` of the document; `position`, counted from 0
    within the recording; `confidence`, 0 to 1, of a word, or the mean of a document's words;
    `speakers`, numbers counted from 0 or names, or `speaker` of a word or turn; `channel`, where
    the model was asked for `multichannel`, with which speakers are counted for each channel;
    `estimated`, where the model gave no usable times, so that they lie between those it gave;
    `unreadable`, the parts of the answer that could not be read.

    API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text

    Args:
        inputs: One recording or many, in lists or other iterables, also nested: paths (`str`,
            `os.PathLike`, `file://` URLs; `~` is the home folder), folders, patterns such as
            `calls/**/*.mp3`, `http(s)` addresses that the service can fetch without a key, `bytes`,
            `bytearray`, `memoryview`, pairs of a file name and bytes, files open for reading bytes,
            and blobs. With `bucket`: keys and patterns of keys.
        bucket: A Telnyx bucket to take the recordings from; without `inputs`, all that are in it.
        mode: What a document holds: `text`, the whole recording; `transcript`, the same with who
            speaks and when, a turn a line; `segments`, as the model tells them; `sentences`;
            `words`; `speakers`, a turn of a speaker or channel; `srt` or `vtt`, the recording as a
            file of subtitles.
        model: The model. Default: `openai/whisper-large-v3-turbo` for `text`, which takes every
            format and most languages; else `deepgram/nova-3`, which takes mp3 and wav.
        language: The language of the recordings, such as `en-US`. Default: the model decides.
        diarize: Whether to tell speakers apart. Default: where the mode needs it.
        model_config: More options of the model, such as `{"numerals": True}`, over those that
            the mode needs.
        speakers: Names of speakers, such as `{0: "Agent", "channel-1": "Caller"}`: by number, by
            channel, or by the pair of both; they stand for the numbers in metadata and subtitles.
        on_error: What a recording that fails does. `raise` raises `PartialError`, which holds the
            documents made before, and so keeps them all while it loads. `skip` logs a warning.
            `document` yields an empty document with `error` and `error_type` in its metadata.
        manifest: A file to keep answers in, so that loading again, with the same or with another
            mode, pays for no recording twice; `langchain_telnyx._shared.manifest` documents it.
        max_concurrency: Recordings at a time.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        timeout: Seconds of silence to bear: an answer comes when all is transcribed.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `max_retries`, `http_client`, `http_async_client`,
            `storage_url`, `region`: see `Telnyx`.

    Raises:
        ConfigurationError: The model does not tell what the mode needs, or refuses an option; or
            there is nothing to load. While loading: the manifest cannot be read or written.
        TypeError: An input is of another kind than those above.
        PartialError: While loading: a recording failed. `failed` holds the reason, `partial` the
            documents of the recordings before it, whose sources are in `done`.
        AuthenticationError: While loading: the key is wrong; whatever `on_error` says. With `raise`
            its `partial` has the documents made before, as that of every error here.

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
                f"`on_error` is one of {', '.join(map(repr, get_args(OnError)))}, not {on_error!r}."
            )
        if max_concurrency < 1:
            raise ConfigurationError(f"`max_concurrency` is 1 at least, not {max_concurrency}.")
        self._inputs = listed(inputs)
        self._bucket = None if bucket is None else checked_bucket_name(bucket)
        _check_inputs(self._inputs, bucket)
        self._wanted = request(
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
        """Yield documents as they are read; closing the iterator begins no more recordings."""
        recordings = self._telnyx.send(self._recordings())
        each = self._telnyx.send_each(self._flows(recordings), width=self._max_concurrency)
        outcomes = Outcomes(self._on_error, self._wanted.model)
        with (
            self._progress(recordings) as bar,
            outcomes.kept_on_errors(recordings),
            closing(each) as results,
        ):
            for number, result in enumerate(results):
                documents = outcomes.take(recordings[number], result)
                bar.to(number + 1)
                yield from documents

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield documents as they are read; closing the iterator ends what is under way."""
        recordings = await self._telnyx.aio.send(self._recordings())
        each = self._telnyx.aio.send_each(self._flows(recordings), width=self._max_concurrency)
        outcomes = Outcomes(self._on_error, self._wanted.model)
        with self._progress(recordings) as bar, outcomes.kept_on_errors(recordings):
            async with aclosing(each) as results:
                number = 0
                async for result in results:
                    documents = outcomes.take(recordings[number], result)
                    number += 1
                    bar.to(number)
                    for document in documents:
                        yield document

    def _recordings(self) -> Flow[list[Recording]]:
        if self._bucket is None:
            return (yield from run_external(partial(found, self._inputs)))
        patterns = [str(given) for given in self._inputs]
        objects: dict[str, StoredObject] = {}
        for prefix in {common_prefix(pattern) for pattern in patterns} or {""}:
            page = yield from every(
                self._telnyx.calls.storage.list_objects(self._bucket, prefix=prefix or None)
            )
            objects |= {each.key: each for each in page}
        return in_bucket(self._bucket, objects.values(), patterns)

    def _flows(self, recordings: list[Recording]) -> Iterator[Callable[[], Steps[Result]]]:
        kept = None if self._manifest is None else Manifest(self._manifest)
        under_way = Flights() if kept is None and len(recordings) > 1 else None
        transcriber = Transcriber(self._telnyx.calls, self._wanted, kept, under_way)
        return (partial(transcriber.attempt, recording) for recording in recordings)

    def _progress(self, recordings: list[Recording]) -> Any:
        return progress("Transcribing", len(recordings), show=self._show_progress)


class TelnyxTranscriptionParser(Closing, BaseBlobParser):
    """Parses recordings in blobs, for `GenericLoader` and other blob loaders.

    A blob's metadata is kept under the keys that `TelnyxTranscriptionLoader` documents; the
    format is told by the path's extension, else by the media type, else by how the bytes begin.

    API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text

    Args:
        mode: What a document holds: see `TelnyxTranscriptionLoader`.
        model: The model.
        language: The language of the recordings.
        diarize: Whether to tell speakers apart.
        model_config: More options of the model.
        speakers: Names of speakers, by number or channel.
        timeout: Seconds of silence to bear.
        client: A `Telnyx` to use instead of the options below.
        **options: The other options of `Telnyx`.

    Raises:
        ConfigurationError: The model does not tell what the mode needs, or refuses an option.

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
        self._wanted = request(
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
        """Yield what a recording says.

        Raises:
            TelnyxError: The service failed, or told too little for the mode.
            OSError: The recording cannot be read.
            ValueError: The model does not take its format.
        """
        yield from self._telnyx.send(self._flow(blob))

    async def alazy_parse(self, blob: Blob) -> AsyncIterator[Document]:
        """Yield what a recording says; see `lazy_parse`."""
        for document in await self._telnyx.aio.send(self._flow(blob)):
            yield document

    def _flow(self, blob: Blob) -> Flow[list[Document]]:
        return Transcriber(self._telnyx.calls, self._wanted).documents(of_blob(blob))


def _check_inputs(inputs: list[Input], bucket: str | None) -> None:
    if bucket is None and not inputs:
        raise ConfigurationError("There is nothing to load: give recordings, or a `bucket`.")
    if bucket is not None and (strange := [each for each in inputs if not isinstance(each, str)]):
        raise ConfigurationError(
            f"With `bucket`, recordings are keys or patterns of keys, not "
            f"{type(strange[0]).__name__}."
        )
