"""A bucket with a limited rate of requests: nothing is lost, and little time.

Whole writes run in simulated time: the flows and the limiter are the client's, the network and the
clock are simulated.
"""

import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.attempts import attempts
from langchain_telnyx.client.call import Call, Reply, Sleep
from langchain_telnyx.client.config import Config, Retry, configure
from langchain_telnyx.client.errors import DeadlineError, ServerError, TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.storage_state import StorageState
from tests.support.hypothesis_profiles import examples

FINE = Reply(200, {"etag": '"x"'}, b"")
SLOW_DOWN = Reply(503, {}, b"<Error><Code>SlowDown</Code><Message>Slow down.</Message></Error>")
TOO_MANY = Reply(429, {}, b'{"errors": [{"code": "10011", "title": "Too many requests"}]}')
UNAVAILABLE = Reply(503, {}, b"")


def config(**options: Any) -> Config:
    return configure(api_key="KEY", storage_url="http://127.0.0.1:1", **options)


def put(number: int, bucket: str = "busy") -> Call[str]:
    return Call("PUT", f"/{bucket}/{number}", lambda _: "stored", host="storage")


@dataclass
class Bucket:
    """A bucket that accepts `rate` requests per second, with a burst of one second."""

    rate: float
    refusal: Reply = SLOW_DOWN
    refused: int = 0
    _left: float = field(init=False)
    _at: float = 0.0

    def __post_init__(self) -> None:
        self._left = self.rate

    def answer(self, now: float) -> Reply:
        self._left = min(self.rate, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            self.refused += 1
            return self.refusal
        self._left -= 1
        return FINE


@dataclass
class Client:
    """A client that puts objects, several at a time."""

    objects: int
    width: int = 16
    begins: float = 0.0
    bucket: str = "busy"
    options: dict[str, Any] = field(default_factory=dict)
    failed: list[TelnyxError] = field(default_factory=list)
    stored: int = 0
    ended: float = 0.0


class World:
    """Clients and their bucket, in simulated time."""

    def __init__(
        self, answer: Callable[[float], Reply], latency: float = 0.02, seed: int = 7
    ) -> None:
        self.now = 0.0
        self.sent = 0
        self._answer = answer
        self._latency = latency
        self._chance = random.Random(seed)
        self._order = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def run(self, *clients: Client) -> None:
        for client in clients:
            state = StorageState(clock=lambda: self.now)
            numbers = iter(range(client.objects))
            for _ in range(client.width):
                self._at(client.begins, self._worker(client, state, numbers))
        while self._events:
            self.now, _, action = heapq.heappop(self._events)
            action()

    def _at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), action))

    def _later(self, seconds: float) -> float:
        return self.now + seconds * (0.5 + self._chance.random())

    def _worker(self, client: Client, state: StorageState, numbers: Any) -> Callable[[], None]:
        def begin() -> None:
            number = next(numbers, None)
            if number is None:
                return
            steps = attempts(put(number, client.bucket), config(**client.options), state)
            go_on(steps, lambda: next(steps))

        def go_on(steps: Generator[Any, Any, Any], resume: Callable[[], Any]) -> None:
            try:
                step = resume()
            except StopIteration:
                client.stored += 1
            except TelnyxError as error:
                client.failed.append(error)
            else:
                if isinstance(step, Sleep):
                    # Threads wake up a little late, never early.
                    late = self._chance.random() / 1000
                    self._at(
                        self.now + step.seconds + late,
                        lambda: go_on(steps, lambda: steps.send(None)),
                    )
                else:
                    self.sent += 1
                    self._at(self._later(self._latency / 2), lambda: arrive(steps))
                return
            client.ended = self.now
            begin()

        def arrive(steps: Generator[Any, Any, Any]) -> None:
            reply = self._answer(self.now)
            self._at(
                self._later(self._latency / 2), lambda: go_on(steps, lambda: steps.send(reply))
            )

        return begin


@pytest.mark.parametrize("refusal", [SLOW_DOWN, TOO_MANY, UNAVAILABLE], ids=["503", "429", "bare"])
@pytest.mark.parametrize("rate", [100, 200])
@pytest.mark.parametrize(("width", "latency"), [(16, 0.005), (64, 0.005), (64, 0.1), (500, 0.02)])
def test_writes_at_a_constant_rate_limit_lose_nothing_and_little_time(
    rate: int, width: int, latency: float, refusal: Reply
) -> None:
    bucket, client = Bucket(rate, refusal), Client(2500, width)
    World(bucket.answer, latency).run(client)
    assert not client.failed
    assert client.stored == 2500
    assert client.ended < 1.3 * (2500 - rate) / rate


@pytest.mark.parametrize("begins", [0.0, 2.0])
def test_two_clients_share_a_bucket_in_about_halves(begins: float) -> None:
    bucket = Bucket(200)
    one, other = Client(2500, 32), Client(2500, 32, begins)
    World(bucket.answer, 0.03).run(one, other)
    assert not one.failed + other.failed
    assert max(one.ended, other.ended) < 1.3 * 4800 / 200
    took = one.ended, other.ended - begins
    assert max(took) < 1.35 * min(took)


def test_the_rate_recovers_when_the_limit_is_raised() -> None:
    slow, fast = Bucket(50), Bucket(500)
    client = Client(6000, 64)
    World(lambda now: (slow if now < 20 else fast).answer(now)).run(client)
    assert not client.failed
    # 1050 in the first 20 s; the rest would take 10 s at the new limit.
    assert client.ended < 40


def test_a_bucket_without_refusals_is_not_slower() -> None:
    client = Client(2000, 16, options={"max_retries": 0})
    world = World(lambda _: FINE, 0.02)
    world.run(client)
    assert client.ended == pytest.approx(2000 / 16 * 0.02, rel=0.1)
    assert world.sent == 2000


def test_one_bucket_that_refuses_does_not_slow_another() -> None:
    state = StorageState(clock=lambda: 100.0)
    steps = attempts(put(1, "busy"), config(), state)
    next(steps)
    assert isinstance(steps.send(SLOW_DOWN), Sleep)
    quiet = attempts(put(1, "quiet"), config(), state)
    assert not isinstance(next(quiet), Sleep)
    assert isinstance(next(attempts(put(2, "busy"), config(), state)), Sleep)


def test_requests_to_the_api_are_not_rate_limited() -> None:
    state = StorageState(clock=lambda: 100.0)
    chat: Call[Any] = Call("POST", "/ai/chat/completions", Reply.json)
    steps = attempts(chat, config(max_retries=1), state)
    next(steps)
    assert isinstance(steps.send(TOO_MANY), Sleep)
    assert not isinstance(next(attempts(chat, config(), state)), Sleep)
    next(steps)
    with pytest.raises(TelnyxError, match="429"):
        steps.send(TOO_MANY)


def test_rate_refusals_do_not_count_as_retries_of_other_errors() -> None:
    answers = iter([SLOW_DOWN] * 7 + [Reply(500, {}, b"")] + [SLOW_DOWN] * 7 + [FINE])
    client = Client(1, 1, options={"max_retries": 1})
    World(lambda _: next(answers)).run(client)
    assert client.stored == 1


def test_without_retries_a_refusal_is_an_error_at_once() -> None:
    client = Client(1, 1, options={"max_retries": 0})
    World(lambda _: SLOW_DOWN).run(client)
    (error,) = client.failed
    assert isinstance(error, ServerError)
    assert error.code == "SlowDown"


@pytest.mark.parametrize(
    ("refusal", "longest"), [(SLOW_DOWN, 60), (TOO_MANY, 60), (UNAVAILABLE, 3)]
)
def test_a_bucket_with_only_refusals_fails_eventually(refusal: Reply, longest: float) -> None:
    client = Client(1, 1)
    World(lambda _: refusal).run(client)
    assert len(client.failed) == 1
    assert client.ended < longest


def test_requests_to_a_bucket_with_only_refusals_fail() -> None:
    client = Client(500, 64)
    world = World(lambda _: SLOW_DOWN)
    world.run(client)
    assert len(client.failed) == 500
    assert client.ended < 180


def test_an_object_that_is_always_refused_fails_while_others_are_stored() -> None:
    client = Client(300, 16)
    turn = itertools.count()

    def answer(_: float) -> Reply:
        return UNAVAILABLE if next(turn) % 3 == 0 else FINE

    World(answer).run(client)
    assert client.stored + len(client.failed) == 300
    assert client.stored > 290


def test_the_deadline_ends_the_wait_for_a_turn() -> None:
    bucket, client = Bucket(10), Client(100, 100, options={"deadline": 2.0})
    World(bucket.answer).run(client)
    assert client.ended <= 2.1
    assert client.stored + len(client.failed) == 100
    assert client.failed


def test_a_call_whose_turn_comes_too_late_is_not_sent() -> None:
    state = StorageState(clock=lambda: 10.0)
    for number in range(40):
        steps = attempts(put(number), config(), state)
        if not isinstance(next(steps), Sleep):
            steps.send(SLOW_DOWN)
    with pytest.raises(DeadlineError, match=r"are sent at 7 per second") as caught:
        next(attempts(put(99), config(deadline=0.1), state))
    assert "after the deadline" in str(caught.value)
    assert (caught.value.sent, caught.value.phase) == (False, "queue")


def test_an_error_has_the_retry_after_of_the_server() -> None:
    retries: list[Retry] = []
    answers = iter([Reply(503, {"retry-after": "7"}, SLOW_DOWN.content), FINE])
    client = Client(1, 1, options={"on_retry": retries.append})
    World(lambda _: next(answers)).run(client)
    assert client.ended > 7
    [retry] = retries
    assert 7 <= retry.delay <= 14


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.sampled_from([FINE, SLOW_DOWN, TOO_MANY, UNAVAILABLE, Reply(500, {}, b"")])),
    st.sampled_from([FINE, SLOW_DOWN]),
    st.integers(1, 40),
)
def test_calls_end_with_any_pattern_of_refusals(
    pattern: list[Reply], rest: Reply, width: int
) -> None:
    answers = itertools.chain(pattern, itertools.repeat(rest))
    client = Client(40, width)
    world = World(lambda _: next(answers))
    world.run(client)
    assert client.stored + len(client.failed) == 40
    assert world.sent <= 40 * 70
    if rest is FINE:
        assert client.ended < 120


async def test_a_real_server_with_forty_requests_per_second_gets_every_object(
    as_async: Callable[[Telnyx], Any], serve: Callable[..., str]
) -> None:
    lock, bucket, begun = threading.Lock(), Bucket(40), time.monotonic()

    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        with lock:
            reply = bucket.answer(time.monotonic() - begun)
        return reply.status_code, dict(reply.headers), reply.content

    telnyx = Telnyx(api_key="KEY", storage_url=serve(answer))
    calls = telnyx.calls.storage

    def add() -> Generator[Any, Any, Any]:
        puts = [partial(calls.put_object, "busy", str(number), b"x") for number in range(120)]
        return (yield from concurrently(puts, width=32))

    results = await as_async(telnyx).send(add())
    assert results == ["x"] * 120
    assert bucket.refused > 0
