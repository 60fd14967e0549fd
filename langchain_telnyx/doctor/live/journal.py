"""The journal of a run: every resource is written down before it is created, and when it is gone.

A run that is killed leaves the journal behind; `sweep` removes what it lists.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple


class Resource(NamedTuple):
    """Something that a probe creates.

    Attributes:
        kind: `bucket` or `conversation`.
        name: The bucket's name, or the conversation's id.
    """

    kind: str
    name: str


class Journal:
    """A file with a line for each creation and each removal.

    Args:
        file: The file; it is appended to.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def creates(self, resource: Resource) -> None:
        """Write down a resource that is about to be created."""
        self._write({"creates": list(resource)})

    def removed(self, resource: Resource) -> None:
        """Write down that a resource is removed."""
        self._write({"removed": list(resource)})

    def leftovers(self) -> list[Resource]:
        """Return the resources that are not removed, the latest first.

        A line that a crash cut is left out: what it was about was not created yet.
        """
        if not self._file.exists():
            return []
        found: dict[Resource, None] = {}
        for line in self._file.read_text("utf-8").splitlines():
            try:
                entry: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            if "creates" in entry:
                found[Resource(*entry["creates"])] = None
            elif "removed" in entry:
                found.pop(Resource(*entry["removed"]), None)
        return list(reversed(found))

    def _write(self, entry: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())
