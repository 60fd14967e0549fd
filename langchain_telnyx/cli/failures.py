"""The one place where exceptions of commands become a line on standard error and an exit status."""

import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from langchain_telnyx.cli.colors import paint

SUCCESS, FAILURE, USAGE, INTERRUPTED = 0, 1, 2, 130
"""The exit statuses."""

TRACEBACK_VARIABLE = "TELNYX_TRACEBACK"
_HINT = f"Run it again with `--traceback`, or with {TRACEBACK_VARIABLE}=1, for the details."
_PACKAGE = str(Path(__file__).parents[1])
_SECRETS = ("TELNYX_API_KEY", "TELNYX_SERVE_TOKEN")
_SHORTEST_SECRET = 7
# Keys of Telnyx, wherever they come from, such as an argument.
_KEY = re.compile(r"\bKEY[0-9A-Za-z_-]{16,}")


class UsageError(ValueError):
    """The command line is invalid."""


def run_guarded(program: str, action: Callable[[], int], *, show_traceback: bool = False) -> int:
    """Run a command; report what it raises in one line, and return the exit status.

    Args:
        program: What the line begins with, such as `langchain-telnyx ask`.
        action: The command, which returns the exit status.
        show_traceback: Whether to print the traceback too.

    Returns:
        The exit status: 0 success, 1 failure, 2 usage error, 130 interrupted.

    Raises:
        SystemExit: As `action` raises it.
    """
    ended: SystemExit | None = None
    try:
        try:
            status = action()
        except SystemExit as error:
            status, ended = FAILURE, error
        if sys.stdout is not None:
            sys.stdout.flush()  # a full disk or a closed pipe shows here
    except KeyboardInterrupt:
        report(program, "Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, closed the pipe: not an error to report.
        _abandon_output()
        return FAILURE
    except Exception as error:  # noqa: BLE001 - here, every exception ends
        if isinstance(error, OSError):
            _abandon_output_if_broken()
        if show_traceback or os.environ.get(TRACEBACK_VARIABLE, "0") not in {"", "0"}:
            _write(hide_secrets("".join(traceback.format_exception(error))))
        message, status = describe(error)
        report(program, message)
        return status
    if ended is not None:
        raise ended
    return status


@contextmanager
def messages_in_one_line(program: str, *, show_traceback: bool = False) -> Iterator[None]:
    """Print what libraries warn of and log in one line each, without lines of code.

    Args:
        program: What the lines begin with.
        show_traceback: Whether to leave warnings and logs as they are.
    """
    import logging  # noqa: PLC0415 - not for usage errors, which should be fast

    class OneLine(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # asyncio logs what was never awaited, for developers.
            if record.name != "asyncio":
                report(program, f"{record.levelname.lower()}: {record.getMessage()}")

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        report(program, f"warning: {message}")

    before = logging.lastResort
    with warnings.catch_warnings():
        if not show_traceback:
            warnings.showwarning = show
            logging.lastResort = OneLine(logging.WARNING)
        try:
            yield
        finally:
            logging.lastResort = before


def report(program: str, message: str) -> None:
    """Print one line on standard error.

    Args:
        program: What the line begins with.
        message: The message; line breaks become spaces.
    """
    text = hide_secrets(" ".join(message.split()))
    _write(f"{paint(f'{program}:', 'red', sys.stderr)} {text}\n")


def describe(error: BaseException) -> tuple[str, int]:
    """Return the message of an exception, and the exit status.

    An exception that no command raises on purpose is named, with its place.
    """
    # Imported here, because pydantic takes half a second, and usage errors should be fast.
    import sqlite3  # noqa: PLC0415

    from pydantic import ValidationError  # noqa: PLC0415

    from langchain_telnyx.client.errors import ConfigurationError, TelnyxError  # noqa: PLC0415

    match error:
        case BaseExceptionGroup():
            message, status = describe(error.exceptions[0])
        case UsageError() | ConfigurationError():
            message, status = str(error), USAGE
        case TelnyxError() | ImportError():
            message, status = str(error), FAILURE
        case OSError():
            message, status = _system_message(error), FAILURE
        case sqlite3.Error():
            message, status = f"the emulator's data cannot be used: {error}.", FAILURE
        case ValidationError():
            # In a line, without pydantic's link.
            reasons = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            message, status = "; ".join(text.removeprefix(": ") for text in reasons), USAGE
        case ValueError() if _is_on_purpose(error):
            message, status = str(error), USAGE
        case _:
            text = f"unexpected {type(error).__name__}: {str(error) or '-'}"
            message, status = f"{text}{_place(error)}. {_HINT}", FAILURE
    return message, status


def hide_secrets(text: str) -> str:
    """Return a text without keys and tokens."""
    for name in _SECRETS:
        secret = os.environ.get(name, "").strip()
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return _KEY.sub("***", text)


def _system_message(error: OSError) -> str:
    """Return the message of an error of the operating system, without its number."""
    if error.strerror is None:
        return str(error) or type(error).__name__
    named = error.filename if error.filename2 is None else error.filename2
    if named is None:
        return f"{error.strerror}."
    name = os.fsdecode(named) if isinstance(named, str | bytes | os.PathLike) else str(named)
    return f"{name!r}: {error.strerror}."


def _is_on_purpose(error: ValueError) -> bool:
    """Return whether this package refuses a value."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename.startswith(_PACKAGE)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def _write(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # standard error is closed, or full
        sys.stderr.write(text)
        sys.stderr.flush()


def _abandon_output_if_broken() -> None:
    """Give standard output up if it cannot be written, so that Python's flush at exit succeeds."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _abandon_output()


def _abandon_output() -> None:
    # Without an object, there is nothing that Python flushes at exit.
    sys.stdout = None
