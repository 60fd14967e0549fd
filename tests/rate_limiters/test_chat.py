"""`ChatTelnyx` with `TelnyxRateLimiter`: reservations, usage, headers, refusals, streams."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest
from langchain_core.messages import AIMessage
from langchain_core.rate_limiters import InMemoryRateLimiter

from langchain_telnyx import (
    ChatTelnyx,
    DeadlineError,
    RateLimitError,
    RequestOverLimitError,
    StreamError,
    TelnyxRateLimiter,
)
from langchain_telnyx.emulator import ModelRateLimit, ModelRateLimits, TelnyxEmulator
from tests.rate_limiters.observed import counts, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "moonshotai/Kimi-K2.6"
How: TypeAlias = Literal["invoke", "ainvoke", "stream", "astream"]
HOWS: tuple[How, ...] = ("invoke", "ainvoke", "stream", "astream")


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """Run an emulator."""
    with TelnyxEmulator(sockets=False) as running:
        yield running


def model_of(emulator: TelnyxEmulator, limiter: Any, **options: Any) -> ChatTelnyx:
    """Return a model with a limiter."""
    return ChatTelnyx(model=MODEL, rate_limiter=limiter, **emulator.options(), **options)


async def send(model: ChatTelnyx, how: How, text: str = "Name a moon.") -> AIMessage:
    """Send a request in any way, and return the whole answer."""
    if how == "invoke":
        return model.invoke(text)
    if how == "ainvoke":
        return await model.ainvoke(text)
    chunks: list[Any] = (
        list(model.stream(text))
        if how == "stream"
        else [chunk async for chunk in model.astream(text)]
    )
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole  # type: ignore[no-any-return]  # the sum of its chunks


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("state", [None, "limits"])
@pytest.mark.parametrize("api", ["chat completions", "responses"])
async def test_the_usage_of_an_answer_counts_instead_of_the_estimate(
    emulator: TelnyxEmulator, how: How, state: str | None, api: str, tmp_path: Path
) -> None:
    limiter = TelnyxRateLimiter(state=state and tmp_path / state)
    model = model_of(emulator, limiter, max_tokens=5000, use_responses_api=api == "responses")
    answer = await send(model, how)
    used = answer.usage_metadata
    assert used is not None
    assert counts(limiter, MODEL) == (1, used["input_tokens"], used["output_tokens"])


@pytest.mark.parametrize("how", HOWS)
async def test_each_attempt_is_a_request_and_a_refused_one_uses_no_tokens(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = TelnyxRateLimiter()
    emulator.fail(429, times=1)
    with pytest.raises(RateLimitError):
        await send(model_of(emulator, limiter, max_retries=0), how)
    assert counts(limiter, MODEL)[0] == 1
    assert counts(limiter, MODEL)[1:] == (0, 0)


@pytest.mark.parametrize("how", HOWS)
async def test_a_retry_after_a_refusal_is_admitted_by_the_limiter(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = TelnyxRateLimiter()
    emulator.fail(429, times=1)
    answer = await send(model_of(emulator, limiter), how)
    assert answer.usage_metadata is not None
    assert counts(limiter, MODEL)[:2] == (2, answer.usage_metadata["input_tokens"])


@pytest.mark.parametrize("how", HOWS)
async def test_a_request_that_is_too_large_is_not_sent(emulator: TelnyxEmulator, how: How) -> None:
    limiter = TelnyxRateLimiter(input_tokens_per_minute=100)
    with pytest.raises(RequestOverLimitError, match="input tokens"):
        await send(model_of(emulator, limiter), how, "moon " * 500)
    assert len(emulator.requests) == 0


@pytest.mark.parametrize("how", HOWS)
async def test_a_full_limiter_ends_at_the_deadline_of_the_call(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = TelnyxRateLimiter(output_tokens_per_minute=1000)
    model = model_of(emulator, limiter, deadline=0.1)
    assert limiter.reserve(MODEL, input_tokens=1, max_tokens=1000).wait() == 0
    with pytest.raises(DeadlineError, match="rate limit") as caught:
        await send(model, how)
    assert (caught.value.phase, caught.value.sent) == ("queue", False)
    assert len(emulator.requests) == 0


@pytest.mark.parametrize("how", HOWS)
async def test_headers_teach_the_limit_of_the_service(how: How) -> None:
    limits = ModelRateLimits(by_model={MODEL: ModelRateLimit(requests=2)})
    with TelnyxEmulator(sockets=False, rate_limits=limits) as emulator:
        limiter = TelnyxRateLimiter(max_wait=0.05)
        model = model_of(emulator, limiter)
        for _ in range(2):
            await send(model, how)
        with pytest.raises(DeadlineError, match="max_wait"):
            await send(model, how)
        assert statuses(emulator) == [200, 200]


async def test_many_tasks_are_never_refused_where_they_would_be_without_the_limiter() -> None:
    limits = ModelRateLimits(by_model={MODEL: ModelRateLimit(output_tokens=500)})
    with TelnyxEmulator(sockets=False, rate_limits=limits) as emulator:
        limiter = TelnyxRateLimiter(output_tokens_per_minute=500, max_wait=0.05)
        model = model_of(emulator, limiter, max_tokens=100)
        calls = (model.ainvoke(f"Name moon {number}.") for number in range(12))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert set(statuses(emulator)) == {200}
        assert 5 <= len(emulator.requests) < 12
        late = [each for each in outcomes if not isinstance(each, AIMessage)]
        assert late
        assert all(isinstance(each, DeadlineError) for each in late)


@pytest.mark.parametrize("how", ["stream", "astream"])
async def test_a_stream_that_breaks_counts_its_estimate(emulator: TelnyxEmulator, how: How) -> None:
    limiter = TelnyxRateLimiter()
    emulator.cut_stream(after=2)
    with pytest.raises(StreamError):
        await send(model_of(emulator, limiter, max_tokens=700), how)
    assert counts(limiter, MODEL)[0] == 1
    assert counts(limiter, MODEL)[2] == 700


async def test_a_cancelled_call_frees_its_turn(emulator: TelnyxEmulator) -> None:
    limiter = TelnyxRateLimiter(output_tokens_per_minute=1000)
    held = limiter.reserve(MODEL, input_tokens=1, max_tokens=1000)
    assert held.wait() == 0
    model = model_of(emulator, limiter, max_tokens=900)
    task = asyncio.create_task(model.ainvoke("Name a moon."))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.settle(input_tokens=1)
    assert limiter.reserve(MODEL, input_tokens=1, max_tokens=1000).wait() == 0


def test_a_batch_shares_one_limiter(emulator: TelnyxEmulator) -> None:
    limiter = TelnyxRateLimiter()
    answers = model_of(emulator, limiter).batch([f"Name moon {number}." for number in range(8)])
    used = [each.usage_metadata for each in answers]
    assert counts(limiter, MODEL) == (
        8,
        sum(each["input_tokens"] for each in used if each),
        sum(each["output_tokens"] for each in used if each),
    )


def test_other_limiters_of_langchain_still_work(emulator: TelnyxEmulator) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=100, max_bucket_size=1)
    assert model_of(emulator, limiter).invoke("Name a moon.").text


def test_a_pickled_model_keeps_a_shared_limiter(emulator: TelnyxEmulator, tmp_path: Path) -> None:
    limiter = TelnyxRateLimiter(state=tmp_path / "limits")
    model = ChatTelnyx(model=MODEL, rate_limiter=limiter, api_key=emulator.api_key)
    stored = pickle.dumps(model)
    assert emulator.api_key.encode() not in stored
    again = pickle.loads(stored).rate_limiter  # noqa: S301 - made here
    assert isinstance(again, TelnyxRateLimiter)
    limiter.acquire()
    assert again.usage() == {"requests": 1}
