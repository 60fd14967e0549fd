"""Stoplight Prism, which serves the schema, accepts every request of the client as valid."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from contextlib import suppress
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, cast

import httpx
import installed
import pytest
from declarations import declarations, described
from exceptions import amended
from exchanges import Recorder, emulated_account
from operations import EXAMPLES

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.decode import check_empty
from langchain_telnyx.client.errors import APIStatusError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from examples import Example
    from prerequisites import Account

pytestmark = pytest.mark.contract

_STREAMED = {each.method for each in declarations() if each.variant}


@pytest.fixture(scope="module")
def emulated() -> Iterator[Account]:
    """The account for the examples' prerequisites."""
    with emulated_account() as emulated:
        yield emulated


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Prism, in a process of its own."""
    document = tmp_path_factory.mktemp("prism") / "openapi.json"
    document.write_text(json.dumps(_at_the_root(amended())))
    with subprocess.Popen(
        [str(installed.prism()), "mock", "--errors", f"--port={_free_port()}", str(document)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        log = []
        output = cast("IO[str]", process.stdout)
        for line in output:
            log.append(line)
            if "Prism is listening on " in line:
                break
        else:
            pytest.fail("Prism did not start: " + "".join(log))
        # Prism logs every request, and would block on a full pipe.
        threading.Thread(target=output.read, daemon=True).start()
        yield line.rpartition("Prism is listening on ")[2].strip()
        process.terminate()


@pytest.mark.parametrize(
    "example",
    # Prism cannot serve streams, nor endpoints outside of the schema.
    [each for each in EXAMPLES if each.method not in _STREAMED and " " not in each.operation],
    ids=str,
)
def test_prism_accepts_the_request(prism: str, emulated: Account, example: Example) -> None:
    emulated.emulator.reset()
    arguments = example.set_up(emulated)
    call = described(example.method, *arguments.positional, **arguments.named)
    with httpx.Client() as client:
        recorder = Recorder(client)
        telnyx = Telnyx(api_key="KEY", base_url=prism, max_retries=0, http_client=recorder)
        with suppress(APIStatusError):  # Prism reports violations in a header
            telnyx.send(replace(call, decode=check_empty))
    [exchange] = recorder.exchanges
    violations = json.loads(exchange.headers.get("sl-violations", "[]"))
    assert [each for each in violations if each["location"][0] == "request"] == []
    # An error without violations is an unknown path, for example. An error with violations of the
    # response means that Prism generated an invalid example.
    assert exchange.status < 400 or violations, exchange.body


def _at_the_root(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with `/v2` in its paths: Prism ignores the path of the server."""
    return {**document, "paths": {f"/v2{path}": item for path, item in document["paths"].items()}}


def _free_port() -> int:
    # Prism does not support port 0. If another process takes the port, the test fails.
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
