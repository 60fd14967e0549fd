"""Install a wheel and a source distribution, and use them outside of the checkout.

Usage: `try_distributions.py FOLDER [PYTHON …]`, the folder of both and the interpreters; default:
this one. Each interpreter gets both with the newest requirements, and the wheel with the lowest
that have wheels for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
SMOKE = Path(__file__).with_name("smoke.py")
UV = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
NEWEST = ("--resolution", "highest")
# Lowest versions that are older than the Python have no wheels for it, and often do not build.
LOWEST = ("--resolution", "lowest-direct", "--only-binary", ":all:")


def run(*command: str, cwd: str) -> None:
    """Run a command without the checkout's settings; print its output if it fails.

    Raises:
        CalledProcessError: It failed.
    """
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TELNYX_")}
    kept.pop("PYTHONPATH", None)
    kept.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        done.check_returncode()


def attempt(distribution: Path, extras: str, python: str, options: tuple[str, ...]) -> None:
    """Install a distribution into a new environment, and use it."""
    requirement = f"langchain-telnyx[{extras}] @ {distribution.as_uri()}"
    with TemporaryDirectory() as folder:
        run(UV, "venv", "-q", "--python", python, "venv", cwd=folder)
        inside = str(Path(folder, "venv", "bin", "python"))
        run(UV, "pip", "install", "-q", "--python", inside, *options, requirement, cwd=folder)
        run(inside, str(SMOKE), str(ROOT / "README.md"), cwd=folder)


def main(folder: str, *pythons: str) -> None:
    """Try both distributions of a folder with all interpreters."""
    (wheel,) = Path(folder).resolve().glob("*.whl")
    (source,) = Path(folder).resolve().glob("*.tar.gz")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    # pocketsphinx and Ray have no wheels for some versions of Python.
    extras = set(project["optional-dependencies"]) - {"all", "emulator-speech", "ray"}
    trials = (
        (wheel, "all", NEWEST),
        (wheel, ",".join(sorted(extras)), LOWEST),
        (source, "all", NEWEST),
    )
    for python in pythons or (sys.executable,):
        for distribution, wanted, options in trials:
            begun = time.monotonic()
            attempt(distribution, wanted, python, options)
            took = time.monotonic() - begun
            print(f"{python}: {distribution.name}, {options[1]}: works ({took:.0f} s)", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
