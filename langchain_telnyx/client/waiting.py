"""Waiting for what the service does in the background: polled to its end, its failure an error."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.errors import TaskError, TaskTimeoutError, TelnyxError
from langchain_telnyx.client.flows import poll

T = TypeVar("T")


def wait_until_done(
    ask: Callable[[], Steps[T]],
    *,
    what: str,
    id: str,  # noqa: A002 - what the task is known by, in every area
    status: Callable[[T], str | None],
    succeeded: Collection[str] = (),
    failed: Collection[str] = (),
    verdict: Callable[[T], bool | None] | None = None,
    timeout: float | None,
    on_progress: Callable[[T], None] | None = None,
    reasons: Callable[[T], Steps[Mapping[str, str]]] | None = None,
    advice: str = "",
) -> Flow[T]:
    """Poll a task, less and less often, until it has ended.

    Args:
        ask: Makes the call, or flow, that fetches it.
        what: What it is called in messages, such as `Embedding task`.
        id: What it is known by.
        status: Reads its state.
        succeeded: The states that mean success.
        failed: The states that mean failure.
        verdict: In place of both: whether it succeeded, `None` while it is under way.
        timeout: Seconds to wait at most; `None` waits for ever.
        on_progress: Told every answer.
        reasons: Makes the call, or flow, that finds out what failed inside it: name to reason.
        advice: What to try where no reasons are known.

    Raises:
        TaskError: It failed; `reasons` say why, where the service does.
        TaskTimeoutError: It has not ended in time, and may still be running.
    """

    def ended_well(answer: T) -> bool | None:
        if verdict is not None:
            return verdict(answer)
        if status(answer) in succeeded:
            return True
        return False if status(answer) in failed else None

    answer = yield from poll(
        ask,
        lambda answer: ended_well(answer) is not None,
        timeout=timeout,
        on_progress=on_progress,
        late=lambda answer: TaskTimeoutError(
            f"{what} {id!r} was still {status(answer)!r} after {timeout:g} s: wait again with a "
            f"longer `timeout`.",
            id,
            status(answer),
        ),
    )
    if ended_well(answer):
        return answer
    why: Mapping[str, str] = {}
    if reasons is not None:
        try:
            why = yield from reasons(answer)
        except TelnyxError:
            why = {}  # the failure is the news, not that its reasons could not be fetched
    more = "; ".join(f"{name!r}: {reason.rstrip('.')}" for name, reason in why.items()) or advice
    raise TaskError(
        f"{what} {id!r} ended in {status(answer)!r}" + (f": {more}." if more else "."),
        id,
        status(answer),
        why,
    )
