"""Default query parameters of every request, and response headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_telnyx import ChatTelnyx, ConfigurationError, Telnyx
from langchain_telnyx.client.call import Call, Reply
from tests.support.any_model import BASE, KEY, Model, Server, both, built

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture
def server() -> Server:
    return Server()


# The query of every request


@both
@pytest.mark.parametrize("awaited", [False, True])
async def test_a_default_query_is_part_of_every_request(
    server: Server, model: Model, *, awaited: bool
) -> None:
    query = {"api-version": "2026-10", "debug": True, "n": 3, "tag": ["a", "b c"], "no": None}
    made = built(model, default_query=query, **server.clients)
    if model is ChatTelnyx:
        _ = await made.ainvoke("Hi") if awaited else made.invoke("Hi")
    else:
        _ = await made.aembed_query("Hi") if awaited else made.embed_query("Hi")
    assert server.requests[-1].url.query == b"api-version=2026-10&debug=true&n=3&tag=a&tag=b%20c"
    assert "default_query" not in server.body
    assert "2026-10" not in repr(made)


def test_a_calls_own_query_goes_before_the_default_one(server: Server) -> None:
    telnyx = Telnyx(api_key=KEY, base_url=BASE, query={"limit": 5, "team": "a"}, **server.clients)
    telnyx.send(Call("GET", "/ai/models", query=(("limit", "1"),), decode=Reply.json))
    assert server.requests[-1].url.query == b"team=a&limit=1"


@both
def test_a_default_query_of_something_else_is_refused_unquoted(model: Model) -> None:
    made = built(model, default_query={"token": {"pa55word": 1}})
    with pytest.raises(ConfigurationError, match="'token' in `query` is of type dict") as caught:
        made.telnyx.close()
    assert "pa55word" not in str(caught.value)


# The headers of responses


@pytest.mark.parametrize("awaited", [False, True])
async def test_headers_of_a_response_are_shown_on_request_without_the_key(
    server: Server, *, awaited: bool
) -> None:
    model = built(ChatTelnyx, include_response_headers=True, **server.clients)
    answer = await model.ainvoke("Hi") if awaited else model.invoke("Hi")
    assert answer.response_metadata["headers"]["x-served-by"] == "a7"
    assert answer.response_metadata["headers"]["x-echo"] == "***"
    assert "include_response_headers" not in server.body
    usual = built(ChatTelnyx, **server.clients)
    assert "headers" not in usual.invoke("Hi").response_metadata


@pytest.mark.parametrize("awaited", [False, True])
async def test_headers_of_a_stream_are_shown_on_request(
    emulator: TelnyxEmulator, *, awaited: bool
) -> None:
    model = ChatTelnyx(include_response_headers=True, **emulator.options())
    streamed = [chunk async for chunk in model.astream("Hi")] if awaited else [*model.stream("Hi")]
    whole = streamed[0].__add__(streamed[1:])
    assert whole.response_metadata["headers"]["content-type"].startswith("text/event-stream")
