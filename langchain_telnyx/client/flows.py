"""Polling, paging and flows of several calls: generators without sockets or `await`."""

import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from langchain_telnyx.client.attempts import Step, attempts, stream_attempts
from langchain_telnyx.client.call import (
    Call,
    Concurrently,
    Flow,
    Paging,
    RunExternal,
    RunWithin,
    Sleep,
    Steps,
    StreamCall,
)
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.deadlines import deadline_error, earliest
from langchain_telnyx.client.errors import DeadlineError, ListingError, TelnyxError
from langchain_telnyx.client.listing import Pager
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.storage_state import StorageState

T = TypeVar("T")

# Seconds for the last poll, even if `timeout` has passed.
_LAST_POLL_SECONDS = 1.0


def poll(
    send: Callable[[], Steps[T]],
    done: Callable[[T], bool],
    *,
    timeout: float | None,
    first_delay: float = 0.2,
    longest_delay: float = 5.0,
    on_progress: Callable[[T], None] | None = None,
    timeout_error: Callable[[T], TelnyxError],
    clock: Callable[[], float] = time.monotonic,
) -> Flow[T]:
    """Poll with growing delays until `done`.

    Args:
        send: Creates the call, or flow, to poll with.
        done: Whether a result is final.
        timeout: Maximum seconds to wait; `None` waits for ever.
        first_delay: Seconds before the second poll.
        longest_delay: Maximum seconds between polls.
        on_progress: Called with every result.
        timeout_error: Creates the error for a result that is not final in time.
        clock: Returns seconds.
    """
    begun = clock()
    delay = first_delay
    last: list[T] = []

    def left() -> float | None:
        return None if timeout is None else timeout - (clock() - begun)

    try:
        while True:
            rest = left()
            # The last poll still has time for its response.
            result = yield from within(
                send, None if rest is None else max(rest, _LAST_POLL_SECONDS)
            )
            last = [result]
            if on_progress is not None:
                on_progress(result)
            if done(result):
                return result
            rest = left()
            if rest is not None and rest <= 0:
                raise timeout_error(result)
            yield Sleep(delay if rest is None else min(delay, rest))
            delay = min(longest_delay, delay * 1.5)
    except DeadlineError as error:
        rest = left()
        if last and rest is not None and rest <= 0:
            raise timeout_error(last[0]) from error
        error.partial = last[0] if last else None
        raise


def every(paging: Paging[T]) -> Flow[Rows[T]]:
    """Collect every item of a listing, and the rows that could not be read."""
    return first(paging, None)


def first(paging: Paging[T], count: int | None) -> Flow[Rows[T]]:
    """Collect the first items of a listing, and request no page after them.

    Args:
        paging: The listing.
        count: How many; `None` for all.

    Raises:
        ListingError: The listing does not end; `partial` has the items so far.
    """
    items: Rows[T] = Rows()
    walk = Pager(paging)
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


def concurrently(
    flows: Sequence[Callable[[], Steps[T]]],
    *,
    width: int = 16,
    on_each: Callable[[], None] | None = None,
) -> Flow[list[T | TelnyxError]]:
    """Run many calls or flows at once; see `Concurrently`."""
    results: list[T | TelnyxError] = yield Concurrently(flows, width, on_each)
    return results


def within(send: Callable[[], Steps[T]], seconds: float | None) -> Flow[T]:
    """Run a call or a flow in a maximum number of seconds; see `RunWithin`."""
    result: T = yield RunWithin(send(), seconds)
    return result


def run_external(run: Callable[[], T], arun: Callable[[], Awaitable[T]] | None = None) -> Flow[T]:
    """Run code that is not a call of the API; see `RunExternal`."""
    result: T = yield RunExternal(run, arun)
    return result


def expand(
    flow: Steps[T],
    config: Config,
    state: StorageState | None = None,
    end: float | None = None,
) -> Generator[Step, Any, T]:
    """Turn a flow of calls into a flow of attempts: each call is retried in place.

    Args:
        flow: The flow, or a call.
        config: How to reach the API.
        state: The state of the storage; default: a new one.
        end: When it must end, on the state's clock; default: at the configuration's deadline.
    """
    state = state or StorageState()
    if isinstance(flow, Call):
        return attempts(flow, config, state, end)
    if end is None and config.deadline is not None:
        end = state.clock() + config.deadline
    return _follow(iter(flow), config, state, end)


def _follow(
    flow: Flow[T], config: Config, state: StorageState, end: float | None
) -> Generator[Step, Any, T]:
    step_result: Any = None
    failure: TelnyxError | OSError | ValueError | None = None
    try:
        while True:
            step = flow.send(step_result) if failure is None else flow.throw(failure)
            step_result, failure = None, None
            try:
                match step:
                    case Sleep():
                        yield from _sleep(step, state, end)
                    case RunExternal() | Concurrently():
                        step_result = yield step if end is None else replace(step, end=end)
                    case StreamCall():
                        step_result = yield from stream_attempts(step, config, state, end)
                    case RunWithin():
                        sooner = end
                        if step.seconds is not None:
                            sooner = earliest(end, state.clock() + step.seconds)
                        step_result = yield from expand(step.steps, config, state, sooner)
                    case _:
                        step_result = yield from attempts(step, config, state, end)
            except (TelnyxError, OSError, ValueError) as error:
                failure = error
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()


def _sleep(step: Sleep, state: StorageState, end: float | None) -> Generator[Step, Any]:
    """Wait, if the flow has enough time.

    Raises:
        DeadlineError: It has not.
    """
    if end is None or (left := end - state.clock()) >= step.seconds:
        yield step
        return
    yield Sleep(max(0.0, left))
    raise deadline_error("the call", "polling")
