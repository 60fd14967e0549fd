"""Instructions for the benchmark server, written into the prompt of a request.

The prompt is the only part that every contender sends unchanged; a header or a special path would
need an option of each contender, and measure that option too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

_SCRIPT = re.compile(rb"\[\[([a-z_0-9= ]*)\]\]")


@dataclass(frozen=True)
class Scenario:
    """How the server answers one request.

    Attributes:
        chunks: The number of content deltas of a stream; each is one `WORD`.
        delay_ms: Milliseconds before the first byte of the response.
        pace_ms: Milliseconds between two deltas; 0 sends a stream in one write.
        calls: Whether a stream is a tool call; each delta is a part of its arguments.
        form: The kind of answer: `0` text, `1` JSON, `2` a tool call with that JSON.
    """

    chunks: int = 1000
    delay_ms: int = 0
    pace_ms: int = 0
    calls: int = 0
    form: int = 0

    @property
    def prompt(self) -> str:
        """The user message with these instructions."""
        script = " ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))
        return f"Say what you see. [[{script}]]"

    @classmethod
    def read(cls, body: bytes) -> Scenario:
        """Return the scenario of a request body; the default one without instructions."""
        found = _SCRIPT.search(body)
        if found is None:
            return cls()
        pairs = (pair.split("=") for pair in found[1].decode().split())
        return cls(**{name: int(value) for name, value in pairs})
