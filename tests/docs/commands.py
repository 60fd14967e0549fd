"""Check the commands `langchain-telnyx …` that documents show, by the help of the command line."""

import contextlib
import functools
import io
import re
import shlex

from langchain_telnyx.cli import main

PROGRAM = "langchain-telnyx"


def check_commands(text: str) -> None:
    """Check each command of this package in a block of shell commands.

    Raises:
        ValueError: A command, or one of its options, does not exist.
    """
    for line in text.replace("\\\n", " ").splitlines():
        for command in re.split(r"&&|\|\|?|;", line.removeprefix("$ ").strip()):
            words = shlex.split(command.strip(), comments=True) if PROGRAM in command else []
            if words[:1] == [PROGRAM]:
                check_command(words[1:])


def check_command(words: list[str]) -> None:
    """Check one command, without the program's name.

    Raises:
        ValueError: The command, or one of its options, does not exist.
    """
    name = "" if not words or words[0].startswith("-") else words[0]
    known = options_of(name)
    for word in words:
        option = word.partition("=")[0]
        if option.startswith("--") and option != "--" and option not in known:
            raise ValueError(f"`{PROGRAM} {name}` has no option `{option}`.")


@functools.cache
def options_of(name: str) -> frozenset[str]:
    """Return the long options of a command, or of the program itself.

    Raises:
        ValueError: There is no such command.
    """
    shown = io.StringIO()
    status: object = None
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        try:
            status = main([name, "--help"] if name else ["--help"])
        except SystemExit as ended:
            status = ended.code
    if status not in (0, None):
        raise ValueError(f"`{PROGRAM}` has no command `{name}`: {shown.getvalue()}")
    return frozenset(re.findall(r"--[a-z][a-z0-9-]*", shown.getvalue()))
