"""Waiting for background tasks: polled to the end, with an error for a failure."""

from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client.call import Call, Flow, Reply
from langchain_telnyx.client.config import configure
from langchain_telnyx.client.errors import NotFoundError, TaskError, TaskTimeoutError
from langchain_telnyx.client.flows import expand
from langchain_telnyx.client.waiting import wait_until_done

FETCH = Call("GET", "/task", lambda reply: reply.text)
WHY: Call[Any] = Call("GET", "/why", lambda reply: reply.json())


def answer_with(word: str, status: int = 200) -> Reply:
    return Reply(status, {}, word.encode())


@pytest.fixture
def wait(drive: Callable[..., Any]) -> Callable[..., Any]:
    """Wait for a task with prepared responses."""

    def run(*answers: Reply, timeout: float | None = None, **options: Any) -> Any:
        flow: Flow[str] = wait_until_done(
            lambda: FETCH,
            what="Job",
            id="job-1",
            status=lambda answer: answer,
            succeeded={"done"},
            failed={"failed"},
            timeout=timeout,
            **options,
        )
        return drive(expand(flow, configure(api_key="KEY", max_retries=0)), answers)

    return run


def test_polling_delays_grow_until_the_task_is_done(wait: Callable[..., Any]) -> None:
    progress: list[str] = []
    ended = wait(*map(answer_with, ["queued", "new word", "done"]), on_progress=progress.append)
    assert ended.result == "done"
    assert progress == ["queued", "new word", "done"]
    assert ended.slept == pytest.approx([0.2, 0.3])


def test_a_failure_is_an_error_with_the_reasons(wait: Callable[..., Any]) -> None:
    ended = wait(answer_with("failed"), answer_with('{"a.txt": "No text."}'), reasons=lambda _: WHY)
    assert isinstance(ended.result, TaskError)
    assert str(ended.result) == "Job 'job-1' ended in 'failed': 'a.txt': No text."
    assert (ended.result.task_id, ended.result.status) == ("job-1", "failed")
    assert ended.result.reasons == {"a.txt": "No text."}


def test_missing_reasons_do_not_hide_the_failure(wait: Callable[..., Any]) -> None:
    ended = wait(answer_with("failed"), answer_with("gone", 404), reasons=lambda _: WHY)
    assert str(ended.result) == "Job 'job-1' ended in 'failed'."


def test_an_unfinished_task_is_a_task_timeout_error(wait: Callable[..., Any]) -> None:
    ended = wait(answer_with("running"), timeout=0)
    assert isinstance(ended.result, TaskTimeoutError)
    assert ended.result.status == "running"
    assert "after 0 s" in str(ended.result)


def test_an_error_of_the_api_is_passed_on(wait: Callable[..., Any]) -> None:
    assert isinstance(wait(answer_with("no", 404)).result, NotFoundError)
