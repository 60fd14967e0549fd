"""Requirements have no lower bound with a known advisory, and only allowed licences."""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.supply import audit, licences

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ADVISORIES: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("advisories.toml").read_text("utf-8")
)


def declared() -> list[Requirement]:
    """Return every requirement, including extras, without the package itself."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    requirements = [Requirement(each) for group in groups for each in group]
    return [each for each in requirements if each.name != PROJECT["name"]]


def lowest(requirement: Requirement) -> Version:
    (bound,) = [each.version for each in requirement.specifier if each.operator == ">="]
    return Version(bound)


def vulnerable(name: str, held: Version) -> list[str]:
    """Return the advisories of a version, each with the first fixed version."""
    fixed = ADVISORIES[canonicalize_name(name)]
    return [f"{name} {held}: {id_} ({fix})" for id_, fix in fixed.items() if held < Version(fix)]


def test_no_lower_bound_has_an_advisory_that_a_later_version_fixes() -> None:
    found = [each for need in declared() for each in vulnerable(need.name, lowest(need))]
    assert found == []


def test_the_table_has_every_requirement() -> None:
    assert {canonicalize_name(each.name) for each in declared()} <= ADVISORIES.keys()


def test_no_installed_version_has_an_advisory() -> None:
    found = []
    for name in ADVISORIES:
        try:
            found += vulnerable(name, Version(version(name)))
        except PackageNotFoundError:
            continue  # an extra that is not installed
    assert found == []


def test_the_table_has_the_advisories_of_an_old_version() -> None:
    assert vulnerable("pypdf", Version("6.14.2")) == [
        "pypdf 6.14.2: CVE-2026-71852 (6.15.0)",
        "pypdf 6.14.2: CVE-2026-84309 (6.16.1)",
        "pypdf 6.14.2: CVE-2026-84310 (6.16.1)",
        "pypdf 6.14.2: CVE-2026-84311 (6.16.1)",
    ]


@pytest.mark.parametrize(
    ("written", "is_allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only AND (MIT OR Apache-2.0)", False),
        ("MPL-2.0 AND (GPL-3.0-only OR Apache-2.0)", True),
        ("GPL-3.0-only OR MIT AND Apache-2.0", True),
        ("MIT WITH an-exception", False),
        ("(MIT", False),
        ("no licence", False),
        ("", False),
    ],
)
def test_spdx_expressions(written: str, *, is_allowed: bool) -> None:
    assert licences.is_allowed(written) is is_allowed


def installed(folder: Path, **fields: str) -> None:
    name = folder / "thing-1.0.dist-info"
    name.mkdir(parents=True)
    text = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in fields.items())
    (name / "METADATA").write_text(f"Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n{text}")


@pytest.mark.parametrize(
    ("fields", "code", "shown"),
    [
        ({"License_Expression": "MIT OR Apache-2.0"}, 0, ""),
        ({"Classifier": "License :: OSI Approved :: BSD License"}, 0, ""),
        ({"License": "Apache License, Version 2.0"}, 0, ""),
        ({"License": "GNU GPL v3"}, 1, "thing has 'GNU GPL v3'"),
        ({"Classifier": "License :: Other/Proprietary License", "License": "MIT"}, 1, "Propri"),
        ({}, 1, "thing has 'no licence'"),
    ],
)
def test_a_package_without_an_allowed_licence_fails(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, str],
    code: int,
    shown: str,
) -> None:
    installed(tmp_path, **fields)
    assert licences.main(str(tmp_path)) == code
    assert shown in capsys.readouterr().out


def test_an_empty_environment_fails(tmp_path: Path) -> None:
    assert licences.main(str(tmp_path)) == 1


VULNERABLE = {
    "name": "thing",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["1.1"]}],
}
KNOWN = {
    "name": "h11",
    "version": "0.14.0",
    "vulns": [{"id": "GHSA-1", "aliases": ["CVE-2025-43859"], "fix_versions": ["0.16.0"]}],
}
UNKNOWN = {"name": "h11", "skip_reason": "Dependency not found on PyPI"}
SOUND = {"name": "thing", "version": "1.1", "vulns": []}


def auditor(folder: Path, *, known: dict[str, Any] | None, whole: dict[str, Any] | None) -> None:
    """Write a fake `pip_audit` with a report for the known advisory, and one for all packages."""
    reports = [None if each is None else {"dependencies": [each]} for each in (known, whole)]
    (folder / "pip_audit.py").write_text(
        f"import json, sys\nknown, whole = json.loads({json.dumps(json.dumps(reports))})\n"
        f"report = whole if '--path' in sys.argv else known\n"
        f"sys.exit('unreachable') if report is None else print(json.dumps(report))\n"
    )


@pytest.mark.parametrize(
    ("reports", "code", "shown"),
    [
        ((None, None), 0, "NOTHING WAS AUDITED: no source of advisories is available (osv, pypi)"),
        ((UNKNOWN, SOUND), 0, "NOTHING WAS AUDITED"),
        ((KNOWN, SOUND), 0, "osv has 1 of the packages: 0 advisories"),
        ((KNOWN, UNKNOWN), 0, "osv does not have h11"),
        ((KNOWN, VULNERABLE), 1, "thing 1.0 has PYSEC-1 CVE-1, fixed in 1.1"),
        ((KNOWN, None), 1, "osv failed during the audit"),
    ],
)
def test_an_audit_reports_whether_a_source_was_available(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    reports: tuple[dict[str, Any] | None, dict[str, Any] | None],
    code: int,
    shown: str,
) -> None:
    auditor(tmp_path, known=reports[0], whole=reports[1])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert audit.main("anywhere") == code
    assert shown in capsys.readouterr().out
