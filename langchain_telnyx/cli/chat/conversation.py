"""A conversation at a terminal: reads lines, runs `/commands`, prints answers."""

import asyncio
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from langchain_telnyx.cli.chat.answers import print_answer
from langchain_telnyx.cli.chat.attachments import attachment
from langchain_telnyx.cli.chat.line_editor import LineEditor
from langchain_telnyx.cli.chat.session import Session
from langchain_telnyx.cli.console import print_status
from langchain_telnyx.cli.failures import UsageError, describe, report
from langchain_telnyx.cli.parser import did_you_mean
from langchain_telnyx.cli.state_files import state_file

_PROGRAM = "langchain-telnyx chat"
_HELP = """\
/file PATH     add a text, image, recording or PDF to the next message
/model [NAME]  show or change the model
/system [TEXT] show or change the system message
/clear         forget the conversation
/save PATH     write the conversation, as JSON for .json, else as Markdown
/cost          show tokens and cost so far
/help          show this text
/exit          end, as Ctrl-D does; Ctrl-C stops an answer"""


class _End(Exception):  # noqa: N818 - not an error
    """The user ends the conversation."""


def converse(session: Session, *, keep_history: bool) -> int:
    """Hold a conversation until Ctrl-D, and return the exit status.

    Args:
        session: The conversation.
        keep_history: Whether to keep the typed lines in the user's folder for state.
    """
    commands = _commands(session)
    history = state_file("chat_history") if keep_history else None
    editor = LineEditor("> ", list(commands), history)
    print_status("/help shows the commands.")
    try:
        while True:
            try:
                line = editor.read().strip()
            except KeyboardInterrupt:  # discards the line, as in a shell
                print(file=sys.stderr)
                continue
            if line:
                _respond(line, session, commands)
    except (EOFError, _End):
        print(file=sys.stderr)
    finally:
        editor.close()
    return 0


def _respond(line: str, session: Session, commands: dict[str, Callable[[str], None]]) -> None:
    """Run a line; an error ends the line only."""
    name, _, argument = line.partition(" ")
    if line.startswith("/") and name not in commands:
        report(_PROGRAM, f"there is no {name}{did_you_mean(name, commands) or '.'} See /help.")
        return
    try:
        if line.startswith("/"):
            commands[name](argument.strip())
        else:
            asyncio.run(print_answer(session, line))
    except (_End, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        print_status("Interrupted. The conversation has the answer so far.")
    except Exception as error:  # noqa: BLE001 - the conversation goes on
        report(_PROGRAM, describe(error)[0])


def _commands(session: Session) -> dict[str, Callable[[str], None]]:
    """Return the commands of a conversation; each takes the rest of its line."""

    def file(argument: str) -> None:
        path = _path(argument, "/file")
        session.attachments.append(attachment(path))
        print_status(f"{path.name} goes with the next message.")

    def model(argument: str) -> None:
        print_status(session.select_model(argument) if argument else f"Model: {session.model}.")

    def system(argument: str) -> None:
        session.system = argument or session.system
        print_status(f"System message: {session.system or 'none'}")

    def clear(_: str) -> None:
        session.clear()
        print_status("The conversation is empty.")

    def save(argument: str) -> None:
        path = _path(argument, "/save")
        session.save(path)
        print_status(f"Saved {len(session.messages)} messages to {str(path)!r}.")

    def end(_: str) -> None:
        raise _End

    return {
        "/file": file,
        "/model": model,
        "/system": system,
        "/clear": clear,
        "/save": save,
        "/cost": lambda _: print_status(session.usage.text()),
        "/help": lambda _: print_status(_HELP),
        "/exit": end,
        "/quit": end,
    }


def _path(argument: str, command: str) -> Path:
    """Return the path of a command's argument, which may be quoted."""
    if not argument:
        raise UsageError(f"pass a path: {command} PATH.")
    # A path with spaces need not be quoted; one in quotes, as terminals drop it, is accepted.
    quoted = argument[0] in "'\"" and argument[-1] == argument[0] and len(argument) > 1
    return Path(shlex.split(argument)[0] if quoted else argument).expanduser()
