"""The commands and programs of docs/control-plane.md, against a running emulator."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[3] / "docs" / "control-plane.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8787"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator() as running:
        yield running


def run(emulator: TelnyxEmulator, folder: Path, *command: str) -> str:
    """Run a program with the variables that the emulator prints; it has to succeed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **emulator.environment()},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_commands_print_what_the_page_shows(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    shown = 0
    for block in blocks("console"):
        for command, expected in re.findall(r"^\$ (curl .*)\n((?:[{[].*\n)?)", block, re.MULTILINE):
            if not expected:
                continue  # the stream of events has no end
            here = command.replace(ADDRESS, emulator.storage_url)
            printed = run(emulator, tmp_path, *shlex.split(here))
            assert json.loads(printed) == json.loads(expected), command
            shown += 1
    assert shown == 4


# CI installs no Node: where there is none, only this test is skipped.
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_node_program_passes(emulator: TelnyxEmulator, tmp_path: Path) -> None:
    [program] = blocks("javascript")
    (tmp_path / "greet.test.mjs").write_text(program, "utf-8")
    printed = run(emulator, tmp_path, "node", "--test", "greet.test.mjs")
    assert re.search(r"^# pass 1$", printed, re.MULTILINE), printed
    assert [record.response and record.response.status for record in emulator.requests] == [
        429,
        200,
    ]


@pytest.mark.slow
def test_the_go_program_passes(emulator: TelnyxEmulator, tmp_path: Path) -> None:
    """`make test-slow` installs Go."""
    [program] = blocks("go")
    (tmp_path / "greet_test.go").write_text(program, "utf-8")
    printed = run(emulator, tmp_path, "go", "test", "-v", "greet_test.go")
    assert "--- PASS: TestGreet" in printed
    assert len(emulator.requests.chat) == 1
