"""Summaries, sync and async, against the emulator."""

import json
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import BadRequestError, NotFoundError
from langchain_telnyx.emulator.server import TelnyxEmulator


async def test_a_file_is_summarized(api: Any, emulator: TelnyxEmulator, bucket: str) -> None:
    found = await api.summaries.create(bucket, "dogs.txt", system_prompt="In one sentence.")
    assert found.summary == str(found) == "Dogs bark at night in the garden."
    assert json.loads(emulator.requests[-1].body) == {
        "bucket": bucket,
        "filename": "dogs.txt",
        "system_prompt": "In one sentence.",
    }


async def test_only_passed_fields_are_sent(api: Any, emulator: TelnyxEmulator, bucket: str) -> None:
    await api.summaries.create(bucket, "dogs.txt")
    assert json.loads(emulator.requests[-1].body) == {"bucket": bucket, "filename": "dogs.txt"}


async def test_a_repeated_request_with_a_key_gets_the_same_response(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    first = await api.summaries.create(bucket, "dogs.txt", idempotency_key="summary-1")
    assert emulator.requests[-1].headers["idempotency-key"] == "summary-1"
    await api.storage.put_object(bucket, "dogs.txt", b"Cats purr.")
    again = await api.summaries.create(bucket, "dogs.txt", idempotency_key="summary-1")
    assert again == first
    other = await api.summaries.create(bucket, "dogs.txt")
    assert other.summary == "Cats purr."


async def test_a_retry_has_the_same_idempotency_key(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    emulator.fail(500, path="/summarize", retry_after=0)
    await api.summaries.create(bucket, "dogs.txt")
    first, second = (request.headers["idempotency-key"] for request in [*emulator.requests][-2:])
    assert first == second


async def test_an_unsupported_file_is_an_error(api: Any, bucket: str) -> None:
    with pytest.raises(NotFoundError, match=r"There is no file 'none\.txt' in 'docs-bucket'"):
        await api.summaries.create(bucket, "none.txt")
    await api.storage.put_object(bucket, "junk.bin", bytes(range(256)) * 20)
    with pytest.raises(BadRequestError, match="binary"):
        await api.summaries.create(bucket, "junk.bin")


def test_a_summary_may_take_minutes() -> None:
    telnyx = Telnyx(api_key="KEY1", timeout=5)
    call: Any = telnyx.calls.summaries.create("bucket", "call.mp3")
    assert call.timeout == 600
    short: Any = telnyx.calls.summaries.create("bucket", "call.mp3", timeout=None)
    assert short.timeout is None
