"""Transcriptions of call recordings, sync and async, against the emulator and other listings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, UnprocessableEntityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator.server import TelnyxEmulator

RECORDING = "428c31b6-7af4-4bcb-b7f5-5013ef9657c1"
JSON = {"content-type": "application/json"}


async def texts(api: Any, **options: Any) -> list[str]:
    return [each.transcription_text for each in await api.recording_transcriptions.list(**options)]


async def test_a_transcription_is_read_and_deleted(api: Any, emulator: TelnyxEmulator) -> None:
    made = emulator.add_recording_transcription("Hi.", recording_id=RECORDING, duration=1.5)
    found = await api.recording_transcriptions.get(made)
    assert (found.id, found.recording_id, found.status) == (made, RECORDING, "completed")
    assert (found.transcription_text, found.duration_millis) == ("Hi.", 1500)
    assert found.created_at == found.updated_at
    assert (await api.recording_transcriptions.delete(made)).id == made
    for method in (api.recording_transcriptions.get, api.recording_transcriptions.delete):
        with pytest.raises(NotFoundError):
            await method(made)


async def test_a_transcription_in_progress_has_no_text(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.add_recording_transcription(None)
    [found] = await api.recording_transcriptions.list()
    assert (found.status, found.transcription_text, found.duration_millis) == (
        "in-progress",
        None,
        None,
    )


async def test_the_listing_follows_its_cursors(api: Any, emulator: TelnyxEmulator) -> None:
    for number in range(5):
        emulator.add_recording_transcription(f"Call {number}")
    assert await texts(api, page_size=2) == ["Call 4", "Call 3", "Call 2", "Call 1", "Call 0"]
    assert len(emulator.requests) == 3
    assert "page[after]" in unquote(emulator.requests[-1].query)


async def test_the_listing_is_filtered(api: Any, emulator: TelnyxEmulator) -> None:
    for day in (1, 2, 3):
        emulator.add_recording_transcription(
            f"Day {day}",
            recording_id=RECORDING if day == 2 else None,
            created_at=datetime(2026, 2, day, 12, tzinfo=UTC),
        )
    assert await texts(api, recording_id=RECORDING) == ["Day 2"]
    # Without a zone, a time is UTC.
    assert await texts(api, since=datetime(2026, 2, 2, 12)) == ["Day 3", "Day 2"]  # noqa: DTZ001
    assert await texts(api, until="2026-02-02T12:00:00Z") == ["Day 2", "Day 1"]
    with pytest.raises(UnprocessableEntityError, match="ISO 8601"):
        await texts(api, since="yesterday")


async def test_a_listing_with_page_numbers_is_read_to_its_end(
    serve: Callable[..., str], as_async: Any
) -> None:
    numbers: list[str] = []

    def answer(_: str, path: str, *__: Any) -> tuple[int, dict[str, str], bytes]:
        number = parse_qs(urlsplit(path).query).get("page[number]", ["1"])[0]
        numbers.append(number)
        rows = [{"id": f"t-{number}", "transcription_text": number}]
        meta = {"page_number": int(number), "total_pages": 3, "total_results": 3}
        return 200, JSON, json.dumps({"data": rows, "meta": meta}).encode()

    api = as_async(Telnyx(api_key="KEY0123", base_url=serve(answer)))
    assert await texts(api) == ["1", "2", "3"]
    assert numbers == ["1", "2", "3"]


async def test_an_odd_row_costs_only_itself(
    serve: Callable[..., str], as_async: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"id": "t-1", "duration_millis": "long", "language": "en"}, "odd", {"id": "t-2"}]
    body = json.dumps({"data": rows}).encode()
    api = as_async(Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, JSON, body))))
    found = await api.recording_transcriptions.list()
    assert [each.id for each in found] == ["t-1", "t-2"]
    assert found[0].language == "en"
    assert found[0].unreadable_fields == {"duration_millis": "long"}
    assert "row 1" in caplog.text
