"""The judges, each installed once into a folder of its own under `.judges/`, at a pinned version.

None of them is a dependency of the package, or of its tests: they are run, not imported.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import spec

FOLDER = spec.ROOT / ".judges"

PRISM = "@stoplight/prism-cli@5.14.2"
SCHEMATHESIS = "schemathesis==4.32.5"


class MissingToolError(Exception):
    """What a judge needs to be installed is not on this machine."""


def python(requirement: str) -> Path:
    """Return the Python of an environment that holds a requirement, made first if need be."""
    folder = FOLDER / requirement.replace("==", "-")
    made_of = f"Python {sys.version.split()[0]}, {requirement}\n"
    if not _is_made(folder, made_of):
        beside_us = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        uv = shutil.which("uv", path=beside_us)
        interpreter = str(folder / "bin" / "python")
        if uv:
            _run(uv, "venv", "--quiet", f"--python={sys.executable}", str(folder))
            _run(uv, "pip", "install", "--quiet", f"--python={interpreter}", requirement)
        else:
            _run(sys.executable, "-m", "venv", str(folder))
            _run(interpreter, "-m", "pip", "install", "--quiet", requirement)
        _mark(folder, made_of)
    return folder / "bin" / "python"


def prism() -> Path:
    """Return the Prism command, installed first if need be.

    Raises:
        MissingToolError: There is no node or no npm.
    """
    folder = FOLDER / "prism"
    missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
    if missing:
        raise MissingToolError(
            f"Prism judges the client's requests, and needs {' and '.join(missing)}: install "
            "Node.js 18 or newer."
        )
    if not _is_made(folder, PRISM):
        folder.mkdir(parents=True)
        quiet = ("--no-audit", "--no-fund", "--loglevel=error")
        _run("npm", "install", *quiet, f"--prefix={folder}", PRISM)
        _mark(folder, PRISM)
    return folder / "node_modules" / ".bin" / "prism"


def environment() -> dict[str, str]:
    """Return the environment to run a judge in: this one, but no proxy between it and loopback."""
    return {
        name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")
    }


def _is_made(folder: Path, made_of: str) -> bool:
    stamp = folder / "made-of.txt"
    if stamp.exists() and stamp.read_text() == made_of:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    return False


def _mark(folder: Path, made_of: str) -> None:
    # Last, so that an interrupted attempt is made anew.
    (folder / "made-of.txt").write_text(made_of)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
