"""Retry, polling and paging, written once: generators that know nothing of sockets or `await`."""

import random
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from langchain_telnyx.client.call import (
    Call,
    Flow,
    Outside,
    Paging,
    Reply,
    Sleep,
    Steps,
    StreamCall,
    Together,
)
from langchain_telnyx.client.config import Config, Retry
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    ConflictError,
    RateLimitError,
    StreamError,
    TelnyxError,
)
from langchain_telnyx.client.refusals import error_for

T = TypeVar("T")

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0
# A server that asks for more than this is better answered by an error than by a hanging caller.
_LONGEST_WAIT_ASKED = 60.0
# Vendor codes for a resource that is locked or still being processed: conflicts that pass.
_PASSING_CONFLICTS = {"10035", "10036"}
_REQUEST_TIMEOUT = 408
_SERVICE_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Send:
    """Ask the driver for one attempt at a call: it answers with the `Reply`.

    Attributes:
        call: The call.
    """

    call: Call[Any]


@dataclass(frozen=True, slots=True)
class Open:
    """Ask the driver for one attempt at a stream: it answers with the open stream.

    Attributes:
        stream: The stream.
    """

    stream: StreamCall[Any]


Step: TypeAlias = Send | Open | Sleep | Together | Outside


def attempts(call: Call[T], config: Config) -> Generator[Step, Any, T]:
    """Send a call until it succeeds, fails for good, or the retries are used up."""
    return _persist(Send(call), call, config, lambda reply: read(reply, call))


def openings(stream: StreamCall[Any], config: Config) -> Generator[Step, Any, Any]:
    """Open a stream until its first item arrives, it fails for good, or the retries are used up.

    What was handed out cannot be taken back, so nothing is retried after the first item.
    """
    return _persist(Open(stream), stream.call, config, lambda opened: opened)


def _persist(
    step: Send | Open, call: Call[Any], config: Config, finish: Callable[[Any], T]
) -> Generator[Step, Any, T]:
    begun = time.monotonic()
    attempt = 0
    while True:
        attempt += 1
        try:
            return finish((yield step))
        except TelnyxError as error:
            if attempt > config.max_retries:
                raise
            delay = pause(error, attempt, may_repeat=call.may_repeat)
            if delay is None:
                raise
            if config.deadline is not None and time.monotonic() - begun + delay > config.deadline:
                raise
            if config.on_retry is not None:
                config.on_retry(Retry(str(call), attempt, delay, error))
        yield Sleep(delay)


def read(reply: Reply, call: Call[T]) -> T:
    """Return the result in a reply, or raise the error it means."""
    if not reply.ok:
        raise error_for(reply)
    try:
        return call.decode(reply)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        cause = reply.redactor.error(error)
    kind = reply.headers.get("content-type", "no content type")
    shown = reply.redacted()
    raise APIResponseError(
        f"HTTP {reply.status_code} to {reply.request or call}, but the body ({kind}, "
        f"{len(reply.content)} bytes) is not what the API documents: {shown.text[:200]!r}. "
        f"Check that `base_url` points at Telnyx.",
        shown,
    ) from cause


def pause(
    error: TelnyxError,
    attempt: int,
    *,
    may_repeat: bool,
    chance: Callable[[], float] = random.random,
) -> float | None:
    """Return the seconds to wait before the next attempt, or `None` to give up.

    Args:
        error: What the last attempt ended in.
        attempt: How many attempts have been made.
        may_repeat: Whether the call does no harm when the server has seen it already.
        chance: Returns a number in [0, 1); spreads out clients that failed together.
    """
    if not _worth_repeating(error, may_repeat=may_repeat):
        return None
    asked = error.retry_after if isinstance(error, APIStatusError) else None
    if asked is not None:
        return None if asked > _LONGEST_WAIT_ASKED else asked + 0.1 * chance()
    delay: float = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1))
    return delay * (1 - 0.5 * chance())


def _worth_repeating(error: TelnyxError, *, may_repeat: bool) -> bool:
    match error:
        case APIConnectionError():
            return may_repeat or not error.sent
        case StreamError():
            return may_repeat and error.is_retryable
        case APIStatusError():
            advice = error.response.headers.get("x-should-retry")
            if advice in {"true", "false"}:
                return advice == "true"
            return _passes(error, may_repeat=may_repeat)
        case _:
            return False


def _passes(error: APIStatusError, *, may_repeat: bool) -> bool:
    if isinstance(error, RateLimitError):
        return error.is_retryable  # refused before it was worked on
    if error.status_code == _SERVICE_UNAVAILABLE:
        return True  # likewise
    if isinstance(error, ConflictError):
        return may_repeat and error.code in _PASSING_CONFLICTS
    return may_repeat and (error.is_retryable or error.status_code == _REQUEST_TIMEOUT)


def until(
    ask: Callable[[], Steps[T]],
    done: Callable[[T], bool],
    *,
    timeout: float | None,
    first_delay: float = 0.2,
    longest_delay: float = 5.0,
    on_progress: Callable[[T], None] | None = None,
    late: Callable[[T], TelnyxError],
    clock: Callable[[], float] = time.monotonic,
) -> Flow[T]:
    """Poll until `done`, less and less often.

    Args:
        ask: Makes the call, or flow, to poll with.
        done: Whether a result is final.
        timeout: Seconds to wait at most; `None` waits for ever.
        first_delay: Seconds before the second poll.
        longest_delay: Seconds between polls at most.
        on_progress: Told every result.
        late: Makes the error for a result that is not final in time.
        clock: Returns seconds.
    """
    begun = clock()
    delay = first_delay
    while True:
        result = yield from ask()
        if on_progress is not None:
            on_progress(result)
        if done(result):
            return result
        left = None if timeout is None else timeout - (clock() - begun)
        if left is not None and left <= 0:
            raise late(result)
        yield Sleep(delay if left is None else min(delay, left))
        delay = min(longest_delay, delay * 1.5)


def every(paging: Paging[T]) -> Flow[list[T]]:
    """Collect every item of a listing."""
    return first(paging, None)


def first(paging: Paging[T], count: int | None) -> Flow[list[T]]:
    """Collect the first items of a listing, and ask for no page behind them.

    Args:
        paging: The listing.
        count: How many; `None` for all.
    """
    items: list[T] = []
    cursor: str | None = None
    while True:
        page = yield from paging.call(cursor)
        items += page.items
        cursor = page.cursor
        if cursor is None or (count is not None and len(items) >= count):
            return items[:count]


def together(
    flows: Sequence[Callable[[], Steps[T]]],
    *,
    width: int = 16,
    on_each: Callable[[], None] | None = None,
) -> Flow[list[T | TelnyxError]]:
    """Run many calls or flows at once; see `Together`."""
    results: list[T | TelnyxError] = yield Together(flows, width, on_each)
    return results


def outside(
    blocking: Callable[[], T], awaited: Callable[[], Awaitable[T]] | None = None
) -> Flow[T]:
    """Run what is not Telnyx's, as its face has it; see `Outside`."""
    result: T = yield Outside(blocking, awaited)
    return result


def expand(flow: Steps[T], config: Config) -> Generator[Step, Any, T]:
    """Turn a flow of calls into one of attempts: each call is retried where it stands."""
    if isinstance(flow, Call):
        return attempts(flow, config)
    return _follow(iter(flow), config)


def _follow(flow: Flow[T], config: Config) -> Generator[Step, Any, T]:
    answer: Any = None
    failure: TelnyxError | OSError | None = None
    try:
        while True:
            step = flow.send(answer) if failure is None else flow.throw(failure)
            answer, failure = None, None
            try:
                match step:
                    case Sleep() | Outside() | Together():
                        answer = yield step
                    case StreamCall():
                        answer = yield from openings(step, config)
                    case _:
                        answer = yield from attempts(step, config)
            except (TelnyxError, OSError) as error:
                failure = error
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()
