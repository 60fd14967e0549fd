"""Ctrl-C at any point of a sync call, and event loops and programs that end during a call."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.emulator import TelnyxEmulator
from tests.support.cancellation import busy_connections, resources

pytestmark = pytest.mark.waits

MODEL = "moonshotai/Kimi-K2.6"
QUESTION = [{"role": "user", "content": "Hi"}]
OURS = ("langchain_telnyx/client", "httpcore", "h11")


@pytest.fixture(scope="module")
def server() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator() as running:
        Telnyx(**running.options()).storage.create_bucket("docs-bucket")
        yield running


class Interrupts:
    """Raises KeyboardInterrupt where the interpreter may: at the beginning of a function.

    Args:
        at: The number of the function call, in this package or the HTTP library, from 1.
    """

    def __init__(self, at: int) -> None:
        self._left = at

    def trace(self, frame: FrameType, _event: str, _: object) -> None:
        code = frame.f_code
        # Not in the library's locks, which are not reentrant; nor in `__del__`, from
        # which exceptions are not raised.
        if "_synchronization" in code.co_filename or code.co_name == "__del__":
            return
        if any(part in code.co_filename for part in OURS):
            self._left -= 1
            if self._left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt


def interrupted(call: Callable[[], object], at: int) -> bool:
    """Call, and interrupt at a function; return whether it was reached."""
    sys.settrace(Interrupts(at).trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def sweep(telnyx: Telnyx, call: Callable[[], object], *, step: int) -> int:
    at = 1
    while interrupted(call, at):
        if busy_connections(telnyx):
            gc.collect()  # the references of the exception's frames
        assert busy_connections(telnyx) == 0, at
        at += step
    call()
    return at


@pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning"
)  # of a socket that was not returned yet
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the same
@pytest.mark.parametrize("cold", [True, False])
@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["chat", "stream", "upload"])
def test_an_interrupt_anywhere_leaves_no_connection_busy(
    server: TelnyxEmulator,
    name: str,
    step: int,
    cold: bool,  # noqa: FBT001 - a column
    tmp_path: Path,
) -> None:
    telnyx = Telnyx(**server.options(), max_connections=1, timeout=30, max_retries=0)
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100_000)

    def call() -> None:
        if cold:
            telnyx.close()
        if name == "chat":
            telnyx.chat.create(QUESTION, model=MODEL)
        elif name == "stream":
            with telnyx.chat.stream(QUESTION, model=MODEL) as chunks:
                for _ in chunks:
                    pass
        else:
            telnyx.storage.put_object("docs-bucket", "key", file)

    call()
    assert sweep(telnyx, call, step=step) > 100
    telnyx.close()


def test_one_client_serves_twenty_threads_with_a_loop_each(server: TelnyxEmulator) -> None:
    telnyx = Telnyx(**server.options(), timeout=30)

    async def stream_and_list() -> int:
        chunks = await telnyx.aio.chat.stream(QUESTION, model=MODEL)
        async for _ in chunks:
            break  # the loop ends while the stream is open
        return len(await telnyx.aio.models.list())

    def run(_: int) -> list[int]:
        return [asyncio.run(stream_and_list()) for _ in range(3)]

    with ThreadPoolExecutor(20) as threads:
        counts = list(threads.map(run, range(20)))
    assert min(min(each) for each in counts) > 0
    state = resources(telnyx, awaited=False)
    assert (state.busy, state.queued, state.sockets) == (0, 0, 0)


@pytest.mark.parametrize(
    "end",
    [
        "asyncio.run(left_open())",
        "asyncio.run(cancelled())",
        "asyncio.run(held_by_the_module())",
        "chunks = telnyx.chat.stream(QUESTION, model=MODEL); next(iter(chunks))",
        "asyncio.run(left_open()); asyncio.run(left_open())",
    ],
)
def test_a_program_that_ends_during_a_stream_prints_nothing(
    server: TelnyxEmulator, end: str
) -> None:
    options = server.options()
    script = f"""
import asyncio, logging, sys
logging.getLogger("asyncio").setLevel(logging.ERROR)
from langchain_telnyx import Telnyx
telnyx = Telnyx(api_key={options["api_key"]!r}, base_url={options["base_url"]!r}, timeout=30)
MODEL, QUESTION = {MODEL!r}, {QUESTION!r}
async def left_open():
    async for _ in await telnyx.aio.chat.stream(QUESTION, model=MODEL):
        break
async def cancelled():
    tasks = [asyncio.create_task(telnyx.aio.models.list()) for _ in range(8)]
    await asyncio.sleep(0.001)
async def held_by_the_module():
    global stream
    stream = await telnyx.aio.chat.stream(QUESTION, model=MODEL)
{end}
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
