"""The official SDK, validating strictly, can be pointed at the emulator: every call, both faces."""

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
from asking import account
from declarations import described, endpoint_of
from operations import EXAMPLES
from sdk_calls import CALLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from existing import Account

    Ask: TypeAlias = Callable[[str, dict[str, Any]], str | None]

pytestmark = pytest.mark.contract

_WORKER = Path(__file__).with_name("sdk_worker.py")


@pytest.fixture(scope="module")
def emulated() -> Iterator[Account]:
    with account(sockets=True) as emulated:
        yield emulated


@pytest.fixture(scope="module", params=["sync", "async"])
def sdks(request: pytest.FixtureRequest, emulated: Account) -> Iterator[dict[str, Ask]]:
    """One face of each version of the SDK, by the version."""
    with ExitStack() as workers:
        yield {
            version: workers.enter_context(_worker(version, request.param, emulated))
            for version in (sdk_calls.OF_TODAY, sdk_calls.WITH_DEPRECATED)
        }


@pytest.mark.parametrize("operation", CALLS)
def test_the_sdk_takes_the_answer(operation: str, emulated: Account, sdks: dict[str, Ask]) -> None:
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
    asked = emulated.emulator.requests[begun]
    assert (asked.method, asked.path) == (call.method, "/v2" + unquote(call.path))


def test_every_operation_is_asked_for() -> None:
    asked = {endpoint_of(operation) for operation in CALLS}
    assert {endpoint_of(example.operation) for example in EXAMPLES} - asked == set()
    assert {operation.endpoint for operation in spec.operations().values()} - asked == set()


@contextmanager
def _worker(version: str, face: str, emulated: Account) -> Iterator[Ask]:
    """Run the SDK in a process of its environment; gives the function that has it make a call."""
    python = installed.python(f"telnyx=={version}")
    emulator = emulated.emulator
    with subprocess.Popen(
        [str(python), str(_WORKER), face, emulator.base_url, emulator.api_key],
        env=installed.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask(method: str, arguments: dict[str, Any]) -> str | None:
            print(
                json.dumps({"method": method, "arguments": arguments}),
                file=process.stdin,
                flush=True,
            )
            line = cast("IO[str]", process.stdout).readline()
            error: str | None = json.loads(line)["error"]
            return error

        yield ask  # leaving closes its input, and so ends it
