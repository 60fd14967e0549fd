"""A real server, with sockets, that is killed in the middle of its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import TelnyxEmulator
from tests.serve.webhooks.support import NUMBER, PERSON, SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# It serves on a free port that it prints, and waits in each run while the file `wait` exists.
SERVER = """
import asyncio, pathlib, socket, uvicorn
from langchain_telnyx.serve import create_app

async def agent(messages):
    pathlib.Path("started").touch()
    while pathlib.Path("wait").exists():
        await asyncio.sleep(0.01)
    return f"You: {messages[-1].text}"

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
server = uvicorn.Server(uvicorn.Config(create_app(agent), log_level="warning"))
server.run(sockets=[listener])
"""

pytestmark = pytest.mark.waits


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def start(emulator: TelnyxEmulator, folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a server in a folder; return it and the address of its webhooks."""
    environment = {
        **os.environ,
        **emulator.environment(),
        "TELNYX_PUBLIC_KEY": emulator.webhook_public_key,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, f"http://127.0.0.1:{process.stdout.readline().strip()}/webhooks"


def stop(process: subprocess.Popen[str], sign: signal.Signals) -> None:
    process.send_signal(sign)
    process.wait(SECONDS)
    assert process.stdout is not None
    process.stdout.close()


def deliver(emulator: TelnyxEmulator, url: str, text: str, event_id: str) -> None:
    """Deliver a message until it is acknowledged: a busy machine may respond too late."""
    end = time.monotonic() + SECONDS
    while True:
        emulator.receive_message(PERSON, NUMBER, text, webhook_url=url, event_id=event_id)
        if emulator.next_webhook(SECONDS).delivered:
            return
        assert time.monotonic() < end


def test_a_killed_server_answers_after_its_start(tmp_path: Path) -> None:
    with TelnyxEmulator() as emulator:
        (tmp_path / "wait").touch()
        process, url = start(emulator, tmp_path)
        deliver(emulator, url, "Hello", "event-1")
        wait_for((tmp_path / "started").exists)
        stop(process, signal.SIGKILL)
        assert emulator.messages_sent == []
        (tmp_path / "wait").unlink()
        process, url = start(emulator, tmp_path)
        wait_for(lambda: len(emulator.messages_sent) == 1)
        deliver(emulator, url, "Hello", "event-1")
        deliver(emulator, url, "Again", "event-2")
        wait_for(lambda: len(emulator.messages_sent) == 2)
        stop(process, signal.SIGTERM)
        texts = [message.text for message in emulator.messages_sent]
    assert texts == ["You: Hello", "You: Again"]
