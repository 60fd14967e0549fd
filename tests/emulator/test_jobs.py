"""Jobs of the emulator end, whenever they become due."""

import itertools
import time
from types import SimpleNamespace

import pytest

from langchain_telnyx.emulator.runtime import jobs as jobs_module
from langchain_telnyx.emulator.runtime.clock import FakeClock
from langchain_telnyx.emulator.runtime.jobs import SCHEMA, Jobs
from langchain_telnyx.emulator.storage.database import Store

STEP = 0.4


@pytest.mark.parametrize("delay", [0.5, 0.7, 0.9, 1.1, 1.3, 1.5])
def test_a_job_that_becomes_due_between_two_steps_of_the_worker_runs(
    delay: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = itertools.count()
    # Time passes between any two readings of the clock.
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + STEP * next(calls))
    monkeypatch.setattr(jobs_module, "time", clock)
    jobs = Jobs(Store(None, [SCHEMA]), FakeClock(), failed="failed")
    jobs.runners["embed"] = lambda _: "success"
    try:
        jobs.submit("embed", "moons", id="1", after=delay)
        end = time.monotonic() + 10
        while not (found := jobs.all(["embed"], statuses=["success"])):
            assert time.monotonic() < end, "the job does not end"
            time.sleep(0.01)
        assert [job.id for job in found] == ["1"]
    finally:
        jobs.close()
