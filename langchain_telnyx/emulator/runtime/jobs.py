"""Background jobs, stored in the database and run one after the other by a worker thread.

A job is `queued`, then `processing`, then has the status that its runner returns; some kinds have
other names for these states, or more states. Jobs that a crash interrupted are queued again when
the store is opened, so runners must be able to start again.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.pace import Pace, immediately
from langchain_telnyx.emulator.storage.database import Store

logger = logging.getLogger(__name__)

_SELECT = "SELECT id, kind, subject, details, status, created_at, finished_at FROM jobs"
_NUMBERS = "SELECT number FROM jobs INDEXED BY jobs_by_status"
_STEP_TIMEOUT = 30.0
"""The most seconds that a poll waits for the step that it allows."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    finished_at TEXT
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (kind, status)
"""


@dataclass(frozen=True)
class Job:
    """A job and its current status.

    Attributes:
        id: Its UUID.
        kind: The kind, which selects the runner.
        subject: The resource it works on, such as a bucket's name.
        details: Further arguments of its runner.
        status: Its stage (see `JobStates`), or the status that the runner returned.
        created_at: When it was queued.
        finished_at: When it ended.
    """

    id: str
    kind: str
    subject: str
    details: dict[str, Any]
    status: str
    created_at: str
    finished_at: str | None


class InterruptedJob(Exception):  # noqa: N818 - not an error
    """A job was interrupted because the emulator stops."""


Runner = Callable[[Job], str]


@dataclass(frozen=True)
class JobStates:
    """The names of the states of a kind of job.

    Attributes:
        stages: The states before the result, in order: it waits in the first and runs in the last.
        failed: The status of a job whose runner raised.
    """

    stages: tuple[str, ...] = ("queued", "processing")
    failed: str = "failed"


@dataclass
class _ActiveJob:
    """A job that has not ended, with its stage, the start of the stage, and its polls."""

    job: Job
    not_before: float = 0.0
    since: float = field(default_factory=time.monotonic)
    polls: int = 0
    stage: int = 0


class Jobs:
    """The jobs of the account and their worker thread.

    Args:
        store: The database.
        clock: The clock for their times.
        failed: The status of a job whose runner raised.

    Attributes:
        runners: For each kind, a function that does the work and returns the final status.
        states: The states of kinds with names of their own.
        on_end: For some kinds, a function that is called with a job that has ended and its status.
        transient: Kinds whose jobs are deleted when they end.
    """

    def __init__(self, store: Store, clock: Clock, *, failed: str) -> None:
        self._store = store
        self._clock = clock
        self._default_states = JobStates(failed=failed)
        self.runners: dict[str, Runner] = {}
        self.states: dict[str, JobStates] = {}
        self.on_end: dict[str, Callable[[Job, str], None]] = {}
        self.transient: set[str] = set()
        self._pace = immediately()
        self._changed = threading.Condition()
        self._active: dict[str, _ActiveJob] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def failed(self) -> str:
        """The status of a job whose runner raised."""
        return self._default_states.failed

    @failed.setter
    def failed(self, status: str) -> None:
        self._default_states = JobStates(failed=status)

    @property
    def pace(self) -> Pace:
        """The pace of jobs; see `runtime.pace`."""
        return self._pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        with self._changed:
            self._pace = pace
            self._changed.notify_all()

    def resume(self) -> None:
        """Queue jobs again that a crash interrupted."""
        for kind in self.transient:
            self._store.execute("DELETE FROM jobs WHERE kind = ? AND finished_at IS NOT NULL", kind)
        for job in self._select("finished_at IS NULL"):
            self._set_status(job, self._states_of(job).stages[0])
            self._enqueue(job)

    def submit(
        self,
        kind: str,
        subject: str,
        *,
        id: str,  # noqa: A002 - a job's field
        after: float = 0.0,
        **details: Any,
    ) -> Job:
        """Queue a job.

        Args:
            kind: The kind.
            subject: The resource it works on.
            id: Its UUID.
            after: The least number of seconds for which it stays queued, at any pace.
            details: Further arguments of its runner.
        """
        first = self.states.get(kind, self._default_states).stages[0]
        job = Job(id, kind, subject, details, first, self._clock.stamp(), None)
        self._store.execute(
            "INSERT INTO jobs (id, kind, subject, details, status, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            job.id,
            kind,
            subject,
            json.dumps(details),
            job.status,
            job.created_at,
        )
        self._enqueue(job, after)
        return job

    def find(self, job_id: str, kinds: Collection[str]) -> Job | None:
        """Return a job of one of `kinds`, or None."""
        return next((job for job in self._select("id = ?", job_id) if job.kind in kinds), None)

    def all(self, kinds: Collection[str], *, statuses: Collection[str] | None = None) -> list[Job]:
        """Return the jobs of these kinds, in some states or in any, oldest first."""
        where, values = f"kind IN ({_placeholders(kinds)})", [*kinds]
        if statuses is not None:
            # Most jobs have ended; the index finds the others.
            where = (
                f"number IN ({_NUMBERS} WHERE {where} AND status IN ({_placeholders(statuses)}))"
            )
            values += statuses
        return self._select(where, *values)

    def end(self, job_id: str, status: str) -> bool:
        """End a job immediately, even while its runner works; return False if it had ended."""
        ended = self._finish(job_id, status)
        self._deactivate(job_id)
        return ended

    def delete(self, job_id: str) -> None:
        """Delete a job, ended or not."""
        self._store.execute("DELETE FROM jobs WHERE id = ?", job_id)
        self._deactivate(job_id)

    def waiting(self, kinds: Collection[str], subject: str) -> bool:
        """Return whether a job of one of `kinds` on `subject` waits in its first stage."""
        with self._changed:
            return any(
                active.job.kind in kinds and active.job.subject == subject and active.stage == 0
                for active in self._active.values()
            )

    def poll(
        self,
        *,
        id: str | None = None,  # noqa: A002 - a job's field
        subject: str | None = None,
        kinds: Collection[str] | None = None,
    ) -> None:
        """Count a poll of a job, or of all jobs on a subject, of some kinds.

        At a pace that counts polls, this waits for the step that the poll allows.
        """
        with self._changed:
            polled = [
                active
                for active in self._active.values()
                if id in {None, active.job.id}
                and subject in {None, active.job.subject}
                and (kinds is None or active.job.kind in kinds)
            ]
            for active in polled:
                active.polls += 1
            if self._pace.polls and any(self._may_move(active) for active in polled):
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._stopped or not any(map(self._may_move, polled)), _STEP_TIMEOUT
                )

    def check(self) -> None:
        """Interrupt a runner when the emulator stops; long runners call this repeatedly.

        Raises:
            InterruptedJob: The emulator stops. The job stays unfinished, and runs again when the
                data is opened next.
        """
        if self._stopped:
            raise InterruptedJob

    def close(self) -> None:
        """Stop the worker after the running job ends or calls `check`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _select(self, where: str, *values: str) -> list[Job]:
        rows = self._store.rows(
            f"{_SELECT} WHERE {where} ORDER BY number",
            *values,
        )
        return [Job(**{**row, "details": json.loads(row["details"])}) for row in rows]

    def _enqueue(self, job: Job, after: float = 0.0) -> None:
        with self._changed:
            self._active[job.id] = _ActiveJob(job, time.monotonic() + after if after else 0.0)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="telnyx-emulator-jobs", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def _may_move(self, active: _ActiveJob, now: float | None = None) -> bool:
        """Return whether the worker may move an active job to its next stage."""
        now = time.monotonic() if now is None else now
        return (
            active.job.id in self._active
            and now >= active.not_before
            and self._pace.is_over(active.polls, now - active.since)
        )

    def _wait_seconds(self, now: float) -> float | None:
        """Return the seconds to wait before a job may move without a notification, or None."""
        if any(active.not_before > now for active in self._active.values()):
            return 0.01
        return 0.01 if self._active and self._pace.seconds else None

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._stopped:
                    # One time for both: a job that becomes due in between would wait for ever.
                    now = time.monotonic()
                    movable = (each for each in self._active.values() if self._may_move(each, now))
                    active = next(movable, None)
                    if active is not None:
                        break
                    self._changed.wait(self._wait_seconds(now))
                else:
                    return
            self._step(active)

    def _step(self, active: _ActiveJob) -> None:
        job = active.job
        states = self._states_of(job)
        next_stage = active.stage + 1
        if next_stage < len(states.stages):
            self._set_status(job, states.stages[next_stage])
            with self._changed:
                # The poll that allowed this returns the new state, so it counts.
                active.stage, active.polls, active.since = next_stage, 1, time.monotonic()
                self._changed.notify_all()
            return
        try:
            status = self.runners[job.kind](job)
        except InterruptedJob:
            return
        except Exception:
            logger.exception("The job %s (%s) failed", job.id, job.kind)
            status = states.failed
        ended = self._finish(job.id, status)
        if job.kind in self.transient:
            self._store.execute("DELETE FROM jobs WHERE id = ?", job.id)
        self._deactivate(job.id)
        if ended and job.kind in self.on_end:
            self._notify(job, status)

    def _notify(self, job: Job, status: str) -> None:
        try:
            self.on_end[job.kind](job, status)
        except Exception:
            # The job has ended; an error of the callback must not end the worker.
            logger.exception("The end of the job %s (%s) could not be reported", job.id, job.kind)

    def _states_of(self, job: Job) -> JobStates:
        return self.states.get(job.kind, self._default_states)

    def _set_status(self, job: Job, status: str) -> None:
        # Only if it has not ended in the meantime, as by a cancellation.
        self._store.execute(
            "UPDATE jobs SET status = ? WHERE id = ? AND finished_at IS NULL", status, job.id
        )

    def _finish(self, job_id: str, status: str) -> bool:
        changed = self._store.execute(
            "UPDATE jobs SET status = ?, finished_at = ? WHERE id = ? AND finished_at IS NULL",
            status,
            self._clock.stamp(),
            job_id,
        )
        return bool(changed)

    def _deactivate(self, job_id: str) -> None:
        with self._changed:
            self._active.pop(job_id, None)
            self._changed.notify_all()


def _placeholders(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
