"""Faulty listings: repeated pages, other responses, unreadable rows, deadlines."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import (
    APIResponseError,
    APITimeoutError,
    BadRequestError,
    ListingError,
    ListingTimeoutError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TelnyxError,
)
from langchain_telnyx.client.flows import every, first

AsAsync = Callable[[Telnyx], Any]
Serve = Callable[..., str]


def page(keys: list[str], *, truncated: str = "false", token: str = "") -> bytes:
    rows = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
    following = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return (
        f"<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{following}{rows}"
        f"</ListBucketResult>"
    ).encode()


class Pages:
    """A storage that returns the next of its pages for each listing, the last one repeatedly."""

    def __init__(self, pages: Iterator[bytes]) -> None:
        self.tokens: list[str | None] = []
        self._pages = pages

    def __call__(self, _: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        self.tokens.append(parse_qs(urlsplit(path).query).get("continuation-token", [None])[0])
        return 200, {"content-type": "application/xml"}, next(self._pages)


@pytest.fixture(params=["flow", "pages"])
def listed(request: pytest.FixtureRequest, as_async: AsAsync, serve: Serve) -> Callable[..., Any]:
    """List a bucket of pages, collected by a flow or iterated over."""

    async def run(pages: Iterator[bytes], **options: Any) -> tuple[Any, Pages]:
        storage = Pages(pages)
        telnyx = Telnyx(api_key="KEY", storage_url=serve(storage), **options)
        shown = as_async(telnyx)
        try:
            if request.param == "flow":
                found = await shown.send(every(telnyx.calls.storage.list_objects("docs")))
            else:
                found = await shown.storage.list_objects("docs")
        except TelnyxError as error:
            return error, storage
        return [item.key for item in found], storage

    return run


async def test_a_token_that_repeats_ends_the_listing(listed: Any) -> None:
    same = (page([f"k{number}"], truncated="true", token="T") for number in itertools.count())
    error, storage = await listed(same)
    assert isinstance(error, ListingError)
    assert "repeats: page" in str(error)
    assert storage.tokens == [None, "T"]


async def test_repeating_tokens_end_the_listing(listed: Any) -> None:
    round_ = itertools.cycle("ABC")
    circle = (
        page([f"k{number}"], truncated="true", token=next(round_)) for number in itertools.count()
    )
    error, storage = await listed(circle)
    assert isinstance(error, ListingError)
    assert storage.tokens == [None, "A", "B", "C"]


async def test_a_truncated_page_without_a_token_is_an_error(listed: Any) -> None:
    error, _ = await listed(iter([page(["a"], truncated="true")]))
    assert isinstance(error, APIResponseError)
    assert "truncated, and has no NextContinuationToken" in str(error)


async def test_empty_pages_for_ever_end_the_listing(listed: Any) -> None:
    empty = (page([], truncated="true", token=f"t{number}") for number in itertools.count())
    error, storage = await listed(empty)
    assert isinstance(error, ListingError)
    assert len(storage.tokens) == 100


async def test_the_same_page_under_new_tokens_ends_the_listing(listed: Any) -> None:
    same = (page(["a", "b"], truncated="true", token=f"t{number}") for number in itertools.count())
    error, storage = await listed(same)
    assert isinstance(error, ListingError)
    assert "ignores the cursor" in str(error)
    assert len(storage.tokens) == 2


async def test_empty_pages_between_others_are_skipped(listed: Any) -> None:
    pages = [
        page([], truncated="true", token="1"),
        page(["a"], truncated="true", token="2"),
        page([], truncated="true", token="3"),
        page(["b"]),
    ]
    assert (await listed(iter(pages)))[0] == ["a", "b"]


async def test_the_deadline_is_for_the_whole_listing(listed: Any) -> None:
    def slow() -> Iterator[bytes]:
        for number in itertools.count():
            time.sleep(0.02)
            yield page([f"k{number}"], truncated="true", token=f"t{number}")

    begun = time.monotonic()
    error, _ = await listed(slow(), deadline=0.3)
    assert isinstance(error, ListingTimeoutError)
    assert isinstance(error, APITimeoutError)
    assert "deadline of 0.3 s" in str(error)
    assert 0.3 <= time.monotonic() - begun < 3


def test_the_time_a_reader_takes_between_pages_does_not_count(serve: Serve) -> None:
    pages = [page([f"k{number}"], truncated="true", token=f"t{number}") for number in range(4)]
    telnyx = Telnyx(
        api_key="KEY", storage_url=serve(Pages(iter([*pages, page(["last"])]))), deadline=2.0
    )
    for _ in telnyx.storage.list_objects("docs"):
        time.sleep(0.5)


async def test_items_collected_before_the_error_are_on_it(as_async: AsAsync, serve: Serve) -> None:
    pages = iter(
        [page(["a"], truncated="true", token="T"), page(["b"], truncated="true", token="T")]
    )
    telnyx = Telnyx(api_key="KEY", storage_url=serve(Pages(pages)))
    with pytest.raises(ListingError) as caught:
        await as_async(telnyx).send(every(telnyx.calls.storage.list_objects("docs")))
    assert [item.key for item in caught.value.partial] == ["a"]


async def test_the_first_items_of_a_repeating_list_can_be_read(
    as_async: AsAsync, serve: Serve
) -> None:
    pages = (page([f"k{number}"], truncated="true", token="T") for number in itertools.count())
    telnyx = Telnyx(api_key="KEY", storage_url=serve(Pages(pages)))
    found = await as_async(telnyx).send(first(telnyx.calls.storage.list_objects("docs"), 1))
    assert [item.key for item in found] == ["k0"]


async def test_a_listing_of_the_api_with_a_cursor_that_repeats_ends(
    as_async: AsAsync, serve: Serve
) -> None:
    body = {"data": [{"id": "1"}], "meta": {"page_number": 1, "total_pages": 9, "page_size": 1}}

    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {"content-type": "application/json"}, json.dumps(body).encode()

    telnyx = Telnyx(api_key="KEY", base_url=serve(answer))
    with pytest.raises(ListingError, match="the items of an earlier page"):
        await as_async(telnyx).kvs.list()


ODD_PAGES = {
    "a proxy's page": b"<html><body><h1>Sign in to the network</h1></body></html>",
    "a page that is not XML": b"<!doctype html><p>Sign in<br>",
    "another document": b"<ListAllMyBucketsResult2/>",
    "nothing": b"",
    "JSON": b'{"Contents": []}',
}


@pytest.mark.parametrize("body", ODD_PAGES.values(), ids=list(ODD_PAGES))
@pytest.mark.parametrize("what", ["list_objects", "list_buckets"])
async def test_a_response_that_is_not_a_listing_is_an_error(
    as_async: AsAsync, serve: Serve, what: str, body: bytes
) -> None:
    storage = as_async(Telnyx(api_key="KEY", storage_url=serve(lambda *_: (200, {}, body)))).storage
    with pytest.raises(APIResponseError, match="not what the API documents"):
        await (storage.list_objects("docs") if what == "list_objects" else storage.list_buckets())


def error_document(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>About KEY0123.</Message></Error>".encode()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("NoSuchBucket", NotFoundError),
        ("AccessDenied", PermissionDeniedError),
        ("InvalidArgument", BadRequestError),
        ("InternalError", ServerError),
    ],
)
async def test_an_error_with_status_200_is_raised(
    as_async: AsAsync, serve: Serve, code: str, kind: type[TelnyxError]
) -> None:
    url = serve(lambda *_: (200, {}, error_document(code)))
    storage = as_async(Telnyx(api_key="KEY0123", storage_url=url, max_retries=0)).storage
    for call in (
        lambda: storage.list_objects("docs"),
        storage.list_buckets,
        lambda: storage.put_object("docs", "a", b"x"),
        lambda: storage.create_bucket("docs"),
        lambda: storage.delete_object("docs", "a"),
    ):
        with pytest.raises(kind) as caught:
            await call()
        assert caught.value.code == code  # type: ignore[attr-defined]
        assert "KEY0123" not in str(caught.value) + str(vars(caught.value))


@pytest.mark.parametrize("code", ["InternalError", "SlowDown", "ServiceUnavailable"])
async def test_a_temporary_error_with_status_200_is_retried(
    as_async: AsAsync, serve: Serve, code: str
) -> None:
    answers = iter([error_document(code), page(["a"])])
    storage = as_async(
        Telnyx(api_key="KEY", storage_url=serve(lambda *_: (200, {}, next(answers))))
    ).storage
    assert [item.key for item in await storage.list_objects("docs")] == ["a"]


async def test_a_sign_in_page_is_not_a_stored_object(as_async: AsAsync, serve: Serve) -> None:
    url = serve(lambda *_: (200, {}, b"<!DOCTYPE html><html>Sign in</html>"))
    storage = as_async(Telnyx(api_key="KEY", storage_url=url)).storage
    with pytest.raises(APIResponseError, match="HTML page"):
        await storage.put_object("docs", "a", b"x")
    with pytest.raises(APIResponseError, match="HTML page"):
        await storage.delete_object("docs", "a")


async def test_an_object_may_be_an_error_document(as_async: AsAsync, serve: Serve) -> None:
    url = serve(lambda *_: (200, {"etag": '"1"'}, error_document("NoSuchKey")))
    storage = as_async(Telnyx(api_key="KEY", storage_url=url)).storage
    assert await storage.get_object("docs", "a.xml") == error_document("NoSuchKey")


@pytest.mark.parametrize(
    ("row", "size"),
    [
        ("<Size>many</Size><LastModified>2026-01-01T00:00:00Z</LastModified>", 0),
        ("<LastModified>2026-01-01T00:00:00Z</LastModified>", 0),
        ("<Size>7</Size><LastModified>yesterday</LastModified>", 7),
        ("<Size></Size>", 0),
    ],
)
async def test_an_invalid_row_has_its_key_and_is_reported(
    as_async: AsAsync, serve: Serve, row: str, size: int
) -> None:
    body = page(["a", "z"]).replace(
        b"</ListBucketResult>",
        f"<Contents><Key>odd</Key>{row}</Contents></ListBucketResult>".encode(),
    )
    storage = as_async(Telnyx(api_key="KEY", storage_url=serve(lambda *_: (200, {}, body)))).storage
    with pytest.warns(UserWarning, match="'Key': 'odd'"):
        found = await storage.list_objects("docs")
    assert [(item.key, item.size) for item in found] == [("a", 1), ("z", 1), ("odd", size)]


async def test_a_row_without_a_key_is_skipped_and_reported(as_async: AsAsync, serve: Serve) -> None:
    body = page(["a", "", "b"])
    storage = as_async(Telnyx(api_key="KEY", storage_url=serve(lambda *_: (200, {}, body)))).storage
    with pytest.warns(UserWarning, match="without a key"):
        found = await storage.list_objects("docs")
    assert [item.key for item in found] == ["a", "b"]


async def test_invalid_rows_of_buckets_are_reported(as_async: AsAsync, serve: Serve) -> None:
    body = (
        b"<ListAllMyBucketsResult><Buckets><Bucket><Name>one</Name><CreationDate>?</CreationDate>"
        b"</Bucket><Bucket><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket></Buckets>"
        b"</ListAllMyBucketsResult>"
    )
    storage = as_async(Telnyx(api_key="KEY", storage_url=serve(lambda *_: (200, {}, body)))).storage
    with pytest.warns(UserWarning, match="list of buckets") as warned:
        found = await storage.list_buckets()
    assert [(bucket.name, bucket.created_at) for bucket in found] == [("one", None)]
    assert len(warned) == 2


async def test_a_listing_begins_after_a_key(api: Any, bucket: str) -> None:
    found = await api.storage.list_objects(bucket, start_after="cats/zzz")
    assert [item.key for item in found] == ["dogs.txt"]


async def test_a_listing_inside_a_flow_respects_the_deadline(
    as_async: AsAsync, serve: Serve
) -> None:
    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.05)
        return 200, {}, page([f"k{next(numbers)}"], truncated="true", token=f"t{next(numbers)}")

    numbers = itertools.count()
    telnyx = Telnyx(api_key="KEY", storage_url=serve(answer), deadline=0.2)

    def flow() -> Flow[int]:
        try:
            return len((yield from every(telnyx.calls.storage.list_objects("docs"))))
        except ListingTimeoutError as error:
            return -len(error.partial)

    assert await as_async(telnyx).send(flow()) < 0


async def test_a_listing_inside_an_endpoint_respects_the_deadline(
    as_async: AsAsync, serve: Serve
) -> None:
    def answer(_: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.05)
        number = int(parse_qs(urlsplit(path).query).get("page[number]", ["1"])[0])
        meta = {"page_number": number, "total_pages": 999, "page_size": 1}
        row = {"role": "user", "text": f"Hello {number}", "created_at": "2026-01-01T00:00:00Z"}
        return 200, {}, json.dumps({"data": [row], "meta": meta}).encode()

    telnyx = Telnyx(api_key="KEY", base_url=serve(answer), deadline=0.2)
    with pytest.raises(ListingTimeoutError) as caught:
        await as_async(telnyx).conversations.transcript("c1")
    assert caught.value.partial
