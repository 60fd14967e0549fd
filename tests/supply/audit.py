"""Look up advisories for all installed packages; fail if there are any.

Usage: `audit.py FOLDER`, the site-packages of an environment. If no source of advisories is
available, the script prints that and passes: many build machines reach package indexes only. It
tests a source with a version that has a known advisory, since an index without advisories returns
an empty report.
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
    """An advisory for an installed package."""

    package: str
    version: str
    id: str
    fixed: str


def findings(report: dict[str, Any]) -> list[Finding]:
    """Return the advisories in a report of pip-audit."""
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


def skipped(report: dict[str, Any]) -> list[str]:
    """Return the names of packages that the source does not have."""
    return [each["name"] for each in report["dependencies"] if "skip_reason" in each]


def audit_report(source: str, *arguments: str) -> dict[str, Any] | None:
    """Return pip-audit's report; `None` if the source is not reachable."""
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


def is_available(source: str) -> bool:
    """Return whether a source has the known advisory."""
    version, advisory = _KNOWN
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "known.txt"
        file.write_text(f"{version}\n", "utf-8")
        report = audit_report(source, "--requirement", str(file), "--no-deps", "--disable-pip")
    return report is not None and any(advisory in each.id for each in findings(report))


def main(folder: str) -> int:
    """Print the advisories, and return the exit code."""
    source = next((each for each in SOURCES if is_available(each)), None)
    if source is None:
        print(
            f"audit: NOTHING WAS AUDITED: no source of advisories is available "
            f"({', '.join(SOURCES)}). Only the lower bounds are checked, against "
            f"tests/supply/advisories.toml."
        )
        return 0
    report = audit_report(source, "--path", folder)
    if report is None:
        print(f"audit: {source} failed during the audit.")
        return 1
    found = findings(report)
    for each in found:
        print(f"audit: {each.package} {each.version} has {each.id}, fixed in {each.fixed}")
    if names := skipped(report):
        print(f"audit: {source} does not have {', '.join(names)}")
    count = len(report["dependencies"]) - len(names)
    print(f"audit: {source} has {count} of the packages: {len(found)} advisories")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
