"""The file that records what was there before a number was connected."""

import json
import os
from pathlib import Path
from typing import Any

from langchain_telnyx.serve.connecting.target import ConnectError, Target


class StateFile:
    """What was there before the first change, by agent and number.

    Args:
        path: A JSON file, readable by its owner alone; it has no secrets.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, target: Target) -> dict[str, Any] | None:
        """Return the record of a target; None if there is none.

        Raises:
            ConnectError: The file is damaged.
        """
        record: dict[str, Any] | None = self._all().get(_key(target))
        return record

    def write(self, target: Target, record: dict[str, Any] | None) -> None:
        """Replace the record of a target, at once and durably; None removes it."""
        records = self._all()
        records.pop(_key(target), None)
        if record is not None:
            records[_key(target)] = record
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(records, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def _all(self) -> dict[str, Any]:
        try:
            records = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            raise ConnectError(f"{self._path} is damaged: it is not JSON.") from None
        if not isinstance(records, dict):
            raise ConnectError(f"{self._path} is damaged: it is not an object.")
        return records


def _key(target: Target) -> str:
    return f"{target.agent} {target.number}"
