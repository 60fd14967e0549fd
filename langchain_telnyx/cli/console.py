"""Terminal behavior of commands: messages, confirmation, cleanup and exit statuses."""

import importlib.util
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from langchain_telnyx._shared.progress import reported_to
from langchain_telnyx.cli.colors import paint
from langchain_telnyx.cli.failures import UsageError, hide_secrets, report

if TYPE_CHECKING:
    from langchain_telnyx.cli.backends import Backend
    from langchain_telnyx.cli.upstreams import UpstreamChoice
    from langchain_telnyx.client import Telnyx

__all__ = [
    "UsageError",
    "at_terminal",
    "confirm",
    "delete_bucket",
    "is_confirmed",
    "print_json",
    "print_status",
    "progress_lines",
    "run_command",
    "show_progress_bars",
    "unwind_on_sigterm",
]

_SECONDS_PER_LINE = 4.0


def run_command(
    command: str,
    function: Callable[["Backend", ExitStack], int],
    upstream: "UpstreamChoice | None" = None,
) -> int:
    """Run a command on its backend, and return its exit status.

    Args:
        command: Its name, for a message on SIGTERM.
        function: Executes the command, and returns the status. The exit stack is closed at the end,
            also after a signal.
        upstream: The server whose model answers, behind the emulator.
    """
    # Imported here, because pydantic takes half a second, and usage errors should be fast.
    from langchain_telnyx.cli.backends import backend  # noqa: PLC0415

    with unwind_on_sigterm(command), backend(upstream) as chosen, ExitStack() as stack:
        return function(chosen, stack)


def print_status(text: str) -> None:
    """Print a status message on standard error."""
    if sys.stdout is not None:
        sys.stdout.flush()  # so that both streams are in order in the same file
    print(paint(hide_secrets(text), "dim", sys.stderr), file=sys.stderr, flush=True)


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print a result as JSON: as a line, or with `indent` as a document."""
    print(json.dumps(value, ensure_ascii=False, indent=indent, default=str), flush=True)


def show_progress_bars() -> bool:
    """Return whether to show progress bars: at a terminal, if the extra is installed."""
    return at_terminal(sys.stderr) and importlib.util.find_spec("tqdm") is not None


@contextmanager
def progress_lines(every: float = _SECONDS_PER_LINE) -> Iterator[None]:
    """Print a line about progress now and then, where no bar shows it, while the block runs.

    Args:
        every: The least seconds between two lines. A command that is ready before prints none.
    """
    state: list[tuple[str, int, int]] = []
    ended = threading.Event()
    began = time.monotonic()

    def note(label: str, done: int, total: int) -> None:
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
        with reported_to(note):
            yield
    finally:
        ended.set()
        thread.join()


def confirm(question: str, backend: "Backend", *, yes: bool) -> None:
    """Ask the user for confirmation before a command creates resources that cost money.

    Raises:
        UsageError: The user does not confirm, or there is no terminal.
    """
    if not (backend.emulated or yes or is_confirmed(question)):
        raise UsageError("nothing was created.")


def is_confirmed(question: str) -> bool:
    """Return whether the user answers a question with yes.

    Raises:
        UsageError: There is no terminal.
    """
    if not at_terminal(sys.stdin):
        raise UsageError(f"{question} There is no terminal to confirm it: pass `--yes`.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def at_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; one that is closed, or missing, is none."""
    return stream is not None and not stream.closed and stream.isatty()


def delete_bucket(store: Any, telnyx: "Telnyx") -> None:
    """Delete a vector store's bucket, or report that it may be left behind."""
    from langchain_telnyx.client.errors import TelnyxError  # noqa: PLC0415 - as above

    # On new connections: one that Ctrl-C interrupted may be unusable.
    telnyx.close()
    try:
        store.delete_bucket()
    except (TelnyxError, KeyboardInterrupt) as error:
        print_status(
            f"Bucket {store.bucket!r} could not be deleted and may be left behind: {error}"
        )


@contextmanager
def unwind_on_sigterm(command: str) -> Iterator[None]:
    """Unwind the stack on SIGTERM, as on Ctrl-C, so that the bucket is deleted."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        del frame
        report(f"langchain-telnyx {command}", "Terminated.")
        raise SystemExit(128 + number)

    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
