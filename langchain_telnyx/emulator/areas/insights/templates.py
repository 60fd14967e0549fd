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
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table

SATISFACTION = "User Satisfaction"
FOLLOWING = "Agent Instruction Following"
SCORES = ("Excellent", "Good", "Fair", "Poor")
NOT_SCORED = "N/A"

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


TEMPLATES = Table(
    "insight_templates",
    Template,
    {
        "id": UNIQUE,
        "name": TEXT,
        "instructions": TEXT,
        "json_schema": "TEXT",
        "webhook": TEXT,
        "insight_type": TEXT,
        "created_at": TEXT,
    },
    numbered=True,
    json=["json_schema"],
)
SCHEMA = TEMPLATES.schema


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
            raise Refusal("`json_schema` is a string that is not JSON.") from error
    if not isinstance(schema, dict):
        raise Refusal("`json_schema` must be an object.")
    if schema.get("additionalProperties") is not False:
        # Observed: the service refuses the template without it.
        raise Refusal('`json_schema` must say `"additionalProperties": false`.')
    try:
        json.dumps(schema, allow_nan=False)
    except ValueError as error:
        raise Refusal("`json_schema` contains a number that is not valid in JSON.") from error
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
        self._templates = Rows(store, TEMPLATES)
        self._clock = clock
        self._ids = ids
        for name, instructions in _MANAGED.items():
            managed = Template(
                managed_id(name), name, instructions, _SCORE_SCHEMA, "", "default", _SINCE
            )
            self._templates.insert(conflict="IGNORE", **vars(managed))

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
        self._templates.insert(**vars(created))
        return created

    def find(self, template_id: str) -> Template | None:
        """Return a template, if it exists."""
        return self._templates.get(id=template_id)

    def page(self, *, limit: int, offset: int) -> tuple[int, list[Template]]:
        """Return the number of templates, and a page of them, oldest first."""
        return self._templates.page(limit, offset)

    def update(self, template_id: str, changes: Mapping[str, Any]) -> Template | None:
        """Change fields of a template; `None` if it does not exist.

        Raises:
            Refusal: Its schema is invalid.
        """
        if "json_schema" in changes:
            checked(changes["json_schema"])
        self._templates.update(changes, id=template_id)
        return self.find(template_id)

    def delete(self, template_id: str) -> bool:
        """Delete a template, also from its groups; return whether it existed."""
        return bool(self._templates.delete(id=template_id))
