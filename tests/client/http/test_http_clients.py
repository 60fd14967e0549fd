"""HTTP clients that the user passes in, of httpx and its fork: unchanged and not closed."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import httpx2
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    StreamError,
)

AsAsync = Callable[[Telnyx], Any]
Answer = Callable[[Any], Any]
CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}]}\n\n'


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def clients(library: Any) -> Callable[[Answer], tuple[Any, Any]]:
    """Create a sync and an async client with a function that responds to their requests."""

    def make(answer: Answer) -> tuple[Any, Any]:
        transport = library.MockTransport(answer)
        return library.Client(transport=transport), library.AsyncClient(transport=transport)

    return make


def telnyx(clients: tuple[Any, Any], **options: Any) -> Telnyx:
    return Telnyx(
        api_key="KEY0123",
        base_url="http://127.0.0.1:1",
        http_client=clients[0],
        http_async_client=clients[1],
        **{"max_retries": 0, **options},
    )


async def test_a_client_passed_in_sends_the_requests(
    as_async: AsAsync, library: Any, clients: Callable[[Answer], tuple[Any, Any]]
) -> None:
    seen: list[Any] = []

    def answer(request: Any) -> Any:
        seen.append(request)
        return library.Response(200, json={"data": [{"id": "m"}]})

    both = clients(answer)
    api = as_async(telnyx(both, timeout=7))
    assert [model.id for model in await api.models.list()] == ["m"]
    (request,) = seen
    assert str(request.url) == "http://127.0.0.1:1/v2/ai/openai/models"
    assert request.headers["authorization"] == "Bearer KEY0123"
    assert request.headers["user-agent"].startswith("langchain-telnyx/")
    assert request.extensions["timeout"] == {"connect": 7, "read": 7, "write": 7, "pool": 7}


async def test_a_client_passed_in_is_never_closed(
    as_async: AsAsync, library: Any, clients: Callable[[Answer], tuple[Any, Any]]
) -> None:
    both = clients(lambda _: library.Response(200, json={"data": []}))
    client = telnyx(both)
    await as_async(client).models.list()
    client.close()
    await client.aclose()
    del client
    assert [each.is_closed for each in both] == [False, False]
    assert await as_async(telnyx(both)).models.list() == []


async def test_a_stream_uses_a_client_passed_in(
    as_async: AsAsync, library: Any, clients: Callable[[Answer], tuple[Any, Any]]
) -> None:
    headers = {"content-type": "text/event-stream"}
    both = clients(
        lambda _: library.Response(200, headers=headers, content=CHUNK + b"data: [DONE]\n\n")
    )
    assert len(await as_async(telnyx(both)).chat.stream([])) == 1


@pytest.mark.parametrize(
    ("name", "kind", "sent"),
    [
        ("ConnectError", APIConnectionError, False),
        ("ConnectTimeout", APITimeoutError, False),
        ("PoolTimeout", APITimeoutError, False),
        ("ProxyError", APIConnectionError, False),
        ("UnsupportedProtocol", APIConnectionError, False),
        ("ReadTimeout", APITimeoutError, True),
        ("WriteTimeout", APITimeoutError, True),
        ("ReadError", APIConnectionError, True),
        ("WriteError", APIConnectionError, True),
        ("RemoteProtocolError", APIConnectionError, True),
        ("DecodingError", APIConnectionError, True),
        ("TooManyRedirects", APIConnectionError, True),
    ],
)
async def test_errors_of_both_libraries_are_mapped(  # noqa: PLR0917 - fixtures and a table
    as_async: AsAsync,
    library: Any,
    clients: Callable[[Answer], tuple[Any, Any]],
    name: str,
    kind: type[APIConnectionError],
    sent: bool,  # noqa: FBT001 - a column of the table
) -> None:
    def fail(_: Any) -> Any:
        raise getattr(library, name)("it happened")

    with pytest.raises(kind) as caught:
        await as_async(telnyx(clients(fail))).models.list()
    assert type(caught.value) is kind
    assert caught.value.sent is sent
    assert caught.value.is_retryable
    assert isinstance(caught.value.__cause__, getattr(library, name))
    with pytest.raises(kind):
        await as_async(telnyx(clients(fail))).chat.stream([])


async def test_a_stream_of_either_library_that_breaks_is_a_stream_error(
    as_async: AsAsync, library: Any, clients: Callable[[Answer], tuple[Any, Any]]
) -> None:
    class Breaking(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]  # either's
        def __iter__(self) -> Iterator[bytes]:
            yield CHUNK
            raise library.ReadError("it happened")

        async def __aiter__(self) -> Any:
            for piece in self:
                yield piece

    headers = {"content-type": "text/event-stream"}
    both = clients(lambda _: library.Response(200, headers=headers, stream=Breaking()))
    with pytest.raises(StreamError, match="broke off: it happened"):
        await as_async(telnyx(both)).chat.stream([])


async def test_a_client_with_redirects_does_not_follow_them_here(
    as_async: AsAsync, library: Any
) -> None:
    paths: list[str] = []

    def away(request: Any) -> Any:
        paths.append(request.url.host)
        return library.Response(302, headers={"location": "http://stranger.invalid/"})

    transport = library.MockTransport(away)
    both = (
        library.Client(transport=transport, follow_redirects=True),
        library.AsyncClient(transport=transport, follow_redirects=True),
    )
    with pytest.raises(APIStatusError):
        await as_async(telnyx(both)).models.list()
    assert paths == ["127.0.0.1"]


async def test_an_error_through_a_client_passed_in_is_one_of_this_package(
    as_async: AsAsync, library: Any, clients: Callable[[Answer], tuple[Any, Any]]
) -> None:
    both = clients(lambda _: library.Response(401, json={"errors": [{"detail": "KEY0123 is bad"}]}))
    with pytest.raises(AuthenticationError, match=r"\*\*\* is bad"):
        await as_async(telnyx(both)).models.list()
