"""A real process that is ended in the middle, by a signal or its reader, deletes its bucket."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import after_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_telnyx.emulator import TelnyxEmulator

PROGRAM = Path(sys.executable).with_name("langchain-telnyx")


@pytest.fixture(autouse=True)
def _handle_ctrl_c() -> Iterator[None]:
    # Background processes of a shell ignore SIGINT, and their children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def running(telnyx_emulator: TelnyxEmulator, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the program on a small folder."""
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"Moon number {number}.", "utf-8")
    with subprocess.Popen(
        [PROGRAM, "ask", "Which moon?", str(tmp_path), "--yes"],
        env={**os.environ, **telnyx_emulator.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def wait_for(emulator: TelnyxEmulator, pattern: str) -> None:
    """Wait for a request whose method and path match a pattern."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if any(re.search(pattern, f"{r.method} {r.path}") for r in list(emulator.requests)):
            return
        time.sleep(0.01)
    pytest.fail(f"no request like {pattern!r} came")


def uploading(emulator: TelnyxEmulator) -> str:
    emulator.latency(0.1)
    return r"PUT .*\.txt"


def embedding(emulator: TelnyxEmulator) -> str:
    emulator.account.jobs.pace = after_seconds(60)
    return "GET /v2/ai/embeddings/[0-9a-f-]{36}"


def answering(emulator: TelnyxEmulator) -> str:
    emulator.script.stall_stream(after=1, seconds=60)
    return "POST .*/chat/completions"


@pytest.mark.parametrize(
    ("stage", "sent", "status"),
    [
        (uploading, signal.SIGINT, 130),
        (embedding, signal.SIGINT, 130),
        (answering, signal.SIGINT, 130),
        (embedding, signal.SIGTERM, 143),
    ],
)
def test_an_interrupted_process_deletes_its_bucket(
    telnyx_emulator: TelnyxEmulator,
    request: pytest.FixtureRequest,
    stage: Callable[[TelnyxEmulator], str],
    sent: signal.Signals,
    status: int,
) -> None:
    pattern = stage(telnyx_emulator)
    process: subprocess.Popen[str] = request.getfixturevalue("running")
    wait_for(telnyx_emulator, pattern)
    process.send_signal(sent)
    _, output = process.communicate(timeout=30)
    assert process.returncode == status, output
    assert "Traceback" not in output
    assert telnyx_emulator.account.objects.buckets() == [], output


@pytest.mark.default_quirks("Another form warns, with the name of the folder.", "filename_form")
def test_a_closed_pipe_ends_the_process_silently(
    telnyx_emulator: TelnyxEmulator, running: subprocess.Popen[str]
) -> None:
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    output = running.stderr.read()
    assert running.wait(30) == 1
    assert "Indexed 3 files" in output
    assert "pipe" not in output
    assert "Traceback" not in output
    assert telnyx_emulator.account.objects.buckets() == []
