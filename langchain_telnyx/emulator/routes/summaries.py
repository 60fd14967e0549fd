"""Summaries of files in buckets, documents and recordings alike."""

from typing import Any

from fastapi import APIRouter

from langchain_telnyx.emulator.backend import Backend
from langchain_telnyx.emulator.reading.text import UnreadableError
from langchain_telnyx.emulator.routes import CurrentBackend
from langchain_telnyx.emulator.serving.asked import Asked
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.storage.objects import StoredObject
from langchain_telnyx.emulator.summarizing import form

router = APIRouter()

_LARGEST = 100 * 1024 * 1024


class Summarize(Asked):
    """The body of `POST /ai/summarize`."""

    bucket: str
    filename: str
    system_prompt: str = ""


@router.post("/ai/summarize")
def summarize(asked: Summarize, backend: CurrentBackend) -> dict[str, Any]:
    """Summarize a file by the sentences that say most of it."""
    found = backend.objects.find(asked.bucket, asked.filename)
    if found is None:
        raise ApiError(
            404, "10005", None, f"There is no file {asked.filename!r} in {asked.bucket!r}."
        )
    try:
        text = _text(found, backend)
    except UnreadableError as error:
        raise ApiError(400, "10015", None, str(error)) from error
    return {"data": {"summary": form.summarise(text, form.asked(asked.system_prompt))}}


def _text(found: StoredObject, backend: Backend) -> str:
    if found.size > _LARGEST:
        raise UnreadableError("The file is larger than 100 MB.")
    text = backend.texts.read(found).text
    if not text.strip():
        raise UnreadableError("The file holds no text.")
    return text
