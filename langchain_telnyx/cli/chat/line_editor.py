"""Reads typed lines, with history and completion where readline is available."""

import glob
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from langchain_telnyx.cli.colors import shows_colors
from langchain_telnyx.cli.console import at_terminal

readline: ModuleType | None
try:
    import readline
except ImportError:  # on Windows
    readline = None

_MAX_LINES = 1000


class LineEditor:
    """Reads lines at a terminal.

    Args:
        prompt: The text before a line.
        words: The words that a line may begin with, for completion.
        history: The file that keeps the lines; None forgets them.

    Raises:
        OSError: The file cannot be read.
    """

    def __init__(self, prompt: str, words: Sequence[str], history: Path | None = None) -> None:
        self._prompt = prompt
        self._words = words
        self._history = history
        self._found: list[str] = []
        if readline is None:
            return
        readline.set_completer(self._complete)
        readline.set_completer_delims(" \t\n")
        is_libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
        readline.clear_history()
        if history is not None and history.exists():
            readline.read_history_file(history)

    def read(self) -> str:
        """Return the next line.

        Raises:
            EOFError: The input ends.
            KeyboardInterrupt: The user presses Ctrl-C.
        """
        if not at_terminal(sys.stdout):
            # `input` would write the prompt to the file that standard output is.
            print(self._prompt, end="", file=sys.stderr, flush=True)
            return input()
        # readline must know which characters take no space.
        start, end = ("\001\x1b[1m\002", "\001\x1b[0m\002") if readline else ("\x1b[1m", "\x1b[0m")
        return input(f"{start}{self._prompt}{end}" if shows_colors(sys.stdout) else self._prompt)

    def close(self) -> None:
        """Write the history, readable by this user only.

        Raises:
            OSError: It cannot be written.
        """
        if readline is None:
            return
        readline.set_completer(None)
        if self._history is None:
            return
        self._history.parent.mkdir(parents=True, exist_ok=True)
        self._history.touch(mode=0o600)
        readline.set_history_length(_MAX_LINES)
        readline.write_history_file(self._history)

    def _complete(self, text: str, state: int) -> str | None:
        """Return a completion, as readline requests them one by one."""
        assert readline is not None  # noqa: S101 - narrows the type
        if state == 0:
            if readline.get_begidx() == 0:
                self._found = [word for word in self._words if word.startswith(text)]
            else:
                paths = glob.glob(f"{glob.escape(os.path.expanduser(text))}*")  # noqa: PTH111, PTH207
                self._found = [f"{path}/" if Path(path).is_dir() else path for path in paths]
        return self._found[state] if state < len(self._found) else None
