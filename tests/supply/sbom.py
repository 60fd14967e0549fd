"""Write the package's version into a bill of materials, and check the bill.

Usage: `sbom.py FILE FOLDER`, the bill and its site-packages. The bill must match CycloneDX's
schema, and list all installed packages with their versions.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import distributions
from pathlib import Path

from cyclonedx.schema import SchemaVersion  # pyright: ignore[reportMissingImports] - in .venv-supply
from cyclonedx.validation.json import (  # pyright: ignore[reportMissingImports]
    JsonStrictValidator,
)
from packaging.utils import canonicalize_name


def differences(bill: Path, folder: str) -> list[str]:
    """Return the differences between a bill and the packages in a folder."""
    written = json.loads(bill.read_text("utf-8"))
    itself = written["metadata"]["component"]
    named = {(canonicalize_name(e["name"]), e["version"]) for e in written["components"]}
    installed = {(canonicalize_name(e.name), e.version) for e in distributions(path=[folder])}
    own = {each for each in installed if each[0] == canonicalize_name(itself["name"])}
    found = [f"{name} {version} is missing" for name, version in sorted(installed - own - named)]
    found += [f"{name} {version} is not installed" for name, version in sorted(named - installed)]
    return found if own else [*found, f"{itself['name']} is not installed"]


def with_version(bill: Path, folder: str) -> None:
    """Write the package's version into its bill: in pyproject.toml it is dynamic."""
    written = json.loads(bill.read_text("utf-8"))
    itself = written["metadata"]["component"]
    (installed,) = distributions(path=[folder], name=itself["name"])
    itself["version"] = installed.version
    itself["purl"] = f"pkg:pypi/{itself['name']}@{installed.version}"
    bill.write_text(f"{json.dumps(written, indent=2)}\n", "utf-8")


def main(bill: str, folder: str) -> int:
    """Print the problems of a bill, and return the exit code."""
    file = Path(bill)
    with_version(file, folder)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text("utf-8"))
    found = differences(file, folder) + (
        [f"it does not match the schema: {wrong}"] if wrong else []
    )
    for each in found:
        print(f"sbom: {each}")
    count = len(json.loads(file.read_text("utf-8"))["components"])
    print(f"sbom: {bill} lists {count} packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
