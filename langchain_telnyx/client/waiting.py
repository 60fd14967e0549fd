"""Waiting for what the service does in the background: polled to its end, its failure an error."""

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
    id: str,  # noqa: A002 - what the task is known by, in every area
    status: Callable[[T], str | None],
    succeeded: Collection[str] = (),
    failed: Collection[str] = (),
    outcome: Callable[[T], bool | None] | None = None,
    timeout: float | None,
    on_progress: Callable[[T], None] | None = None,
    reasons: Callable[[T], Steps[Mapping[str, str]]] | None = None,
    advice: str = "",
) -> Flow[T]:
    """Poll a task, less and less often, until it has ended.

    Args:
        fetch: Makes the call, or flow, that fetches it.
        what: What it is called in messages, such as `Embedding task`.
        id: What it is known by.
        status: Reads its state.
        succeeded: The states that mean success.
        failed: The states that mean failure.
        outcome: In place of both: whether it succeeded, `None` while it is under way.
        timeout: Seconds to wait at most; `None` waits for ever.
        on_progress: Told every response.
        reasons: Makes the call, or flow, that finds out what failed inside it: name to reason.
        advice: What to try where no reasons are known.

    Raises:
        TaskError: It failed; `reasons` say why, where the service does.
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
            why = {}  # the failure is the news, not that its reasons could not be fetched
    more = "; ".join(f"{name!r}: {reason.rstrip('.')}" for name, reason in why.items()) or advice
    raise TaskError(
        f"{what} {id!r} ended in {status(response)!r}" + (f": {more}." if more else "."),
        id,
        status(response),
        why,
    )
