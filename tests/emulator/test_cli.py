"""The command `langchain-telnyx emulator`."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from langchain_telnyx.cli import main

if TYPE_CHECKING:
    from pathlib import Path

RUN = """
import sys
from langchain_telnyx.cli import main
sys.exit(main(["emulator", *sys.argv[1:]]))
"""


def run(*arguments: str) -> int:
    return main(["emulator", *arguments])


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_two_exports_serves_and_ends_cleanly(end: signal.Signals, tmp_path: Path) -> None:
    arguments = ["--port", "0", "--api-key", "KEY1", "--data", str(tmp_path), "--log"]
    with subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        exports = [server.stdout.readline().strip() for _ in range(2)]
        assert exports[0] == "export TELNYX_API_KEY=KEY1"
        address = exports[1].removeprefix("export TELNYX_BASE_URL=")
        console = server.stdout.readline().strip()
        assert console == f"# console: {address.removesuffix('/v2')}/"
        page = httpx.get(console.removeprefix("# console: "), headers={"accept": "text/html"})
        assert "<title>Telnyx emulator</title>" in page.text
        url = f"{address}/ai/embeddings/buckets"
        answer = httpx.get(url, headers={"authorization": "Bearer KEY1"})
        assert answer.json() == {"data": {"buckets": []}}
        server.send_signal(end)
        assert server.wait(10) == 0
        assert "GET /v2/ai/embeddings/buckets -> 200" in server.stderr.read()


def test_a_port_in_use_is_one_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run("--port", str(port)) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(
        f"langchain-telnyx emulator: cannot listen on 127.0.0.1 port {port}: "
    )
    assert printed.err.count("\n") == 1


def test_a_file_as_data_folder_is_a_usage_error_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as ended:
        run("--port", "0", "--data", str(tmp_path / "file"))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert f"{str(tmp_path / 'file')!r} is a file, not a folder" in error
    assert error.count("\n") == 1


def test_an_impossible_folder_is_one_line_and_exit_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--port", "0", "--data", "/proc/nowhere/data") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "/proc/nowhere" in error


def test_an_upstream_that_cannot_be_reached_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    assert run("--port", "0", "--upstream", url) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"langchain-telnyx emulator: --upstream {url}")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "eighty"],
    ],
    ids=" ".join,
)
def test_a_bad_port_or_address_is_a_usage_error_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert arguments[0] in error


def test_its_settings_as_json(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "--port", "0", "--json", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        settings = json.loads(server.stdout.readline())
        assert settings["TELNYX_BASE_URL"].startswith("http://127.0.0.1:")
        assert settings["TELNYX_API_KEY"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def test_a_missing_extra_is_named() -> None:
    code = f"import sys\nsys.modules['fastapi'] = None\n{RUN}"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "langchain-telnyx emulator: The emulator needs 'fastapi', which is not installed. "
        'Install its extra: pip install "langchain-telnyx[emulator]"\n'
    )


def test_it_warns_on_stderr_when_other_machines_can_reach_it() -> None:
    # The check is patched, as tests listen on loopback only.
    beyond = "import langchain_telnyx.emulator.server as s; s.is_loopback = lambda host: False"
    with subprocess.Popen(
        [sys.executable, "-c", f"{beyond}\n{RUN}", "--port", "0", "--allow-host", "emulator"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        exports = dict(
            process.stdout.readline().removeprefix("export ").strip().split("=", 1)
            for _ in range(2)
        )
        headers = {"authorization": f"Bearer {exports['TELNYX_API_KEY']}", "host": "emulator:80"}
        url = f"{exports['TELNYX_BASE_URL']}/ai/openai/models"
        assert httpx.get(url, headers=headers).status_code == 200
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert "warning: The emulator listens on" in errors
    assert "Traceback" not in errors
