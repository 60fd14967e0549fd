"""Key-value namespaces, sync and async, against the emulator."""

from typing import Any

import pytest

from langchain_telnyx.client.errors import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    TaskError,
)
from langchain_telnyx.emulator.runtime.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator


@pytest.fixture
async def cache(api: Any) -> str:
    """A namespace that is usable."""
    namespace = await api.kvs.create("my-cache")
    await api.kvs.wait(namespace.id)
    return str(namespace.id)


async def test_a_namespace_is_waited_for(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.account.jobs.pace = after_polls(1)
    namespace = await api.kvs.create("my-cache")
    assert (namespace.name, namespace.status) == ("my-cache", "pending")
    updates: list[str] = []
    ready = await api.kvs.wait(namespace.id, on_progress=lambda each: updates.append(each.status))
    assert updates[-1] == ready.status == "provision_ok"


async def test_namespaces_are_listed_page_after_page(api: Any, emulator: TelnyxEmulator) -> None:
    for number in range(5):
        await api.kvs.create(f"cache-{number}")
    before = len(emulator.requests)
    names = [namespace.name for namespace in await api.kvs.list(page_size=2)]
    assert names == ["cache-0", "cache-1", "cache-2", "cache-3", "cache-4"]
    assert len(emulator.requests) - before == 3


async def test_a_name_is_taken_once(api: Any, cache: str) -> None:
    del cache
    with pytest.raises(ConflictError):
        await api.kvs.create("my-cache")


async def test_a_deleted_namespace_is_gone_with_its_keys(
    api: Any, emulator: TelnyxEmulator, cache: str
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    await api.kvs.put_key(cache, "key", b"value")
    assert (await api.kvs.delete(cache)).status == "deleting"
    with pytest.raises(TaskError, match="deleting"):
        await api.kvs.wait(cache)
    await api.kvs.get(cache)
    with pytest.raises(NotFoundError):
        await api.kvs.get(cache)


async def test_a_value_is_returned_unchanged(api: Any, cache: str) -> None:
    value = bytes(range(256))
    await api.kvs.put_key(cache, "user/1=a.b", value)
    assert await api.kvs.get_key(cache, "user/1=a.b") == value
    await api.kvs.delete_key(cache, "user/1=a.b")
    await api.kvs.delete_key(cache, "user/1=a.b")
    with pytest.raises(NotFoundError):
        await api.kvs.get_key(cache, "user/1=a.b")


async def test_a_value_expires(api: Any, emulator: TelnyxEmulator, cache: str) -> None:
    await api.kvs.put_key(cache, "session", b"value", ttl_secs=60)
    assert await api.kvs.get_key(cache, "session") == b"value"
    clock: Any = emulator.account.clock
    clock.advance(60)
    with pytest.raises(NotFoundError):
        await api.kvs.get_key(cache, "session")
    assert await api.kvs.list_keys(cache) == []


async def test_keys_are_listed_by_prefix_page_after_page(
    api: Any, emulator: TelnyxEmulator, cache: str
) -> None:
    for number in range(5):
        await api.kvs.put_key(cache, f"user/{number}", b"x" * number)
    await api.kvs.put_key(cache, "other", b"")
    before = len(emulator.requests)
    keys = await api.kvs.list_keys(cache, prefix="user/", page_size=2)
    assert [(each.key, each.size_bytes) for each in keys] == [
        ("user/0", 0),
        ("user/1", 1),
        ("user/2", 2),
        ("user/3", 3),
        ("user/4", 4),
    ]
    assert len(emulator.requests) - before == 3


@pytest.mark.parametrize("key", ["_reserved", "with space", "ä", "k" * 257])
async def test_an_invalid_key_is_refused(api: Any, cache: str, key: str) -> None:
    with pytest.raises(BadRequestError):
        await api.kvs.put_key(cache, key, b"")
