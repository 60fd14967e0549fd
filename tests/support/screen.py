"""A program on a terminal, as a person uses it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Screen:
    """What a program prints on a terminal.

    Args:
        controller: The file descriptor of the terminal's other end.

    Attributes:
        text: Everything that was printed.
    """

    def __init__(self, controller: int) -> None:
        self._controller = controller
        self._seen = 0
        self.text = ""

    def type(self, text: str) -> None:
        os.write(self._controller, text.encode())

    def wait_for(self, text: str) -> None:
        """Wait until a text is printed."""
        self._find(text, 0)

    def wait_for_next(self, text: str) -> str:
        """Wait for a text after the one that was waited for before; return what is between them."""
        start = self._seen
        found = self._find(text, start)
        self._seen = found + len(text)
        return self.text[start:found]

    def _find(self, text: str, start: int) -> int:
        end = time.monotonic() + 60
        while (found := self.text.find(text, start)) < 0:
            ready, _, _ = select.select([self._controller], [], [], max(0, end - time.monotonic()))
            assert ready, f"{text!r} is not on the screen: {self.text}"
            try:
                self.text += os.read(self._controller, 4096).decode(errors="replace")
            except OSError:  # the program has ended
                pytest.fail(f"{text!r} is not on the screen: {self.text}")
        return found


@contextmanager
def on_a_terminal(
    command: Sequence[str], **options: Any
) -> Iterator[tuple[Screen, subprocess.Popen[Any]]]:
    """Run a program on a terminal.

    Args:
        command: The program and its arguments.
        **options: Options of `subprocess.Popen`.
    """
    controller, terminal = pty.openpty()
    # In a session of its own, Ctrl-C on this terminal is a signal to this program.
    with subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        close_fds=True,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - no thread runs in the new process
        **options,
    ) as process:
        os.close(terminal)
        try:
            yield Screen(controller), process
        finally:
            process.kill()
            os.close(controller)


def _take_terminal() -> None:
    """Make standard input the terminal that controls the process, as a shell does."""
    import fcntl  # noqa: PLC0415 - in the new process
    import termios  # noqa: PLC0415 - likewise

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
