"""Install a wheel and a source distribution, and use them outside of the checkout.

Usage: `try_distributions.py FOLDER [PYTHON …]`, the folder of both and the interpreters; default:
this one. Each interpreter gets the wheel with the newest and with the lowest requirements that have
wheels for it, and the source distribution with the newest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
SMOKE = Path(__file__).with_name("smoke.py")
UV = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
TRIALS = (("*.whl", "highest"), ("*.whl", "lowest-direct"), ("*.tar.gz", "highest"))


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


def attempt(distribution: Path, python: str, resolution: str) -> None:
    """Install a distribution with all extras into a new environment, and use it."""
    with TemporaryDirectory() as folder:
        run(UV, "venv", "-q", "--python", python, "venv", cwd=folder)
        inside = str(Path(folder, "venv", "bin", "python"))
        run(
            *(UV, "pip", "install", "-q", "--python", inside),
            *("--resolution", resolution, "--only-binary", ":all:"),
            *(("--no-binary", "langchain-telnyx") if distribution.suffix == ".gz" else ()),
            f"langchain-telnyx[all] @ {distribution.as_uri()}",
            cwd=folder,
        )
        run(inside, str(SMOKE), str(ROOT / "README.md"), cwd=folder)


def main(folder: str, *pythons: str) -> None:
    """Try all distributions of a folder with all interpreters."""
    for python in pythons or (sys.executable,):
        for pattern, resolution in TRIALS:
            (distribution,) = Path(folder).resolve().glob(pattern)
            begun = time.monotonic()
            attempt(distribution, python, resolution)
            took = time.monotonic() - begun
            print(f"{python}: {distribution.name}, {resolution}: works ({took:.0f} s)", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
