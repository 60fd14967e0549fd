"""Rows of lists that are not as documented, for the quirk `odd_rows`."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from langchain_telnyx.emulator.quirks import Quirks

_UNKNOWN = "archived"
_ROWS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "files": {"filename": None, "status": _UNKNOWN, "created_at": None, "shard": 7},
        "tasks": {"task_id": None, "task_name": None, "status": _UNKNOWN, "shard": 7},
        "models": {"id": None, "object": "model", "created": None, "pricing": None, "shard": 7},
        "conversations": {"id": None, "name": None, "created_at": None, "metadata": None},
        "messages": {"role": "event", "text": None, "event": {"type": "transfer"}},
    }
)


def with_odd_row(
    quirks: Quirks, kind: str, rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the rows of a list, after an odd one if the quirks have it.

    Args:
        quirks: The quirks.
        kind: The kind of rows: `files`, `tasks`, `models`, `conversations` or `messages`.
        rows: The rows.
    """
    return [_ROWS[kind], *rows] if quirks.odd_rows else list(rows)
