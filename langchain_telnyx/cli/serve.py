"""`langchain-telnyx serve my_app:agent`: let Telnyx speak with an agent."""

import argparse
import logging
import os
import sys
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("agent", metavar="MODULE:AGENT", help="such as my_app:agent")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=8000, help="port, 0 for a free one (%(default)s)"
    )
    parser.add_argument("--public-url", metavar="URL", help="the address from outside")
    parser.add_argument("--model", default="agent", help="name among the models (%(default)s)")
    parser.add_argument("--log-texts", action="store_true", help="log what is said, too")
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
    """Serve until SIGINT or SIGTERM; return 0, 1 for a failure, or 2 for a usage error."""
    try:
        from langchain_telnyx.serve.app import TOKEN_VARIABLE, create_app  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.loading import load_agent  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.running import run as serve  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.settings import Speech  # noqa: PLC0415 - an extra
    except ImportError as error:
        print(f"langchain-telnyx serve: {error}; install the extra `serve`.", file=sys.stderr)
        return 1
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("langchain_telnyx.serve").setLevel(logging.INFO)
    try:
        app = create_app(
            load_agent(options.agent),
            public_url=options.public_url,
            model=options.model,
            speech=Speech(**speech_options(options)),
            log_texts=options.log_texts,
        )
        has_token = bool(os.environ.get(TOKEN_VARIABLE))
        serve(
            app, host=options.host, port=options.port, has_token=has_token, on_started=_show_address
        )
    except (ValueError, TypeError) as error:
        print(f"langchain-telnyx serve: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        reason = error.strerror or error
        address = f"{options.host} port {options.port}"
        print(f"langchain-telnyx serve: cannot listen on {address}: {reason}", file=sys.stderr)
        return 1
    return 0


def _show_address(url: str) -> None:
    print(f"Serving on {url}", flush=True)
