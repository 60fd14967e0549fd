"""Transcriptions of call recordings that Telnyx made and stores.

API page: https://developers.telnyx.com/api-reference/call-recordings/list-all-recording-transcriptions
"""

from datetime import UTC, datetime
from functools import partial

from pydantic import Field

from langchain_telnyx.client.call import Call, Page, Paging, Reply, path, query
from langchain_telnyx.client.decode import Model, data, json_object, read_field, read_rows, unwrap
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged

_AFTER = "page[after]"


class RecordingTranscription(Model):
    """The transcription of a call recording.

    Attributes:
        id: Its id.
        recording_id: The recording's id.
        status: `in-progress`, or `completed`, which alone has a text.
        transcription_text: The text.
        duration_millis: Its duration in milliseconds.
        created_at: When it was created.
        updated_at: When it was last changed.
        record_type: `recording_transcription`.
    """

    id: str | None = None
    recording_id: str | None = None
    status: str | None = None
    transcription_text: str | None = None
    duration_millis: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    record_type: str | None = None


class _Cursors(Model):
    after: str | None = None


class _ListMeta(Model):
    cursors: _Cursors = Field(default_factory=_Cursors)
    page_number: int | None = None
    total_pages: int | None = None
    total_results: int | None = None


class RecordingTranscriptions(Resource[M]):
    """`telnyx.recording_transcriptions`: the transcriptions of call recordings."""

    @paged
    def list(
        self,
        *,
        recording_id: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        page_size: int | None = None,
    ) -> Paging[RecordingTranscription]:
        """List the transcriptions.

        Endpoint: `GET /recording_transcriptions`.

        Args:
            recording_id: Only those of this recording.
            since: Only those that were created at this time or later. A time without a zone is
                UTC.
            until: Only those that were created at this time or earlier.
            page_size: Transcriptions per request.
        """
        filters = {
            "filter[recording_id]": recording_id,
            "filter[created_at][gte]": _time(since),
            "filter[created_at][lte]": _time(until),
        }

        def page(cursor: str | None) -> Call[Page[RecordingTranscription]]:
            parameter, _, value = (cursor or "").partition(" ")
            place = {parameter: value} if cursor else {}
            fields = {**filters, "page[size]": page_size, **place}
            decode = partial(_page, parameter)
            return Call("GET", "/recording_transcriptions", decode, query=query(**fields))

        return Paging(page)

    @endpoint
    def get(self, recording_transcription_id: str) -> Call[RecordingTranscription]:
        """Fetch a transcription.

        Endpoint: `GET /recording_transcriptions/{recording_transcription_id}`.

        Args:
            recording_transcription_id: Its id.
        """
        return Call("GET", _path(recording_transcription_id), data(RecordingTranscription))

    @endpoint
    def delete(self, recording_transcription_id: str) -> Call[RecordingTranscription]:
        """Delete a transcription permanently, and return it.

        Endpoint: `DELETE /recording_transcriptions/{recording_transcription_id}`.

        Args:
            recording_transcription_id: Its id.
        """
        return Call("DELETE", _path(recording_transcription_id), data(RecordingTranscription))


def _page(parameter: str, reply: Reply) -> Page[RecordingTranscription]:
    body = json_object(reply)
    found = read_rows(RecordingTranscription, unwrap(body), reply)
    meta = read_field(_ListMeta, body.get("meta"), reply)
    return Page(found, _following(meta, parameter), found.unreadable, meta.total_results)


def _following(meta: _ListMeta, parameter: str) -> str | None:
    """Return the query parameter of the next page and its value; `None` on the last page.

    The documentation shows cursors, and the vendor's SDK reads page numbers.

    Args:
        meta: The `meta` of a page.
        parameter: The query parameter that selected the page; empty for the first one.
    """
    if meta.cursors.after:
        return f"{_AFTER} {meta.cursors.after}"
    if parameter == _AFTER or meta.page_number is None:
        return None
    more = meta.page_number < (meta.total_pages or 0)
    return f"page[number] {meta.page_number + 1}" if more else None


def _path(recording_transcription_id: str) -> str:
    return path("/recording_transcriptions/{}", recording_transcription_id)


def _time(moment: datetime | str | None) -> str | None:
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
