"""Deletes many objects, on storages that support, do not support, or half support batches."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import boto3
import httpx
import pytest
from botocore.config import Config

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import (
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)
from langchain_telnyx.emulator.server import TelnyxEmulator

AsAsync = Callable[[Telnyx], Any]
Serve = Callable[..., str]
Answered = tuple[int, dict[str, str], bytes]

ODD_KEYS = [
    "plain.txt",
    "exports/../old.txt",
    "./a",
    "a/.",
    "..",
    "<tag> & \"quotes\" 'too'",
    "two  spaces ",
    " leading",
    "tab\tand\rreturn\nand line",
    "delete\x7f, next line\x85, separator\u2028",
    "bell\x07 and null\0",
    "not a character \ufffe\uffff",
    "ünïcödé/日本語 😀",
    "100%25+plus",
]


def result(*deleted: str, **errors: str) -> bytes:
    rows = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in deleted)
    rows += "".join(
        f"<Error><Key>{key}</Key><Code>{code}</Code><Message>About KEY0123.</Message></Error>"
        for key, code in errors.items()
    )
    return f"<DeleteResult>{rows}</DeleteResult>".encode()


class Storage:
    """A storage whose DeleteObjects returns prepared responses; single deletions work."""

    def __init__(self, answer: Callable[[list[str]], Answered], single: int = 204) -> None:
        self.batches: list[list[str]] = []
        self.singles: list[str] = []
        self.targets: list[str] = []
        self._answer = answer
        self._single = single

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answered:
        self.targets.append(path)
        if method == "DELETE":
            self.singles.append(unquote(path.removeprefix("/docs/")))
            return self._single, {}, b""
        assert urlsplit(path).query in {"delete", "delete="}
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        assert headers["content-md5"] == base64.b64encode(md5).decode()
        self.batches.append([each.findtext("{*}Key") or "" for each in ET.fromstring(body)[:-1]])  # noqa: S314 - of the client
        return self._answer(self.batches[-1])


@pytest.fixture
def storage_of(as_async: AsAsync, serve: Serve) -> Callable[..., Any]:
    def start(server: Storage, **options: Any) -> Any:
        return as_async(Telnyx(api_key="KEY0123", storage_url=serve(server), **options)).storage

    return start


def put_raw(emulator: TelnyxEmulator, *keys: str) -> None:
    """Put objects under any keys with botocore, which sends dot segments unchanged."""
    s3 = boto3.client(
        "s3",
        endpoint_url=emulator.base_url.removesuffix("/v2"),
        region_name="us-central-1",
        aws_access_key_id=emulator.api_key,
        aws_secret_access_key="unread",
        config=Config(s3={"addressing_style": "path"}),
    )
    for key in keys:
        s3.put_object(Bucket="docs-bucket", Key=key, Body=key.encode())
    s3.close()


async def test_objects_of_any_key_are_deleted_from_the_emulator(as_async: AsAsync) -> None:
    with TelnyxEmulator() as emulator:
        storage = as_async(Telnyx(**emulator.options())).storage
        await storage.create_bucket("docs-bucket")
        put_raw(emulator, *ODD_KEYS)
        await storage.put_object("docs-bucket", "old.txt", b"x")
        done = await storage.delete_objects("docs-bucket", [*ODD_KEYS, "missing"])
        assert done.deleted == [*ODD_KEYS, "missing"]
        assert done.errors == {}
        assert [item.key for item in await storage.list_objects("docs-bucket")] == ["old.txt"]


async def test_keys_with_dots_are_read_and_deleted_over_own_connections(
    as_async: AsAsync,
) -> None:
    with TelnyxEmulator() as emulator:
        storage = as_async(Telnyx(**emulator.options())).storage
        await storage.create_bucket("docs-bucket")
        await storage.put_object("docs-bucket", "old.txt", b"kept")
        for key in ("exports/../old.txt", "./a", "a/.", "..", "."):
            put_raw(emulator, key)
            assert await storage.get_object("docs-bucket", key) == key.encode()
            assert (await storage.head_object("docs-bucket", key)).size == len(key)
            await storage.delete_object("docs-bucket", key)
            with pytest.raises(NotFoundError):
                await storage.head_object("docs-bucket", key)
            with pytest.raises(ValueError, match="another object"):
                await storage.put_object("docs-bucket", key, b"x")
        assert await storage.get_object("docs-bucket", "old.txt") == b"kept"


async def test_keys_with_dots_are_not_sent_by_a_client_that_resolves_them(
    api: Any, bucket: str, emulator: TelnyxEmulator
) -> None:
    before = len(emulator.requests)
    for method in (api.storage.get_object, api.storage.head_object, api.storage.delete_object):
        with pytest.raises(ConfigurationError, match="another object"):
            await method(bucket, "x/../dogs.txt")
    assert len(emulator.requests) == before
    # DeleteObjects has keys in its body.
    done = await api.storage.delete_objects(bucket, ["x/../dogs.txt"])
    assert done.deleted == ["x/../dogs.txt"]
    assert await api.storage.get_object(bucket, "dogs.txt")


async def test_dots_that_such_a_client_cannot_delete_are_reported_by_key(
    as_async: AsAsync, serve: Serve
) -> None:
    server = Storage(lambda _: (200, {}, b""))
    with httpx.Client() as client:
        async with httpx.AsyncClient() as async_client:
            telnyx = Telnyx(
                api_key="KEY",
                storage_url=serve(server),
                http_client=client,
                http_async_client=async_client,
            )
            done = await as_async(telnyx).storage.delete_objects("docs", ["a", "x/../b"])
    assert done.deleted == ["a"]
    assert list(done.errors) == ["x/../b"]
    assert server.singles == ["a"]


async def test_a_request_deletes_a_thousand_keys(storage_of: Any) -> None:
    server = Storage(lambda keys: (200, {}, result(*keys)))
    keys = [f"k{number}" for number in range(2500)]
    done = await storage_of(server).delete_objects("docs", iter([*keys, "k0"]))
    assert done.deleted == keys
    assert sorted(len(batch) for batch in server.batches) == [500, 1000, 1000]
    assert server.singles == []


async def test_an_empty_list_of_keys_sends_no_request(storage_of: Any) -> None:
    server = Storage(lambda keys: (200, {}, result(*keys)))
    done = await storage_of(server).delete_objects("docs", [])
    assert (done.deleted, done.errors, server.targets) == ([], {}, [])


NO_SUCH_OPERATION: dict[str, Answered] = {
    "501": (501, {}, b"<Error><Code>NotImplemented</Code></Error>"),
    "405": (405, {}, b"<Error><Code>MethodNotAllowed</Code></Error>"),
    "an empty 200": (200, {}, b""),
    "an error in a 200": (200, {}, b"<Error><Code>NotImplemented</Code></Error>"),
    "another document": (200, {}, b"<ListBucketResult/>"),
    "no XML": (200, {}, json.dumps({"ok": True}).encode()),
}


@pytest.mark.parametrize("answer", NO_SUCH_OPERATION.values(), ids=list(NO_SUCH_OPERATION))
async def test_without_delete_objects_keys_are_deleted_one_by_one(
    storage_of: Any, answer: Answered
) -> None:
    server = Storage(lambda _: answer)
    storage = storage_of(server)
    keys = ["a", "exports/../old.txt", *(f"k{number}" for number in range(1500))]
    done = await storage.delete_objects("docs", keys)
    assert done.deleted == keys
    assert sorted(server.singles) == sorted(keys)
    assert "/docs/exports/../old.txt" in server.targets
    assert len(server.batches) == 1
    assert (await storage.delete_objects("docs", ["b"])).deleted == ["b"]
    assert len(server.batches) == 1


async def test_keys_of_a_refused_batch_are_deleted_one_by_one(storage_of: Any) -> None:
    server = Storage(lambda _: (400, {}, b"<Error><Code>MalformedXML</Code></Error>"))
    storage = storage_of(server)
    assert (await storage.delete_objects("docs", ["a", "b"])).deleted == ["a", "b"]
    await storage.delete_objects("docs", ["c"])
    assert len(server.batches) == 2


async def test_keys_missing_in_the_response_are_deleted_separately(storage_of: Any) -> None:
    server = Storage(lambda _: (200, {}, result("a", "unheard-of")))
    done = await storage_of(server).delete_objects("docs", ["a", "b", "c"])
    assert done.deleted == ["a", "b", "c"]
    assert sorted(server.singles) == ["b", "c"]


async def test_errors_are_by_key_and_of_their_kind(storage_of: Any) -> None:
    server = Storage(lambda _: (200, {}, result("a", b="AccessDenied", c="NoSuchKey")))
    done = await storage_of(server).delete_objects("docs", ["a", "b", "c"])
    assert done.deleted == ["a", "c"]
    (key, error), *rest = done.errors.items()
    assert (key, rest) == ("b", [])
    assert isinstance(error, PermissionDeniedError)
    assert error.code == "AccessDenied"
    assert "About ***" in str(error)
    assert "KEY0123" not in str(error) + repr(vars(error))


@pytest.mark.parametrize("code", ["InternalError", "SlowDown"])
async def test_a_key_with_a_temporary_error_is_deleted_separately(
    storage_of: Any, code: str
) -> None:
    server = Storage(lambda _: (200, {}, result("a", b=code)))
    done = await storage_of(server).delete_objects("docs", ["a", "b"])
    assert done.deleted == ["a", "b"]
    assert server.singles == ["b"]


async def test_errors_of_single_deletions_are_by_key(storage_of: Any) -> None:
    server = Storage(lambda _: (501, {}, b""), single=500)
    done = await storage_of(server, max_retries=0).delete_objects("docs", ["a", "b"])
    assert done.deleted == []
    assert {key: type(error) for key, error in done.errors.items()} == {
        "a": ServerError,
        "b": ServerError,
    }


async def test_a_missing_bucket_is_an_error(api: Any) -> None:
    with pytest.raises(NotFoundError) as caught:
        await api.storage.delete_objects("no-bucket", ["a"])
    assert caught.value.code == "NoSuchBucket"


async def test_a_failed_batch_affects_only_its_own_keys(storage_of: Any) -> None:
    server = Storage(lambda keys: (200, {}, result(*keys)) if "k0" in keys else (403, {}, b""))
    keys = [f"k{number}" for number in range(1001)]
    done = await storage_of(server).delete_objects("docs", keys)
    assert done.deleted == keys[:1000]
    assert list(done.errors) == ["k1000"]


@pytest.mark.parametrize(
    ("keys", "kind", "match"),
    [
        ("abc", TypeError, "the string 'abc': pass a list"),
        (["a", 7], TypeError, "Key 1 is of type int"),
        (["a", ""], ValueError, "Key 1, ''"),
        (["\ud800"], ValueError, "Key 0"),
    ],
)
async def test_invalid_keys_are_refused_by_position(
    api: Any, emulator: TelnyxEmulator, keys: Any, kind: type[Exception], match: str
) -> None:
    with pytest.raises(kind, match=match):
        await api.storage.delete_objects("docs", keys)
    assert not emulator.requests
