"""Run each notebook in a new environment that has a kernel, pip, and nothing else.

Usage: `clean.py WHEEL [NOTEBOOK …]`; default: all. The notebook's own `%pip install` installs the
wheel and what it needs, as it does for a reader. The outputs must equal the stored ones.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from tests.notebooks.execute import NOTEBOOKS, executed, outputs

UV = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
KERNEL = "clean"


def new_kernel(folder: Path) -> None:
    """Create an environment in a folder, and a kernel of that name for nbclient."""
    subprocess.run(
        [UV, "venv", "-q", "--seed", "--python", sys.executable, folder / "venv"], check=True
    )
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([UV, "pip", "install", "-q", "--python", python, "ipykernel"], check=True)
    arguments = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = folder / "kernels" / KERNEL / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": arguments, "display_name": KERNEL, "language": "python"}))


def differences(path: Path, wheel: Path) -> list[str]:
    """Run a notebook in a new environment, and return the outputs that are not the stored ones.

    Raises:
        CellExecutionError: A cell raised.
    """
    with TemporaryDirectory() as folder:
        new_kernel(Path(folder))
        os.environ |= {
            "JUPYTER_PATH": folder,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_FIND_LINKS": str(wheel.resolve().parent),
            "PIP_ROOT_USER_ACTION": "ignore",
        }
        new = outputs(executed(path, kernel=KERNEL, install=True))
    stored = outputs(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]  # it ships no types
    return [found for found, known in zip(new, stored, strict=True) if found != known]


def main(wheel: str, *names: str) -> int:
    """Run notebooks, print what differs, and return the exit code."""
    failed = 0
    for path in map(Path, names) if names else NOTEBOOKS:
        begun = time.monotonic()
        found = differences(path, Path(wheel))
        failed += bool(found)
        result = "\n".join(["differs:", *found]) if found else "works alone"
        print(f"{path.name} {result} ({time.monotonic() - begun:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
