"""Background jobs: kept in the store, run one after the other by a worker thread.

A job is `queued`, then `processing`, then what its runner says; some kinds have other words for
these, or more of them. Those that a crash interrupted are queued again when the store is opened, so
runners must be able to start over.
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
"""The most seconds that a poll waits for the step that it lets happen."""

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
    """A job as it stands.

    Attributes:
        id: Its UUID.
        kind: What it does; decides its runner.
        subject: What it works on, e.g. a bucket's name.
        details: What else its runner needs.
        status: The stage it is in (see `JobStates`), or what the runner said.
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


class InterruptedJob(Exception):  # noqa: N818 - nothing went wrong
    """A job was interrupted because the emulator stops."""


Runner = Callable[[Job], str]


@dataclass(frozen=True)
class JobStates:
    """What the states of a kind of job are called.

    Attributes:
        stages: Those before the result, in order: it waits in the first, and works in the last.
        failed: The result of a job whose runner raised.
    """

    stages: tuple[str, ...] = ("queued", "processing")
    failed: str = "failed"


@dataclass
class _Live:
    """A job that has not ended, since when it is in its stage, and how often that was shown."""

    job: Job
    not_before: float = 0.0
    since: float = field(default_factory=time.monotonic)
    polls: int = 0
    stage: int = 0


class Jobs:
    """The jobs of the account and their worker.

    Args:
        store: Where they are kept.
        clock: For their times.
        failed: The status of a job whose runner raised.

    Attributes:
        runners: For each kind, what does the work and returns the final status.
        lives: For kinds that have words of their own, what their states are called.
        endings: For kinds whose end is told of, what is told the job and how it ended.
        fleeting: Kinds that nobody asks for afterwards: such jobs are forgotten once they end.
    """

    def __init__(self, store: Store, clock: Clock, *, failed: str) -> None:
        self._store = store
        self._clock = clock
        self._usual = JobStates(failed=failed)
        self.runners: dict[str, Runner] = {}
        self.states: dict[str, JobStates] = {}
        self.endings: dict[str, Callable[[Job, str], None]] = {}
        self.fleeting: set[str] = set()
        self._pace = immediately()
        self._changed = threading.Condition()
        self._live: dict[str, _Live] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def pace(self) -> Pace:
        """How fast jobs move on; see `emulator.pace`."""
        return self._pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        with self._changed:
            self._pace = pace
            self._changed.notify_all()

    def resume(self) -> None:
        """Queue again what a crash interrupted."""
        for kind in self.fleeting:
            self._store.execute("DELETE FROM jobs WHERE kind = ? AND finished_at IS NOT NULL", kind)
        for job in self._select("finished_at IS NULL"):
            self._show(job, self._life(job).stages[0])
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
            kind: What it does.
            subject: What it works on.
            id: Its UUID.
            after: Seconds for which it stays queued, whatever the pace.
            details: What else its runner needs.
        """
        first = self.states.get(kind, self._usual).stages[0]
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
        """Return a job of one of `kinds`, if it exists."""
        return next((job for job in self._select("id = ?", job_id) if job.kind in kinds), None)

    def all(self, kinds: Collection[str], *, statuses: Collection[str] | None = None) -> list[Job]:
        """Return the jobs of these kinds, in some states or in any, oldest first."""
        where, values = f"kind IN ({_places(kinds)})", [*kinds]
        if statuses is not None:
            # Many jobs have ended, and few are at work: those are found by the index.
            where = f"number IN ({_NUMBERS} WHERE {where} AND status IN ({_places(statuses)}))"
            values += statuses
        return self._select(where, *values)

    def end(self, job_id: str, status: str) -> bool:
        """End a job at once, whatever its runner is at; False when it had ended before."""
        ended = self._finish(job_id, status)
        self._forget(job_id)
        return ended

    def delete(self, job_id: str) -> None:
        """Delete a job, ended or not."""
        self._store.execute("DELETE FROM jobs WHERE id = ?", job_id)
        self._forget(job_id)

    def waiting(self, kinds: Collection[str], subject: str) -> bool:
        """Tell whether a job of one of `kinds` on `subject` waits for its turn."""
        with self._changed:
            return any(
                live.job.kind in kinds and live.job.subject == subject and live.stage == 0
                for live in self._live.values()
            )

    def poll(
        self,
        *,
        id: str | None = None,  # noqa: A002 - a job's field
        subject: str | None = None,
        kinds: Collection[str] | None = None,
    ) -> None:
        """Count that the API is about to show a job, or all jobs on a subject, of some kinds.

        At a pace that counts polls, this waits for the step that it lets happen.
        """
        with self._changed:
            shown = [
                live
                for live in self._live.values()
                if id in {None, live.job.id}
                and subject in {None, live.job.subject}
                and (kinds is None or live.job.kind in kinds)
            ]
            for live in shown:
                live.polls += 1
            if self._pace.polls and any(self._may_move(live) for live in shown):
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._stopped or not any(map(self._may_move, shown)), _STEP_TIMEOUT
                )

    def check(self) -> None:
        """Let a runner give up when the emulator stops; it calls this now and then.

        Raises:
            InterruptedJob: The emulator stops. The job stays unfinished, and is run again when the
                data is opened next.
        """
        if self._stopped:
            raise InterruptedJob

    def close(self) -> None:
        """Stop the worker, as soon as the running job lets it."""
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
            self._live[job.id] = _Live(job, time.monotonic() + after if after else 0.0)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="telnyx-emulator-jobs", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def _may_move(self, live: _Live) -> bool:
        """Tell whether the worker may take a live job one step further."""
        now = time.monotonic()
        return (
            live.job.id in self._live
            and now >= live.not_before
            and self._pace.lets_go(live.polls, now - live.since)
        )

    def _patience(self) -> float | None:
        """Return the seconds after which a job may move without a notification, if one may."""
        now = time.monotonic()
        if any(live.not_before > now for live in self._live.values()):
            return 0.01
        return 0.01 if self._live and self._pace.seconds else None

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._stopped:
                    live = next(filter(self._may_move, self._live.values()), None)
                    if live is not None:
                        break
                    self._changed.wait(self._patience())
                else:
                    return
            self._step(live)

    def _step(self, live: _Live) -> None:
        job = live.job
        life = self._life(job)
        following = live.stage + 1
        if following < len(life.stages):
            self._show(job, life.stages[following])
            with self._changed:
                # The poll that let this happen shows the new state, so it counts already.
                live.stage, live.polls, live.since = following, 1, time.monotonic()
                self._changed.notify_all()
            return
        try:
            status = self.runners[job.kind](job)
        except InterruptedJob:
            return
        except Exception:
            logger.exception("The job %s (%s) failed", job.id, job.kind)
            status = life.failed
        ended = self._finish(job.id, status)
        if job.kind in self.fleeting:
            self._store.execute("DELETE FROM jobs WHERE id = ?", job.id)
        self._forget(job.id)
        if ended and job.kind in self.endings:
            self._tell(job, status)

    def _tell(self, job: Job, status: str) -> None:
        try:
            self.endings[job.kind](job, status)
        except Exception:
            # The job is done; whoever is told of it must not end the worker.
            logger.exception("The end of the job %s (%s) could not be told", job.id, job.kind)

    def _life(self, job: Job) -> JobStates:
        return self.states.get(job.kind, self._usual)

    def _show(self, job: Job, status: str) -> None:
        # Not if it has ended meanwhile: somebody may have cancelled it.
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

    def _forget(self, job_id: str) -> None:
        with self._changed:
            self._live.pop(job_id, None)
            self._changed.notify_all()


def _places(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
