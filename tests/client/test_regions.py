"""A bucket in another region: followed on Telnyx's hosts, explained on others."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIStatusError, NotFoundError, TelnyxError

HOME = "us-central-1.telnyxcloudstorage.com"
AWAY = "us-east-1.telnyxcloudstorage.com"
MOVED = (
    b"<Error><Code>PermanentRedirect</Code><Message>Use the endpoint.</Message>"
    b"<Endpoint>evil.example</Endpoint></Error>"
)
MALFORMED = b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>Wrong.</Message></Error>"
EMPTY_LISTING = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


class Storage:
    """Storage hosts: one has the bucket, the others return its region."""

    def __init__(
        self, status: int = 301, body: bytes = MOVED, region: str = "us-east-1", host: str = AWAY
    ) -> None:
        self.seen: list[str] = []
        self.regions: list[str] = []
        self._refusal = httpx.Response(
            status,
            headers={"x-amz-bucket-region": region, "location": "https://evil.example/docs"},
            content=body,
        )
        self._host = host

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(f"{request.method} {request.url.host}")
        self.regions.append(request.headers["authorization"].split("/")[2])
        if request.url.host != self._host:
            content = b"" if request.method == "HEAD" else self._refusal.content
            return httpx.Response(
                self._refusal.status_code, headers=self._refusal.headers, content=content
            )
        return httpx.Response(200, headers={"etag": '"x"'}, content=EMPTY_LISTING)


@pytest.fixture
def client(as_async: Callable[[Telnyx], Any]) -> Callable[..., Any]:
    def make(storage: Storage, **options: Any) -> Any:
        transport = httpx.MockTransport(storage)
        return as_async(
            Telnyx(
                api_key="KEY",
                http_client=httpx.Client(transport=transport),
                http_async_client=httpx.AsyncClient(transport=transport),
                **options,
            )
        ).storage

    return make


@pytest.mark.parametrize(
    ("status", "body"), [(301, MOVED), (307, MOVED), (400, MALFORMED), (301, b""), (400, b"")]
)
async def test_the_region_of_a_bucket_is_learned_from_an_error(
    client: Callable[..., Any], status: int, body: bytes
) -> None:
    storage = Storage(status, body)
    api = client(storage)
    assert await api.list_objects("docs") == []
    assert await api.put_object("docs", "a", b"x") == "x"
    assert storage.seen == [f"GET {HOME}", f"GET {AWAY}", f"PUT {AWAY}"]
    assert storage.regions == ["us-central-1", "us-east-1", "us-east-1"]


@pytest.mark.parametrize("status", [301, 307, 400])
async def test_a_head_response_needs_no_body(client: Callable[..., Any], status: int) -> None:
    storage = Storage(status)
    await client(storage).head_bucket("docs")
    assert storage.seen == [f"HEAD {HOME}", f"HEAD {AWAY}"]


async def test_following_a_region_uses_no_retry(client: Callable[..., Any]) -> None:
    await client(Storage(), max_retries=0).head_bucket("docs")


async def test_each_bucket_has_its_own_region(client: Callable[..., Any]) -> None:
    storage = Storage()
    api = client(storage)
    await api.head_bucket("docs")
    await api.head_bucket("other")
    assert storage.seen == [f"HEAD {HOME}", f"HEAD {AWAY}"] * 2


async def test_hosts_that_redirect_to_each_other_get_one_request_each(
    client: Callable[..., Any],
) -> None:
    storage = Storage(host="nowhere")
    with pytest.raises(APIStatusError, match="us-east-1"):
        await client(storage).head_bucket("docs")
    assert storage.seen == [f"HEAD {HOME}", f"HEAD {AWAY}"]


@pytest.mark.parametrize(
    "region",
    ["evil.example/", "us-east-1.evil.example", "a", "", "US-EAST-1", "us-east-1@evil", "../x"],
)
async def test_responses_cannot_send_the_key_to_another_host(
    client: Callable[..., Any], region: str
) -> None:
    storage = Storage(region=region)
    with pytest.raises(APIStatusError, match="301"):
        await client(storage).list_objects("docs")
    assert storage.seen == [f"GET {HOME}"]


@pytest.mark.parametrize(
    "url",
    [
        "https://storage.example",
        "http://us-central-1.telnyxcloudstorage.com",
        "https://us-central-1.telnyxcloudstorage.com:8443",
        "https://us-central-1.telnyxcloudstorage.com.example",
        "https://us-central-1.telnyxcloudstorage.com/proxy",
    ],
)
async def test_the_error_for_another_region_is_explained(
    client: Callable[..., Any], url: str
) -> None:
    storage = Storage(host="nowhere")
    with pytest.raises(APIStatusError, match='region us-east-1: pass `region="us-east-1"`'):
        await client(storage, storage_url=url, allow_http=True).head_bucket("docs")
    assert len(storage.seen) == 1


async def test_a_bucket_is_not_created_in_the_region_of_another_one(
    client: Callable[..., Any],
) -> None:
    storage = Storage()
    api = client(storage)
    with pytest.raises(APIStatusError, match="us-east-1"):
        await api.create_bucket("docs")
    assert storage.seen == [f"PUT {HOME}"]
    await api.head_bucket("docs")
    assert storage.seen[1:] == [f"HEAD {AWAY}"]


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_other_refusals_are_not_followed(client: Callable[..., Any], status: int) -> None:
    body = b"<Error><Code>InvalidArgument</Code><Message>No.</Message></Error>"
    storage = Storage(status, body)
    with pytest.raises(TelnyxError, match="InvalidArgument"):
        await client(storage).list_objects("docs")
    assert storage.seen == [f"GET {HOME}"]


async def test_a_missing_bucket_may_be_in_another_region(api: Any) -> None:
    with pytest.raises(NotFoundError, match="in another region: check its name and `region=`"):
        await api.storage.put_object("no-bucket", "a", b"x")
