"""Insights of conversations: a background job computes them after a conversation ends.

The real service has no endpoint to start them; the end of a conversation does. Their status is the
job's.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.conversations.messages import Messages
from langchain_telnyx.emulator.areas.insights.groups import Groups
from langchain_telnyx.emulator.areas.insights.results import answer
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs, JobStates
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import KEY, TEXT, Rows, Table, schema

FIND_INSIGHTS = "conversation-insights"

_RUNS = Table(
    "insight_runs",
    dict[str, str],
    {
        "id": KEY,
        "conversation_id": f"{TEXT} REFERENCES conversations (id) ON DELETE CASCADE",
        "insight_group_id": TEXT,
        "created_at": TEXT,
    },
    indexes={
        "runs_of_conversation": ["conversation_id", "created_at"],
        "runs_by_creation": ["created_at"],
    },
)
_RESULTS = Table(
    "insight_results",
    dict[str, str],
    {
        "run_id": f"{TEXT} REFERENCES insight_runs (id) ON DELETE CASCADE",
        "insight_id": TEXT,
        "result": TEXT,
        # The result again if it is a JSON object, for aggregates.
        "fields": TEXT,
    },
    numbered=True,
    indexes={"results_of_run": ["run_id"], "results_of_insight": ["insight_id"]},
)
SCHEMA = schema(_RUNS, _RESULTS)

_STATES = JobStates(("pending", "in_progress"), failed="failed")


@dataclass(frozen=True)
class Run:
    """The application of a group to a conversation.

    Attributes:
        id: Its UUID, the same as its job's.
        insight_group_id: The group.
        status: `pending`, `in_progress`, `completed` or `failed`.
        created_at: The time when the conversation ended.
        results: Pairs of a template's id and its result.
    """

    id: str
    insight_group_id: str
    status: str
    created_at: str
    results: tuple[tuple[str, str], ...]


class Insights:
    """The insights of all conversations.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
        jobs: The background jobs, which compute them.
        messages: The messages of conversations.
        groups: The groups of templates.

    Attributes:
        default_group: The id of the group to apply if neither the request nor the conversation
            names one.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        jobs: Jobs,
        messages: Messages,
        groups: Groups,
    ) -> None:
        self._store = store
        self._runs = Rows(store, _RUNS)
        self._results = Rows(store, _RESULTS)
        self._clock = clock
        self._ids = ids
        self._jobs = jobs
        self._messages = messages
        self._groups = groups
        self.default_group: str | None = None
        jobs.runners[FIND_INSIGHTS] = self.find
        jobs.states[FIND_INSIGHTS] = _STATES

    def begin(self, conversation_id: str, group_id: str) -> Run:
        """Start to apply a group's templates to a conversation."""
        run = Run(
            self._ids.uuid(FIND_INSIGHTS), group_id, "pending", self._clock.stamp(), results=()
        )
        with self._store.transaction():
            self._runs.insert(
                id=run.id,
                conversation_id=conversation_id,
                insight_group_id=group_id,
                created_at=run.created_at,
            )
            # A run always has a job: the worker waits for this transaction.
            self._jobs.submit(FIND_INSIGHTS, conversation_id, id=run.id, group=group_id)
        return run

    def of(self, conversation_id: str) -> list[Run]:
        """Return the insights of a conversation, oldest first, and count a poll of their jobs."""
        self._jobs.poll(subject=conversation_id)
        return self.stored(conversation_id)

    def stored(self, conversation_id: str) -> list[Run]:
        """Return the insights of a conversation, oldest first, without counting a poll."""
        rows = self._store.rows(
            "SELECT insight_runs.*, jobs.status FROM insight_runs JOIN jobs USING (id) "
            "WHERE conversation_id = ? ORDER BY insight_runs.created_at, jobs.number",
            conversation_id,
        )
        results: dict[str, list[tuple[str, str]]] = {row["id"]: [] for row in rows}
        for row in self._results.query(
            "WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY number",
            json.dumps(list(results)),
        ):
            # A job can end between the two queries; its results appear with its new status.
            results[row["run_id"]].append((row["insight_id"], row["result"]))
        return [
            Run(
                row["id"],
                row["insight_group_id"],
                row["status"],
                row["created_at"],
                () if row["status"] in _STATES.stages else tuple(results[row["id"]]),
            )
            for row in rows
        ]

    def results(self, run_id: str) -> list[tuple[str, str]]:
        """Return pairs of a template's id and its result, without counting a poll."""
        return [(row["insight_id"], row["result"]) for row in self._results.select(run_id=run_id)]

    def find(self, job: Job) -> str:
        """Run the job: apply the templates, and return the final status."""
        group = self._groups.find(job.details["group"])
        if group is None:
            return "failed"  # it was deleted in the meantime
        messages = self._messages.spoken(job.subject)
        today = self._clock.now().date()
        found: list[tuple[str, str]] = []
        failures = 0
        for template in group.insights:
            self._jobs.check()
            try:
                found.append((template.id, answer(template, messages, today=today)))
            except Refusal:
                failures += 1
        if not self._save(job, found):
            return "failed"  # the conversation was deleted in the meantime
        return "failed" if failures else "completed"

    def _save(self, job: Job, found: Sequence[tuple[str, str]]) -> bool:
        with self._store.transaction():
            if self._runs.get(id=job.id) is None:
                return False
            # After a crash, replace the results of the interrupted run.
            self._results.delete(run_id=job.id)
            for insight, result in found:
                self._results.insert(
                    run_id=job.id, insight_id=insight, result=result, fields=_fields(result)
                )
        return True


def _fields(result: str) -> str:
    try:
        value = json.loads(result)
    except (ValueError, RecursionError):
        return "{}"
    return result if isinstance(value, dict) else "{}"
