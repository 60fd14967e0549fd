"""Transcriptions of call recordings.

The documentation shows a listing with cursors, and the vendor's SDK requires page numbers. The
first page has both, and each following page has what was used to request it.
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.recording_transcriptions.state import RecordingTranscription
from langchain_telnyx.emulator.serving.checks import positive
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.cursors import listed
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of

router = APIRouter(prefix="/recording_transcriptions")

_SIZES = ("page[size]", "page[limit]")
_LARGEST_PAGE = 250
_FARTHEST = 2**31


@router.get("")
def list_transcriptions(request: Request, account: CurrentAccount) -> dict[str, Any]:
    """List a page of the transcriptions, newest first."""
    params = request.query_params
    recording = params.get("filter[recording_id]")
    since = _moment(params.get("filter[created_at][gte]"), "filter[created_at][gte]")
    until = _moment(params.get("filter[created_at][lte]"), "filter[created_at][lte]")
    found = [
        _shown(each)
        for each in account.recording_transcriptions.all()
        if recording in {None, each.recording_id}
        and (since is None or datetime.fromisoformat(each.created_at) >= since)
        and (until is None or datetime.fromisoformat(each.created_at) <= until)
    ]
    number = positive(params.get("page[number]", "1"), "page[number]", status=422, most=_FARTHEST)
    if params.keys() & {"page[after]", "page[before]"}:
        return listed(found, request, sizes=_SIZES)
    page = PageParameters(number, _size(request), 1)
    ordered = sorted(found, key=lambda each: (each["created_at"], each["id"]), reverse=True)
    shown = page_of(len(found), ordered[page.offset : page.offset + page.size], page)
    if number == 1:
        shown["meta"] |= listed(found, request, sizes=_SIZES)["meta"]
    return shown


@router.get("/{recording_transcription_id}")
def get_transcription(recording_transcription_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a transcription."""
    return {"data": _shown(_found(recording_transcription_id, account))}


@router.delete("/{recording_transcription_id}")
def delete_transcription(
    recording_transcription_id: str, account: CurrentAccount
) -> dict[str, Any]:
    """Delete a transcription, and return it."""
    found = _found(recording_transcription_id, account)
    account.recording_transcriptions.delete(found.id)
    return {"data": _shown(found)}


def _size(request: Request) -> int:
    named = next((name for name in _SIZES if name in request.query_params), _SIZES[0])
    text = request.query_params.get(named, "20")
    return positive(text, named, status=422, most=_LARGEST_PAGE)


def _found(transcription_id: str, account: Account) -> RecordingTranscription:
    found = account.recording_transcriptions.find(transcription_id)
    if found is None:
        raise resource_not_found()
    return found


def _moment(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(422, "10027", None, f"`{name}` must be an ISO 8601 time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shown(transcription: RecordingTranscription) -> dict[str, Any]:
    return {
        "id": transcription.id,
        "record_type": "recording_transcription",
        "recording_id": transcription.recording_id,
        "status": transcription.status,
        "transcription_text": transcription.text,
        "duration_millis": transcription.duration,
        "created_at": transcription.created_at,
        "updated_at": transcription.updated_at,
    }
