"""`langchain-telnyx emulator`: serve an emulated Telnyx account until Ctrl-C."""

import argparse
import logging
import signal
import sys
import threading
import warnings
from pathlib import Path
from types import FrameType

from langchain_telnyx.cli.upstreams import AUTO, UpstreamChoice, UpstreamError, choose

DEFAULT_PORT = 8787


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to `parser`."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port, 0 for a free one (%(default)s)"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder for the state; default: in memory"
    )
    parser.add_argument(
        "--api-key", metavar="KEY", help="the API key to accept; default: a generated one"
    )
    parser.add_argument(
        "--upstream",
        metavar="URL",
        help="forward chat and embeddings to an OpenAI-compatible server, "
        "e.g. http://127.0.0.1:11434/v1; `auto` finds a local one",
    )
    parser.add_argument("--upstream-model", metavar="M", help="the model of that server")
    parser.add_argument("--upstream-api-key", metavar="KEY", help="the API key of that server")
    parser.add_argument(
        "--allow-crawl", action="store_true", help="allow embed-URL to crawl all hosts"
    )
    parser.add_argument(
        "--crawl-host",
        action="append",
        default=[],
        metavar="HOST",
        help="allow embed-URL to crawl this host; may be repeated",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="accept this host name, too, beside loopback and --host; may be repeated",
    )
    parser.add_argument(
        "--quirks",
        metavar="FILE",
        help="a JSON file of quirks, as `doctor --quirks` writes it; or the profile `pessimistic`",
    )
    parser.add_argument("--log", action="store_true", help="print each request")


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM, and return the exit status."""
    try:
        from langchain_telnyx.emulator import (  # noqa: PLC0415 - needs the extra
            BeyondLoopbackWarning,
            Quirks,
            TelnyxEmulator,
        )
        from langchain_telnyx.emulator.settings import DEFAULT_KEY  # noqa: PLC0415 - needs the extra
        from langchain_telnyx.emulator.storage.database import DataInUseError  # noqa: PLC0415 - needs the extra
    except ImportError as error:
        return _fail(str(error))
    if options.log:
        logging.basicConfig(format="%(asctime)s %(message)s")
        logging.getLogger("langchain_telnyx.emulator").setLevel(logging.INFO)
    try:
        quirks = Quirks.load(options.quirks) if options.quirks else Quirks()
    except (OSError, ValueError) as error:
        return _fail(f"--quirks: {error}")
    try:
        upstream, upstream_model = _upstream(options)
    except UpstreamError as error:
        _fail(str(error))
        return 2
    emulator = TelnyxEmulator(
        quirks=quirks,
        api_key=options.api_key or DEFAULT_KEY,
        data=options.data,
        host=options.host,
        port=options.port,
        upstream=upstream,
        upstream_model=upstream_model,
        upstream_api_key=options.upstream_api_key,
        real_clock=True,
        allow_crawl=options.allow_crawl,
        crawl_hosts=options.crawl_host,
        hosts=options.allow_host,
    )
    stop = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", BeyondLoopbackWarning)
            emulator.start()
        for warning in warned:
            print(f"langchain-telnyx emulator: warning: {warning.message}", file=sys.stderr)
        with emulator:
            for name, value in emulator.environment().items():
                print(f"export {name}={value}", flush=True)
            stop.wait()
    except (OSError, DataInUseError) as error:
        return _fail(_reason(error, options))
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return 0


def _upstream(options: argparse.Namespace) -> tuple[str | None, str | None]:
    """Return the URL of the upstream, and its model.

    Raises:
        UpstreamError: It cannot be reached, or `auto` finds none.
    """
    if options.upstream is None:
        return None, options.upstream_model
    found, model = choose(
        UpstreamChoice(
            url=options.upstream, model=options.upstream_model, api_key=options.upstream_api_key
        )
    )
    if options.upstream != AUTO:
        # Without `--upstream-model`, requests keep their model.
        return found.url, options.upstream_model
    print(f"Upstream: {model} of {found.name} at {found.url}.", file=sys.stderr)
    return found.url, model


def _reason(error: Exception, options: argparse.Namespace) -> str:
    if isinstance(error, OSError) and error.filename is None:
        return f"cannot listen on {options.host} port {options.port}: {error.strerror or error}"
    return str(error)


def _fail(reason: str) -> int:
    print(f"langchain-telnyx emulator: {reason}", file=sys.stderr)
    return 1
