"""Uploaded files are closed, whatever happens to the request."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import Telnyx
from langchain_telnyx.client.errors import APIConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = 8 << 20


def is_open(file: Path) -> bool:
    found = []
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - the names alone
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))  # noqa: PTH115
        except OSError:
            continue
    return str(file) in found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        pytest.skip("lists the open files of Linux")
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(SIZE))
    return path


async def test_a_file_is_closed_when_the_server_hangs_up(
    as_async: Callable[[Telnyx], Any], listen: Callable[..., str], file: Path
) -> None:
    def talk(connection: Any) -> None:
        connection.close()

    api = as_async(Telnyx(api_key="KEY", storage_url=listen(talk), max_retries=0))
    gc.disable()  # the garbage collector would hide a file that is not closed
    try:
        with pytest.raises(APIConnectionError):
            await api.storage.put_object("docs", "large", file)
        assert not is_open(file)
    finally:
        gc.enable()


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_a_file_is_closed_when_the_upload_is_cancelled(
    listen: Callable[..., str], file: Path, steps: int
) -> None:
    reading, done = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def talk(connection: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the test is already over
            loop.call_soon_threadsafe(reading.set)
        done.wait(10)
        connection.close()

    telnyx = Telnyx(api_key="KEY", storage_url=listen(talk), max_retries=0)
    upload = asyncio.ensure_future(telnyx.aio.storage.put_object("docs", "large", file))
    for _ in range(steps):
        await asyncio.sleep(0)
    if steps > 20:
        await asyncio.wait_for(reading.wait(), 10)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    # Threads that were busy at the cancellation may still be.
    await asyncio.get_running_loop().shutdown_default_executor()
    assert not is_open(file)
    done.set()
    await telnyx.aclose()
