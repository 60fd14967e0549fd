"""Clients that disconnect during a request: no response is sent, and no failure is logged."""

import asyncio
import contextlib
import gc
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.emulator import TelnyxEmulator

FORM = (
    b"POST /v2/ai/audio/transcriptions HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    b"authorization: Bearer %b\r\ncontent-type: multipart/form-data; boundary=x\r\n"
    b"content-length: 5000\r\n\r\n"
    b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp3"\r\n\r\nabc'
)


@pytest.fixture
def emulator(caplog: pytest.LogCaptureFixture) -> Iterator[TelnyxEmulator]:
    with caplog.at_level(logging.INFO), TelnyxEmulator() as running:
        yield running


def dropped(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.message.endswith("-> dropped")]


def test_an_incomplete_form_is_not_a_failure(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    options = emulator.options()
    with socket.create_connection(("127.0.0.1", urlsplit(options["base_url"]).port)) as connection:
        connection.sendall(FORM % options["api_key"].encode())
    end = time.monotonic() + 30
    while not dropped(caplog) and time.monotonic() < end:
        time.sleep(0.01)
    assert dropped(caplog) == ["POST /v2/ai/audio/transcriptions -> dropped"]
    assert [one.message for one in caplog.records if one.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("area", ["storage", "audio"])
async def test_a_cancelled_upload_in_this_process_is_not_a_failure(
    area: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "recording.mp3"
    file.write_bytes(b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64" + b"\0" * 4_000_000)
    with caplog.at_level(logging.WARNING), TelnyxEmulator(sockets=False) as emulator:
        telnyx = Telnyx(**emulator.options())
        await telnyx.aio.storage.create_bucket("docs-bucket")
        for turns in range(40):
            upload: Any
            if area == "storage":
                upload = telnyx.aio.storage.put_object("docs-bucket", "large", file)
            else:
                upload = telnyx.aio.audio.transcribe(file, model="openai/whisper-large-v3-turbo")
            task = asyncio.ensure_future(upload)
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert len(await telnyx.aio.models.list()) > 0
    assert [one.message for one in caplog.records] == []


def test_connections_that_are_accepted_while_it_stops_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unclosed: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: unclosed.append(str(args.exc_value)))
    for _ in range(10):
        emulator = TelnyxEmulator().start()
        address = ("127.0.0.1", int(emulator.base_url.split(":")[2].partition("/")[0]))
        opened: list[socket.socket] = []

        def connect(address: tuple[str, int], opened: list[socket.socket]) -> None:
            with contextlib.suppress(OSError):  # it has stopped
                while len(opened) < 500:
                    opened.append(socket.create_connection(address, timeout=1))

        threads = [threading.Thread(target=connect, args=(address, opened)) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(opened) < 20:
            time.sleep(0.001)
        emulator.stop()
        for thread in threads:
            thread.join()
        for connection in opened:
            connection.close()
        gc.collect()
    assert unclosed == []
