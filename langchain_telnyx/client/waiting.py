"""Waits for background tasks of the service: polls a task to its end, and raises if it failed."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.errors import TaskError, TaskTimeoutError, TelnyxError
from langchain_telnyx.client.flows import poll

T = TypeVar("T")


def wait_until_done(
    fetch: Callable[[], Steps[T]],
    *,
    what: str,
    id: str,  # noqa: A002 - the name in every area
    status: Callable[[T], str | None],
    succeeded: Collection[str] = (),
    failed: Collection[str] = (),
    outcome: Callable[[T], bool | None] | None = None,
    timeout: float | None,
    on_progress: Callable[[T], None] | None = None,
    reasons: Callable[[T], Steps[Mapping[str, str]]] | None = None,
    advice: str = "",
) -> Flow[T]:
    """Poll a task with growing delays until it has ended.

    Args:
        fetch: Creates the call, or flow, that fetches it.
        what: Its kind, for messages, such as `Embedding task`.
        id: Its id.
        status: Reads its state.
        succeeded: The states that mean success.
        failed: The states that mean failure.
        outcome: In place of both: whether it succeeded, `None` while it is in progress.
        timeout: Maximum seconds to wait; `None` waits for ever.
        on_progress: Called with every response.
        reasons: Creates the call, or flow, that returns what failed in it: name to reason.
        advice: What to try if there are no reasons.

    Raises:
        TaskError: It failed; `reasons` say why, if the service returns them.
        TaskTimeoutError: It has not ended in time, and may still be running.
    """

    def succeeded_or_failed(response: T) -> bool | None:
        if outcome is not None:
            return outcome(response)
        if status(response) in succeeded:
            return True
        return False if status(response) in failed else None

    response = yield from poll(
        fetch,
        lambda response: succeeded_or_failed(response) is not None,
        timeout=timeout,
        on_progress=on_progress,
        timeout_error=lambda response: TaskTimeoutError(
            f"{what} {id!r} was still {status(response)!r} after {timeout:g} s: wait again with a "
            f"longer `timeout`.",
            id,
            status(response),
        ),
    )
    if succeeded_or_failed(response):
        return response
    why: Mapping[str, str] = {}
    if reasons is not None:
        try:
            why = yield from reasons(response)
        except TelnyxError:
            why = {}  # report the failure, even if its reasons cannot be fetched
    more = "; ".join(f"{name!r}: {reason.rstrip('.')}" for name, reason in why.items()) or advice
    raise TaskError(
        f"{what} {id!r} ended in {status(response)!r}" + (f": {more}." if more else "."),
        id,
        status(response),
        why,
    )
