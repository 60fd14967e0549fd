"""The rate limit of one bucket, with a fake clock: how it slows, recovers and shares."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langchain_telnyx.client.limiter import Limiter
from tests.support.hypothesis_profiles import examples


def limited(rate: float = 100.0, seconds: float = 2.0) -> tuple[Limiter, float]:
    """Return a limiter after its first refusal, with requests at a rate, and the time."""
    limiter, now = Limiter(), 50.0
    for number in range(int(rate * seconds)):
        limiter.sent(50.0 + number / rate)
        now = 50.0 + number / rate
        limiter.accepted(now)
    limiter.refused(now, now)
    return limiter, now


def test_a_bucket_that_never_refuses_is_not_slowed() -> None:
    limiter = Limiter()
    for number in range(5000):
        assert limiter.turn(number / 5000) is None
        limiter.sent(number / 5000)
        limiter.accepted(number / 5000)
    assert limiter.rate is None


def test_the_first_refusal_takes_a_third_of_the_rate_that_was_measured() -> None:
    limiter, _ = limited(100)
    assert limiter.rate == pytest.approx(70, rel=0.1)


def test_turns_are_spaced_by_the_rate() -> None:
    limiter, now = limited(100)
    turns = [limiter.turn(now) for _ in range(50)]
    waits = [limiter.wait(turn, now) for turn in turns if turn is not None]
    assert waits == sorted(waits)
    assert waits[-1] - waits[0] == pytest.approx(49 / 70, rel=0.1)


def test_turns_do_not_accumulate_during_a_pause() -> None:
    limiter, now = limited(100)
    later = now + 3.0
    turns = [limiter.turn(later) for _ in range(100)]
    at_once = [turn for turn in turns if turn is not None and limiter.wait(turn, later) == 0]
    assert len(at_once) <= 15


def test_simultaneous_refusals_slow_down_once() -> None:
    limiter, now = limited(100)
    rate = limiter.rate
    for number in range(60):
        limiter.refused(now - 0.01, now + 0.001 * number)
    assert limiter.rate == rate


def test_a_refusal_of_a_later_request_slows_down_again() -> None:
    limiter, now = limited(100)
    before = limiter.rate or 0
    limiter.refused(now + 0.05, now + 0.1)
    assert (limiter.rate or 0) < 0.75 * before


def test_the_rate_recovers_after_the_limit_is_raised() -> None:
    limiter, now = limited(100)
    for step in range(1, 201):
        limiter.turn(now + step / 10)
        limiter.accepted(now + step / 10)
    assert (limiter.rate or 0) > 1000


def test_calls_wait_for_a_bucket_only_if_it_accepts_requests() -> None:
    limiter = Limiter()
    limiter.refused(0.0, 0.0)
    assert limiter.is_worth_waiting(29.0, may_be_down=False)
    assert not limiter.is_worth_waiting(31.0, may_be_down=False)
    assert not limiter.is_worth_waiting(1.0, may_be_down=True)
    limiter.accepted(31.0)
    limiter.refused(31.5, 32.0)
    assert limiter.is_worth_waiting(41.0, may_be_down=True)
    assert not limiter.is_worth_waiting(43.0, may_be_down=True)


@settings(max_examples=examples(200), deadline=None)
@example([("refused", 0.0), ("turn", 1.0), ("refused", 31.0), ("turn", 0.0)])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["turn", "sent", "accepted", "refused"]), st.floats(0, 40, width=32)
        ),
        max_size=80,
    )
)
def test_turns_continue_after_any_order_of_events(events: list[tuple[str, float]]) -> None:
    limiter, now = Limiter(), 0.0
    for event, pause in events:
        if event == "turn":
            limiter.turn(now)
        elif event == "refused":
            limiter.refused(now, now + pause)
        elif event == "sent":
            limiter.sent(now)
        else:
            limiter.accepted(now)
        now += pause
    turn = limiter.turn(now)
    # Behind at most 80 others, at two a second or faster.
    assert turn is None or 0 <= limiter.wait(turn, now) <= 41
    looks = 0
    while turn is not None and (wait := limiter.wait(turn, now)) > 0:
        now += wait
        looks += 1
        assert looks < 100
