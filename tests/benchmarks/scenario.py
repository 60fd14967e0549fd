"""What a request asks of the benchmark server, written in the prompt it carries.

The prompt is the one thing that every contender sends unchanged; a header or a special path would
want an option of each of them, and measure that option too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

_SCRIPT = re.compile(rb"\[\[([a-z_0-9= ]*)\]\]")


@dataclass(frozen=True)
class Scenario:
    """How the server answers one request.

    Attributes:
        chunks: Content deltas of a stream; each holds one `WORD`.
        delay_ms: Wait before the first byte of the answer.
        pace_ms: Wait between two deltas, each then sent by itself; 0 sends a stream in one write.
        calls: Whether a stream is a tool call, each delta a piece of its arguments.
        form: What a whole answer is: `0` the usual words, `1` JSON, `2` a call with that JSON.
    """

    chunks: int = 1000
    delay_ms: int = 0
    pace_ms: int = 0
    calls: int = 0
    form: int = 0

    @property
    def prompt(self) -> str:
        """The user message that asks for this."""
        script = " ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))
        return f"Say what you see. [[{script}]]"

    @classmethod
    def read(cls, body: bytes) -> Scenario:
        """The scenario that a request body asks for; the default one where it asks for none."""
        found = _SCRIPT.search(body)
        if found is None:
            return cls()
        pairs = (pair.split("=") for pair in found[1].decode().split())
        return cls(**{name: int(value) for name, value in pairs})
