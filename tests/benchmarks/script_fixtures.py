"""How the tests run the scripts of the benchmark: as their users do, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run() -> Run:
    """Run a script with arguments."""

    def script(name: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return _finished([str(FOLDER / name), *arguments], stdin)

    return script


@pytest.fixture
def program() -> Run:
    """Run a text as a program that imports the modules of the benchmark."""
    return lambda text: _finished(["-c", text], "")


def _finished(arguments: list[str], stdin: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=FOLDER,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
