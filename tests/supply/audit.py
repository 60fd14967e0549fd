"""Ask a source of advisories about all that the package installs; fail on what it finds.

Usage: `audit.py FOLDER`, the site-packages of an environment. Where no source answers, that is
printed, and nothing fails: many build machines reach package indices alone. Whether a source
answers is seen by what it says of a version that has an advisory, as an index without advisories
answers as if there were none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

SOURCES = ("osv", "pypi")
_KNOWN = ("h11==0.14.0", "CVE-2025-43859")
_COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--timeout", "10"),
    *("--format", "json", "--desc", "off", "--aliases", "on"),
)


class Finding(NamedTuple):
    """An advisory for something that is installed."""

    package: str
    version: str
    id: str
    fixed: str


def findings(report: dict[str, Any]) -> list[Finding]:
    """Return the advisories in a report of pip-audit's."""
    return [
        Finding(
            each["name"],
            each["version"],
            " ".join([found["id"], *found.get("aliases", [])]),
            " or ".join(found["fix_versions"]) or "none yet",
        )
        for each in report["dependencies"]
        for found in each.get("vulns", [])
    ]


def unanswered(report: dict[str, Any]) -> list[str]:
    """Return the names that the source knows nothing of."""
    return [each["name"] for each in report["dependencies"] if "skip_reason" in each]


def asked(source: str, *arguments: str) -> dict[str, Any] | None:
    """Return pip-audit's report, `None` where the source cannot be reached."""
    done = subprocess.run(
        [*_COMMAND, "--vulnerability-service", source, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None
    return report


def answers(source: str) -> bool:
    """Return whether a source knows the advisory of a version that has one."""
    version, advisory = _KNOWN
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "known.txt"
        file.write_text(f"{version}\n", "utf-8")
        report = asked(source, "--requirement", str(file), "--no-deps", "--disable-pip")
    return report is not None and any(advisory in each.id for each in findings(report))


def main(folder: str) -> int:
    """Print what was found, and return the exit code."""
    source = next((each for each in SOURCES if answers(each)), None)
    if source is None:
        print(
            f"audit: NOTHING WAS AUDITED: no source of advisories answered ({', '.join(SOURCES)}). "
            f"What is checked instead: the lower bounds, against tests/supply/advisories.toml."
        )
        return 0
    report = asked(source, "--path", folder)
    if report is None:
        print(f"audit: {source} stopped answering before it had answered for all.")
        return 1
    found = findings(report)
    for each in found:
        print(f"audit: {each.package} {each.version} has {each.id}, fixed in {each.fixed}")
    if names := unanswered(report):
        print(f"audit: {source} does not know {', '.join(names)}")
    count = len(report["dependencies"]) - len(names)
    print(f"audit: {source} answered for {count} packages: {len(found)} advisories")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
