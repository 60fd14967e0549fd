"""`TelnyxRecordingTranscriptionLoader`: transcriptions of recordings, sync and async."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx import (
    ConfigurationError,
    NotFoundError,
    ServerError,
    TelnyxRecordingTranscriptionLoader,
)
from langchain_telnyx.document_loaders import recording_transcriptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

RECORDING = "428c31b6-7af4-4bcb-b7f5-5013ef9657c1"


@pytest.fixture
def load(mode: Mode, emulator: TelnyxEmulator) -> Callable[..., list[Document]]:
    def run(**options: Any) -> list[Document]:
        loader = TelnyxRecordingTranscriptionLoader(**options, **emulator.options())
        return asyncio.run(loader.aload()) if mode.awaited else loader.load()

    return run


def texts(documents: list[Document]) -> list[str]:
    return [document.page_content for document in documents]


def test_a_document_has_the_text_and_the_fields(
    load: Callable[..., list[Document]], emulator: TelnyxEmulator
) -> None:
    moment = datetime(2026, 2, 1, 12, tzinfo=UTC)
    made = emulator.add_recording_transcription(
        "I want a refund.", recording_id=RECORDING, duration=2.5, created_at=moment
    )
    [document] = load()
    assert (document.id, document.page_content) == (made, "I want a refund.")
    assert document.metadata == {
        "source": RECORDING,
        "recording_id": RECORDING,
        "status": "completed",
        "duration": 2.5,
        "created_at": "2026-02-01T12:00:00Z",
        "updated_at": "2026-02-01T12:00:00Z",
    }


def test_documents_are_filtered_and_limited(
    load: Callable[..., list[Document]], emulator: TelnyxEmulator
) -> None:
    made = [
        emulator.add_recording_transcription(
            f"Day {day}",
            recording_id=RECORDING if day == 2 else None,
            created_at=datetime(2026, 2, day, 12, tzinfo=UTC),
        )
        for day in (1, 2, 3)
    ]
    assert texts(load()) == ["Day 3", "Day 2", "Day 1"]
    assert texts(load(recording_id=RECORDING)) == ["Day 2"]
    assert texts(load(since=date(2026, 2, 2))) == ["Day 3", "Day 2"]
    assert texts(load(until=date(2026, 2, 2))) == ["Day 2", "Day 1"]
    assert texts(load(limit=2)) == ["Day 3", "Day 2"]
    assert texts(load(limit=0)) == []
    assert texts(load(transcription_ids=[made[0], made[2]])) == ["Day 1", "Day 3"]


def test_a_transcription_in_progress_is_skipped_and_logged(
    load: Callable[..., list[Document]],
    emulator: TelnyxEmulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    emulator.add_recording_transcription("Hello.")
    pending = emulator.add_recording_transcription(None)
    assert texts(load(limit=1)) == ["Hello."]
    assert f"{pending}: its status is in-progress" in caplog.text
    document, _ = load(incomplete="document")
    assert (document.page_content, document.metadata["status"]) == ("", "in-progress")


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_pages_are_fetched_as_they_are_read(
    mode: Mode, emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_transcriptions, "_LARGEST_PAGE", 2)
    for number in range(5):
        emulator.add_recording_transcription(f"Call {number}")
    loader = TelnyxRecordingTranscriptionLoader(**emulator.options())
    assert len(emulator.requests) == 0

    async def first_async() -> str:
        async for document in loader.alazy_load():
            return document.page_content
        return ""

    first = asyncio.run(first_async()) if mode.awaited else next(loader.lazy_load()).page_content
    assert first == "Call 4"
    assert len(emulator.requests) == 1
    every = asyncio.run(loader.aload()) if mode.awaited else loader.load()
    assert len(every) == 5
    assert len(emulator.requests) == 4


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_documents_before_an_error_are_yielded(
    mode: Mode, emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_transcriptions, "_LARGEST_PAGE", 1)
    for number in range(2):
        emulator.add_recording_transcription(f"Call {number}")
    loader = TelnyxRecordingTranscriptionLoader(max_retries=0, **emulator.options())
    seen: list[str] = []

    def note(document: Document) -> None:
        seen.append(document.page_content)
        emulator.fail(500)

    async def read_async() -> None:
        async for document in loader.alazy_load():
            note(document)

    def read() -> None:
        if mode.awaited:
            asyncio.run(read_async())
            return
        for document in loader.lazy_load():
            note(document)

    with pytest.raises(ServerError):
        read()
    assert seen == ["Call 1"]


def test_an_unknown_id_is_an_error(load: Callable[..., list[Document]]) -> None:
    with pytest.raises(NotFoundError):
        load(transcription_ids=["unknown"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"transcription_ids": "t-1"}, "must be a list"),
        ({"transcription_ids": ["t-1"], "limit": 3}, "excludes `limit`"),
        ({"limit": -1}, "at least 0"),
        ({"incomplete": "raise"}, "`skip` or `document`"),
    ],
)
def test_invalid_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        TelnyxRecordingTranscriptionLoader(api_key="KEY1", **options)
    with pytest.raises(TypeError, match="`api_kye` is not an option"):
        TelnyxRecordingTranscriptionLoader(api_kye="KEY1")  # type: ignore[call-arg]  # misspelt


def served(mode: Mode, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a client that gets prepared data, or 503, by the end of the path."""

    def answer(request: httpx.Request) -> httpx.Response:
        data = answers.get(request.url.path.rpartition("/")[2])
        return httpx.Response(503 if data is None else 200, json={"data": data})

    transport = httpx.MockTransport(answer)
    client: dict[str, Any] = (
        {"http_async_client": httpx.AsyncClient(transport=transport)}
        if mode.awaited
        else {"http_client": httpx.Client(transport=transport)}
    )
    return {"api_key": "KEY1", "base_url": "http://127.0.0.1:9/v2", "max_retries": 0, **client}


def test_a_text_that_the_listing_lacks_is_fetched(mode: Mode) -> None:
    rows = [
        {"id": "t-1", "status": "completed", "transcription_text": "One."},
        {"id": "t-2", "status": "completed"},
        {"id": "t-3", "status": "finished", "transcription_text": "Three.", "language": "en"},
        {"id": "t-4", "status": "completed"},
    ]
    fetched = {**rows[1], "transcription_text": "Two."}
    answers = {"recording_transcriptions": rows, "t-2": fetched}
    loader = TelnyxRecordingTranscriptionLoader(limit=3, **served(mode, answers))
    documents = asyncio.run(loader.aload()) if mode.awaited else loader.load()
    assert texts(documents) == ["One.", "Two.", "Three."]
    assert documents[2].metadata == {"source": "t-3", "status": "finished", "language": "en"}


def test_a_text_that_cannot_be_fetched_is_an_error_after_the_others(mode: Mode) -> None:
    rows = [
        {"id": "t-1", "status": "completed", "transcription_text": "One."},
        {"id": "t-2", "status": "completed"},
    ]
    loader = TelnyxRecordingTranscriptionLoader(**served(mode, {"recording_transcriptions": rows}))
    seen: list[str] = []

    async def read_async() -> None:
        async for document in loader.alazy_load():
            seen.append(document.page_content)  # noqa: PERF401 - used after an error

    def read() -> None:
        if mode.awaited:
            asyncio.run(read_async())
            return
        for document in loader.lazy_load():
            seen.append(document.page_content)  # noqa: PERF401 - used after an error

    with pytest.raises(ServerError):
        read()
    assert seen == ["One."]
