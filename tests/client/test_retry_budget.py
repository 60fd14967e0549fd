"""The retry budget of a host: counted like botocore's standard mode, shared, and visible."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.retries.quota import RetryQuota
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx import ChatTelnyx, RetryState
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.attempts import attempts
from langchain_telnyx.client.call import Call, Reply
from langchain_telnyx.client.config import Config, configure
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    ServerError,
    TelnyxError,
)
from langchain_telnyx.client.retry_budget import RetryBudget
from langchain_telnyx.client.storage_state import StorageState

Drive = Callable[..., Any]
AsAsync = Callable[[Telnyx], Any]
GET: Call[Any] = Call("GET", "/x", Reply.json)
FINE = Reply(200, {}, b'"fine"')
DOWN = Reply(503, {}, b"")
ROOT = "http://127.0.0.1:1"
_names = itertools.count()


def config(**options: Any) -> Config:
    """Return a unique configuration: equal ones share their budget."""
    headers = {"x-test": str(next(_names))}
    return configure(api_key="KEY", base_url=ROOT, headers=headers, **options)


# One call each: the number of failed attempts, whether by timeouts, whether the last fails too.
CALLS = st.lists(
    st.tuples(st.lists(st.booleans(), max_size=3), st.booleans()), min_size=1, max_size=60
)


@given(CALLS, st.integers(0, 60))
def test_tokens_are_counted_as_botocore_counts_them(
    calls: list[tuple[list[bool], bool]], capacity: int
) -> None:
    theirs = RetryQuota(capacity)
    ours = RetryBudget(ROOT, capacity)
    for failures, succeeds in calls:
        paid = None
        for timed_out in failures:
            cost = 10 if timed_out else 5
            allowed = theirs.acquire(cost)
            assert ours.take(timed_out=timed_out) == (cost if allowed else None)
            if not allowed:
                break
            paid = cost
        else:
            if succeeds:
                theirs.release(1 if paid is None else paid)
                ours.succeeded(paid)
        assert ours.state.available == theirs.available_capacity
        assert ours.state.is_open == (theirs.available_capacity < 5)


def test_a_dead_server_gets_one_request_per_call_once_the_budget_is_spent(drive: Drive) -> None:
    state, same = StorageState(), config()
    sent = [
        drive(attempts(GET, same, state), itertools.repeat(APIConnectionError("refused"))).sent
        for _ in range(300)
    ]
    assert sum(sent) == 300 + 100  # 500 tokens, of which a retry takes 5
    assert set(sent[60:]) == {1}


def test_timeouts_take_twice_as_much(drive: Drive) -> None:
    state, same = StorageState(), config()
    late = itertools.repeat(APITimeoutError("late"))
    assert sum(drive(attempts(GET, same, state), late).sent for _ in range(100)) == 100 + 50


def test_a_spent_budget_is_noted_on_the_error(drive: Drive) -> None:
    state = StorageState()
    error = drive(attempts(GET, config(retry_budget=4), state), [DOWN]).result
    assert isinstance(error, ServerError)
    assert "retry budget is spent (4 of 4 tokens are left)" in error.__notes__[0]
    assert ROOT in error.__notes__[0]


def test_success_closes_the_circuit_again(drive: Drive) -> None:
    state, same = StorageState(), config(retry_budget=10)
    drive(attempts(GET, same, state), itertools.repeat(DOWN))
    assert state.retry_states() == {ROOT: RetryState(ROOT, 10, 0, is_open=True)}
    for _ in range(5):
        assert drive(attempts(GET, same, state), [FINE]).sent == 1
    assert state.retry_states()[ROOT] == RetryState(ROOT, 10, 5, is_open=False)
    assert drive(attempts(GET, same, state), [DOWN, FINE]).sent == 2
    assert state.retry_states()[ROOT].available == 5  # the tokens of the retry were returned


def test_calls_that_succeed_after_retries_do_not_spend_the_budget(drive: Drive) -> None:
    state, same = StorageState(), config()
    for _ in range(1000):
        assert drive(attempts(GET, same, state), [DOWN, FINE]).result == "fine"
    assert state.retry_states()[ROOT].available == 500


def test_a_failure_without_a_retry_takes_no_tokens(drive: Drive) -> None:
    state, same = StorageState(), config()
    for status in (400, 401, 404, 422):
        drive(attempts(GET, same, state), [Reply(status, {}, b"")])
    drive(attempts(Call("POST", "/x", Reply.json), same, state), [DOWN])
    assert state.retry_states()[ROOT].available == 500


def test_the_api_and_the_storage_have_budgets_of_their_own(drive: Drive) -> None:
    state = StorageState()
    same = configure(api_key="KEY", base_url=ROOT, storage_url="http://127.0.0.1:2", retry_budget=5)
    drive(attempts(GET, same, state), itertools.repeat(DOWN))
    stored: Call[Any] = Call("GET", "/bucket/key", Reply.json, host="storage")
    assert drive(attempts(stored, same, state), [APIConnectionError("no"), FINE]).sent == 2
    assert {host: each.is_open for host, each in state.retry_states().items()} == {
        ROOT: True,
        "http://127.0.0.1:2": False,
    }


async def test_clients_with_equal_configurations_share_the_budget(
    as_async: AsAsync, serve: Callable[[Any], str]
) -> None:
    counter = itertools.count()

    def down(*_: Any) -> Any:
        next(counter)
        return 503, {"retry-after": "0"}, b""

    base = serve(down)
    one, other, elsewhere = (
        Telnyx(api_key="KEY", base_url=base, retry_budget=10, max_retries=5, timeout=timeout)
        for timeout in (5, 5, 7)
    )
    for client in (one, other, elsewhere):
        with pytest.raises(TelnyxError):
            await as_async(client).models.list()
    [state] = one.retry_states.values()
    assert (state.capacity, state.available, state.is_open) == (10, 0, True)
    assert other.retry_states == one.retry_states
    assert next(counter) == 3 + 1 + 3


def test_adapters_accept_on_retry() -> None:
    model = ChatTelnyx(model="m", api_key="KEY", base_url=ROOT, retry_budget=50)
    assert model.telnyx.config.retry_budget == 50
    with pytest.raises(ConfigurationError, match="`retry_budget` is -1"):
        Telnyx(api_key="KEY", retry_budget=-1)
