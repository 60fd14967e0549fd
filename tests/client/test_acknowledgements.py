"""Responses whose body is not used: one that is not the API's is not an acknowledgement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIResponseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

JSON = {"content-type": "application/json"}
STRANGE = {
    "a page": ({"content-type": "text/html; charset=utf-8"}, b"<html>Log in</html>"),
    "garbage": (JSON, b'{"data": [{"id\x19'),
    "deep JSON": (JSON, b"[" * 500_000 + b"]" * 500_000),
    "an error": (JSON, b'{"errors": [{"code": "10007", "title": "Failed"}]}'),
    "an error of OpenAI's form": (JSON, b'{"error": {"message": "upstream failed"}}'),
}
WRITES: dict[str, Callable[[Any], Any]] = {
    "put_key": lambda api: api.kvs.put_key("n1", "k", b"v"),
    "delete_key": lambda api: api.kvs.delete_key("n1", "k"),
    "add_message": lambda api: api.conversations.add_message("c1", "user", "Hello"),
    "delete_conversation": lambda api: api.conversations.delete("c1"),
    "put_object": lambda api: api.storage.put_object("docs", "a", b"v"),
    "delete_object": lambda api: api.storage.delete_object("docs", "a"),
}


@pytest.fixture
async def api_answering(as_async: Any, serve: Any) -> AsyncIterator[Callable[..., Any]]:
    """Return a client of a server with this response; it is closed at the end of the test."""
    clients: list[Telnyx] = []

    def start(headers: dict[str, str], body: bytes) -> Any:
        url = serve(lambda *_: (200, headers, body))
        client = Telnyx(api_key="KEY0123", max_retries=0, base_url=f"{url}/v2", storage_url=url)
        clients.append(client)
        return as_async(client)

    yield start
    for client in clients:
        client.close()
        await client.aclose()


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("write", WRITES)
async def test_a_foreign_response_does_not_acknowledge_a_write(
    api_answering: Any, write: str, strange: str
) -> None:
    headers, body = STRANGE[strange]
    api = api_answering(headers, body)
    with pytest.raises(APIResponseError) as raised:
        await WRITES[write](api)
    assert raised.value.maybe_done == (write == "add_message")


@pytest.mark.parametrize(
    ("headers", "body"), [({}, b""), (JSON, b""), (JSON, b'{"data": {"id": "1"}}'), ({}, b"OK")]
)
@pytest.mark.parametrize("write", [name for name in WRITES if "object" not in name])
async def test_any_response_of_the_api_acknowledges_a_write(
    api_answering: Any, write: str, headers: Any, body: bytes
) -> None:
    api = api_answering(headers, body)
    assert await WRITES[write](api) is None


@pytest.mark.parametrize("strange", STRANGE)
async def test_an_error_without_a_request_id_is_not_a_stored_value(
    api_answering: Any, strange: str
) -> None:
    headers, body = STRANGE[strange]
    api = api_answering(headers, body)
    with pytest.raises(APIResponseError, match="not a stored value"):
        await api.kvs.get_key("n1", "k")
    # Telnyx's responses have one, and may be any stored value.
    known = {**headers, "x-request-id": "r1"}
    api = api_answering(known, body)
    assert await api.kvs.get_key("n1", "k") == body
