"""Limits of requests and tokens per minute, by model and class."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_telnyx.emulator import ModelRateLimit, ModelRateLimits, Quirks, TelnyxEmulator

MODEL = "moonshotai/Kimi-K2.6"


def limited(**limit: int) -> TelnyxEmulator:
    """Return an emulator with a limit for one model."""
    limits = ModelRateLimits(by_model={MODEL: ModelRateLimit(**limit)})
    return TelnyxEmulator(sockets=False, rate_limits=limits)


def ask(emulator: TelnyxEmulator, text: str = "Name a moon.", **fields: Any) -> Any:
    """Send a chat request."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": text}], **fields}
    return emulator.http_client.post(
        f"{emulator.base_url}/ai/openai/chat/completions",
        json=body,
        headers={"authorization": f"Bearer {emulator.api_key}"},
    )


def test_there_are_no_limits_by_default() -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        assert {ask(emulator).status_code for _ in range(30)} == {200}


def test_requests_beyond_the_limit_are_refused_until_a_minute_later() -> None:
    with limited(requests=2) as emulator:
        first = ask(emulator)
        assert first.headers["x-ratelimit-limit"] == "2"
        assert first.headers["x-ratelimit-remaining"] == "1"
        assert ask(emulator).status_code == 200
        refused = ask(emulator)
        assert refused.status_code == 429
        assert refused.json()["errors"][0]["code"] == "10011"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert 1 <= int(refused.headers["x-ratelimit-reset"]) <= 60
        emulator.advance_clock(61)
        assert ask(emulator).status_code == 200


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ({"input_tokens": 150}, "moon " * 90),
        ({"uncached_input_tokens": 150}, "moon " * 90),
        ({"output_tokens": 1}, "Name a moon."),
    ],
)
def test_tokens_beyond_a_limit_are_refused(limit: dict[str, int], text: str) -> None:
    with limited(**limit) as emulator:
        assert [ask(emulator, text).status_code for _ in range(2)] == [200, 429]
        emulator.advance_clock(61)
        assert ask(emulator, text).status_code == 200


def test_the_limit_of_one_model_does_not_affect_another() -> None:
    with limited(requests=1) as emulator:
        ask(emulator)
        assert ask(emulator, model="zai-org/GLM-5.3").status_code == 200
        assert ask(emulator).status_code == 429


def test_a_stream_counts_too() -> None:
    with limited(output_tokens=1) as emulator:
        assert ask(emulator, stream=True).status_code == 200
        assert ask(emulator, stream=True).status_code == 429


def test_the_published_limits_are_the_defaults_by_class() -> None:
    with TelnyxEmulator(sockets=False, rate_limits=ModelRateLimits()) as emulator:
        assert ask(emulator).headers["x-ratelimit-limit"] == "40000000"
        large = ask(emulator, model="moonshotai/Kimi-K3")
        assert large.headers["x-ratelimit-limit"] == "20000000"


def test_the_reset_may_be_a_point_in_time() -> None:
    limits = ModelRateLimits(by_model={MODEL: ModelRateLimit(requests=1)})
    quirks = Quirks(rate_limit_reset="epoch")
    with TelnyxEmulator(sockets=False, rate_limits=limits, quirks=quirks) as emulator:
        assert int(ask(emulator).headers["x-ratelimit-reset"]) > 1_700_000_000


def test_a_reset_of_the_emulator_forgets_what_was_used() -> None:
    with limited(requests=1) as emulator:
        assert [ask(emulator).status_code for _ in range(2)] == [200, 429]
        emulator.reset()
        assert ask(emulator).status_code == 200
