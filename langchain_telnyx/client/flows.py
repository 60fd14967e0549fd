"""Polling, paging and flows of several calls: generators without sockets or `await`."""

import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, TypeVar

from langchain_telnyx.client.attempts import Step, attempts, openings
from langchain_telnyx.client.call import (
    Call,
    Flow,
    Outside,
    Paging,
    Sleep,
    Steps,
    StreamCall,
    Together,
)
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.errors import ListingError, TelnyxError
from langchain_telnyx.client.listing import Walk
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.storage_state import StorageState

T = TypeVar("T")


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


def every(paging: Paging[T]) -> Flow[Rows[T]]:
    """Collect every item of a listing, and the rows that could not be read."""
    return first(paging, None)


def first(paging: Paging[T], count: int | None) -> Flow[Rows[T]]:
    """Collect the first items of a listing, and ask for no page behind them.

    Args:
        paging: The listing.
        count: How many; `None` for all.

    Raises:
        ListingError: The listing does not end as it must; `partial` has the items that came.
    """
    items: Rows[T] = Rows()
    walk = Walk(paging)
    try:
        while True:
            page = yield from walk.page()
            items += page
            items.unreadable += page.unreadable
            if walk.ended or (count is not None and len(items) >= count):
                return Rows(items[:count], items.unreadable)
    except ListingError as error:
        error.partial = items
        raise


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


def expand(
    flow: Steps[T], config: Config, state: StorageState | None = None
) -> Generator[Step, Any, T]:
    """Turn a flow of calls into one of attempts: each call is retried where it stands.

    Args:
        flow: The flow, or a call.
        config: How to reach the API.
        state: What is known of the storage; default: nothing.
    """
    state = state or StorageState()
    if isinstance(flow, Call):
        return attempts(flow, config, state)
    return _follow(iter(flow), config, state)


def _follow(flow: Flow[T], config: Config, state: StorageState) -> Generator[Step, Any, T]:
    answer: Any = None
    failure: TelnyxError | OSError | ValueError | None = None
    try:
        while True:
            step = flow.send(answer) if failure is None else flow.throw(failure)
            answer, failure = None, None
            try:
                match step:
                    case Sleep() | Outside() | Together():
                        answer = yield step
                    case StreamCall():
                        answer = yield from openings(step, config, state)
                    case _:
                        answer = yield from attempts(step, config, state)
            except (TelnyxError, OSError, ValueError) as error:
                failure = error
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()
