"""How commands behave at a terminal: what they say, ask, and clean up, and how they end."""

import importlib.util
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, NoReturn

from langchain_telnyx.cli.backends import Backend, backend
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import TelnyxError


class UsageError(ValueError):
    """The command cannot be carried out as it was given."""


def conduct(command: str, work: Callable[[Backend, ExitStack], int]) -> int:
    """Do a command's work, and return its exit status: 0, 1 for a failure, 2 for a wrong call.

    Args:
        command: Its name, for messages.
        work: Does it, and returns the status; what it puts on the stack is done at the end, also
            when a signal ends it.
    """
    try:
        with _ended_by_sigterm(), backend() as who, ExitStack() as stack:
            return work(who, stack)
    except BrokenPipeError:
        raise  # the reader of the answer has had enough, which is no failure to tell
    except (TelnyxError, OSError, ImportError, ValueError) as error:
        print(f"langchain-telnyx {command}: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) and not isinstance(error, TelnyxError) else 1


def say(text: str) -> None:
    """Tell the user, on standard error."""
    sys.stdout.flush()  # or the two streams change order where both go to one file
    print(text, file=sys.stderr, flush=True)


def bars() -> bool:
    """Return whether to show progress bars: at a terminal, where the extra is installed."""
    return sys.stderr.isatty() and importlib.util.find_spec("tqdm") is not None


def agree(question: str, who: Backend, *, yes: bool) -> None:
    """Ask before something that is seen outside and costs money is made.

    Raises:
        UsageError: The answer is no, or nobody is there to give one.
    """
    if who.emulated or yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is there to answer: pass `--yes`.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing was created.")


def drop(store: Any, telnyx: Telnyx) -> None:
    """Delete a vector store's bucket, or tell that it may be left behind."""
    # On new connections: one that Ctrl-C interrupted may be in no state to be used again.
    telnyx.close()
    try:
        store.delete_bucket()
    except (TelnyxError, KeyboardInterrupt) as error:
        say(f"Bucket {store.bucket!r} could not be deleted and may be left behind: {error}")


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Unwind on SIGTERM as on Ctrl-C, so that the bucket is deleted."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        del frame
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
