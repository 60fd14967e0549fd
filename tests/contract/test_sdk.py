"""The official SDK, with strict validation, works with the emulator: every call, sync and async."""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import unquote

import installed
import pytest
import sdk_calls
import spec
from declarations import described, endpoint_of
from exchanges import emulated_account
from operations import EXAMPLES
from sdk_calls import CALLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prerequisites import Account

    SDK: TypeAlias = Callable[[str, dict[str, Any]], str | None]

pytestmark = pytest.mark.contract

_WORKER = Path(__file__).with_name("sdk_worker.py")


@pytest.fixture(scope="module")
def emulated() -> Iterator[Account]:
    with emulated_account(sockets=True) as emulated:
        yield emulated


@pytest.fixture(scope="module", params=["sync", "async"])
def sdks(request: pytest.FixtureRequest, emulated: Account) -> Iterator[dict[str, SDK]]:
    """The sync or async client of each version of the SDK, by version."""
    with ExitStack() as workers:
        yield {
            version: workers.enter_context(_worker(version, request.param, emulated))
            for version in (sdk_calls.OF_TODAY, sdk_calls.WITH_DEPRECATED)
        }


@pytest.mark.parametrize("operation", CALLS)
def test_the_sdk_accepts_the_response(
    operation: str, emulated: Account, sdks: dict[str, SDK]
) -> None:
    emulated.emulator.reset()
    example = next(
        each for each in EXAMPLES if endpoint_of(each.operation) == endpoint_of(operation)
    )
    arguments = example.set_up(emulated)
    call = described(example.method, *arguments.positional, **arguments.named)
    made = CALLS[operation]
    template = sdk_calls.template_of(operation)
    begun = len(emulated.emulator.requests)

    error = sdks[made.version](made.method, made.arguments(sdk_calls.path_of(template, call), call))

    assert error is None
    request = emulated.emulator.requests[begun]
    assert (request.method, request.path) == (call.method, "/v2" + unquote(call.path))


def test_every_operation_has_a_call() -> None:
    called = {endpoint_of(operation) for operation in CALLS}
    assert {endpoint_of(example.operation) for example in EXAMPLES} - called == set()
    assert {operation.endpoint for operation in spec.operations().values()} - called == set()


@contextmanager
def _worker(version: str, mode: str, emulated: Account) -> Iterator[SDK]:
    """Run the SDK in a process of its environment; yield a function that makes a call with it."""
    python = installed.python(f"telnyx=={version}")
    emulator = emulated.emulator
    with subprocess.Popen(
        [str(python), str(_WORKER), mode, emulator.base_url, emulator.api_key],
        env=installed.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def run(method: str, arguments: dict[str, Any]) -> str | None:
            print(
                json.dumps({"method": method, "arguments": arguments}),
                file=process.stdin,
                flush=True,
            )
            line = cast("IO[str]", process.stdout).readline()
            error: str | None = json.loads(line)["error"]
            return error

        yield run  # the exit closes the worker's input, which ends it
