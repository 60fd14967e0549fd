"""The outcome of a probe for one assumption, and the reports of a run."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from langchain_telnyx.client.call import Reply

LEFTOVER = ".removed"
"""The end of the name of an outcome that reports a resource that is left behind."""
Verdict: TypeAlias = Literal["holds", "differs", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the service shows about one assumption.

    Attributes:
        assumption: The name of the assumption, such as `chat.tools_with_cap`.
        verdict: Whether the service behaves as this package assumes.
        evidence: The response in a few words. It never has the key.
        quirks: Fields of the emulator's `Quirks` that make it behave as the service did.
    """

    assumption: str
    verdict: Verdict
    evidence: str
    quirks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_leftover(self) -> bool:
        """Whether it reports a resource that a probe created and could not remove."""
        return self.assumption.endswith(LEFTOVER)

    def __str__(self) -> str:
        """Return a line of the table."""
        return f"{self.verdict:<8}{self.assumption:<32}{self.evidence}"


def holds_if(condition: object, assumption: str, evidence: str, **quirks: Any) -> Outcome:
    """Return `holds` for a true condition, else `differs` with quirks.

    Args:
        condition: Whether the assumption holds.
        assumption: Its name.
        evidence: The response in a few words.
        **quirks: Fields of `Quirks` where it does not hold.
    """
    if condition:
        return Outcome(assumption, "holds", evidence)
    return Outcome(assumption, "differs", evidence, quirks)


def unknown(assumption: str, evidence: str) -> Outcome:
    """Return `unknown` with the reason.

    Args:
        assumption: The name of the assumption.
        evidence: Why it cannot be observed.
    """
    return Outcome(assumption, "unknown", evidence)


def combined(outcomes: Mapping[str, Outcome]) -> Outcome:
    """Return one outcome for several models: it differs if it differs for one of them.

    Args:
        outcomes: The outcomes of one assumption, by model; at least one.
    """
    by_verdict: dict[str, Outcome] = {}
    for outcome in outcomes.values():
        by_verdict.setdefault(outcome.verdict, outcome)
    decisive = by_verdict.get("differs") or by_verdict.get("holds") or by_verdict["unknown"]
    if len(outcomes) == 1:
        return decisive
    evidence = "; ".join(f"{model}: {outcome.evidence}" for model, outcome in outcomes.items())
    return Outcome(decisive.assumption, decisive.verdict, evidence, decisive.quirks)


def shown(reply: Reply) -> str:
    """Return the status of a response, and the beginning of an error."""
    return "200" if reply.ok else f"{reply.status_code} {reply.text[:100]!r}"


def quirks_of(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return the fields of `Quirks` that all outcomes add up to."""
    quirks: dict[str, Any] = {}
    for outcome in outcomes:
        for name, value in outcome.quirks.items():
            before = quirks.get(name)
            both = isinstance(value, Mapping) and isinstance(before, Mapping)
            quirks[name] = {**before, **value} if both else value  # type: ignore[dict-item]
    return quirks


def summary(outcomes: Iterable[Outcome]) -> str:
    """Return a line with the number of each verdict."""
    counts = Counter(outcome.verdict for outcome in outcomes)
    return f"{counts['holds']} hold, {counts['differs']} differ, {counts['unknown']} unknown."


def to_json(outcomes: Iterable[Outcome]) -> str:
    """Return outcomes as a JSON document."""
    rows = list(outcomes)
    document = {"assumptions": [asdict(row) for row in rows], "quirks": quirks_of(rows)}
    return json.dumps(document, indent=2)
