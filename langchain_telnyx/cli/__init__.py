"""The command line `langchain-telnyx`: a module for each command."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from langchain_telnyx._version import __version__

# Commands and their help texts. Each is a module of this package with `add_arguments` and `run`,
# imported on use.
_COMMANDS = {
    "ask": "answer a question from your own files",
    "transcribe": "transcribe recordings",
    "summarize": "summarize documents and recordings in a few sentences",
    "doctor": "check key, network, models, limits and storage, without cost",
    "serve": "let Telnyx speak with an agent: custom LLM and Conversation Relay",
    "call": "call an agent in the terminal, without a phone",
    "connect": "connect a phone number to a served agent, or undo it",
    "new": "write a project to start from: a voice agent with tests",
    "emulator": "serve an offline emulator of the Telnyx API",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line arguments. Default: those of the process.

    Returns:
        The exit status: 0 success, 1 failure, 2 usage error, 130 interrupted.
    """
    argv = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="langchain-telnyx", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
        if name in argv[:1]:
            importlib.import_module(f"{__name__}.{name}").add_arguments(command)
    options = parser.parse_args(argv)
    module = importlib.import_module(f"{__name__}.{options.command}")
    try:
        status: int = module.run(options)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, closed the pipe. Prevent Python's flush at exit.
        sys.stdout = None
        return 1
    return status
