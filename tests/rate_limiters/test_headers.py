"""What rate limit headers say, in each documented form, and in none."""

from __future__ import annotations

import time

import pytest

from langchain_telnyx.rate_limiters.headers import quota_in

MODEL = "moonshotai/Kimi-K2.6"


def headers(limit: object, remaining: object, reset: object) -> dict[str, str]:
    """Return the headers of a response."""
    values = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{name}": str(value) for name, value in values.items()}


def test_a_reset_is_a_number_of_seconds_or_a_point_in_time() -> None:
    assert quota_in(headers(100, 7, 30), MODEL) == ("requests", 100, 7, 30)
    later = quota_in(headers(100, 7, time.time() + 30), MODEL)
    assert later is not None
    assert later.reset == pytest.approx(30, abs=5)


def test_seconds_count_from_the_arrival_of_the_headers() -> None:
    found = quota_in(headers(100, 7, 30), MODEL, age=12)
    assert found is not None
    assert found.reset == 18
    assert quota_in(headers(100, 7, 30), MODEL, age=31) is None


def test_a_large_limit_counts_input_tokens_of_the_model() -> None:
    found = quota_in(headers(40_000_000, 39_000_000, 60), MODEL)
    assert found is not None
    assert found.dimension == f"{MODEL} input tokens"


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"x-ratelimit-limit": "100"},
        headers(100, 7, "soon"),
        headers("nan", 7, 30),
        headers(100, "inf", 30),
        headers(100, 200, 30),
        headers(100, -1, 30),
        headers(0, 0, 30),
        headers(100, 7, 0),
        headers(100, 7, time.time() - 100),
    ],
)
def test_headers_that_make_no_sense_teach_nothing(odd: dict[str, str]) -> None:
    assert quota_in(odd, MODEL) is None
