"""`langchain-telnyx connect my_app:agent --number +1…`: let a number reach a served agent."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from langchain_telnyx.cli.console import is_confirmed, print_json, print_status
from langchain_telnyx.cli.failures import USAGE, UsageError, report
from langchain_telnyx.cli.state_files import state_file

if TYPE_CHECKING:
    from langchain_telnyx.serve.connecting.target import Target

EXAMPLES = """
langchain-telnyx connect my_app:agent --number +13125550100 --public-url https://agent.example.com
langchain-telnyx connect my_app:agent --number +13125550100 --remove
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("agent", metavar="MODULE:AGENT", help="the agent's name, as for `serve`")
    parser.add_argument("--number", required=True, help="such as +13125550100")
    parser.add_argument(
        "--public-url", metavar="URL", help="the server's address from outside, https://…"
    )
    parser.add_argument(
        "--door",
        choices=("assistant", "relay"),
        default="assistant",
        help="an assistant's custom LLM, or Conversation Relay (%(default)s)",
    )
    parser.add_argument("--model", default="agent", help="the model's name (%(default)s)")
    parser.add_argument("--remove", action="store_true", help="undo it")
    parser.add_argument("--dry-run", action="store_true", help="show the changes only")
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument("--json", action="store_true", help="print the changes as JSON")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="where the former state is recorded"
    )
    parser.add_argument(
        "--skip-health-check", action="store_true", help="do not request the server's /health"
    )


def run(options: argparse.Namespace) -> int:
    """Show the changes, confirm, and make them; return the exit status.

    Raises:
        ImportError: The extra is not installed.
    """
    try:
        from langchain_telnyx.serve.connecting.target import ConnectError  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError(f"{error}; install the extra `serve`.") from error
    try:
        return _connect(options)
    except ConnectError as error:
        raise UsageError(str(error)) from error


def _connect(options: argparse.Namespace) -> int:
    from langchain_telnyx.client import Telnyx  # noqa: PLC0415 - after the extra is checked
    from langchain_telnyx.serve.connecting.connector import Connector  # noqa: PLC0415 - as above
    from langchain_telnyx.serve.connecting.state import StateFile  # noqa: PLC0415 - as above

    target = _target(options)
    with Telnyx() as telnyx:
        connector = Connector(
            telnyx, target, StateFile(options.state or state_file("connect.json"))
        )
        changes = connector.removals() if options.remove else connector.changes()
        shown = "\n".join(change.text for change in changes) or "Nothing to change."
        if not options.json:
            print(shown, flush=True)
        elif not (options.yes or options.dry_run):
            print_status(shown)  # before the question
        if changes and not options.dry_run and not _is_confirmed(options):
            return USAGE
        done: list[str] = []
        try:
            if not options.dry_run:
                recorded = bool(changes) and not options.remove
                for text in connector.apply(changes, record=recorded):
                    done.append(text)
                    if not options.json:
                        print(f"done: {text}", flush=True)
                if options.remove:
                    connector.forget()
        finally:  # what was done before an error is a result, too
            if options.json:
                texts = [change.text for change in changes]
                print_json({"changes": texts, "done": done}, indent=2)
    return 0


def _target(options: argparse.Namespace) -> "Target":
    """Return what the options describe.

    Raises:
        ConnectError: The address or the token is missing or unusable.
    """
    from langchain_telnyx.serve.app import TOKEN_VARIABLE  # noqa: PLC0415 - an extra
    from langchain_telnyx.serve.connecting.target import (  # noqa: PLC0415 - an extra
        ConnectError,
        Target,
        check_public_url,
    )
    from langchain_telnyx.serve.security import check_token  # noqa: PLC0415 - an extra

    token = os.environ.get(TOKEN_VARIABLE, "")
    if not options.remove:
        if not options.public_url:
            raise ConnectError("--public-url is missing: Telnyx must reach the server.")
        check_public_url(options.public_url)
        if not token:
            raise ConnectError(f"Set {TOKEN_VARIABLE} to the server's token, as for `serve`.")
        try:
            check_token(token)
        except ValueError as error:
            raise ConnectError(str(error)) from None
    return Target(
        agent=options.agent,
        number=options.number,
        door=options.door,
        public_url=options.public_url or "",
        token=token,
        model=options.model,
    )


def _check_health(public_url: str) -> None:
    """Warn where the server does not answer; it may start later."""
    url = f"{public_url.rstrip('/')}/health"
    try:
        with urlopen(url, timeout=10):  # noqa: S310 - the address is https, or of this machine
            return
    except (URLError, OSError, ValueError) as error:
        report("langchain-telnyx connect", f"warning: {url} does not answer: {error}")


def _is_confirmed(options: argparse.Namespace) -> bool:
    if not (options.remove or options.skip_health_check):
        _check_health(options.public_url)
    return options.yes or is_confirmed("Make these changes?")
