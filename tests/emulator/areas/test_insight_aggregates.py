"""Aggregates of insights: counts by values, with filters by time and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.areas.test_insights import begin, end, found, group, managed, template

if TYPE_CHECKING:
    from tests.emulator.conftest import Api


@pytest.fixture
def scored(api: Api) -> dict[str, str]:
    """Four scored calls of two assistants, one with another insight."""
    satisfaction = managed(api, "User Satisfaction")
    urgent = {
        "type": "object",
        "properties": {"urgent": {"type": "boolean"}},
        "required": ["urgent"],
        "additionalProperties": False,
    }
    plain, rich = (
        group(api, satisfaction),
        group(api, satisfaction, template(api, "U", json_schema=urgent)),
    )
    for text, assistant, mine in (
        ("Thanks!", "a", plain),
        ("Thanks!", "a", plain),
        ("Thanks, it is urgent!", "b", rich),
        ("This is terrible, slow and useless.", "b", plain),
    ):
        call = begin(api, [("user", text)], assistant_id=assistant)
        end(api, call, insight_group_id=mine)
        found(api, call)
    return {"satisfaction": satisfaction}


def aggregates(api: Api, *parameters: tuple[str, str]) -> Any:
    path = "/ai/conversations/conversation-insights/aggregates"
    return api.data("GET", path, params=list(parameters))


def test_results_are_counted_by_their_values(api: Api, scored: dict[str, str]) -> None:
    mine = ("insight_id", scored["satisfaction"])
    assert aggregates(api, ("group_by", "score"), mine) == [
        {"score": "Good", "record_count": 3},
        {"score": "Poor", "record_count": 1},
    ]
    both = [
        {"score": "Good", "metadata.assistant_id": "a", "record_count": 2},
        {"score": "Good", "metadata.assistant_id": "b", "record_count": 1},
        {"score": "Poor", "metadata.assistant_id": "b", "record_count": 1},
    ]
    grouped = ("group_by", "metadata.assistant_id")
    assert aggregates(api, ("group_by", "score"), grouped, mine) == both
    assert aggregates(api, ("group_by", "score,metadata.assistant_id"), mine) == both
    assert aggregates(api, ("group_by", "score"), ("show", "score"), mine)[0] == {
        "score": "Good",
        "record_count": 3,
    }
    assert aggregates(api) == [{"record_count": 5}]
    assert aggregates(api, ("group_by", "urgent"))[-1] == {"urgent": "true", "record_count": 1}


def test_aggregates_are_filtered_by_time_and_metadata(api: Api, scored: dict[str, str]) -> None:
    mine = ("insight_id", scored["satisfaction"])
    for name in ("metadata.assistant_id", "metadata[assistant_id]"):
        assert aggregates(api, mine, (name, "eq.b")) == [{"record_count": 2}]
    day = [("created_at", "gte.2026-01-01T00:00:00Z"), ("created_at", "lt.2026-01-02T00:00:00Z")]
    assert aggregates(api, mine, *day) == [{"record_count": 4}]
    assert aggregates(api, mine, ("created_at", "gte.2026-01-02"), ("group_by", "score")) == []


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("created_at", "yesterday", 400),
        ("metadata.assistant_id", "a", 400),
        ("colour", "eq.red", 400),
        ("group_by", ",".join(f"field{number}" for number in range(21)), 400),
        ("insight_id", "mine", 422),
    ],
)
def test_invalid_aggregates_are_refused(api: Api, name: str, value: str, status: int) -> None:
    path = "/ai/conversations/conversation-insights/aggregates"
    assert api.send("GET", path, params={name: value}).status_code == status
