"""Insights of conversations: found by a background job once a conversation has ended.

No endpoint of the real service asks for them; a conversation's end does. Their state is the job's.
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

FIND_INSIGHTS = "conversation-insights"

SCHEMA = """
CREATE TABLE IF NOT EXISTS insight_runs (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    insight_group_id TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_of_conversation ON insight_runs (conversation_id, created_at);
CREATE INDEX IF NOT EXISTS runs_by_creation ON insight_runs (created_at);
CREATE TABLE IF NOT EXISTS insight_results (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES insight_runs (id) ON DELETE CASCADE,
    insight_id TEXT NOT NULL,
    result TEXT NOT NULL,
    -- The result again where it is a JSON object, for aggregates.
    fields TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS results_of_run ON insight_results (run_id);
CREATE INDEX IF NOT EXISTS results_of_insight ON insight_results (insight_id)
"""

_STATES = JobStates(("pending", "in_progress"), failed="failed")


@dataclass(frozen=True)
class Run:
    """One application of a group to a conversation.

    Attributes:
        id: Its UUID, which is its job's.
        insight_group_id: The group.
        status: `pending`, `in_progress`, `completed` or `failed`.
        created_at: When the conversation ended.
        results: Pairs of a template's id and what it found.
    """

    id: str
    insight_group_id: str
    status: str
    created_at: str
    results: tuple[tuple[str, str], ...]


class Insights:
    """The insights of all conversations.

    Args:
        store: Where they are kept.
        clock: For their times.
        ids: For their ids.
        jobs: What finds them.
        messages: What was said.
        groups: What is to be found out.

    Attributes:
        default_group: The id of the group that applies where neither the request nor the
            conversation names one.
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
        self._clock = clock
        self._ids = ids
        self._jobs = jobs
        self._messages = messages
        self._groups = groups
        self.default_group: str | None = None
        jobs.runners[FIND_INSIGHTS] = self.find
        jobs.states[FIND_INSIGHTS] = _STATES

    def begin(self, conversation_id: str, group_id: str) -> Run:
        """Have a group's templates applied to a conversation."""
        run = Run(
            self._ids.uuid(FIND_INSIGHTS), group_id, "pending", self._clock.stamp(), results=()
        )
        with self._store.transaction() as sql:
            sql.execute(
                "INSERT INTO insight_runs VALUES (?, ?, ?, ?)",
                (run.id, conversation_id, group_id, run.created_at),
            )
            # A run never stands without its job: the worker waits for this transaction.
            self._jobs.submit(FIND_INSIGHTS, conversation_id, id=run.id, group=group_id)
        return run

    def of(self, conversation_id: str) -> list[Run]:
        """Return the insights of a conversation, the oldest first."""
        self._jobs.poll(subject=conversation_id)
        rows = self._store.rows(
            "SELECT insight_runs.*, jobs.status FROM insight_runs JOIN jobs USING (id) "
            "WHERE conversation_id = ? ORDER BY insight_runs.created_at, jobs.number",
            conversation_id,
        )
        results: dict[str, list[tuple[str, str]]] = {row["id"]: [] for row in rows}
        for row in self._store.rows(
            "SELECT run_id, insight_id, result FROM insight_results "
            "WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY number",
            json.dumps(list(results)),
        ):
            # A job can end between the two queries; its results show with its new state.
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
        """Return pairs of a template's id and what it found, without counting it as a poll."""
        rows = self._store.rows(
            "SELECT insight_id, result FROM insight_results WHERE run_id = ? ORDER BY number",
            run_id,
        )
        return [(row["insight_id"], row["result"]) for row in rows]

    def find(self, job: Job) -> str:
        """Run the job: apply the templates, and tell how it ended."""
        group = self._groups.find(job.details["group"])
        if group is None:
            return "failed"  # it was deleted meanwhile
        said = self._messages.spoken(job.subject)
        today = self._clock.now().date()
        found: list[tuple[str, str]] = []
        failures = 0
        for template in group.insights:
            self._jobs.check()
            try:
                found.append((template.id, answer(template, said, today=today)))
            except Refusal:
                failures += 1
        if not self._keep(job, found):
            return "failed"  # the conversation was deleted meanwhile
        return "failed" if failures else "completed"

    def _keep(self, job: Job, found: Sequence[tuple[str, str]]) -> bool:
        with self._store.transaction() as sql:
            if sql.execute("SELECT 1 FROM insight_runs WHERE id = ?", (job.id,)).fetchone() is None:
                return False
            # Again, after a crash: what the interrupted run had kept is replaced.
            sql.execute("DELETE FROM insight_results WHERE run_id = ?", (job.id,))
            sql.executemany(
                "INSERT INTO insight_results (run_id, insight_id, result, fields) "
                "VALUES (?, ?, ?, ?)",
                [(job.id, insight, result, _fields(result)) for insight, result in found],
            )
        return True


def _fields(result: str) -> str:
    try:
        value = json.loads(result)
    except (ValueError, RecursionError):
        return "{}"
    return result if isinstance(value, dict) else "{}"
