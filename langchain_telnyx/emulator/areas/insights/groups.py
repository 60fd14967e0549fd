"""Insight groups: the templates that are applied together when a conversation ends."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from langchain_telnyx.emulator.areas.insights.templates import TEMPLATES, Template
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table, schema


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


_GROUPS = Table(
    "insight_groups",
    Group,
    {"id": UNIQUE, "name": TEXT, "description": TEXT, "webhook": TEXT, "created_at": TEXT},
    numbered=True,
)
_MEMBERS = Table(
    "insight_group_members",
    dict[str, str],
    {
        "group_id": f"{TEXT} REFERENCES insight_groups (id) ON DELETE CASCADE",
        "insight_id": f"{TEXT} REFERENCES insight_templates (id) ON DELETE CASCADE",
    },
    numbered=True,
    constraints=["UNIQUE (group_id, insight_id)"],
    indexes={"groups_of_insight": ["insight_id"]},
)
SCHEMA = schema(_GROUPS, _MEMBERS)


class Groups:
    """The insight groups of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._groups = Rows(store, _GROUPS)
        self._members = Rows(store, _MEMBERS)
        self._clock = clock
        self._ids = ids

    def create(self, *, name: str, description: str = "", webhook: str = "") -> Group:
        """Create a group without templates."""
        created = Group(
            self._ids.uuid("insight-group"), name, description, webhook, self._clock.stamp()
        )
        self._groups.insert(
            id=created.id,
            name=name,
            description=description,
            webhook=webhook,
            created_at=created.created_at,
        )
        return created

    def find(self, group_id: str) -> Group | None:
        """Return a group with its templates, if it exists."""
        found = self._filled(self._groups.select(id=group_id))
        return found[0] if found else None

    def page(self, *, limit: int, offset: int) -> tuple[int, list[Group]]:
        """Return the number of groups, and a page of them, oldest first."""
        total, groups = self._groups.page(limit, offset)
        return total, self._filled(groups)

    def update(self, group_id: str, changes: Mapping[str, str]) -> Group | None:
        """Change fields of a group; `None` if it does not exist."""
        self._groups.update(changes, id=group_id)
        return self.find(group_id)

    def delete(self, group_id: str) -> bool:
        """Delete a group, not its templates; return whether it existed."""
        return bool(self._groups.delete(id=group_id))

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
            self._members.insert(conflict="IGNORE", group_id=group_id, insight_id=insight_id)
        return True

    def unassign(self, group_id: str, insight_id: str) -> bool:
        """Remove a template from a group; return whether it was there."""
        return bool(self._members.delete(group_id=group_id, insight_id=insight_id))

    def _filled(self, groups: Sequence[Group]) -> list[Group]:
        """Return groups with their templates, by one query."""
        members: dict[str, list[Template]] = {group.id: [] for group in groups}
        for row in self._store.rows(
            "SELECT group_id, insight_templates.* FROM insight_group_members "
            "JOIN insight_templates ON insight_templates.id = insight_id "
            "WHERE group_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY insight_group_members.number",
            json.dumps(list(members)),
        ):
            members[row["group_id"]].append(TEMPLATES.read(row))
        return [replace(group, insights=tuple(members[group.id])) for group in groups]
