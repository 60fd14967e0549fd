"""`langchain-telnyx emulator`: serve an emulated Telnyx account until Ctrl-C."""

import argparse
import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from langchain_telnyx.cli.console import print_json, print_status
from langchain_telnyx.cli.failures import UsageError, report
from langchain_telnyx.cli.parser import folder, host, port
from langchain_telnyx.cli.serve import cannot_listen
from langchain_telnyx.cli.upstreams import AUTO, UpstreamChoice, choose

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

EXAMPLES = """
langchain-telnyx emulator
langchain-telnyx emulator --data ./telnyx-data --log
langchain-telnyx emulator --upstream http://127.0.0.1:11434/v1 --upstream-model llama3.2
"""

DEFAULT_PORT = 8787


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to `parser`."""
    parser.add_argument(
        "--host", type=host, default="127.0.0.1", help="address to listen on (%(default)s)"
    )
    parser.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="port, 0 for a free one (%(default)s)"
    )
    parser.add_argument(
        "--data", type=folder, metavar="DIR", help="folder for the state; default: in memory"
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
    parser.add_argument("--json", action="store_true", help="print the settings as JSON")
    parser.add_argument("--log", action="store_true", help="print each request")


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM, and return the exit status.

    Raises:
        ImportError: The extra is not installed.
        UsageError: The quirks are wrong.
        UpstreamError: The upstream cannot be reached.
        OSError: The address cannot be listened on, or the folder cannot be written.
    """
    from langchain_telnyx.emulator import BeyondLoopbackWarning  # noqa: PLC0415 - needs the extra

    if options.log:
        logging.basicConfig(format="%(asctime)s %(message)s")
        logging.getLogger("langchain_telnyx.emulator").setLevel(logging.INFO)
    emulator = _emulator(options)
    with _stop_signal() as stop:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", BeyondLoopbackWarning)
            _start(emulator, options)
        for warning in warned:
            report("langchain-telnyx emulator", f"warning: {warning.message}")
        with emulator:
            environment = emulator.environment()
            if options.json:
                print_json(environment)
            else:
                for name, value in environment.items():
                    print(f"export {name}={value}", flush=True)
                # A comment, so that a shell can evaluate the output.
                print(f"# console: {emulator.storage_url}/", flush=True)
            stop.wait()
    return 0


def _emulator(options: argparse.Namespace) -> "TelnyxEmulator":
    """Return the emulator that the options describe."""
    from langchain_telnyx.emulator import Quirks, TelnyxEmulator  # noqa: PLC0415 - needs the extra
    from langchain_telnyx.emulator.settings import DEFAULT_KEY  # noqa: PLC0415 - needs the extra

    try:
        quirks = Quirks.load(options.quirks) if options.quirks else Quirks()
    except (OSError, ValueError) as error:
        raise UsageError(f"--quirks: {error}") from error
    upstream, upstream_model = _upstream(options)
    return TelnyxEmulator(
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


def _start(emulator: "TelnyxEmulator", options: argparse.Namespace) -> None:
    """Start the emulator.

    Raises:
        OSError: It cannot listen, or its folder is in use or cannot be written.
    """
    from langchain_telnyx.emulator.storage.database import DataInUseError  # noqa: PLC0415 - needs the extra

    try:
        emulator.start()
    except DataInUseError as error:
        raise OSError(str(error)) from error
    except OSError as error:
        if error.filename is None:
            raise cannot_listen(options.host, options.port, error) from error
        raise


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """Provide an event that is set on SIGINT and SIGTERM."""
    stop = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


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
    print_status(f"Upstream: {model} of {found.name} at {found.url}.")
    return found.url, model
