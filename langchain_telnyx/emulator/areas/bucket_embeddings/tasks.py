"""The embedding tasks that the API shows."""

import threading
from collections.abc import Collection
from typing import Any

from langchain_telnyx.emulator.quirks import TASK_STATES, Quirks
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs

EMBED_BUCKET = "embed-bucket"
EMBED_URL = "embed-url"
_TASKS = (EMBED_BUCKET, EMBED_URL)
_FAILURE = frozenset({"failure", "failed"})
"""The documentation has both words."""


class EmbeddingTasks:
    """The embedding tasks of the account.

    Args:
        jobs: The background jobs behind them.
        ids: The source of their ids.
        quirks: The names of statuses, and the delay until a task is visible.
    """

    def __init__(self, jobs: Jobs, ids: Ids, quirks: Quirks) -> None:
        self._jobs = jobs
        self._ids = ids
        self._quirks = quirks
        self._lock = threading.Lock()
        self._hidden: dict[str, int] = {}

    def start(self, kind: str, bucket: str, *, after: float, **details: Any) -> Job:
        """Queue a task.

        Args:
            kind: The kind of the job.
            bucket: The bucket to embed.
            after: The delay before it starts, in seconds.
            details: Further arguments of its runner.
        """
        task_id = self._ids.uuid("task")
        if self._quirks.task_visible_after:
            with self._lock:
                self._hidden[task_id] = self._quirks.task_visible_after
        return self._jobs.submit(kind, bucket, id=task_id, after=after, **details)

    def poll(self, task_id: str) -> Job | None:
        """Return a task for a request; `None` if it does not exist or is not visible yet."""
        with self._lock:
            left = self._hidden.get(task_id, 0)
            if left > 1:
                self._hidden[task_id] = left - 1
            elif left:
                del self._hidden[task_id]
        if left:
            return None
        self._jobs.poll(id=task_id)
        return self._jobs.find(task_id, _TASKS)

    def all(self, statuses: Collection[str]) -> list[Job]:
        """Return the visible tasks with given statuses, oldest first.

        Args:
            statuses: The statuses, in their default or their quirk's spelling.
        """
        chosen = {state for state in TASK_STATES if {state, self.status_name(state)} & {*statuses}}
        if chosen & _FAILURE or _FAILURE & {*statuses}:
            chosen |= _FAILURE
        self._jobs.poll(kinds=_TASKS)
        found = self._jobs.all(_TASKS, statuses=chosen)
        with self._lock:
            return [job for job in found if job.id not in self._hidden]

    def status_name(self, status: str) -> str:
        """Return the name of a status, as the quirks spell it."""
        usual = "failure" if status in _FAILURE else status
        return self._quirks.task_words.get(usual, status)
