"""The tasks that embed buckets, as the API shows them."""

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
"""The documents have both words."""


class EmbeddingTasks:
    """The embedding tasks of the account.

    Args:
        jobs: The background jobs behind them.
        ids: The source of their ids.
        quirks: Their words, and when they can be seen.
    """

    def __init__(self, jobs: Jobs, ids: Ids, quirks: Quirks) -> None:
        self._jobs = jobs
        self._ids = ids
        self._quirks = quirks
        self._lock = threading.Lock()
        self._unseen: dict[str, int] = {}

    def start(self, kind: str, bucket: str, *, after: float, **details: Any) -> Job:
        """Queue a task.

        Args:
            kind: What it does.
            bucket: The bucket it embeds.
            after: Seconds before which it does not begin.
            details: What else its runner needs.
        """
        task_id = self._ids.uuid("task")
        if self._quirks.task_visible_after:
            with self._lock:
                self._unseen[task_id] = self._quirks.task_visible_after
        return self._jobs.submit(kind, bucket, id=task_id, after=after, **details)

    def look(self, task_id: str) -> Job | None:
        """Return a task for a request, unless there is none, or it cannot be seen yet."""
        with self._lock:
            left = self._unseen.get(task_id, 0)
            if left > 1:
                self._unseen[task_id] = left - 1
            elif left:
                del self._unseen[task_id]
        if left:
            return None
        self._jobs.poll(id=task_id)
        return self._jobs.find(task_id, _TASKS)

    def all(self, statuses: Collection[str]) -> list[Job]:
        """Return the visible tasks in some states, oldest first.

        Args:
            statuses: The states, by the usual words or by those of the quirks.
        """
        chosen = {state for state in TASK_STATES if {state, self.word(state)} & {*statuses}}
        if chosen & _FAILURE or _FAILURE & {*statuses}:
            chosen |= _FAILURE
        self._jobs.poll(kinds=_TASKS)
        found = self._jobs.all(_TASKS, statuses=chosen)
        with self._lock:
            return [job for job in found if job.id not in self._unseen]

    def word(self, status: str) -> str:
        """Return what a status is called."""
        usual = "failure" if status in _FAILURE else status
        return self._quirks.task_words.get(usual, status)
