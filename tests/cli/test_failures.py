"""Exceptions of a command become one line on standard error and a fitting exit status."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from pydantic import BaseModel

from langchain_telnyx.cli import main
from langchain_telnyx.cli.failures import UsageError, messages_in_one_line, run_guarded
from langchain_telnyx.client.errors import ConfigurationError, TelnyxError

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "KEY0190_of_this_test"


class Positive(BaseModel):
    k: int


def open_missing() -> int:
    return len(Path("/nowhere/x").read_text("utf-8"))


def validate() -> int:
    return Positive.model_validate({"k": "many"}).k


def fail_in_a_library() -> int:
    return len(str(Path("x").with_name("")))


def raising(error: BaseException) -> Callable[[], int]:
    def action() -> NoReturn:
        raise error

    return action


@pytest.mark.parametrize(
    ("action", "status", "message"),
    [
        (raising(UsageError("pass a PATH.")), 2, "pass a PATH."),
        (raising(ConfigurationError("No key.")), 2, "No key."),
        (raising(TelnyxError("HTTP 500.\nTry later.")), 1, "HTTP 500. Try later."),
        (raising(ImportError("Install the extra.")), 1, "Install the extra."),
        (raising(OSError("cannot listen.")), 1, "cannot listen."),
        (raising(OSError(28, "No space left on device")), 1, "No space left on device."),
        (raising(ExceptionGroup("two", [UsageError("first")])), 2, "first"),
        (raising(KeyboardInterrupt()), 130, "Interrupted."),
        (open_missing, 1, "'/nowhere/x': No such file or directory."),
        (validate, 2, "k: Input should be a valid integer"),
        (fail_in_a_library, 1, "unexpected ValueError: "),
        (raising(KeyError("id")), 1, "unexpected KeyError: 'id' ("),
        (raising(RuntimeError(f"sent {KEY}")), 1, "unexpected RuntimeError: sent *** ("),
    ],
    ids=lambda value: None if callable(value) else str(value),
)
def test_an_exception_is_one_line(
    action: Callable[[], int],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    assert run_guarded("langchain-telnyx x", action) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"langchain-telnyx x: {message}")
    assert printed.err.count("\n") == 1
    assert ("TELNYX_TRACEBACK=1" in printed.err) is ("unexpected" in message)


def test_warnings_and_logs_of_libraries_are_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of pytest
    with messages_in_one_line("langchain-telnyx x"):
        warnings.simplefilter("always")
        warnings.warn("The filter compares\ndifferent types.", UserWarning, stacklevel=1)
        try:
            fail_in_a_library()
        except ValueError:
            logging.getLogger("library").exception("A file\nwas skipped.")
            logging.getLogger("asyncio").exception("Task exception was never retrieved")
    assert capsys.readouterr().err.splitlines() == [
        "langchain-telnyx x: warning: The filter compares different types.",
        "langchain-telnyx x: error: A file was skipped.",
    ]


@pytest.mark.parametrize("variable", [True, False])
def test_a_traceback_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, variable: bool
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    if variable:
        monkeypatch.setenv("TELNYX_TRACEBACK", "1")
    action = raising(KeyError(KEY))
    assert run_guarded("langchain-telnyx x", action, show_traceback=not variable) == 1
    printed = capsys.readouterr().err
    assert "Traceback (most recent call last)" in printed
    assert "in action" in printed
    assert KEY not in printed


def test_the_option_for_a_traceback_may_be_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--traceback", "search", "?"], ["search", "?", "--traceback"]):
        assert main(arguments) == 2
        assert "UsageError" in capsys.readouterr().err


def test_a_closed_standard_error_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    assert run_guarded("langchain-telnyx x", raising(UsageError("pass a PATH."))) == 2


def test_a_character_that_the_terminal_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("Größe?"))
    assert main(["chat", "--json"]) == 0
    assert b"Gr\\xf6\\xdfe" in raw.getvalue()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(unbuffered: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "langchain_telnyx", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            check=False,
            timeout=60,
        )
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.endswith("No space left on device.")


def test_a_closed_pipe_is_silent() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "langchain_telnyx", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1
