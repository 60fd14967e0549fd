"""Polling, paging and flows of several calls: generators without sockets or `await`."""

import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, TypeVar

from langchain_telnyx.client.attempts import Step, attempts, openings
from langchain_telnyx.client.call import (
    Call,
    Collect,
    Flow,
    Outside,
    Paging,
    Sleep,
    Steps,
    StreamCall,
    Together,
)
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.listing import collected
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


def every(paging: Paging[T]) -> Flow[list[T]]:
    """Collect every item of a listing."""
    return first(paging, None)


def first(paging: Paging[T], count: int | None) -> Flow[list[T]]:
    """Collect the first items of a listing, and ask for no page behind them.

    Args:
        paging: The listing.
        count: How many; `None` for all.

    Raises:
        ListingError: The listing does not end as it must; `partial` has the items that came.
    """
    items: list[T] = yield Collect(paging, count)
    return items


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
                        answer = yield from openings(step, config, state)
                    case Collect():
                        answer = yield from collected(step.paging, step.count, config, state)
                    case _:
                        answer = yield from attempts(step, config, state)
            except (TelnyxError, OSError) as error:
                failure = error
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()
