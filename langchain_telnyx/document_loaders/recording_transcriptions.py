"""`TelnyxRecordingTranscriptionLoader`: stored transcriptions of call recordings, as documents."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Literal, Unpack

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.connect import connect
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.recording_transcriptions import RecordingTranscription
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import ConfigurationError, ListingError, TelnyxError
from langchain_telnyx.client.listing import Pager
from langchain_telnyx.types import TelnyxOptions

logger = logging.getLogger(__name__)

_COMPLETED = "completed"
_LARGEST_PAGE = 250


class TelnyxRecordingTranscriptionLoader(Closing, BaseLoader):
    """Loads the transcriptions of call recordings that Telnyx made, newest first.

    Each transcription is a document; the id is the transcription's. The metadata are `source` and
    `recording_id` (the recording's id), `status`, `duration` (seconds), `created_at` and
    `updated_at` (ISO 8601), and any other field of the service. To transcribe a file of your own,
    use `TelnyxTranscriptionLoader`.

    A transcription in progress has no text. By default it is skipped and logged; with
    `incomplete="document"` its document is empty, and `status` is its status.

    Building a loader does no I/O. Loading is lazy: the next page is fetched while the caller
    iterates.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/transcription.md#recordings-that-telnyx-transcribed

    API page: https://developers.telnyx.com/api-reference/call-recordings/list-all-recording-transcriptions

    Args:
        transcription_ids: The ids of the transcriptions to load. Default: all that are listed.
        recording_id: Only transcriptions of this recording.
        since: Only transcriptions that were created at this time or later. A time without a zone
            is UTC, a date its beginning.
        until: Only transcriptions that were created at this time or earlier; a date includes the
            whole day.
        limit: Maximum number of documents.
        incomplete: What to do with a transcription in progress: `skip` and log it, or yield an
            empty `document`.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, …: see `Telnyx`.

    Raises:
        ConfigurationError: An option is invalid.
        NotFoundError: At loading: one of `transcription_ids` does not exist.
        ListingError: At loading: the listing is incomplete. It is raised after the documents that
            were listed; `load` has them in `partial`.

    Example:
        ```python
        from datetime import date

        from langchain_telnyx import TelnyxRecordingTranscriptionLoader

        loader = TelnyxRecordingTranscriptionLoader(since=date(2026, 1, 1))
        for document in loader.lazy_load():
            print(document.metadata["recording_id"], document.page_content)
        ```
    """

    def __init__(
        self,
        *,
        transcription_ids: Sequence[str] | None = None,
        recording_id: str | None = None,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        limit: int | None = None,
        incomplete: Literal["skip", "document"] = "skip",
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        if isinstance(transcription_ids, str):
            raise ConfigurationError(
                f"`transcription_ids` must be a list, not {transcription_ids!r}."
            )
        filters = {"recording_id": recording_id, "since": since, "until": until, "limit": limit}
        given = [f"`{name}`" for name, value in filters.items() if value is not None]
        if transcription_ids is not None and given:
            raise ConfigurationError(f"`transcription_ids` excludes {', '.join(given)}.")
        if limit is not None and limit < 0:
            raise ConfigurationError(f"`limit` must be at least 0, not {limit}.")
        if incomplete not in {"skip", "document"}:
            raise ConfigurationError(
                f"`incomplete` is {incomplete!r}; it must be `skip` or `document`."
            )
        self._ids = None if transcription_ids is None else list(transcription_ids)
        self._recording_id = recording_id
        self._filters = {
            "recording_id": recording_id,
            "since": _time(since, time.min),
            "until": _time(until, time.max),
        }
        self._limit = limit
        self._incomplete = incomplete
        self._telnyx = connect(client, **options)
        self._own = None if client is not None else self._telnyx

    def load(self) -> list[Document]:
        """Return all documents.

        Raises:
            ListingError: The listing is incomplete; `partial` has the documents before the error.
            TelnyxError: See `lazy_load`.
        """
        documents: list[Document] = []
        try:
            documents.extend(self.lazy_load())
        except ListingError as error:
            error.partial = documents
            raise
        return documents

    async def aload(self) -> list[Document]:
        """Return all documents; see `load`."""
        documents: list[Document] = []
        try:
            async for document in self.alazy_load():
                documents.append(document)  # noqa: PERF401 - used after an error
        except ListingError as error:
            error.partial = documents
            raise
        return documents

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents, one page of the listing after another.

        Raises:
            TelnyxError: A transcription or the listing cannot be fetched. It is raised after the
                documents before it.
        """
        reader = self._reader()
        while not reader.ended:
            yield from self._telnyx.send(reader.next_documents())

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the documents; see `lazy_load`."""
        reader = self._reader()
        while not reader.ended:
            for document in await self._telnyx.aio.send(reader.next_documents()):
                yield document

    def _reader(self) -> "_Reader":
        return _Reader(
            self._telnyx,
            ids=self._ids,
            filters=self._filters,
            limit=self._limit,
            keep_incomplete=self._incomplete == "document",
        )

    def __repr__(self) -> str:
        return f"TelnyxRecordingTranscriptionLoader(recording_id={self._recording_id!r})"


class _Reader:
    """Reads the transcriptions of one pass.

    Args:
        telnyx: The client.
        ids: The ids to fetch; `None` for a listing.
        filters: The filters of the listing.
        limit: The most documents.
        keep_incomplete: Whether to return transcriptions in progress.
    """

    def __init__(
        self,
        telnyx: Telnyx,
        *,
        ids: Sequence[str] | None,
        filters: Mapping[str, Any],
        limit: int | None,
        keep_incomplete: bool,
    ) -> None:
        self._calls = telnyx.calls.recording_transcriptions
        self._ids = None if ids is None else deque(ids)
        page_size = _LARGEST_PAGE if limit is None else max(1, min(limit, _LARGEST_PAGE))
        self._walk = Pager(self._calls.list(page_size=page_size, **filters))
        self._remaining = limit
        self._keep_incomplete = keep_incomplete
        self._failure: TelnyxError | None = None

    @property
    def ended(self) -> bool:
        """Whether no more documents follow."""
        if self._failure is not None or self._remaining == 0:
            return self._failure is None
        return self._walk.ended if self._ids is None else not self._ids

    def next_documents(self) -> Flow[list[Document]]:
        """Fetch the next page, or the next id, and return the documents.

        Raises:
            TelnyxError: The request failed, or one for the last documents.
        """
        if self._failure is not None:
            raise self._failure
        if self._ids is None:
            rows: Sequence[RecordingTranscription] = yield from self._walk.page()
        else:
            rows = [(yield from self._calls.get(self._ids.popleft()))]
        documents: list[Document] = []
        for row in rows:
            if len(documents) == self._remaining:
                break
            transcription = row
            if row.status == _COMPLETED and row.transcription_text is None and row.id:
                try:
                    transcription = yield from self._calls.get(row.id)
                except TelnyxError as error:
                    self._failure = error  # raised after the documents before it
                    break
            has_ended = transcription.transcription_text or transcription.status == _COMPLETED
            if has_ended or self._keep_incomplete:
                documents.append(_document(transcription))
            else:
                logger.warning(
                    "Skipped the recording transcription %s: its status is %s",
                    transcription.id,
                    transcription.status,
                )
        if self._remaining is not None:
            self._remaining -= len(documents)
        return documents


def _document(transcription: RecordingTranscription) -> Document:
    fields = transcription.model_dump(
        mode="json",
        exclude={"id", "transcription_text", "duration_millis", "record_type"},
        exclude_none=True,
    )
    metadata = {"source": transcription.recording_id or transcription.id, **fields}
    if transcription.duration_millis is not None:
        metadata["duration"] = transcription.duration_millis / 1000
    return Document(transcription.transcription_text or "", id=transcription.id, metadata=metadata)


def _time(moment: date | datetime | None, of_day: time) -> datetime | None:
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, of_day)
