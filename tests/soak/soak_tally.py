"""The tally of a soak: its calls, and the violations by kind."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from langchain_telnyx import Telnyx, TelnyxError
from langchain_telnyx.client.namespaces import AREAS

# A unique API key, to find wherever it is shown.
KEY = "KEY0199SOAKsoakSOAK5ecret"
VERDICTS = ("wrong", "untyped", "late", "doubled", "lost", "leaked", "key shown")
GRACE = 1.0


@dataclass
class Tally:
    """Counts of calls and violations, from all threads.

    Attributes:
        deadline: Seconds within which each call must end, without grace.
        calls: The number of calls by kind.
        ended: The number of calls by outcome: `ok`, or the name of the error.
        found: The number of violations by verdict.
        examples: A line about each of the first violations, by verdict.
    """

    deadline: float
    calls: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    longest: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, kind: str, where: str, error: BaseException | None, seconds: float) -> None:
        """Count a call, and check its duration and its error."""
        with self._lock:
            self.calls[kind] += 1
            self.ended["ok" if error is None else type(error).__name__] += 1
            self.longest = max(self.longest, seconds)
        if seconds > self.deadline + GRACE:
            self.report("late", kind, where, f"{seconds:.2f} s; {error!r:.200}")
        if error is None:
            return
        if not isinstance(error, TelnyxError):
            self.report("untyped", kind, where, f"{error!r:.300}")
        if KEY in shown(error):
            self.report("key shown", kind, where, f"in {type(error).__name__}")

    def report(self, verdict: str, kind: str, where: str, why: str) -> None:
        """Count a violation."""
        with self._lock:
            self.found[verdict] += 1
            self.found[f"{verdict}: {kind}"] += 1
            lines = self.examples.setdefault(verdict, [])
            if len(lines) < 40:
                lines.append(f"{kind} {where}: {why}".replace(KEY, "<the key>"))

    def result(self) -> dict[str, Any]:
        """Return all counts as a JSON object."""
        return {
            "calls": sum(self.calls.values()),
            "of": dict(self.calls),
            "ended": dict(self.ended.most_common()),
            "longest": round(self.longest, 2),
            **{verdict: self.found[verdict] for verdict in VERDICTS},
            "found": dict(self.found),
            "examples": self.examples,
        }


def shown(error: BaseException) -> str:
    """Return all texts of an error and its causes."""
    texts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(texts) < 20:
        texts += [str(seen), repr(seen), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(texts)


def load(client: Telnyx) -> None:
    """Import all areas of a client before threads do.

    Under pytest imports rewrite `assert`, which Pythons before 3.11.8 and 3.12.1 do not do in
    several threads at once (python/cpython#106905).
    """
    for name in AREAS:
        getattr(client, name)
