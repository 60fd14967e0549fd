"""Terminal behavior of commands: messages, confirmation, cleanup and exit statuses."""

import importlib.util
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, NoReturn

from langchain_telnyx._shared.progress import reported_to
from langchain_telnyx.cli.backends import Backend, backend
from langchain_telnyx.cli.upstreams import UpstreamChoice
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import TelnyxError

_SECONDS_PER_LINE = 4.0


class UsageError(ValueError):
    """The command line is invalid."""


def run_command(
    command: str,
    function: Callable[[Backend, ExitStack], int],
    upstream: UpstreamChoice | None = None,
) -> int:
    """Run a command, and return its exit status: 0, 1 for a failure, 2 for a usage error.

    Args:
        command: Its name, for error messages.
        function: Executes the command, and returns the status. The exit stack is closed at the end,
            also after a signal.
        upstream: The server whose model answers, behind the emulator.
    """
    try:
        with _unwind_on_sigterm(), backend(upstream) as chosen, ExitStack() as stack:
            return function(chosen, stack)
    except BrokenPipeError:
        raise  # the reader closed the pipe: not an error to report
    except (TelnyxError, OSError, ImportError, ValueError) as error:
        print(f"langchain-telnyx {command}: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) and not isinstance(error, TelnyxError) else 1


def print_status(text: str) -> None:
    """Print a status message on standard error."""
    sys.stdout.flush()  # so that both streams are in order in the same file
    print(text, file=sys.stderr, flush=True)


def show_progress_bars() -> bool:
    """Return whether to show progress bars: at a terminal, if the extra is installed."""
    return sys.stderr.isatty() and importlib.util.find_spec("tqdm") is not None


@contextmanager
def progress_lines(every: float = _SECONDS_PER_LINE) -> Iterator[None]:
    """Print a line about progress now and then, where no bar shows it, while the block runs.

    Args:
        every: The least seconds between two lines. A command that is ready before prints none.
    """
    state: list[tuple[str, int, int]] = []
    ended = threading.Event()
    began = time.monotonic()

    def report(label: str, done: int, total: int) -> None:
        state[:] = [(label, done, total)]

    def print_lines() -> None:
        while not ended.wait(every):
            for label, done, total in tuple(state):
                if done < total:
                    seconds = time.monotonic() - began
                    print_status(f"{label}: {done} of {total} files, {seconds:.0f} s.")

    thread = threading.Thread(target=print_lines, daemon=True)
    thread.start()
    try:
        with reported_to(report):
            yield
    finally:
        ended.set()
        thread.join()


def confirm(question: str, backend: Backend, *, yes: bool) -> None:
    """Ask the user for confirmation before a command creates resources that cost money.

    Raises:
        UsageError: The user does not confirm, or there is no terminal.
    """
    if backend.emulated or yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to confirm it: pass `--yes`.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing was created.")


def delete_bucket(store: Any, telnyx: Telnyx) -> None:
    """Delete a vector store's bucket, or report that it may be left behind."""
    # On new connections: one that Ctrl-C interrupted may be unusable.
    telnyx.close()
    try:
        store.delete_bucket()
    except (TelnyxError, KeyboardInterrupt) as error:
        print_status(
            f"Bucket {store.bucket!r} could not be deleted and may be left behind: {error}"
        )


@contextmanager
def _unwind_on_sigterm() -> Iterator[None]:
    """Unwind the stack on SIGTERM, as on Ctrl-C, so that the bucket is deleted."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        del frame
        sys.exit(128 + number)

    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
