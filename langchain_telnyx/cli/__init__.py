"""The command line `langchain-telnyx`: a module for each command."""

import importlib
import sys
from collections.abc import Sequence
from types import ModuleType

from langchain_telnyx._version import __version__
from langchain_telnyx.cli.failures import messages_in_one_line, run_guarded
from langchain_telnyx.cli.parser import Parser

PROGRAM = "langchain-telnyx"
# Commands and their help texts. Each is a module of this package with `EXAMPLES`, `add_arguments`
# and `run`, imported on use.
COMMANDS = {
    "ask": "answer a question from your own files",
    "chat": "chat with a model, with files and tools",
    "search": "search a bucket or the web, with scores",
    "transcribe": "transcribe recordings",
    "summarize": "summarize documents and recordings in a few sentences",
    "models": "list the models, with context, prices and capabilities",
    "doctor": "check key, network, models, limits and storage, without cost",
    "serve": "let Telnyx speak with an agent: custom LLM and Conversation Relay",
    "call": "call an agent in the terminal, without a phone",
    "connect": "connect a phone number to a served agent, or undo it",
    "new": "write a project to start from: a voice agent with tests",
    "emulator": "serve an offline emulator of the Telnyx API",
    "completion": "print the completion script of a shell",
}
_EXAMPLES = """
langchain-telnyx ask "Which errors are retried?" docs/
langchain-telnyx chat
langchain-telnyx COMMAND --help
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line arguments. Default: those of the process.

    Returns:
        The exit status: 0 success, 1 failure, 2 usage error, 130 interrupted.

    Raises:
        SystemExit: The arguments are wrong, or request the help or the version.
    """
    argv = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding does not have is escaped; it ends no command.
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
    named = next((n for n, argument in enumerate(argv) if not argument.startswith("-")), None)
    name = None if named is None else argv[named]
    show_traceback = "--traceback" in argv
    program = f"{PROGRAM} {name}" if name in COMMANDS else PROGRAM

    def run() -> int:
        overall = _overall_parser().parse_command(argv if named is None else argv[: named + 1])
        parser, module = command_parser(overall.command)
        options = parser.parse_command([*argv[:named], *argv[(named or 0) + 1 :]])
        with messages_in_one_line(program, show_traceback=show_traceback):
            status: int = module.run(options)
        return status

    return run_guarded(program, run, show_traceback=show_traceback)


def command_parser(name: str) -> tuple[Parser, ModuleType]:
    """Return the parser of a command, and its module."""
    module = importlib.import_module(f"{__name__}.{name}")
    summary = COMMANDS[name]
    description = f"{summary[0].upper()}{summary[1:]}."
    parser = Parser(f"{PROGRAM} {name}", description, examples=module.EXAMPLES)
    module.add_arguments(parser)
    _add_traceback(parser)
    return parser, module


def _overall_parser() -> Parser:
    width = max(map(len, COMMANDS)) + 2
    commands = "\n".join(f"  {name:<{width}}{summary}" for name, summary in COMMANDS.items())
    description = f"Telnyx AI from the shell.\n\ncommands:\n{commands}"
    parser = Parser(PROGRAM, description, examples=_EXAMPLES)
    parser.add_argument("--version", action="version", version=__version__)
    _add_traceback(parser)
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help="the command to run")
    return parser


def _add_traceback(parser: Parser) -> None:
    parser.add_argument(
        "--traceback", action="store_true", help="print the traceback of an error, too"
    )
