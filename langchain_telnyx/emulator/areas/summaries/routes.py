"""Summaries of files in buckets, documents and recordings alike."""

from typing import Any

from fastapi import APIRouter

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.summaries import form
from langchain_telnyx.emulator.reading.text import UnreadableError
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.request_body import RequestBody
from langchain_telnyx.emulator.storage.objects import StoredObject

router = APIRouter()

_LARGEST = 100 * 1024 * 1024


class Summarize(RequestBody):
    """The body of `POST /ai/summarize`."""

    bucket: str
    filename: str
    system_prompt: str = ""


@router.post("/ai/summarize")
def summarize(body: Summarize, account: CurrentAccount) -> dict[str, Any]:
    """Summarize a file by its most informative sentences."""
    found = account.objects.find(body.bucket, body.filename)
    if found is None:
        raise ApiError(
            404, "10005", None, f"There is no file {body.filename!r} in {body.bucket!r}."
        )
    try:
        text = _text(found, account)
    except UnreadableError as error:
        raise ApiError(400, "10015", None, str(error)) from error
    return {"data": {"summary": form.summarise(text, form.read(body.system_prompt))}}


def _text(found: StoredObject, account: Account) -> str:
    if found.size > _LARGEST:
        raise UnreadableError("The file is larger than 100 MB.")
    text = account.texts.read(found).text
    if not text.strip():
        raise UnreadableError("The file contains no text.")
    return text
