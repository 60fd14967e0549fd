"""All storage calls, sync and async, against a real S3 server, moto."""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import ConflictError, NotFoundError

AsAsync = Callable[[Telnyx], Any]

KEYS = [
    "plain.txt",
    "dir/sub dir/two  spaces.txt",
    "ünïcödé/日本語 😀.txt",
    "a+b=c.txt",
    "what?.txt",
    "#hash.txt",
    "100%.txt",
    "%2F%20+.txt",
    "a&b;c,d:e@f$g!h.txt",
    'it\'s "quoted" (a) [b] {c} <d>.txt',
    "tilde~star*pipe|caret^back\\slash`.txt",
    "folder/",
    "double//slash.txt",
    "..dots..",
    "a\ttab",  # no newline: moto's router does not match one in a path
    "é",  # decomposed: a different key than the composed one
]


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def storage(as_async: AsAsync, moto: str) -> Any:
    telnyx = Telnyx(api_key="KEY0123", base_url="http://127.0.0.1:1", storage_url=moto, timeout=10)
    return as_async(telnyx).storage


@pytest.fixture
def s3(moto: str) -> Any:
    """A client of botocore's, which sends dot segments unchanged."""
    options = Config(s3={"addressing_style": "path"})
    return boto3.client(
        "s3",
        endpoint_url=moto,
        region_name="us-east-1",
        aws_access_key_id="KEY0123",
        aws_secret_access_key="KEY0123",
        config=options,
    )


_numbers = itertools.count()


@pytest.fixture
async def bucket(storage: Any) -> str:
    """A bucket for one test."""
    name = f"bucket-{next(_numbers)}"
    await storage.create_bucket(name)
    return name


async def test_buckets_are_created_listed_checked_and_deleted(storage: Any, bucket: str) -> None:
    await storage.head_bucket(bucket)
    found = {each.name: each for each in await storage.list_buckets()}
    assert found[bucket].created_at is not None
    await storage.delete_bucket(bucket)
    with pytest.raises(NotFoundError):
        await storage.head_bucket(bucket)


async def test_creating_a_bucket_twice_is_a_conflict(storage: Any, bucket: str) -> None:
    with pytest.raises(ConflictError) as caught:
        await storage.create_bucket(bucket)
    assert caught.value.code == "BucketAlreadyOwnedByYou"


async def test_a_bucket_that_is_not_empty_is_not_deleted(storage: Any, bucket: str) -> None:
    await storage.put_object(bucket, "a", b"x")
    with pytest.raises(ConflictError) as caught:
        await storage.delete_bucket(bucket)
    assert caught.value.code == "BucketNotEmpty"


async def test_an_object_may_have_any_key(storage: Any, bucket: str) -> None:
    for key in KEYS:
        content = key.encode() * 3
        etag = await storage.put_object(bucket, key, content, content_type="text/plain")
        assert etag == hashlib.md5(content, usedforsecurity=False).hexdigest(), key
        assert await storage.get_object(bucket, key) == content, key
        found = await storage.head_object(bucket, key)
        assert (found.key, found.size, found.etag) == (key, len(content), etag)
        assert found.content_type == "text/plain"
        assert found.last_modified is not None
    assert [each.key for each in await storage.list_objects(bucket)] == sorted(KEYS)
    for key in KEYS:
        assert [each.key for each in await storage.list_objects(bucket, prefix=key)] == [key], key
        await storage.delete_object(bucket, key)
        with pytest.raises(NotFoundError):
            await storage.head_object(bucket, key)
    assert await storage.list_objects(bucket) == []


@pytest.mark.parametrize("content", [b"", b"\0", bytes(range(256)) * 5_000])
async def test_a_body_from_disk_arrives_unchanged(
    storage: Any, bucket: str, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "body.bin"
    file.write_bytes(content)
    etag = await storage.put_object(bucket, "body.bin", file)
    assert etag == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert await storage.get_object(bucket, "body.bin") == content
    assert (await storage.head_object(bucket, "body.bin")).size == len(content)


async def test_an_object_that_looks_compressed_is_returned_unchanged(
    storage: Any, bucket: str
) -> None:
    content = b"\x1f\x8b\x08\x00 no gzip at all"
    await storage.put_object(bucket, "a.gz", content, content_type="application/gzip")
    assert await storage.get_object(bucket, "a.gz") == content


async def test_objects_are_listed_page_after_page(storage: Any, bucket: str) -> None:
    names = [f"{number:02} +%é" for number in range(7)]
    for number, name in enumerate(names):
        await storage.put_object(bucket, name, b"x" * number)
    found = await storage.list_objects(bucket, page_size=2)
    assert [each.key for each in found] == names
    assert [each.size for each in found] == [0, 1, 2, 3, 4, 5, 6]
    assert len(await storage.list_objects(bucket, prefix="0", page_size=3)) == 7
    assert await storage.list_objects(bucket, prefix="1") == []


async def test_an_object_is_replaced(storage: Any, bucket: str) -> None:
    await storage.put_object(bucket, "a", b"one")
    await storage.put_object(bucket, "a", b"two!")
    assert await storage.get_object(bucket, "a") == b"two!"


async def test_a_missing_object_or_bucket_is_an_error(storage: Any, bucket: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await storage.get_object(bucket, "missing")
    assert caught.value.code == "NoSuchKey"
    with pytest.raises(NotFoundError) as caught:
        await storage.get_object("no-such-bucket", "missing")
    assert caught.value.code == "NoSuchBucket"
    with pytest.raises(NotFoundError) as caught:
        await storage.put_object("no-such-bucket", "a", b"x")
    assert caught.value.code == "NoSuchBucket"
    with pytest.raises(NotFoundError) as caught:
        await storage.list_objects("no-such-bucket")
    assert caught.value.code == "NoSuchBucket"
    with pytest.raises(NotFoundError):
        await storage.delete_bucket("no-such-bucket")
    await storage.delete_object(bucket, "missing")


async def test_many_objects_are_deleted_in_batches(storage: Any, bucket: str) -> None:
    for key in KEYS:
        await storage.put_object(bucket, key, b"x")
    await storage.put_object(bucket, "left.txt", b"x")
    done = await storage.delete_objects(bucket, [*KEYS, "missing"])
    assert done.deleted == [*KEYS, "missing"]
    assert done.errors == {}
    assert [each.key for each in await storage.list_objects(bucket)] == ["left.txt"]
    with pytest.raises(NotFoundError):
        await storage.delete_objects("no-such-bucket", ["a"])


async def test_keys_with_dots_are_read_and_deleted(storage: Any, bucket: str, s3: Any) -> None:
    await storage.put_object(bucket, "old.txt", b"kept")
    keys = ["exports/../old.txt", "./a", "a/.", ".."]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert await storage.get_object(bucket, key) == key.encode()
        assert (await storage.head_object(bucket, key)).size == len(key)
    await storage.delete_object(bucket, keys[0])
    assert (await storage.delete_objects(bucket, keys[1:])).deleted == keys[1:]
    assert [each.key for each in await storage.list_objects(bucket)] == ["old.txt"]


async def test_a_listing_begins_after_a_key(storage: Any, bucket: str) -> None:
    for key in "abcde":
        await storage.put_object(bucket, key, b"x")
    found = await storage.list_objects(bucket, start_after="b", page_size=2)
    assert [each.key for each in found] == ["c", "d", "e"]
