"""The parser of command lines: argparse, with suggestions, one-line errors and types of values."""

import argparse
import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from langchain_telnyx.cli.failures import USAGE, report

_LAST_PORT = 65535
# The mark of words after `--`; no argument has a null character.
_POSITIONAL = "\0"


class Parser(argparse.ArgumentParser):
    """A parser that suggests words for misspelt ones, and reports an error in one line.

    Options and positional arguments may be in any order.

    Args:
        prog: The program and the command.
        description: What it does.
        examples: Command lines for the help, one a line.
    """

    def __init__(
        self, prog: str, description: str | None, *, examples: str = "", **options: Any
    ) -> None:
        shown = "\n".join(f"  {line}" for line in examples.strip().splitlines())
        super().__init__(
            prog=prog,
            description=description,
            epilog=f"examples:\n{shown}" if shown else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            **options,
        )

    def parse_command(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Parse the arguments of a command.

        Raises:
            SystemExit: They are wrong, or request the help.
        """
        if any(_POSITIONAL in argument for argument in arguments):
            self.error("an argument has a null character")
        end = arguments.index("--") if "--" in arguments else len(arguments)
        words, rest = arguments[:end], arguments[end + 1 :]
        for word in words:  # before argparse, which reports a missing argument first
            name = word.partition("=")[0]
            if name.startswith("--") and " " not in word and not self._knows(name):
                self._refuse([name])
        # argparse does not support `--` between words in any order.
        marked = (f"{_POSITIONAL}{word}" for word in rest)
        options, unknown = self.parse_known_intermixed_args([*words, *marked])
        if unknown:
            self._refuse([word.removeprefix(_POSITIONAL) for word in unknown])
        return options

    def error(self, message: str) -> NoReturn:
        """Report an error in one line, and exit with status 2."""
        end = "" if message.endswith(("?", ".")) else "."
        report(self.prog, f"{message}{end} See `{self.prog} --help`.")
        raise SystemExit(USAGE)

    def _print_message(self, message: str, file: Any = None) -> None:
        # As argparse, which conceals a full disk and a closed pipe.
        if message and file is not None:
            file.write(message)

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        return super()._get_value(action, arg_string.removeprefix(_POSITIONAL))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # As argparse, with a suggestion.
        if action.choices is not None and value not in action.choices:
            choices = list(map(str, action.choices))
            hint = did_you_mean(str(value), choices) or f" (choose from {', '.join(choices)})"
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}{hint}")

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        names = [name for name in self._option_string_actions if name.startswith("--")]
        hint = did_you_mean(unknown[0], names) if unknown[0].startswith("-") else ""
        self.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")

    def _knows(self, name: str) -> bool:
        return name in self._option_string_actions


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return a suggestion for a misspelt word, beginning with a semicolon; empty if there is none.

    Args:
        word: The misspelt word.
        words: The right words.
    """
    near = difflib.get_close_matches(word.lower(), list(words), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def port(text: str) -> int:
    """Return a port."""
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to {_LAST_PORT}")
    return int(text)


def host(text: str) -> str:
    """Return the name or address of a host to listen on."""
    try:
        text.encode("idna")
    except UnicodeError:
        text = ""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is not the name or address of a host")
    return text


def positive(text: str) -> int:
    """Return a positive number."""
    if not (text.isascii() and text.isdecimal()) or int(text[:18]) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text[:18])


def folder(text: str) -> Path:
    """Return the path of a folder, which may not exist yet."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a file, not a folder")
    return path


def web_address(text: str) -> str:
    """Return an address with `http` or `https`, and a host."""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname)
        parts.port  # noqa: B018 - raises for a bad port
    except ValueError:
        fits = False
    if not fits:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as http://host:8000/v1")
    return text
