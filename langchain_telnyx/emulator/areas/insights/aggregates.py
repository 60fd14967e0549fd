"""Counts of insight results by their values, in one SQL statement."""

from collections.abc import Sequence
from typing import Any

from langchain_telnyx.emulator.areas.conversations import filters
from langchain_telnyx.emulator.areas.conversations.filters import Clause, Column
from langchain_telnyx.emulator.areas.conversations.postgrest import Condition, FilterError
from langchain_telnyx.emulator.areas.conversations.state import metadata_column
from langchain_telnyx.emulator.storage.database import Store

_METADATA = "metadata."
_MOST_FIELDS = 20
# SQLite has 1 or 0 for a boolean; PostgreSQL's `->>` has `true` or `false`.
_FIELD = (
    "(SELECT CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE value END "
    "FROM json_each(insight_results.fields) WHERE key = ?)"
)
_COLUMNS = {
    "created_at": Column(Clause("insight_runs.created_at"), "time"),
    "insight_id": Column(Clause("insight_results.insight_id")),
}


def column(name: str) -> Column | None:
    """Return a column by its name in filters, such as `metadata.assistant_id`."""
    key = name.removeprefix(_METADATA)
    return metadata_column(key) if key != name and key else _COLUMNS.get(name)


def count(store: Store, fields: Sequence[str], condition: Condition | None) -> list[dict[str, Any]]:
    """Count results by the values of fields, most frequent first.

    Args:
        store: The database of results.
        fields: Fields of the results, or of their conversations' metadata (`metadata.…`).
        condition: The results to count.

    Raises:
        FilterError: The condition names an unknown column, or there are too many fields.
    """
    if len(fields) > _MOST_FIELDS:
        raise FilterError(f"There are more than {_MOST_FIELDS} fields to group by.")
    chosen = filters.where(condition, column)
    values = [_value(field) for field in fields]
    names = [f"value{number}" for number in range(len(fields))]
    shown = "".join(f"{clause.sql} AS {name}, " for clause, name in zip(values, names, strict=True))
    grouped = f"GROUP BY {', '.join(names)}" if names else ""
    rows = store.rows(
        f"SELECT {shown}count(*) AS record_count FROM insight_results "  # noqa: S608 - our own words
        "JOIN insight_runs ON insight_runs.id = run_id "
        "JOIN conversations ON conversations.id = conversation_id "
        f"WHERE {chosen.sql} {grouped} "
        f"ORDER BY {', '.join(['record_count DESC', *names])}",
        *(value for clause in values for value in clause.values),
        *chosen.values,
    )
    return [
        {field: row[name] for field, name in zip(fields, names, strict=True)}
        | {"record_count": row["record_count"]}
        for row in rows
    ]


def _value(field: str) -> Clause:
    key = field.removeprefix(_METADATA)
    return metadata_column(key).clause if key != field else Clause(_FIELD, (field,))
