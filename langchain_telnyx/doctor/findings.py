"""The result of one check, and how results are printed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["ok", "warning", "failure", "skipped"]

_MARKS: dict[Status, str] = {"ok": "ok", "warning": "warn", "failure": "FAIL", "skipped": "skip"}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        check: The name of the check, such as `key` or `tls`.
        status: `failure` where requests cannot succeed, `warning` where some may not, `skipped`
            where the check does not apply or needs another one to succeed first.
        detail: The result in one sentence. It never has the key.
        advice: What to do; empty where there is nothing to do.
        data: The measured values, as JSON.
    """

    check: str
    status: Status
    detail: str
    advice: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return a line, and another one with the advice."""
        line = f"{_MARKS[self.status]:<5}{self.check:<12}{self.detail}"
        return f"{line}\n{'':17}{self.advice}" if self.advice else line


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 where a check failed, else 0."""
    return int(any(finding.status == "failure" for finding in findings))


def to_json(findings: Iterable[Finding]) -> str:
    """Return findings as a JSON document."""
    rows = [asdict(finding) for finding in findings]
    return json.dumps({"ok": not exit_status(findings), "checks": rows}, indent=2)
