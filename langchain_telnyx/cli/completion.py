"""`langchain-telnyx completion`: print the completion script of a shell."""

import argparse
import importlib
from pathlib import Path
from typing import Any

from langchain_telnyx.cli import COMMANDS, PROGRAM
from langchain_telnyx.cli.parser import folder

EXAMPLES = """
eval "$(langchain-telnyx completion bash)"
langchain-telnyx completion zsh > ~/.zfunc/_langchain-telnyx
langchain-telnyx completion fish > ~/.config/fish/completions/langchain-telnyx.fish
"""
_SHELLS = ("bash", "zsh", "fish", "powershell")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=", ".join(_SHELLS))


def run(options: argparse.Namespace) -> int:
    """Print the script, and return the exit status."""
    import shtab  # noqa: PLC0415 - of this command

    parser = argparse.ArgumentParser(PROGRAM)
    parser.add_argument("--version", action="version", help="show the version")
    parser.add_argument("--traceback", action="store_true", help="print the traceback of an error")
    commands = parser.add_subparsers()
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        importlib.import_module(f"{__package__}.{name}").add_arguments(command)
        _complete_paths(command, {Path: shtab.FILE, folder: shtab.DIRECTORY})
    print(shtab.complete(parser, options.shell))
    return 0


def _complete_paths(parser: argparse.ArgumentParser, by_type: dict[Any, Any]) -> None:
    """Let paths be completed as files or folders."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to list them
        is_path = action.metavar in {"PATH", "FILE"}
        complete = by_type.get(action.type) or (by_type[Path] if is_path else None)
        if complete is not None:
            action.complete = complete  # type: ignore[attr-defined]  # shtab's attribute
