"""`langchain-telnyx new` writes a project whose tests pass at once."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from langchain_telnyx.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_voice_agent_runs_at_the_first_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shop"
    assert main(["new", "voice-agent", str(folder)]) == 0
    names = {file.name for file in folder.iterdir()}
    assert names == {
        "agent.py",
        "test_agent.py",
        "Dockerfile",
        "README.md",
        "requirements.txt",
        "requirements-dev.txt",
    }
    assert str(folder / "agent.py") in capsys.readouterr().out
    environment = {name: text for name, text in os.environ.items() if "TELNYX" not in name}
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert "3 passed" in tests.stdout
    call = subprocess.run(
        [sys.executable, "-m", "langchain_telnyx", "call", "agent:agent"],
        cwd=folder,
        env=environment,
        input="Where is order 7?\n",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert call.returncode == 0, call.stderr
    assert "Agent: " in call.stdout


def test_a_folder_with_files_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "agent.py").write_text("mine")
    assert main(["new", "voice-agent", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert (tmp_path / "agent.py").read_text() == "mine"
