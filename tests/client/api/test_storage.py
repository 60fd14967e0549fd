"""Buckets, objects and presigned URLs, sync and async, against the emulator."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIConnectionError, ConflictError, NotFoundError
from langchain_telnyx.emulator.server import TelnyxEmulator

CAT = b"The cat sat on the mat."
DOGS = b"Dogs bark at night in the garden."


def last_path(emulator: TelnyxEmulator) -> str:
    return emulator.requests[-1].path


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_buckets_are_created_listed_checked_and_deleted(api: Any) -> None:
    await api.storage.create_bucket("one-bucket")
    await api.storage.head_bucket("one-bucket")
    assert [bucket.name for bucket in await api.storage.list_buckets()] == ["one-bucket"]
    await api.storage.delete_bucket("one-bucket")
    assert await api.storage.list_buckets() == []
    with pytest.raises(NotFoundError):
        await api.storage.head_bucket("one-bucket")


async def test_creating_a_bucket_twice_is_a_conflict(api: Any, bucket: str) -> None:
    with pytest.raises(ConflictError) as caught:
        await api.storage.create_bucket(bucket)
    assert caught.value.code == "BucketAlreadyOwnedByYou"


async def test_a_bucket_that_is_not_empty_is_not_deleted(api: Any, bucket: str) -> None:
    with pytest.raises(ConflictError) as caught:
        await api.storage.delete_bucket(bucket)
    assert caught.value.code == "BucketNotEmpty"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "Capitals",
        "under_score",
        "-a-b",
        "a-b-",
        "a..b",
        "a/b",
        "x" * 64,
        "ä-bucket",
        "192.168.0.1",
    ],
)
async def test_an_invalid_bucket_name_is_refused(
    api: Any, emulator: TelnyxEmulator, name: str
) -> None:
    with pytest.raises(ValueError, match="is not a valid bucket name"):
        await api.storage.create_bucket(name)
    assert not emulator.requests


async def test_an_object_is_returned_unchanged(api: Any, bucket: str) -> None:
    key = "cats/a b+c ä?.txt"
    assert await api.storage.get_object(bucket, key) == CAT
    found = await api.storage.head_object(bucket, key)
    assert (found.key, found.size, found.content_type) == (key, 23, "text/plain")
    assert found.etag == hashlib.md5(CAT, usedforsecurity=False).hexdigest()
    assert found.last_modified == datetime(2026, 1, 1, tzinfo=UTC)


async def test_an_object_is_replaced_and_deleted(api: Any, bucket: str) -> None:
    etag = await api.storage.put_object(bucket, "dogs.txt", b"")
    assert etag == "d41d8cd98f00b204e9800998ecf8427e"
    assert await api.storage.get_object(bucket, "dogs.txt") == b""
    await api.storage.delete_object(bucket, "dogs.txt")
    await api.storage.delete_object(bucket, "dogs.txt")
    with pytest.raises(NotFoundError) as caught:
        await api.storage.get_object(bucket, "dogs.txt")
    assert caught.value.code == "NoSuchKey"


async def test_a_file_is_streamed_from_disk(api: Any, bucket: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 12_000
    file = tmp_path / "big.bin"
    file.write_bytes(content)
    assert await api.storage.put_object(bucket, "big.bin", file) == (
        hashlib.md5(content, usedforsecurity=False).hexdigest()
    )
    assert await api.storage.get_object(bucket, "big.bin") == content


async def test_a_missing_file_is_reported(api: Any, bucket: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await api.storage.put_object(bucket, "x", tmp_path / "missing")


async def test_a_retried_upload_starts_at_its_beginning(
    api: Any, emulator: TelnyxEmulator, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(CAT * 1000)
    emulator.fail(503, retry_after=0)
    await api.storage.put_object(bucket, "a.txt", file)
    assert await api.storage.get_object(bucket, "a.txt") == CAT * 1000


async def test_an_object_is_streamed_to_a_file(api: Any, bucket: str, tmp_path: Path) -> None:
    file = tmp_path / "cat.txt"
    assert await api.storage.download(bucket, "cats/a b+c ä?.txt", file) == 23
    assert file.read_bytes() == CAT
    await api.storage.put_object(bucket, "empty", b"")
    assert await api.storage.download(bucket, "empty", file) == 0
    assert file.read_bytes() == b""


async def test_a_missing_object_does_not_change_an_existing_file(
    api: Any, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "cat.txt"
    file.write_bytes(CAT)
    with pytest.raises(NotFoundError) as caught:
        await api.storage.download(bucket, "missing.txt", file)
    assert caught.value.code == "NoSuchKey"
    assert names_in(tmp_path) == ["cat.txt"]
    assert file.read_bytes() == CAT


def broken_off(connection: Any) -> None:
    connection.request()
    connection.send(b'HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: 23\r\n\r\n' + CAT[:9])


async def test_a_broken_download_is_restarted(
    as_async: Callable[[Telnyx], Any], listen: Callable[..., str], tmp_path: Path
) -> None:
    tries = iter([broken_off, broken_off])

    def talk(connection: Any) -> None:
        if broken := next(tries, None):
            broken(connection)
        else:
            connection.request()
            connection.answer(CAT, 'etag: "1"\r\n')

    file = tmp_path / "cat.txt"
    storage = as_async(Telnyx(api_key="KEY", storage_url=listen(talk))).storage
    assert await storage.download("docs", "cat.txt", file) == 23
    assert file.read_bytes() == CAT


async def test_a_failed_download_leaves_no_partial_file(
    as_async: Callable[[Telnyx], Any], listen: Callable[..., str], tmp_path: Path
) -> None:
    telnyx = Telnyx(api_key="KEY", storage_url=listen(broken_off), max_retries=0)
    with pytest.raises(APIConnectionError):
        await as_async(telnyx).storage.download("docs", "cat.txt", tmp_path / "cat.txt")
    assert names_in(tmp_path) == []


async def test_a_key_that_is_too_long_is_refused(api: Any, bucket: str) -> None:
    await api.storage.put_object(bucket, "ä" * 512, b"x")
    with pytest.raises(ValueError, match="1026 bytes long, 1024 are allowed"):
        await api.storage.put_object(bucket, "ä" * 513, b"x")


async def test_a_missing_bucket_and_a_missing_object_are_different_errors(api: Any) -> None:
    with pytest.raises(NotFoundError) as caught:
        await api.storage.get_object("no-bucket", "x")
    assert caught.value.code == "NoSuchBucket"
    with pytest.raises(NotFoundError):
        await api.storage.list_objects("no-bucket")


async def test_objects_are_listed_page_after_page(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    names = ["cats/a b+c ä?.txt", "dogs.txt"]
    for number in range(5):
        await api.storage.put_object(bucket, f"more/{number}", b"x" * number)
        names.append(f"more/{number}")
    before = len(emulator.requests)
    objects = await api.storage.list_objects(bucket, page_size=3)
    assert [each.key for each in objects] == names
    assert [each.size for each in objects] == [23, 33, 0, 1, 2, 3, 4]
    assert len(emulator.requests) - before == 3


async def test_objects_are_listed_by_prefix(api: Any, bucket: str) -> None:
    (found,) = await api.storage.list_objects(bucket, prefix="cats/a b+")
    assert found.key == "cats/a b+c ä?.txt"
    assert await api.storage.list_objects(bucket, prefix="cows/") == []


async def test_an_empty_bucket_lists_nothing(api: Any) -> None:
    await api.storage.create_bucket("empty-bucket")
    assert await api.storage.list_objects("empty-bucket") == []


async def test_a_presigned_url_comes_from_the_api(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    url = await api.storage.presigned_url(bucket, "cats/a b+c ä?.txt", ttl=60)
    assert last_path(emulator).startswith("/v2/storage/buckets/docs-bucket/cats")
    assert url.presigned_url.startswith("http://telnyx.localhost/docs-bucket/cats")
    assert url.token is not None
    assert emulator.api_key not in url.presigned_url
    assert emulator.http_client.get(url.presigned_url).content == CAT
    with pytest.raises(NotFoundError):
        await api.storage.presigned_url(bucket, "missing.txt")
