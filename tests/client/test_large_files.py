"""Files of 100 MB are sent and received in pieces: memory grows by less than 8 MB.

A client in a separate process measures its peak; the emulator runs in this one.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from langchain_telnyx.emulator.server import TelnyxEmulator

pytestmark = pytest.mark.waits

SIZE = 100 * 1024 * 1024
MOST = 8 * 1024 * 1024

PROGRAM = """
import asyncio, sys, tracemalloc
from pathlib import Path
from langchain_telnyx import Telnyx
from langchain_telnyx.client.errors import BadRequestError

async def transfers(telnyx, run, folder):
    big, copy = folder / "big.wav", folder / "copy.wav"
    small = folder / "small.wav"
    async def transcribe(file):
        try:
            await run(telnyx.audio.transcribe, file, model="openai/whisper-tiny")
        except BadRequestError:
            pass  # it is not a recording, which the server detects after the upload
    yield "warm", [
        lambda: run(telnyx.storage.put_object, "big-files", "small", small),
        lambda: run(telnyx.storage.download, "big-files", "small", folder / "small.copy"),
        lambda: transcribe(small),
    ]
    yield "put", [lambda: run(telnyx.storage.put_object, "big-files", "big", big)]
    yield "get", [lambda: run(telnyx.storage.download, "big-files", "big", copy)]
    yield "form", [lambda: transcribe(big)]

async def measure(mode, folder):
    telnyx = Telnyx(timeout=60)
    if mode == "aio":
        async def run(method, *args, **kwargs):
            return await method(*args, **kwargs)
        root = telnyx.aio
    else:
        async def run(method, *args, **kwargs):
            return method(*args, **kwargs)
        root = telnyx
    async for name, steps in transfers(root, run, folder):
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for step in steps:
            await step()
        _, peak = tracemalloc.get_traced_memory()
        print(name, peak - before)

tracemalloc.start()
asyncio.run(measure(sys.argv[1], Path(sys.argv[2])))
"""


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """An emulator with a socket, for another process."""
    with TelnyxEmulator() as emulator:
        yield emulator


@pytest.mark.parametrize("as_async", ["sync", "aio"])
def test_memory_grows_by_less_than_8_mb(
    emulator: TelnyxEmulator, tmp_path: Path, as_async: str
) -> None:
    emulator.account.objects.create_bucket("big-files")
    (tmp_path / "small.wav").write_bytes(b"small")
    with (tmp_path / "big.wav").open("wb") as file:
        for number in range(100):
            file.write(bytes([number]) * (SIZE // 100))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, as_async, str(tmp_path)],
        env={**os.environ, **emulator.environment(), "TELNYX_STORAGE_URL": emulator.storage_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    growth = {name: int(size) for name, size in map(str.split, done.stdout.splitlines())}
    assert growth.keys() == {"warm", "put", "get", "form"}
    assert max(growth["put"], growth["get"], growth["form"]) < MOST
    copy = tmp_path / "copy.wav"
    assert copy.stat().st_size == SIZE
    with copy.open("rb") as got, (tmp_path / "big.wav").open("rb") as put:
        assert all(got.read(SIZE // 100) == put.read(SIZE // 100) for _ in range(100))
    form = emulator.requests[-1]
    assert int(form.headers["content-length"]) > SIZE
    copy.unlink()
    (tmp_path / "big.wav").unlink()
