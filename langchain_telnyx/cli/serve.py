"""`langchain-telnyx serve my_app:agent`: let Telnyx speak with an agent."""

import argparse
import logging
import os
from typing import Any

from langchain_telnyx.cli.console import print_json
from langchain_telnyx.cli.failures import UsageError
from langchain_telnyx.cli.parser import host, port, web_address

EXAMPLES = """
langchain-telnyx serve my_app:agent --greeting "Hello, how can I help?"
langchain-telnyx serve my_app:agent --host 0.0.0.0 --port 8080 --public-url https://agent.example.com
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("agent", metavar="MODULE:AGENT", help="such as my_app:agent")
    parser.add_argument(
        "--host", type=host, default="127.0.0.1", help="address to listen on (%(default)s)"
    )
    parser.add_argument(
        "--port", type=port, default=8000, help="port, 0 for a free one (%(default)s)"
    )
    parser.add_argument(
        "--public-url", type=web_address, metavar="URL", help="the address from outside"
    )
    parser.add_argument("--model", default="agent", help="name among the models (%(default)s)")
    parser.add_argument("--log-texts", action="store_true", help="log what is said, too")
    parser.add_argument("--json", action="store_true", help="print the address as JSON")
    add_speech_arguments(parser)


def add_speech_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how the agent sounds."""
    speech = parser.add_argument_group("calls over Conversation Relay")
    speech.add_argument("--greeting", metavar="TEXT", help="the first words of a call")
    speech.add_argument("--voice", help="such as Telnyx.Natural.abbie")
    speech.add_argument("--language", help="such as en")
    speech.add_argument("--filler", metavar="TEXT", help="words while the agent is late")
    speech.add_argument(
        "--flush", choices=("token", "sentence"), default="token", help="what is sent at once"
    )


def speech_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of `Speech`."""
    names = ("greeting", "voice", "language", "filler", "flush")
    return {name: getattr(options, name) for name in names}


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit status.

    Raises:
        ImportError: The extra is not installed.
        UsageError: The agent is of no kind that can be served.
        OSError: The address cannot be listened on.
    """
    try:
        from langchain_telnyx.serve.app import TOKEN_VARIABLE, create_app  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.loading import load_agent  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.running import run as serve  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.settings import Speech  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError(f"{error}; install the extra `serve`.") from error
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("langchain_telnyx.serve").setLevel(logging.INFO)
    agent = load_agent(options.agent)
    try:
        app = create_app(
            agent,
            public_url=options.public_url,
            model=options.model,
            speech=Speech(**speech_options(options)),
            log_texts=options.log_texts,
        )
    except TypeError as error:
        raise UsageError(str(error)) from error
    has_token = bool(os.environ.get(TOKEN_VARIABLE))

    def show_address(url: str) -> None:
        if options.json:
            print_json({"url": url})
        else:
            print(f"Serving on {url}", flush=True)

    try:
        serve(
            app, host=options.host, port=options.port, has_token=has_token, on_started=show_address
        )
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_listen(options.host, options.port, error) from error
    return 0


def cannot_listen(host: str, number: int, error: OSError) -> OSError:
    """Return the error of an address that cannot be listened on."""
    reason = error.strerror or error
    return OSError(f"cannot listen on {host} port {number}: {reason}")
