"""Audio transcription: a recording in a form, or behind an address, and what it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.audio import download
from langchain_telnyx.emulator.areas.audio import request as asked
from langchain_telnyx.emulator.areas.audio import responses as answer
from langchain_telnyx.emulator.areas.audio.recording import MAX_SIZE, Recording
from langchain_telnyx.emulator.areas.audio.request import TranscriptionRequest
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.reading.crawl import may_crawl
from langchain_telnyx.emulator.reading.text import UnreadableError
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError

router = APIRouter()


@router.post("/ai/audio/transcriptions")
async def transcribe(request: Request, account: CurrentAccount) -> dict[str, Any]:
    """Tell what a recording says."""
    # By hand, since the names of some fields hold brackets and others are open-ended.
    async with request.form() as form:
        with _refusals_answered():
            wanted = _asked(form)
            return await run_in_threadpool(_transcribe, wanted, _file(form, wanted), account)


def _transcribe(
    wanted: TranscriptionRequest, file: UploadFile | None, account: Account
) -> dict[str, Any]:
    if wanted.file_url is not None:
        asked.check(wanted, download.name_of(wanted.file_url))
        anywhere, hosts = account.settings.allow_crawl, account.settings.crawl_hosts
        allowed = partial(may_crawl, anywhere=anywhere, hosts=hosts)
        with download.downloaded(wanted.file_url, allowed) as recording:
            return _answer(wanted, recording, account)
    assert file is not None  # noqa: S101 - narrows the type: one of the two is there
    asked.check(wanted, file.filename or "")
    recording = Recording(file.filename or "", file.file)
    return _answer(wanted, recording, account)


def _answer(wanted: TranscriptionRequest, recording: Recording, account: Account) -> dict[str, Any]:
    transcript = account.transcripts.of_recording(
        recording, language=wanted.language, by_channel=wanted.asks_for("multichannel")
    )
    return answer.body(transcript, wanted)


def _asked(form: FormData) -> TranscriptionRequest:
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    try:
        return TranscriptionRequest.model_validate(asked.read(fields))
    except ValidationError as error:
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        ) from error


def _file(form: FormData, wanted: TranscriptionRequest) -> UploadFile | None:
    """Return the recording in a form, unless it names an address instead.

    Raises:
        Refusal: There is none, there are both, or it is too large.
    """
    file = form.get("file")
    if (file is None) == (wanted.file_url is None):
        raise Refusal("Exactly one of `file` and `file_url` must be given.")
    if file is None:
        return None
    if not isinstance(file, UploadFile):
        raise Refusal("`file` must be a file, and have a name with an extension.")
    if (file.size or 0) > MAX_SIZE:
        raise Refusal("The recording is larger than 100 MB.", status=413)
    return file


@contextmanager
def _refusals_answered() -> Iterator[None]:
    """Answer what is declined in the Telnyx envelope."""
    try:
        yield
    except Refusal as refusal:
        raise ApiError(refusal.status, refusal.code, None, refusal.detail) from refusal
    except UnreadableError as error:
        raise ApiError(400, "10015", None, str(error)) from error
