"""Insight groups: the templates that are applied together when a conversation ends."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.insights.templates import Template, template_of
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS insight_groups (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    webhook TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS insight_group_members (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id TEXT NOT NULL REFERENCES insight_groups (id) ON DELETE CASCADE,
    insight_id TEXT NOT NULL REFERENCES insight_templates (id) ON DELETE CASCADE,
    UNIQUE (group_id, insight_id)
);
CREATE INDEX IF NOT EXISTS groups_of_insight ON insight_group_members (insight_id)
"""

_SELECT = "SELECT id, name, description, webhook, created_at FROM insight_groups"


@dataclass(frozen=True)
class Group:
    """An insight group.

    Attributes:
        id: Its UUID.
        name: Its name.
        description: Its description.
        webhook: The URL that receives results; empty for none.
        created_at: The time of its creation.
        insights: Its templates, in the order of assignment.
    """

    id: str
    name: str
    description: str
    webhook: str
    created_at: str
    insights: tuple[Template, ...] = ()


class Groups:
    """The insight groups of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def create(self, *, name: str, description: str = "", webhook: str = "") -> Group:
        """Create a group without templates."""
        created = Group(
            self._ids.uuid("insight-group"), name, description, webhook, self._clock.stamp()
        )
        self._store.execute(
            "INSERT INTO insight_groups (id, name, description, webhook, created_at) "
            "VALUES (?, ?, ?, ?, ?)",
            created.id,
            name,
            description,
            webhook,
            created.created_at,
        )
        return created

    def find(self, group_id: str) -> Group | None:
        """Return a group with its templates, if it exists."""
        found = self._filled(self._store.rows(f"{_SELECT} WHERE id = ?", group_id))
        return found[0] if found else None

    def page(self, *, limit: int, offset: int) -> tuple[int, list[Group]]:
        """Return the number of groups, and a page of them, oldest first."""
        total = self._store.row("SELECT count(*) FROM insight_groups")
        rows = self._store.rows(
            f"{_SELECT} ORDER BY number LIMIT ? OFFSET ?",
            limit,
            offset,
        )
        return int(total[0]) if total else 0, self._filled(rows)

    def update(self, group_id: str, changes: Mapping[str, str]) -> Group | None:
        """Change fields of a group; `None` if it does not exist."""
        with self._store.transaction():
            for field, value in changes.items():
                self._store.execute(_UPDATES[field], value, group_id)
        return self.find(group_id)

    def delete(self, group_id: str) -> bool:
        """Delete a group, not its templates; return whether it existed."""
        return bool(self._store.execute("DELETE FROM insight_groups WHERE id = ?", group_id))

    def assign(self, group_id: str, insight_id: str) -> bool:
        """Add a template to a group, once; return whether both exist."""
        with self._store.transaction() as sql:
            both = sql.execute(
                "SELECT 1 FROM insight_groups, insight_templates "
                "WHERE insight_groups.id = ? AND insight_templates.id = ?",
                (group_id, insight_id),
            ).fetchone()
            if both is None:
                return False
            sql.execute(
                "INSERT OR IGNORE INTO insight_group_members (group_id, insight_id) VALUES (?, ?)",
                (group_id, insight_id),
            )
        return True

    def unassign(self, group_id: str, insight_id: str) -> bool:
        """Remove a template from a group; return whether it was there."""
        return bool(
            self._store.execute(
                "DELETE FROM insight_group_members WHERE group_id = ? AND insight_id = ?",
                group_id,
                insight_id,
            )
        )

    def _filled(self, rows: Sequence[sqlite3.Row]) -> list[Group]:
        """Return the groups of some rows, with their templates by one query."""
        members: dict[str, list[Template]] = {row["id"]: [] for row in rows}
        for row in self._store.rows(
            "SELECT group_id, insight_templates.* FROM insight_group_members "
            "JOIN insight_templates ON insight_templates.id = insight_id "
            "WHERE group_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY insight_group_members.number",
            json.dumps(list(members)),
        ):
            fields = dict(row)
            fields.pop("number")
            members[fields.pop("group_id")].append(template_of(fields))
        return [Group(**{**row, "insights": tuple(members[row["id"]])}) for row in rows]


_UPDATES = {
    field: f"UPDATE insight_groups SET {field} = ? WHERE id = ?"  # noqa: S608 - our own columns
    for field in ("name", "description", "webhook")
}
