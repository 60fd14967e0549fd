"""The ledger of a rate limiter, on a fake clock: limits hold, all get through, nobody overtakes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from langchain_telnyx.rate_limiters.ledger import Ledger
from tests.rate_limiters.service import Client, Fate, run
from tests.support.hypothesis_profiles import examples

LIMIT = 100.0
FATES: list[Fate] = ["answered", "killed while waiting", "killed when admitted", "cancelled"]


@st.composite
def clients(draw: st.DrawFn, fates: list[Fate] = FATES) -> list[Client]:
    """Return clients with any timing, needs and fates."""
    made = []
    for _ in range(draw(st.integers(1, 8))):
        needs = draw(st.integers(1, int(LIMIT)))
        made.append(
            Client(
                arrives=draw(st.floats(0, 60)),
                needs=needs,
                uses=draw(st.integers(0, needs)),
                seconds=draw(st.floats(0, 30)),
                counted=draw(st.floats(0, 1)),
                fate=draw(st.sampled_from(fates)),
            )
        )
    return made


def reserve(ledger: Ledger, now: float, name: str, need: float = 1, **options: Any) -> float:
    """Return the seconds after which a request should ask again."""
    return ledger.reserve(
        now, identity=name, amounts={"tokens": need}, limits={"tokens": LIMIT}, **options
    ).look_again


@settings(max_examples=examples(40), deadline=None)
@given(clients())
def test_no_minute_of_the_service_has_more_than_the_limit(sent: list[Client]) -> None:
    assert run(sent, LIMIT).most_in_any_minute() <= LIMIT


@settings(max_examples=examples(40), deadline=None)
@given(clients())
def test_all_that_keep_asking_get_through(sent: list[Client]) -> None:
    run(sent, LIMIT)
    patient = [each for each in sent if each.fate in {"answered", "killed when admitted"}]
    assert all(each.admitted is not None for each in patient)


@settings(max_examples=examples(40), deadline=None)
@given(clients())
def test_nobody_waits_longer_than_all_need_one_after_the_other(sent: list[Client]) -> None:
    run(sent, LIMIT)
    for each in sent:
        if each.admitted is not None:
            # Each alone holds its tokens for its answer and a minute, and a bit for the parts.
            longest = sum(other.seconds + 61 + 8 for other in sent)
            assert each.admitted - each.arrives <= longest


@settings(max_examples=examples(40), deadline=None)
@given(clients(["answered"]))
def test_nobody_is_overtaken_beyond_the_time_between_two_looks(
    sent: list[Client],
) -> None:
    sent.sort(key=lambda each: each.arrives)
    assume(len({each.arrives for each in sent}) == len(sent))
    run(sent, LIMIT)
    latest = 0.0
    for each in reversed(sent):
        assert each.admitted is not None
        if latest:
            assert each.admitted <= latest + 10.001
        latest = min(latest or each.admitted, each.admitted)


@settings(max_examples=examples(40), deadline=None)
@given(clients())
def test_waiting_is_no_busy_loop(sent: list[Client]) -> None:
    run(sent, LIMIT)
    for each in sent:
        waited = (each.admitted or each.arrives) - each.arrives
        # Once a second, and more often only shortly before the expected end of a wait.
        assert each.attempts <= 2 + 10 * (waited + 1)


@settings(max_examples=examples(10))
@given(clients())
def test_a_ledger_continues_where_it_was_stored(sent: list[Client]) -> None:
    class Stored(Ledger):
        def reserve(self, now: float, **arguments: Any) -> Any:
            stored = Ledger.of_json(json.loads(json.dumps(self.to_json())))
            result = stored.reserve(now, **arguments)
            vars(self).update(vars(stored))
            return result

    again = [Client(**vars(each)) for each in sent]
    assert run(again, LIMIT, Stored()).counts == run(sent, LIMIT).counts


def test_a_killed_holder_blocks_others_for_a_minute_at_most() -> None:
    ledger = Ledger()
    assert reserve(ledger, 0, "killed", LIMIT) == 0
    assert reserve(ledger, 59, "next", queued=False) > 0
    assert reserve(ledger, 60.6, "next") == 0


def test_a_killed_waiter_loses_its_place_after_seconds() -> None:
    ledger = Ledger()
    assert reserve(ledger, 0, "first", LIMIT) == 0
    assert reserve(ledger, 30, "killed", LIMIT) > 0
    ledger.settle(31, identity="first", amounts={"tokens": 0})
    assert reserve(ledger, 31, "next") > 0
    assert reserve(ledger, 39, "next") == 0


def test_a_request_that_is_released_frees_its_turn() -> None:
    ledger = Ledger()
    assert reserve(ledger, 0, "first", LIMIT) == 0
    assert reserve(ledger, 1, "cancelled", LIMIT) > 0
    assert reserve(ledger, 1, "next") > 0
    ledger.settle(2, identity="first", amounts={"tokens": 0})
    ledger.release(2, identity="cancelled")
    assert reserve(ledger, 2, "next") == 0


def test_a_small_request_does_not_overtake_a_large_one() -> None:
    ledger = Ledger()
    assert reserve(ledger, 0, "first", 60) == 0
    assert reserve(ledger, 1, "large", 80) > 0
    assert reserve(ledger, 1, "small", 30) > 0


def test_an_answer_that_used_more_than_estimated_slows_the_next() -> None:
    ledger = Ledger()
    assert reserve(ledger, 0, "first", 10) == 0
    ledger.settle(1, identity="first", amounts={"tokens": 95})
    assert reserve(ledger, 1, "second", 10, queued=False) > 0
    assert reserve(ledger, 1, "third", 5) == 0


def test_a_late_answer_counts_for_a_minute_although_its_reservation_has_expired() -> None:
    ledger = Ledger()
    assert reserve(ledger, 0, "slow", 60) == 0
    ledger.settle(300, identity="slow", amounts={"tokens": 60})
    assert reserve(ledger, 330, "next", 60) > 0
    assert ledger.used(330) == {"tokens": 60}


def test_a_machine_that_was_restarted_begins_with_an_empty_minute() -> None:
    ledger = Ledger()
    assert reserve(ledger, 900_000, "before", LIMIT) == 0
    assert reserve(ledger, 10, "after", LIMIT) == 0


def test_a_clock_that_is_corrected_by_a_second_loses_nothing() -> None:
    ledger = Ledger()
    assert reserve(ledger, 100, "before", LIMIT) == 0
    assert reserve(ledger, 99, "after") > 0


# What the server's headers say.


def quota(ledger: Ledger, now: float, remaining: float, reset: float, limit: float = 10) -> None:
    """Learn the headers of a response."""
    ledger.learn(now, dimension="tokens", limit=limit, remaining=remaining, reset=reset)


def test_what_the_headers_leave_is_admitted_and_the_rest_waits_for_the_reset() -> None:
    ledger = Ledger()
    quota(ledger, 0, remaining=2, reset=40)
    admitted = [reserve(ledger, 1, str(number)) == 0 for number in range(4)]
    assert admitted == [True, True, False, False]
    assert reserve(ledger, 3.5, "2") > 0
    assert reserve(ledger, 41, "another") == 0


def test_a_new_window_of_the_server_has_its_limit_again() -> None:
    ledger = Ledger()
    quota(ledger, 0, remaining=0, reset=20)
    assert sum(reserve(ledger, 21, str(number), queued=False) == 0 for number in range(30)) == 10


def test_headers_of_the_same_window_do_not_give_back_what_is_on_its_way() -> None:
    ledger = Ledger()
    quota(ledger, 0, remaining=3, reset=40)
    for number in range(3):
        assert reserve(ledger, 1, str(number)) == 0
    quota(ledger, 2, remaining=2, reset=38)  # of the first; two are still on their way
    assert reserve(ledger, 2, "3") > 0


def test_a_request_larger_than_a_whole_window_of_the_server_is_sent_at_the_beginning_of_one() -> (
    None
):
    ledger = Ledger()
    quota(ledger, 0, remaining=5, reset=20)
    assert reserve(ledger, 1, "large", 50, queued=False) > 0
    assert reserve(ledger, 21, "large", 50) == 0
    assert reserve(ledger, 21, "small") > 0


def test_headers_that_no_longer_come_are_forgotten() -> None:
    ledger = Ledger()
    quota(ledger, 0, remaining=1, reset=60)
    assert sum(reserve(ledger, 700, str(number), queued=False) == 0 for number in range(30)) == 30


# Refusals.


def test_a_refusal_pauses_its_model_and_no_other() -> None:
    ledger = Ledger()
    ledger.pause(0, scope="a", seconds=7)
    assert reserve(ledger, 1, "of a", scope="a", queued=False) > 0
    assert reserve(ledger, 1, "of b", scope="b") == 0
    assert reserve(ledger, 7, "of a", scope="a") == 0


def test_refusals_without_a_time_pause_longer_and_longer_until_an_answer() -> None:
    ledger, now, pauses = Ledger(), 0.0, []
    for _ in range(7):
        ledger.pause(now, scope="a", seconds=None)
        ledger.pause(now, scope="a", seconds=None)  # sent before the pause
        expected = ledger.reserve(
            now, identity="x", amounts={}, limits={}, scope="a", queued=False
        ).expected
        pauses.append(expected)
        now += expected
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 30, 30])
    ledger.answered(now, scope="a")
    ledger.pause(now, scope="a", seconds=None)
    assert reserve(ledger, now + 1, "y", scope="a") == 0
