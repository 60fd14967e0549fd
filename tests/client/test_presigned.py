"""Presigned URLs: both documented envelopes, and the object's key as one path segment."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.emulator import Quirks, TelnyxEmulator


@pytest.mark.parametrize("envelope", ["content", "data"])
async def test_the_answer_is_read_from_either_envelope(
    as_async: Callable[[Telnyx], Any], envelope: Any
) -> None:
    quirks = Quirks(presigned_envelope=envelope)
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        api = as_async(Telnyx(**emulator.options()))
        await api.storage.create_bucket("docs-bucket")
        await api.storage.put_object("docs-bucket", "a.txt", b"hello")
        url = await api.storage.presigned_url("docs-bucket", "a.txt", ttl=60)
        assert emulator.http_client.get(url.presigned_url).content == b"hello"


async def test_the_object_is_one_segment_of_the_path_and_ttl_in_small_letters(
    as_async: Callable[[Telnyx], Any], serve: Callable[[Any], str]
) -> None:
    seen: list[tuple[str, bytes]] = []

    def answer(_: str, path: str, __: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        seen.append((path, body))
        return 200, {}, json.dumps({"content": {"presigned_url": "https://x/y"}}).encode()

    api = as_async(Telnyx(api_key="KEY1", base_url=serve(answer)))
    await api.storage.presigned_url("docs-bucket", "dir/a b.txt", ttl=60)
    [(path, body)] = seen
    assert path == "/v2/storage/buckets/docs-bucket/dir%2Fa%20b.txt/presigned_url"
    assert json.loads(body) == {"ttl": 60}
