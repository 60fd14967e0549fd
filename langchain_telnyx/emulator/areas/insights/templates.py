"""Insight templates: the instructions for insights of a conversation."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.schema import Schema, SchemaDocument
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store, Value

SCHEMA = """
CREATE TABLE IF NOT EXISTS insight_templates (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    instructions TEXT NOT NULL,
    json_schema TEXT,
    webhook TEXT NOT NULL,
    insight_type TEXT NOT NULL,
    created_at TEXT NOT NULL
)
"""

SATISFACTION = "User Satisfaction"
FOLLOWING = "Agent Instruction Following"
SCORES = ("Excellent", "Good", "Fair", "Poor")
NOT_SCORED = "N/A"

_SELECT = (
    "SELECT id, name, instructions, json_schema, webhook, insight_type, created_at "
    "FROM insight_templates"
)
_SINCE = "2025-01-01T00:00:00.000Z"
_MANAGED = {
    SATISFACTION: "How satisfied is the user with the conversation?",
    FOLLOWING: "How well did the assistant follow its instructions?",
}
_SCORE_SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "string", "enum": [*SCORES, NOT_SCORED]}},
    "required": ["score"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Template:
    """An insight template.

    Attributes:
        id: Its UUID.
        name: Its name.
        instructions: The instructions for the insight.
        json_schema: The schema of the result as given: an object or JSON text.
        webhook: The URL that receives results; empty for none.
        insight_type: `custom`, or `default` for the vendor's.
        created_at: The time of its creation.
    """

    id: str
    name: str
    instructions: str
    json_schema: Any
    webhook: str
    insight_type: str
    created_at: str

    @property
    def managed(self) -> bool:
        """Whether the vendor manages it."""
        return self.insight_type == "default"

    @property
    def form(self) -> Schema | None:
        """The schema of its results; `None` for prose."""
        return None if self.json_schema is None else checked(self.json_schema)


def checked(json_schema: Any) -> Schema:
    """Return a template's schema as an object.

    Raises:
        Refusal: It is not a JSON schema, or lacks `"additionalProperties": false`.
    """
    schema = json_schema
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except (ValueError, RecursionError) as error:
            raise Refusal("`json_schema` is a string that holds no JSON.") from error
    if not isinstance(schema, dict):
        raise Refusal("`json_schema` must be an object.")
    if schema.get("additionalProperties") is not False:
        # Observed: the service refuses the template without it.
        raise Refusal('`json_schema` must say `"additionalProperties": false`.')
    try:
        json.dumps(schema, allow_nan=False)
    except ValueError as error:
        raise Refusal("`json_schema` holds a number that JSON does not have.") from error
    SchemaDocument(schema)
    return schema


def managed_id(name: str) -> str:
    """Return the id of one of the vendor's templates; it is the same in every account."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"insight/{name}"))


class Templates:
    """The insight templates of the account, the vendor's first.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        for name, instructions in _MANAGED.items():
            self._insert(
                Template(managed_id(name), name, instructions, _SCORE_SCHEMA, "", "default", _SINCE)
            )

    def create(
        self, *, name: str, instructions: str, json_schema: Any = None, webhook: str = ""
    ) -> Template:
        """Create a template.

        Raises:
            Refusal: Its schema is invalid.
        """
        if json_schema is not None:
            checked(json_schema)
        created = Template(
            self._ids.uuid("insight"),
            name,
            instructions,
            json_schema,
            webhook,
            "custom",
            self._clock.stamp(),
        )
        self._insert(created)
        return created

    def find(self, template_id: str) -> Template | None:
        """Return a template, if it exists."""
        rows = self._store.rows(
            f"{_SELECT} WHERE id = ?",
            template_id,
        )
        return template_of(dict(rows[0])) if rows else None

    def page(self, *, limit: int, offset: int) -> tuple[int, list[Template]]:
        """Return the number of templates, and a page of them, oldest first."""
        total = self._store.row("SELECT count(*) FROM insight_templates")
        rows = self._store.rows(
            f"{_SELECT} ORDER BY number LIMIT ? OFFSET ?",
            limit,
            offset,
        )
        return int(total[0]) if total else 0, [template_of(dict(row)) for row in rows]

    def update(self, template_id: str, changes: Mapping[str, Any]) -> Template | None:
        """Change fields of a template; `None` if it does not exist.

        Raises:
            Refusal: Its schema is invalid.
        """
        values = dict(changes)
        if "json_schema" in values:
            checked(values["json_schema"])
            values["json_schema"] = json.dumps(values["json_schema"], ensure_ascii=False)
        with self._store.transaction():
            for field, value in values.items():
                self._store.execute(_UPDATES[field], value, template_id)
        return self.find(template_id)

    def delete(self, template_id: str) -> bool:
        """Delete a template, also from its groups; return whether it existed."""
        return bool(self._store.execute("DELETE FROM insight_templates WHERE id = ?", template_id))

    def _insert(self, template: Template) -> None:
        schema: Value = None
        if template.json_schema is not None:
            schema = json.dumps(template.json_schema, ensure_ascii=False)
        self._store.execute(
            "INSERT OR IGNORE INTO insight_templates "
            "(id, name, instructions, json_schema, webhook, insight_type, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            template.id,
            template.name,
            template.instructions,
            schema,
            template.webhook,
            template.insight_type,
            template.created_at,
        )


def template_of(row: Mapping[str, Any]) -> Template:
    """Return the template in a row of its table."""
    schema = row["json_schema"]
    return Template(**{**row, "json_schema": None if schema is None else json.loads(schema)})


_UPDATES = {
    field: f"UPDATE insight_templates SET {field} = ? WHERE id = ?"  # noqa: S608 - our own columns
    for field in ("name", "instructions", "json_schema", "webhook")
}
