"""`langchain-telnyx call` and `serve`, as a user runs them: in a process, in a folder."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import httpx
import pytest
import soundfile

from langchain_telnyx.cli import main
from tests.support.screen import on_a_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = """
import asyncio

async def agent(messages):
    words = messages[-1].text
    yield f"You said {words}. "
    if "long" in words:
        for number in range(200):
            yield f"word{number} "
            await asyncio.sleep(0)

number = 7
"""
RECORDINGS = Path(__file__).parents[1] / "recordings"
TOKEN = "a-token-for-the-tests-0123456789"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_app.py").write_text(APP)
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "langchain_telnyx", *arguments]


Run: TypeAlias = "Callable[..., tuple[int, str, str]]"


@pytest.fixture
def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run a command in this process, in the folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def command_line(*arguments: str, lines: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    yield command_line
    sys.modules.pop("my_app", None)


def test_a_call_from_a_file_of_lines(run: Run) -> None:
    lines = "hello\n/press 12#\n\nlong story\n/interrupt 3 stop\n/hangup\nunheard\n"
    status, out, _ = run("call", "my_app:agent", "--greeting", "Welcome.", lines=lines)
    assert status == 0
    transcript = out.partition("\n  ")[0].strip().splitlines()
    assert [line.strip() for line in transcript] == [
        "Agent: Welcome.",
        "Caller: hello",
        "Agent: You said hello.",
        "Caller: [12#]",
        "Agent: You said The caller pressed: 12#.",
        "Caller: long story",
        "Agent: You said long —",
        "Caller: stop",
        "Agent: You said stop.",
    ]
    assert "first token" in out


@pytest.mark.parametrize("door", ["relay", "assistant"])
def test_a_call_as_json(run: Run, door: str) -> None:
    status, out, _ = run("call", "my_app:agent", "--door", door, "--json", lines="hello\n")
    assert status == 0
    call = json.loads(out)
    assert [turn["text"].strip() for turn in call["turns"]] == ["hello", "You said hello."]
    assert call["conversation_id"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["my_app"], 2, "MODULE:VARIABLE"),
        (["my_app.py:agent"], 2, "my_app"),
        (["nowhere:agent"], 2, "no module 'nowhere'"),
        (["my_app:nobody"], 2, "no 'nobody'"),
        (["my_app:number"], 2, "int"),
    ],
)
@pytest.mark.parametrize("name", ["call", "serve"])
def test_a_mistake_is_one_line(
    run: Run, name: str, arguments: list[str], status: int, message: str
) -> None:
    code, _, err = run(name, *arguments)
    assert code == status
    assert message in err
    assert len(err.strip().splitlines()) <= 2


def test_a_recording_is_what_the_caller_says_first(run: Run, folder: Path) -> None:
    sound, rate = soundfile.read(RECORDINGS / "call.wav")
    soundfile.write(folder / "thanks.wav", sound[: int(1.7 * rate)], rate)
    status, out, err = run(
        "call", "my_app:agent", "--audio", str(folder / "thanks.wav"), lines="good bye\n"
    )
    assert status == 0, err
    assert "Caller: thank you for calling\nAgent: You said thank you for calling." in out
    assert "Caller: good bye" in out


def test_an_unknown_command_of_a_call_is_a_mistake(run: Run) -> None:
    status, _, err = run("call", "my_app:agent", lines="/dance\n")
    assert status == 2
    assert "/press" in err


@pytest.mark.waits
def test_a_person_interrupts_in_the_terminal(folder: Path) -> None:
    with on_a_terminal(command("call", "my_app:agent"), cwd=folder) as (screen, process):
        screen.wait_for("Type what")
        screen.type("long story\n")
        screen.wait_for("word3")
        screen.type("stop\n")
        screen.wait_for("You said stop.")
        screen.type("/dance\n")
        screen.wait_for("no command /dance")
        screen.type("\x04")
        screen.wait_for("Ended by the caller")
        assert process.wait(30) == 0
    heard = re.search(r"Agent: (You said long story.*?) —", screen.text[-900:])
    assert heard
    assert "word3" in heard[1]
    assert "word150" not in screen.text


@pytest.mark.waits
def test_a_voice_speaks_the_answer(folder: Path) -> None:
    said = folder / "said.txt"
    voice = folder / "flite"
    voice.write_text(f'#!/bin/sh\necho "$2" >> {said}\n')
    voice.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    speaking = command("call", "my_app:agent", "--speak")
    environment = {**os.environ, "PATH": path}
    with on_a_terminal(speaking, cwd=folder, env=environment) as (screen, process):
        screen.wait_for("Type what")
        screen.type("hello\n")
        end = time.monotonic() + 60
        while not (said.exists() and said.read_text()) and time.monotonic() < end:
            time.sleep(0.01)
        assert said.read_text().strip() == "You said hello."
        screen.type("\x04")
        screen.wait_for("Ended by")
        assert process.wait(30) == 0


@contextmanager
def serving(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple[str, int]]:
    process = subprocess.Popen(
        command("serve", "my_app:agent", "--port", "0", *arguments),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Serving on "), process.stderr and process.stderr.read()
        yield line.split()[-1], process.pid
        process.wait(60)
    finally:
        process.kill()
        out, err = process.communicate()
    assert process.returncode == 0, out + err
    assert TOKEN not in out + err


@pytest.mark.waits
def test_a_server_answers_and_ends_gracefully(folder: Path) -> None:
    with serving(folder, TELNYX_SERVE_TOKEN=TOKEN) as (url, pid):
        assert httpx.get(f"{url}/health").json() == {"status": "ok"}
        body = {"messages": [{"role": "user", "content": "hello"}]}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers).json()
        assert answer["choices"][0]["message"]["content"] == "You said hello. "
        assert httpx.get(f"{url}/{TOKEN}/v1/models").json()["data"][0]["id"] == "agent"
        os.kill(pid, signal.SIGTERM)


def test_a_server_without_a_token_stays_on_this_machine(run: Run) -> None:
    status, _, err = run("serve", "my_app:agent", "--host", "0.0.0.0")
    assert status == 2
    assert "TELNYX_SERVE_TOKEN" in err


def test_a_port_in_use_is_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, err = run("serve", "my_app:agent", "--port", port)
    assert status == 1
    assert f"port {port}" in err
