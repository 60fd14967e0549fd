"""Response bodies: within the limit, complete, and unchanged."""

from __future__ import annotations

import gc
import gzip
import hashlib
import json
import resource
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langchain_telnyx import ChatTelnyx, Telnyx
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    ResponseTooLargeError,
)
from langchain_telnyx.client.http.bodies import Inflater
from langchain_telnyx.client.sse import Events
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    AsAsync = Callable[[Telnyx], Any]
    Serve = Callable[..., str]

TEXT = b"the content of the object " * 400
MD5 = hashlib.md5(TEXT, usedforsecurity=False).hexdigest()
MODELS = json.dumps({"data": [{"id": "m"}], "padding": "x" * 5000}).encode()


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


ENCODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "plain": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "gzip of two members": (
        "gzip",
        lambda data: gzip.compress(data[:70]) + gzip.compress(data[70:]),
    ),
    "padded gzip": ("gzip", lambda data: gzip.compress(data) + bytes(12)),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "deflate": ("deflate", raw_deflate),
}
ENCODED = pytest.mark.parametrize(("encoding", "encode"), ENCODINGS.values(), ids=ENCODINGS)


@pytest.fixture(params=[None, httpx, httpx2], ids=["ours", "httpx", "httpx2"])
async def options(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, Any]]:
    """Options for own connections, and for clients of the two libraries."""
    common: dict[str, Any] = {"api_key": "KEY0123", "max_retries": 0}
    library = request.param
    if library is None:
        yield common
        return
    with library.Client() as client:
        async with library.AsyncClient() as async_client:
            yield {**common, "http_client": client, "http_async_client": async_client}


@ENCODED
async def test_a_response_is_decompressed(
    as_async: AsAsync,
    serve: Serve,
    options: dict[str, Any],
    encoding: str,
    encode: Callable[[bytes], bytes],
) -> None:
    url = serve(lambda *_: (200, {"content-encoding": encoding}, encode(MODELS)))
    models = await as_async(Telnyx(base_url=url, **options)).models.list()
    assert [model.id for model in models] == ["m"]


@ENCODED
async def test_a_response_above_the_limit_is_refused(
    as_async: AsAsync,
    serve: Serve,
    options: dict[str, Any],
    encoding: str,
    encode: Callable[[bytes], bytes],
) -> None:
    for status in (200, 400):
        url = serve(lambda *_, s=status: (s, {"content-encoding": encoding}, encode(MODELS)))
        api = as_async(Telnyx(base_url=url, max_response_bytes=5000, **options))
        with pytest.raises(ResponseTooLargeError, match="larger than 5,000 bytes") as caught:
            await api.models.list()
        assert caught.value.limit == 5000


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress])
async def test_a_compressed_response_that_is_cut_off_or_damaged_is_an_error(
    as_async: AsAsync, serve: Serve, options: dict[str, Any], encode: Callable[[bytes], bytes]
) -> None:
    encoding = {"content-encoding": "gzip" if encode is gzip.compress else "deflate"}
    body = encode(MODELS)
    for odd, reason in (
        (body[:-3], "cut off"),
        (body[:40], "cut off"),
        (body[:30] + b"\xff\xff\xff" + body[33:], "damaged"),
    ):
        url = serve(lambda *_, odd=odd: (200, encoding, odd))
        with pytest.raises(APIConnectionError, match=reason):
            await as_async(Telnyx(base_url=url, **options)).models.list()


async def test_a_decompression_bomb_takes_no_memory(
    as_async: AsAsync, serve: Serve, options: dict[str, Any]
) -> None:
    compressor = zlib.compressobj(9, wbits=31)
    blank = b" " * (1 << 20)
    body = b"".join(compressor.compress(blank) for _ in range(400)) + compressor.flush()
    url = serve(lambda *_: (200, {"content-encoding": "gzip"}, body))
    api = as_async(Telnyx(base_url=url, max_response_bytes=8 << 20, **options))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ResponseTooLargeError):
        await api.models.list()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@given(
    st.binary(max_size=5000),
    st.sampled_from(sorted(ENCODINGS)),
    st.lists(st.integers(0, 6000), max_size=8),
    st.integers(0, 12),
)
@settings(max_examples=examples(300), deadline=None)
@example(b"", "deflate", [1], 0)
def test_a_body_decompresses_the_same_for_any_split(
    data: bytes, name: str, cuts: list[int], missing: int
) -> None:
    encoding, encode = ENCODINGS[name]
    if encoding == "identity":
        return
    body = encode(data)
    whole = body[: len(body) - missing] if name == "gzip" else body
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    inflater = Inflater(encoding)
    found = b"".join(
        piece for start, end in pairwise(places) for piece in inflater.feed(whole[start:end])
    )
    assert data.startswith(found)
    assert inflater.complete == (len(whole) == len(body))
    if inflater.complete:
        assert found == data


# Objects


def stored(body: bytes = TEXT, **headers: str) -> Callable[..., Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda *_: (200, named, body)


FINE = {
    "its MD5": stored(etag=f'"{MD5}"'),
    "a bare MD5": stored(etag=MD5),
    "of several parts": stored(etag=f'"{MD5[::-1]}-3"'),
    "encrypted with a key of the user's": stored(
        etag=f'"{MD5[::-1]}"', x_amz_server_side_encryption="aws:kms"
    ),
}


async def get(api: Any, folder: Path) -> bytes:
    del folder
    content: bytes = await api.storage.get_object("docs", "a")
    return content


async def download(api: Any, folder: Path) -> bytes:
    await api.storage.download("docs", "a", folder / "a")
    return (folder / "a").read_bytes()


FETCHES = pytest.mark.parametrize("fetch", [get, download])


@FETCHES
@pytest.mark.parametrize("answer", FINE)
async def test_an_object_is_returned_as_stored(
    as_async: AsAsync,
    serve: Serve,
    options: dict[str, Any],
    tmp_path: Path,
    *,
    fetch: Any,
    answer: str,
) -> None:
    # Of any length: the limit is for responses of the API.
    api = as_async(Telnyx(storage_url=serve(FINE[answer]), max_response_bytes=100, **options))
    assert await fetch(api, tmp_path) == TEXT


async def test_an_object_that_was_stored_compressed_is_checked_as_it_was_stored(
    as_async: AsAsync, serve: Serve, options: dict[str, Any], tmp_path: Path
) -> None:
    body = gzip.compress(TEXT)
    etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    url = serve(stored(body, etag=etag, content_encoding="gzip"))
    api = as_async(Telnyx(storage_url=url, **options))
    assert await get(api, tmp_path) == TEXT
    assert await download(api, tmp_path) == TEXT


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "a byte is wrong": (stored(TEXT[:-1] + b"?", etag=f'"{MD5}"'), APIConnectionError, "its MD5"),
    "bytes are missing": (stored(TEXT[:-1], etag=f'"{MD5}"'), APIConnectionError, "its MD5"),
    "half of a gzip": (
        stored(gzip.compress(TEXT)[:50], etag='"1"', content_encoding="gzip"),
        APIConnectionError,
        "cut off",
    ),
    "the page of a portal": (
        stored(b"<html>Log in</html>", content_type="text/html"),
        APIResponseError,
        "no entity tag .text/html.",
    ),
}


@FETCHES
@pytest.mark.parametrize("answer", WRONG)
async def test_a_response_that_is_not_the_object_is_an_error_and_replaces_no_file(
    as_async: AsAsync,
    serve: Serve,
    options: dict[str, Any],
    tmp_path: Path,
    *,
    fetch: Any,
    answer: str,
) -> None:
    handler, kind, reason = WRONG[answer]
    (tmp_path / "a").write_bytes(b"older")
    api = as_async(Telnyx(storage_url=serve(handler), **options))
    with pytest.raises(kind, match=reason):
        await fetch(api, tmp_path)
    assert files_in(tmp_path) == {"a": b"older"}


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_a_damaged_object_is_downloaded_again(
    as_async: AsAsync, serve: Serve, options: dict[str, Any]
) -> None:
    bodies = iter([TEXT[:-1] + b"?", TEXT])
    url = serve(lambda *_: (200, {"etag": f'"{MD5}"'}, next(bodies)))
    api = as_async(Telnyx(storage_url=url, **{**options, "max_retries": 1}))
    assert await api.storage.get_object("docs", "a") == TEXT


async def test_a_portal_page_is_not_a_stored_value(
    as_async: AsAsync, serve: Serve, options: dict[str, Any]
) -> None:
    page, kind = b"<html>Log in</html>", {"content-type": "text/html"}
    api = as_async(Telnyx(base_url=serve(lambda *_: (200, kind, page)), **options))
    with pytest.raises(APIResponseError, match="not a stored value"):
        await api.kvs.get_key("n1", "k")
    of_telnyx = {**kind, "x-request-id": "r1"}
    api = as_async(Telnyx(base_url=serve(lambda *_: (200, of_telnyx, page)), **options))
    assert await api.kvs.get_key("n1", "k") == page


# Depth, and streams


@pytest.fixture
def _no_collection() -> Iterator[None]:
    # At the recursion limit, finalizers of a garbage collection fail, even those of other tests.
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collection")
@pytest.mark.parametrize("depth", [200_000, 500_000])  # Python versions read from 1,000 to 10,000
async def test_json_that_is_too_deep_is_a_typed_error(
    as_async: AsAsync, serve: Serve, options: dict[str, Any], depth: int
) -> None:
    body = b'{"data": ' + b"[" * depth + b"]" * depth + b"}"
    api = as_async(Telnyx(base_url=serve(lambda *_: (200, {}, body)), **options))
    with pytest.raises(APIResponseError):
        await api.models.list()
    with pytest.raises(APIResponseError):
        await api.chat.create([{"role": "user", "content": "Hi"}], model="m")


async def awaited(model: ChatTelnyx, found: list[str]) -> None:
    async for each in model.astream("Hi"):
        found.append(each.text)  # noqa: PERF401 - it ends in an error


async def blocking(model: ChatTelnyx, found: list[str]) -> None:
    for each in model.stream("Hi"):
        found.append(each.text)  # noqa: PERF401 - it ends in an error


@pytest.mark.parametrize("read", [blocking, awaited])
async def test_the_size_limit_of_a_stream_applies_to_each_item(
    serve: Serve, options: dict[str, Any], read: Any
) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "Hello"}, "finish_reason": None}]}
    event = f"data: {json.dumps(chunk)}\n\n".encode()
    body = event * 50 + b"data: " + b"x" * 900_000
    url = serve(lambda *_: (200, {"content-type": "text/event-stream"}, body))
    client = Telnyx(base_url=url, max_response_bytes=100_000, **options)
    found: list[str] = []
    with pytest.raises(ResponseTooLargeError, match="an item of more than 100,000") as caught:
        await read(ChatTelnyx(model="m", client=client), found)
    assert "".join(found) == "Hello" * 50
    assert caught.value.partial.text == "Hello" * 50


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=12), st.data())
@settings(max_examples=examples(200), deadline=None)
def test_events_are_the_same_however_their_bytes_are_cut(lines: list[bytes], data: Any) -> None:
    body = b"".join(b"data: " + line + b"\n\n" for line in lines)
    whole = Events()
    expected = whole.feed(body) + whole.end()
    cut = Events()
    found: list[bytes] = []
    at = 0
    while at < len(body):
        size = data.draw(st.integers(1, 20))
        found += cut.feed(body[at : at + size])
        at += size
    assert found + cut.end() == expected
