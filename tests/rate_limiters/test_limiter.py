"""`TelnyxRateLimiter` by itself: LangChain's protocol, limits of models, arguments, pickles."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
import time
from typing import TYPE_CHECKING

import pytest
from langchain_core.rate_limiters import BaseRateLimiter

from langchain_telnyx import (
    ConfigurationError,
    DeadlineError,
    RequestOverLimitError,
    TelnyxRateLimiter,
    deadline,
)
from langchain_telnyx.data._rate_limits import _RATE_LIMITS
from langchain_telnyx.rate_limiters import LocalRateLimitState, ModelLimits

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "moonshotai/Kimi-K3"


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limiter_at(clock: Clock, **options: float) -> TelnyxRateLimiter:
    """Return a limiter with a fake clock."""
    return TelnyxRateLimiter(state=LocalRateLimitState(clock), **options)  # type: ignore[arg-type]


def test_it_is_a_rate_limiter_of_langchain() -> None:
    assert isinstance(TelnyxRateLimiter(), BaseRateLimiter)


def test_without_a_limit_requests_never_wait() -> None:
    limiter = TelnyxRateLimiter()
    assert all(limiter.acquire(blocking=False) for _ in range(500))


def test_requests_beyond_the_limit_are_refused_without_blocking_until_a_minute_later() -> None:
    clock = Clock()
    limiter = limiter_at(clock, requests_per_minute=3)
    assert [limiter.acquire(blocking=False) for _ in range(5)] == [True, True, True, False, False]
    clock.now += 59
    assert not limiter.acquire(blocking=False)
    clock.now += 2
    assert limiter.acquire(blocking=False)


async def test_async_requests_share_the_limit_with_sync_ones() -> None:
    limiter = limiter_at(Clock(), requests_per_minute=2)
    assert limiter.acquire(blocking=False)
    assert await limiter.aacquire(blocking=False)
    assert not await limiter.aacquire(blocking=False)
    assert not limiter.acquire(blocking=False)


def test_a_blocked_thread_continues_when_its_turn_comes() -> None:
    clock = Clock()
    limiter = limiter_at(clock, requests_per_minute=1)
    assert limiter.acquire()
    done = threading.Event()

    def work() -> None:
        limiter.acquire()
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.05)
    assert not done.is_set()
    clock.now += 61
    thread.join(timeout=20)
    assert done.is_set()


async def test_a_cancelled_task_frees_its_turn() -> None:
    clock = Clock()
    limiter = limiter_at(clock, requests_per_minute=1)
    assert await limiter.aacquire()
    waiting = asyncio.create_task(limiter.aacquire())
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    clock.now += 61
    assert await limiter.aacquire(blocking=False)


def test_max_wait_ends_a_wait_with_an_error() -> None:
    limiter = TelnyxRateLimiter(requests_per_minute=1, max_wait=0.05)
    limiter.acquire()
    begun = time.monotonic()
    with pytest.raises(DeadlineError, match=r"within 0\.05 s") as caught:
        limiter.acquire()
    assert time.monotonic() - begun < 5
    assert (caught.value.phase, caught.value.sent) == ("queue", False)


async def test_max_wait_ends_a_wait_of_a_task() -> None:
    limiter = TelnyxRateLimiter(requests_per_minute=1, max_wait=0.05)
    await limiter.aacquire()
    with pytest.raises(DeadlineError, match="Raise `max_wait`"):
        await limiter.aacquire()


def test_the_deadline_of_the_surrounding_code_ends_a_wait() -> None:
    limiter = TelnyxRateLimiter(requests_per_minute=1)
    limiter.acquire()
    with deadline(0.05), pytest.raises(DeadlineError, match="rate limit"):
        limiter.acquire()
    assert not limiter.acquire(blocking=False)


@pytest.mark.parametrize("model", sorted(_RATE_LIMITS))
def test_a_model_has_its_published_limits(model: str) -> None:
    limits = TelnyxRateLimiter().limits_of(model)
    assert limits.of_tokens() == _RATE_LIMITS[model]
    assert limits.requests is None


def test_an_unknown_model_has_no_invented_limit() -> None:
    limiter = TelnyxRateLimiter()
    assert limiter.limits_of("acme/new-model") == ModelLimits()
    assert limiter.reserve("acme/new-model", input_tokens=10**12).wait() == 0


def test_arguments_and_a_share_change_the_limits() -> None:
    limiter = TelnyxRateLimiter(requests_per_minute=100, output_tokens_per_minute=5000, share=0.25)
    assert limiter.limits_of(MODEL) == ModelLimits(25, 5_000_000, 1_000_000, 1250)
    assert limiter.limits_of("acme/new-model") == ModelLimits(25, None, None, 1250)


@pytest.mark.parametrize(
    ("needs", "dimension"),
    [
        ({"input_tokens": 5000}, f"{MODEL} input tokens"),
        ({"input_tokens": 1500}, f"{MODEL} uncached input tokens"),
        ({"input_tokens": 1, "max_tokens": 800}, f"{MODEL} output tokens"),
        ({"input_tokens": 1, "max_tokens": 300, "answers": 2}, f"{MODEL} output tokens"),
    ],
)
def test_a_request_larger_than_a_limit_is_refused_at_once(
    needs: dict[str, float], dimension: str
) -> None:
    limiter = TelnyxRateLimiter(
        input_tokens_per_minute=4000,
        uncached_input_tokens_per_minute=1000,
        output_tokens_per_minute=500,
    )
    with pytest.raises(RequestOverLimitError, match="per minute") as caught:
        limiter.reserve(MODEL, **needs)  # type: ignore[arg-type]
    assert caught.value.dimension == dimension
    assert caught.value.amount > caught.value.limit
    again = copy.copy(caught.value)
    assert (str(again), again.limit) == (str(caught.value), caught.value.limit)


def test_the_request_that_was_acquired_is_part_of_the_reservation_that_follows() -> None:
    limiter = limiter_at(Clock(), requests_per_minute=10)
    assert limiter.acquire()
    reservation = limiter.reserve(MODEL, input_tokens=5, max_tokens=7)
    assert reservation.wait() == 0
    assert limiter.usage()["requests"] == 1
    reservation.settle(input_tokens=6, output_tokens=2, cached_tokens=4)
    assert limiter.usage() == {
        "requests": 1,
        f"{MODEL} input tokens": 6,
        f"{MODEL} uncached input tokens": 2,
        f"{MODEL} output tokens": 2,
    }


def test_a_request_without_max_tokens_reserves_the_mean_of_earlier_answers() -> None:
    limiter = limiter_at(Clock())
    for _ in range(100):
        limiter.note_output(MODEL, 40)
    assert limiter.reserve(MODEL, input_tokens=5).wait() == 0
    assert limiter.usage()[f"{MODEL} output tokens"] == pytest.approx(40)


def test_max_tokens_are_reserved_unless_the_mean_is_requested() -> None:
    for reserve_max_tokens, reserved in ((True, 900), (False, 40)):
        limiter = TelnyxRateLimiter(reserve_max_tokens=reserve_max_tokens)
        limiter.note_output(MODEL, 40)
        limiter.reserve(MODEL, input_tokens=5, max_tokens=900).wait()
        assert limiter.usage()[f"{MODEL} output tokens"] == pytest.approx(reserved)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"input_tokens_per_minute": -1}, "input_tokens_per_minute"),
        ({"uncached_input_tokens_per_minute": float("nan")}, "uncached_input_tokens_per_minute"),
        ({"output_tokens_per_minute": "5"}, "output_tokens_per_minute"),
        ({"share": 2}, "at most 1"),
        ({"share": True}, "share"),
        ({"max_wait": float("inf")}, "max_wait"),
        ({"requests_per_minute": 5, "share": 0.1}, "less than one request"),
    ],
)
def test_invalid_arguments_are_refused_by_name(options: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        TelnyxRateLimiter(**options)  # type: ignore[arg-type]


def test_a_misspelt_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="request_per_minute"):
        TelnyxRateLimiter(request_per_minute=1)  # type: ignore[call-arg]


def test_a_pickled_limiter_has_the_same_limits_and_the_same_file(tmp_path: Path) -> None:
    limiter = TelnyxRateLimiter(requests_per_minute=2, state=tmp_path / "limits")
    other = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - made here
    assert limiter.acquire(blocking=False)
    assert other.acquire(blocking=False)
    assert not limiter.acquire(blocking=False)


def test_a_pickle_without_a_shared_state_begins_with_an_empty_minute() -> None:
    limiter = TelnyxRateLimiter(requests_per_minute=1)
    assert limiter.acquire(blocking=False)
    again = pickle.loads(pickle.dumps(limiter))  # noqa: S301 - made here
    assert again.acquire(blocking=False)
    assert copy.deepcopy(limiter).acquire(blocking=False)
    assert not limiter.acquire(blocking=False)


def test_many_threads_get_no_more_than_the_limit() -> None:
    limiter = limiter_at(Clock(), requests_per_minute=50)
    granted: list[bool] = []

    def work() -> None:
        granted.extend(limiter.acquire(blocking=False) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 50
