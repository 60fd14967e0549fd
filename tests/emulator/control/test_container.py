"""The Dockerfile: what it copies, runs and starts, without a Docker daemon."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs" / "docker" / "Dockerfile"
IGNORED = FILE.with_name("Dockerfile.dockerignore")


def instructions() -> list[tuple[str, str]]:
    """Return the instructions and their arguments, with continued lines joined."""
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    parsed = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [(name, argument.strip()) for name, _, argument in parsed]


INSTRUCTIONS = instructions()
LAST_STAGE = INSTRUCTIONS[[name for name, _ in INSTRUCTIONS].index("FROM", 2) :]


def argument_of(name: str) -> str:
    """Return the argument of the only instruction of this name in the last stage."""
    [found] = [argument for each, argument in LAST_STAGE if each == name]
    return found


def command(argument: str) -> list[str]:
    """Return a command in the JSON form, which needs no shell."""
    parsed: list[str] = json.loads(argument)
    return parsed


def copied() -> list[str]:
    return [
        source
        for name, argument in INSTRUCTIONS
        if name == "COPY" and "--from" not in argument
        for source in shlex.split(argument)[:-1]
    ]


HEALTH_CHECK = command(argument_of("HEALTHCHECK").partition("CMD ")[2])
ENTRYPOINT = command(argument_of("ENTRYPOINT"))


def test_instructions_are_those_of_docker_and_images_are_slim() -> None:
    known = """
        ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN STOPSIGNAL USER VOLUME WORKDIR
    """
    assert {name for name, _ in INSTRUCTIONS} <= {*known.split()}
    images = [argument.partition(" ")[0] for name, argument in INSTRUCTIONS if name == "FROM"]
    assert images == ["python:${PYTHON}-slim"] * 2


def test_what_it_copies_exists_and_is_sent_to_the_builder() -> None:
    sent = [line[1:] for line in IGNORED.read_text("utf-8").splitlines() if line.startswith("!")]
    assert sorted(path.removeprefix("./") for path in copied()) == sorted(sent)
    assert [path for path in copied() if not (ROOT / path).exists()] == []


def test_it_runs_without_root_and_its_data_is_in_the_volume() -> None:
    names = [name for name, _ in LAST_STAGE]
    assert argument_of("USER") == "telnyx"
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert argument_of("VOLUME") == ENTRYPOINT[ENTRYPOINT.index("--data") + 1] == "/data"
    assert argument_of("EXPOSE") == ENTRYPOINT[ENTRYPOINT.index("--port") + 1]
    assert f"'127.0.0.1', {argument_of('EXPOSE')}" in HEALTH_CHECK[-1]
    assert "install -d -o telnyx -g telnyx -m 700 /data" in argument_of("RUN")


def test_its_extras_exist() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    [extras] = re.findall(r'install .*"\.\[(.*)\]"', FILE.read_text("utf-8"))
    for extra in extras.split(","):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE), extra


def test_the_health_check_follows_the_emulator() -> None:
    with TelnyxEmulator() as emulator:
        port = emulator.storage_url.rpartition(":")[2]
        assert health(port, sys.executable) == 0
    assert health(port, sys.executable) != 0


@pytest.mark.waits
def test_the_entry_point_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    with serving(tmp_path, [sys.executable, "-m", "langchain_telnyx"]):
        assert (tmp_path / "data" / "telnyx.sqlite3").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_its_build_steps_work_in_a_new_environment(tmp_path: Path) -> None:
    source, prefix = tmp_path / "source", tmp_path / "telnyx"
    for path in copied():
        kind = shutil.copytree if (ROOT / path).is_dir() else shutil.copy2
        source.mkdir(exist_ok=True)
        kind(ROOT / path, source / path)
    for name, argument in INSTRUCTIONS[: len(INSTRUCTIONS) - len(LAST_STAGE)]:
        if name == "RUN":
            step = shlex.split(argument.replace("/opt/telnyx", str(prefix)))
            step[0] = sys.executable if step[0] == "python" else step[0]
            subprocess.run(step, cwd=source, check=True, timeout=800)
    with serving(tmp_path, [str(prefix / "bin" / ENTRYPOINT[0])]) as port:
        assert health(port, str(prefix / "bin" / HEALTH_CHECK[0])) == 0


def health(port: str, python: str) -> int:
    """Run the health check, and return its status."""
    check = [python, *HEALTH_CHECK[1:-1], HEALTH_CHECK[-1].replace("8787", port)]
    return subprocess.run(check, check=False, capture_output=True, timeout=60).returncode


@contextmanager
def serving(folder: Path, program: list[str]) -> Iterator[str]:
    """Run the entry point on loopback and a free port; end it as Docker does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    here = {"0.0.0.0": "127.0.0.1", "8787": port, "/data": str(folder / "data")}
    options = [here.get(each, each) for each in ENTRYPOINT[1:]]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*program, *options], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            # It prints the address when it listens.
            assert any(port in line for line in server.stdout)
            yield port
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0
