"""Audio transcription of a recording in a form, or behind a URL."""

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
from langchain_telnyx.emulator.areas.audio import request as requests
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
    """Transcribe a recording."""
    # Parsed by hand: some field names contain brackets, and others are not known in advance.
    async with request.form() as form:
        with _errors_as_responses():
            body = _parse(form)
            return await run_in_threadpool(_transcribe, body, _file(form, body), account)


def _transcribe(
    body: TranscriptionRequest, file: UploadFile | None, account: Account
) -> dict[str, Any]:
    if body.file_url is not None:
        requests.check(body, download.name_of(body.file_url))
        anywhere, hosts = account.settings.allow_crawl, account.settings.crawl_hosts
        allowed = partial(may_crawl, anywhere=anywhere, hosts=hosts)
        with download.downloaded(body.file_url, allowed) as recording:
            return _response(body, recording, account)
    assert file is not None  # noqa: S101 - narrows the type: the form has one of the two
    requests.check(body, file.filename or "")
    recording = Recording(file.filename or "", file.file)
    return _response(body, recording, account)


def _response(body: TranscriptionRequest, recording: Recording, account: Account) -> dict[str, Any]:
    transcript = account.transcripts.of_recording(
        recording, language=body.language, by_channel=body.enables("multichannel")
    )
    return answer.body(transcript, body)


def _parse(form: FormData) -> TranscriptionRequest:
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    try:
        return TranscriptionRequest.model_validate(requests.read(fields))
    except ValidationError as error:
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        ) from error


def _file(form: FormData, body: TranscriptionRequest) -> UploadFile | None:
    """Return the recording in a form; `None` if the form has a `file_url`.

    Raises:
        Refusal: Neither or both are there, or the recording is too large.
    """
    file = form.get("file")
    if (file is None) == (body.file_url is None):
        raise Refusal("Exactly one of `file` and `file_url` must be given.")
    if file is None:
        return None
    if not isinstance(file, UploadFile):
        raise Refusal("`file` must be a file, and have a name with an extension.")
    if (file.size or 0) > MAX_SIZE:
        raise Refusal("The recording is larger than 100 MB.", status=413)
    return file


@contextmanager
def _errors_as_responses() -> Iterator[None]:
    """Raise refusals and unreadable recordings as errors in the Telnyx envelope."""
    try:
        yield
    except Refusal as refusal:
        raise ApiError(refusal.status, refusal.code, None, refusal.detail) from refusal
    except UnreadableError as error:
        raise ApiError(400, "10015", None, str(error)) from error
