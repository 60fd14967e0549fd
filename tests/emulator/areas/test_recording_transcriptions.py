"""Transcriptions of call recordings over HTTP: fields, pages and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.emulator.conftest import Api

PATH = "/recording_transcriptions"


def test_a_transcription_has_the_documented_fields(api: Api) -> None:
    made = api.emulator.add_recording_transcription("Good morning.", duration=60)
    found = api.data("GET", f"{PATH}/{made}")
    assert found.pop("created_at") == found.pop("updated_at")
    assert found == {
        "id": made,
        "record_type": "recording_transcription",
        "recording_id": found["recording_id"],
        "status": "completed",
        "transcription_text": "Good morning.",
        "duration_millis": 60_000,
    }


def test_pages_are_requested_by_cursor_or_by_number(api: Api) -> None:
    for number in range(5):
        api.emulator.add_recording_transcription(f"Call {number}")
    first = api.send("GET", f"{PATH}?page[size]=2").json()
    assert first["meta"].keys() == {
        "cursors",
        "next",
        "page_number",
        "page_size",
        "total_pages",
        "total_results",
    }
    assert [row["transcription_text"] for row in first["data"]] == ["Call 4", "Call 3"]
    by_cursor = api.send("GET", first["meta"]["next"].removeprefix("/v2")).json()
    by_number = api.send("GET", f"{PATH}?page[size]=2&page[number]=2").json()
    assert by_cursor["data"] == by_number["data"] != first["data"]
    assert "page_number" not in by_cursor["meta"]
    assert "cursors" not in by_number["meta"]
    last = api.send("GET", f"{PATH}?page[limit]=5").json()
    assert last["meta"]["cursors"] == {}


@pytest.mark.parametrize(
    "query", ["page[size]=0", "page[number]=zero", "filter[created_at][gte]=x", "page[after]=x"]
)
def test_an_invalid_parameter_is_refused(api: Api, query: str) -> None:
    api.emulator.add_recording_transcription("Hello.")
    answer = api.send("GET", f"{PATH}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_transcription_is_not_found(api: Api, method: str) -> None:
    answer = api.send(method, f"{PATH}/unknown")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")
