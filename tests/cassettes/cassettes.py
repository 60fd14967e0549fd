"""Reads cassettes: recorded exchanges, in the form that `langchain-telnyx doctor` writes.

Beside the recorder's fields, a line that is written by hand may have:

- `incomplete`: true where the observation was published in part; the rest is not compared.
- `optional`: JSON pointers below the body of fields that responses may lack; `*` for any step.
- `quirks`: the emulator's `Quirks` for a behaviour that varies by model or month.
- `note`: which values were not observed.
- `request.authenticated`: false for a request without a key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_telnyx.emulator import Quirks

FOLDER = Path(__file__).parent
SOURCES = {"live", "documented", "observation", "other"}
_FIELDS = {
    *("assumptions", "provenance", "request", "response"),
    *("cut", "incomplete", "optional", "quirks", "note"),
}


@dataclass(frozen=True)
class Cassette:
    """One recorded exchange.

    Attributes:
        name: The file and the line.
        entry: The line.
        quirks: The quirks of the run, from the file `NAME.quirks.json`.
    """

    name: str
    entry: dict[str, Any]
    quirks: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}: {self.method} {self.path[:60]} {self.status}"

    @property
    def method(self) -> str:
        """The request's method."""
        return str(self.entry["request"]["method"])

    @property
    def path(self) -> str:
        """The request's path below the host's root, percent-encoded."""
        return str(self.entry["request"]["path"])

    @property
    def host(self) -> str:
        """The request's host: `api` or `storage`."""
        return str(self.entry["request"].get("host", "api"))

    @property
    def query(self) -> list[tuple[str, str]]:
        """The request's query parameters."""
        return [(name, value) for name, value in self.entry["request"].get("query", [])]

    @property
    def json(self) -> Any:
        """The request's JSON body; `None` without one."""
        return self.entry["request"].get("json")

    @property
    def status(self) -> int:
        """The response's status."""
        return int(self.entry["response"]["status"])

    @property
    def headers(self) -> dict[str, str]:
        """The response's recorded headers."""
        return dict(self.entry["response"].get("headers", {}))

    @property
    def body(self) -> Any:
        """The response's body: parsed JSON, or text."""
        return self.entry["response"].get("body", "")

    @property
    def is_stream(self) -> bool:
        """Whether the response is a stream of events."""
        return self.headers.get("content-type", "").startswith("text/event-stream")

    @property
    def is_json(self) -> bool:
        """Whether the response is JSON."""
        return not isinstance(self.body, str)

    @cached_property
    def content(self) -> bytes:
        """The response's body as bytes."""
        return json.dumps(self.body).encode() if self.is_json else self.body.encode()

    @property
    def is_incomplete(self) -> bool:
        """Whether only a part of the response is known."""
        return bool(self.entry.get("incomplete"))

    @property
    def optional(self) -> list[str]:
        """The pointers of fields that responses may lack."""
        return list(self.entry.get("optional", []))

    @property
    def cut(self) -> list[str]:
        """The pointers of lists of the body of which only a part is recorded."""
        start = "/response/body"
        return [each.removeprefix(start) for each in self.entry.get("cut", {}) if start in each]

    @property
    def emulated(self) -> Quirks:
        """The quirks of the emulator that behaves so."""
        return Quirks(**{**self.quirks, **self.entry.get("quirks", {})})


def cassettes(folder: Path = FOLDER) -> list[Cassette]:
    """Return the exchanges of all files of a folder.

    Raises:
        ValueError: A line is not an exchange.
    """
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        beside = file.with_suffix(".quirks.json")
        quirks = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            name = f"{file.stem}:{number}"
            found.append(Cassette(name, _checked(name, line), quirks))
    return found


def _checked(name: str, line: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line)
        _check(entry)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{name} is not an exchange: {error}") from error
    return entry


def _check(entry: dict[str, Any]) -> None:
    provenance = entry["provenance"]
    if provenance["source"] not in SOURCES:
        raise ValueError(f"the source {provenance['source']!r} is unknown")
    for place, names in (
        (entry, {"assumptions", "request", "response"}),
        (provenance, {"where", "date"}),
        (entry["request"], {"method", "path"}),
        (entry["response"], {"status"}),
    ):
        if missing := names - place.keys():
            raise ValueError(f"fields are missing: {sorted(missing)}")
    if unknown := entry.keys() - _FIELDS:
        raise ValueError(f"unknown fields: {sorted(unknown)}")
