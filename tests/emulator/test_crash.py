"""`kill -9`: no acknowledged object is lost, none is incomplete, and jobs run again."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from langchain_telnyx.emulator import TelnyxEmulator, after_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.emulator.storage.objects import Objects

SERVE = """
import sys, time
from langchain_telnyx.emulator import TelnyxEmulator, after_seconds
with TelnyxEmulator(data=sys.argv[1]) as emulator:
    emulator.account.objects.create_bucket("bucket")
    emulator.account.jobs.pace = after_seconds(60)
    print(emulator.storage_url, flush=True)
    time.sleep(60)
"""
HEADERS = {
    "authorization": "AWS4-HMAC-SHA256 Credential=KEY0123456789_emulator/20260101/x/s3/"
    "aws4_request, SignedHeaders=host, Signature=0"
}


def body_of(number: int) -> bytes:
    chance = random.Random(number)
    return chance.randbytes(chance.choice([10, 1000, 1_500_000]))


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def upload(address: str, numbers: range, acknowledged: set[int]) -> None:
    with httpx.Client(base_url=address, headers=HEADERS, timeout=5) as client:
        for number in numbers:
            try:
                answer = client.put(f"/bucket/{number}", content=body_of(number))
            except httpx.HTTPError:
                return
            assert answer.status_code == 200
            acknowledged.add(number)


def stored(objects: Objects) -> dict[int, bytes]:
    listing = objects.list("bucket", limit=100_000)
    return {int(found.key): b"".join(objects.read(found)) for found in listing.objects}


@pytest.mark.parametrize("killed_after", [1, 30])
def test_kill_9_loses_no_acknowledged_object_and_leaves_no_incomplete_one(
    tmp_path: Path, killed_after: int
) -> None:
    acknowledged: set[int] = set()
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        writers = [
            threading.Thread(target=upload, args=(address, range(first, 100_000, 2), acknowledged))
            for first in (0, 1)
        ]
        for thread in writers:
            thread.start()
        while len(acknowledged) < killed_after:
            time.sleep(0.001)
        server.kill()  # SIGKILL, while both are uploading
        for thread in writers:
            thread.join()
    assert server.returncode == -signal.SIGKILL

    with TelnyxEmulator(data=tmp_path, sockets=False) as emulator:
        there = stored(emulator.account.objects)
        orphans = emulator.account.store.rows(
            "SELECT 1 FROM blob_rows WHERE blob NOT IN (SELECT blob FROM objects)"
        )
    assert acknowledged <= there.keys()
    assert {number: md5(body) for number, body in there.items()} == {
        number: md5(body_of(number)) for number in there
    }
    assert orphans == []


def test_an_interrupted_task_is_run_again_at_the_next_start(tmp_path: Path) -> None:
    headers = {"authorization": "Bearer KEY0123456789_emulator"}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        httpx.put(f"{address}/bucket/a.txt", content=b"Bees make honey.", headers=HEADERS)
        task = httpx.post(
            f"{address}/v2/ai/embeddings", json={"bucket_name": "bucket"}, headers=headers
        ).json()["data"]
        assert task["status"] == "queued"
        server.kill()

    with TelnyxEmulator(data=tmp_path, sockets=False) as emulator:
        emulator.account.jobs.pace = after_seconds(0)
        url = f"{emulator.base_url}/ai/embeddings/{task['task_id']}"
        statuses = (
            emulator.http_client.get(url, headers=headers).json()["data"]["status"]
            for _ in range(1000)
        )
        assert "success" in statuses
        assert [hit.text for hit in emulator.account.search("bucket", "honey", 3)] == [
            "Bees make honey."
        ]
