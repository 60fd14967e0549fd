"""Polling, paging and flows of several calls, driven with prepared replies."""

import json
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import pytest

from langchain_telnyx.client.attempts import Send
from langchain_telnyx.client.call import Call, Concurrently, Page, Paging, Reply, Sleep
from langchain_telnyx.client.config import Config, configure
from langchain_telnyx.client.errors import APIStatusError, TaskTimeoutError
from langchain_telnyx.client.flows import concurrently, every, expand, first, poll

Drive = Callable[..., Any]
GET: Call[Any] = Call("GET", "/x", Reply.json)
POST: Call[Any] = Call("POST", "/x", Reply.json)
FINE = Reply(200, {}, b'"fine"')


def config(**options: Any) -> Config:
    return configure(api_key="KEY", base_url="http://127.0.0.1:1", **options)


def refusal(status: int, code: str = "", **headers: str) -> Reply:
    body = {"errors": [{"code": code, "title": "No"}]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(body).encode())


class Polled(NamedTuple):
    """The result or error of polling, the number of polls, and the waits."""

    result: Any
    sent: int
    slept: list[float]


class Clock:
    """A clock that advances only in sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def run_poll(
    states: list[str], timeout: float | None, on_progress: Callable[[str], None] | None = None
) -> Polled:
    """Drive `poll` with a fake clock over states; the last one is final."""
    clock = Clock()
    flow = poll(
        lambda: GET,
        lambda state: state == "done",
        timeout=timeout,
        on_progress=on_progress,
        timeout_error=lambda state: TaskTimeoutError(f"still {state}", "t", state),
        clock=clock,
    )
    ready, slept = iter(states), []
    sent = 0
    answer: Any = None
    try:
        while True:
            step = flow.send(answer)
            answer = None
            if isinstance(step, Sleep):
                slept.append(round(step.seconds, 6))
                clock.now += step.seconds
            else:
                sent += 1
                answer = next(ready)
    except StopIteration as stop:
        return Polled(stop.value, sent, slept)
    except TaskTimeoutError as error:
        return Polled(error, sent, slept)


def test_a_finished_task_is_polled_once() -> None:
    assert run_poll(["done"], timeout=10) == Polled("done", 1, [])


def test_delays_between_polls_grow_to_five_seconds() -> None:
    slept = run_poll(["busy"] * 11 + ["done"], timeout=None).slept
    assert slept == pytest.approx([0.2, 0.3, 0.45, 0.68, 1.01, 1.52, 2.28, 3.42, 5, 5, 5], abs=0.01)


def test_the_last_poll_is_sent_when_the_timeout_ends() -> None:
    outcome = run_poll(["busy"] * 10, timeout=1.0)
    assert outcome.slept == [0.2, 0.3, 0.45, 0.05]
    assert isinstance(outcome.result, TaskTimeoutError)
    assert (outcome.result.status, outcome.sent) == ("busy", 5)


def test_a_task_finished_at_the_last_poll_is_in_time() -> None:
    assert run_poll(["busy", "busy", "busy", "busy", "done"], timeout=1.0).result == "done"


def test_a_timeout_of_zero_is_one_poll() -> None:
    outcome = run_poll(["busy"], timeout=0)
    assert isinstance(outcome.result, TaskTimeoutError)
    assert (outcome.sent, outcome.slept) == (1, [])


def test_progress_is_reported_at_every_poll() -> None:
    updates: list[str] = []
    run_poll(["busy", "busy", "done"], timeout=None, on_progress=updates.append)
    assert updates == ["busy", "busy", "done"]


def pages(*contents: list[int]) -> Paging[int]:
    """A listing whose cursor is the number of the page."""

    def request_page(cursor: str | None) -> Call[Page[int]]:
        number = int(cursor or 0)
        following = str(number + 1) if number + 1 < len(contents) else None
        return Call("GET", f"/{number}", lambda _: Page(contents[number], following))

    return Paging(request_page)


def test_a_listing_is_collected_page_after_page(drive: Drive) -> None:
    steps = expand(every(pages([1, 2], [], [3])), config())
    assert drive(steps, [FINE, FINE, FINE]) == ([1, 2, 3], 3, [])


def test_an_empty_listing_is_one_page(drive: Drive) -> None:
    assert drive(expand(every(pages([])), config()), [FINE]) == ([], 1, [])


@pytest.mark.parametrize(
    ("count", "expected", "sent"),
    [(1, [1], 1), (2, [1, 2], 1), (3, [1, 2, 3], 2), (9, [1, 2, 3], 2)],
)
def test_pages_after_the_first_items_are_not_requested(
    drive: Drive, count: int, expected: list[int], sent: int
) -> None:
    steps = expand(first(pages([1, 2], [3]), count), config())
    assert drive(steps, [FINE] * sent) == (expected, sent, [])


def test_each_call_of_a_flow_is_retried_in_place(drive: Drive) -> None:
    steps = expand(every(pages([1], [2])), config())
    outcome = drive(steps, [FINE, refusal(503, retry_after="0"), FINE])
    assert (outcome.result, outcome.sent) == ([1, 2], 3)


def test_a_flow_can_catch_the_error_of_a_call(drive: Drive) -> None:
    def flow() -> Generator[Any, Any, Any]:
        try:
            return (yield from GET)
        except APIStatusError as error:
            yield Sleep(7)
            return (yield from GET), error.status_code

    outcome = drive(expand(flow(), config()), [refusal(404), FINE])
    assert outcome == (("fine", 404), 2, [7])


def test_a_flow_is_closed_when_its_error_escapes(drive: Drive) -> None:
    closed: list[bool] = []

    def flow() -> Generator[Any, Any, Any]:
        try:
            return (yield from GET)
        finally:
            closed.append(True)

    assert isinstance(drive(expand(flow(), config()), [refusal(404)]).result, APIStatusError)
    assert closed == [True]


def test_a_single_call_is_a_flow() -> None:
    steps = expand(GET, config())
    assert next(steps) == Send(GET)
    with pytest.raises(StopIteration) as stop:
        steps.send(FINE)
    assert stop.value.value == "fine"


def test_concurrent_calls_are_one_step() -> None:
    flow = concurrently([lambda: GET, lambda: POST], width=3)
    step = next(flow)
    assert isinstance(step, Concurrently)
    assert [make() for make in step.flows] == [GET, POST]
    assert step.width == 3
    with pytest.raises(StopIteration) as stop:
        flow.send(["a", "b"])
    assert stop.value.value == ["a", "b"]
