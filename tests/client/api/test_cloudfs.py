"""CloudFS file systems, sync and async, against the emulator."""

from typing import Any

import pytest

from langchain_telnyx.client.errors import (
    ConflictError,
    NotFoundError,
    UnprocessableEntityError,
)
from langchain_telnyx.emulator.server import TelnyxEmulator


async def test_a_filesystem_is_created_with_its_bucket_and_token(api: Any) -> None:
    made = await api.cloudfs.create("agent-fs", region="us-east-1")
    assert (made.name, made.region, made.status) == ("agent-fs", "us-east-1", "ready")
    assert made.meta_token in made.meta_url
    assert [bucket.name for bucket in await api.storage.list_buckets()] == [made.s3_bucket]
    shown = await api.cloudfs.get(made.id)
    assert (shown.meta_token, made.meta_token in shown.meta_url) == (None, False)


async def test_a_token_is_not_printed(api: Any) -> None:
    made = await api.cloudfs.create("agent-fs", region="us-east-1")
    assert made.meta_token not in repr(made)
    assert made.meta_token not in str(made)


async def test_a_repeated_request_creates_one_filesystem(
    api: Any, emulator: TelnyxEmulator
) -> None:
    first = await api.cloudfs.create("agent-fs", region="us-east-1", idempotency_key="once")
    again = await api.cloudfs.create("agent-fs", region="us-east-1", idempotency_key="once")
    assert again == first
    rotated = await api.cloudfs.rotate_meta_token(first.id, idempotency_key="twice")
    assert await api.cloudfs.rotate_meta_token(first.id, idempotency_key="twice") == rotated
    assert rotated.meta_token != first.meta_token
    assert len(await api.cloudfs.list()) == 1
    assert emulator.requests[0].headers["idempotency-key"] == "once"


async def test_every_call_has_its_own_key(api: Any, emulator: TelnyxEmulator) -> None:
    made = await api.cloudfs.create("agent-fs", region="us-east-1")
    first = await api.cloudfs.rotate_meta_token(made.id)
    assert (await api.cloudfs.rotate_meta_token(made.id)).meta_token != first.meta_token
    keys = {record.headers["idempotency-key"] for record in emulator.requests}
    assert len(keys) == 3


async def test_filesystems_are_listed_newest_first_page_after_page(
    api: Any, emulator: TelnyxEmulator
) -> None:
    for number in range(5):
        await api.cloudfs.create(f"fs-{number}", region="us-east-1")
    before = len(emulator.requests)
    names = [each.name for each in await api.cloudfs.list(page_size=2)]
    assert names == ["fs-4", "fs-3", "fs-2", "fs-1", "fs-0"]
    assert len(emulator.requests) - before == 3
    sorted_ = [each.name for each in await api.cloudfs.list(page_size=2, sort="name")]
    assert sorted_ == ["fs-0", "fs-1", "fs-2", "fs-3", "fs-4"]


async def test_filesystems_are_filtered(api: Any) -> None:
    await api.cloudfs.create("east", region="us-east-1")
    await api.cloudfs.create("west", region="us-west-1")
    assert [each.name for each in await api.cloudfs.list(region="us-west-1")] == ["west"]
    assert [each.name for each in await api.cloudfs.list(name="east", status="ready")] == ["east"]
    assert await api.cloudfs.list(status="failed") == []


async def test_a_filesystem_is_renamed(api: Any) -> None:
    made = await api.cloudfs.create("agent-fs", region="us-east-1")
    await api.cloudfs.create("other", region="us-east-1")
    assert (await api.cloudfs.update(made.id, name="renamed")).name == "renamed"
    with pytest.raises(UnprocessableEntityError):
        await api.cloudfs.update(made.id, name="other")


async def test_a_filesystem_with_data_is_deleted_once_it_is_empty(api: Any) -> None:
    made = await api.cloudfs.create("agent-fs", region="us-east-1")
    await api.storage.put_object(made.s3_bucket, "chunk", b"data")
    with pytest.raises(ConflictError, match="still holds data"):
        await api.cloudfs.delete(made.id)
    await api.storage.delete_object(made.s3_bucket, "chunk")
    assert (await api.cloudfs.delete(made.id)).status == "deleted"
    with pytest.raises(NotFoundError):
        await api.cloudfs.get(made.id)
    assert await api.storage.list_buckets() == []
