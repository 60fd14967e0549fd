"""Shared states of rate limiters: processes on one file, Redis, and actors."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import fakeredis
import pytest

from langchain_telnyx import TelnyxRateLimiter
from langchain_telnyx.rate_limiters import (
    FileRateLimitState,
    LocalRateLimitState,
    RateLimitState,
    RayRateLimitState,
    RedisRateLimitState,
)

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "moonshotai/Kimi-K3"


class Actor:
    """An actor's handle, as Ray has it: methods have `remote`, which returns a reference."""

    def __init__(self) -> None:
        state = LocalRateLimitState()

        class Method:
            @staticmethod
            def remote(*arguments: Any) -> Any:
                return state.apply(*arguments)

        self.apply = Method()


@pytest.fixture(params=["local", "file", "redis", "ray"])
def state(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RateLimitState:
    """Return a state of each kind."""
    if request.param == "local":
        return LocalRateLimitState()
    if request.param == "file":
        return FileRateLimitState(tmp_path / "limits.sqlite")
    if request.param == "redis":
        return RedisRateLimitState(fakeredis.FakeRedis())
    ray = type(sys)("ray")
    ray.get = lambda reference: reference  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ray", ray)
    return RayRateLimitState(Actor())


def test_limiters_with_one_state_share_the_limits(state: RateLimitState) -> None:
    one, two = (TelnyxRateLimiter(requests_per_minute=3, state=state) for _ in range(2))
    assert [each.acquire(blocking=False) for each in (one, two, one, two)] == [True] * 3 + [False]


async def test_tasks_with_one_state_share_the_limits(state: RateLimitState) -> None:
    one, two = (TelnyxRateLimiter(requests_per_minute=3, state=state) for _ in range(2))
    granted = [await each.aacquire(blocking=False) for each in (one, two, one, two)]
    assert granted == [True] * 3 + [False]


def test_limiters_with_one_state_share_what_one_has_learned(state: RateLimitState) -> None:
    one, two = (TelnyxRateLimiter(state=state) for _ in range(2))
    reservation = one.reserve(MODEL, input_tokens=5)
    assert reservation.wait() == 0
    headers = {
        "x-ratelimit-limit": "50",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": "30",
    }
    reservation.settle(input_tokens=5, output_tokens=3, headers=headers)
    assert two.usage()[f"{MODEL} output tokens"] == 3
    assert [two.acquire(blocking=False) for _ in range(2)] == [True, False]


def test_a_refusal_pauses_all_that_share_a_state(state: RateLimitState) -> None:
    one, two = (TelnyxRateLimiter(state=state) for _ in range(2))
    reservation = one.reserve(MODEL, input_tokens=5)
    reservation.wait()
    reservation.refuse(retry_after=30)
    assert two.reserve(MODEL, input_tokens=5).wait() > 0
    assert two.reserve("another model", input_tokens=5).wait() == 0


def test_no_state_stores_a_key_or_a_text(tmp_path: Path) -> None:
    file = tmp_path / "limits.sqlite"
    limiter = TelnyxRateLimiter(state=file)
    limiter.reserve(MODEL, input_tokens=5).wait()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert MODEL.encode() in stored
    assert b"KEY" not in stored


def test_a_state_that_cannot_be_used_is_an_error_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("These are notes, not counts. " * 100)
    with pytest.raises(OSError, match=r"notes\.txt"):
        TelnyxRateLimiter(state=file).acquire()
    with pytest.raises(OSError, match="missing"):
        TelnyxRateLimiter(state=tmp_path / "missing" / "file").acquire()
    assert file.read_text().startswith("These are notes")


def test_an_answer_is_not_lost_because_of_its_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "limits.sqlite"
    reservation = TelnyxRateLimiter(state=file).reserve(MODEL, input_tokens=5)
    reservation.wait()
    file.write_text("broken " * 1000)
    reservation.settle(input_tokens=5)
    assert "not updated" in caplog.text


def test_redis_shows_no_password() -> None:
    client = fakeredis.FakeRedis(password="secret-password")
    assert "secret" not in repr(TelnyxRateLimiter(state=RedisRateLimitState(client)))


_ACQUIRES = """
import sys
from langchain_telnyx import TelnyxRateLimiter
limiter = TelnyxRateLimiter(requests_per_minute=25, state=sys.argv[1])
print(sum(limiter.acquire(blocking=False) for _ in range(20)))
"""


def test_processes_on_one_file_get_no_more_than_the_limit(tmp_path: Path) -> None:
    file = str(tmp_path / "limits.sqlite")
    processes = [
        subprocess.Popen([sys.executable, "-c", _ACQUIRES, file], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    granted = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(granted) == 25


_DIES = """
import os, signal, sqlite3, sys
from langchain_telnyx import TelnyxRateLimiter
limiter = TelnyxRateLimiter(requests_per_minute=2, state=sys.argv[1])
limiter.acquire()
# In the middle of a transaction, with the lock of the file.
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA synchronous=OFF")
db.execute("BEGIN IMMEDIATE")
db.execute("DELETE FROM ledger")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_process_killed_in_the_middle_of_a_change_leaves_a_usable_state(tmp_path: Path) -> None:
    file = str(tmp_path / "limits.sqlite")
    assert subprocess.run([sys.executable, "-c", _DIES, file], check=False).returncode != 0
    limiter = TelnyxRateLimiter(requests_per_minute=2, state=file)
    begun = time.monotonic()
    assert [limiter.acquire(blocking=False) for _ in range(2)] == [True, False]
    assert time.monotonic() - begun < 5


METHODS = sorted({*multiprocessing.get_all_start_methods()} - {"forkserver"})


def _acquire(limiter: TelnyxRateLimiter, results: Any) -> None:
    results.put((os.getpid(), limiter.acquire(blocking=False)))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of multi-threaded processes
@pytest.mark.parametrize(
    "method", [each for each in multiprocessing.get_all_start_methods() if each != "forkserver"]
)
def test_processes_of_every_start_method_share_a_file(method: str, tmp_path: Path) -> None:
    context: Any = multiprocessing.get_context(method)
    limiter = TelnyxRateLimiter(requests_per_minute=2, state=tmp_path / "limits.sqlite")
    assert limiter.acquire()
    results = context.Queue()
    processes = [context.Process(target=_acquire, args=(limiter, results)) for _ in range(2)]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=60)[1] for _ in processes]
    for process in processes:
        process.join()
    assert sorted(outcomes) == [False, True]
