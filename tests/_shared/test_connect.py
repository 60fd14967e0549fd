"""Connections of adapters: options, environment, shared clients and passed-in clients."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
from pydantic import ValidationError

from langchain_telnyx import (
    ChatTelnyx,
    ConfigurationError,
    Telnyx,
    TelnyxEmbeddings,
    TelnyxRetriever,
    TelnyxVectorStore,
)

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.mark.default_quirks("It lists the requests.", "rate_limited_share")
@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_client_passed_in_is_used_and_left_open(
    telnyx_emulator: TelnyxEmulator, library: Any
) -> None:
    async def get_model(options: dict[str, Any]) -> str:
        async with library.AsyncClient(headers={"x-mine": "async"}) as client:
            model = ChatTelnyx(http_async_client=client, **options)
            answer = await model.ainvoke("Hi")
            await model.aclose()
            assert not client.is_closed
        return answer.text

    with library.Client(headers={"x-mine": "sync"}) as client:
        model = ChatTelnyx(http_client=client, **telnyx_emulator.options())
        assert model.invoke("Hi").text
        assert "".join(chunk.text for chunk in model.stream("Hi"))
        model.close()
        assert not client.is_closed
    assert asyncio.run(get_model(telnyx_emulator.options()))
    mine = [request.headers.get("x-mine") for request in telnyx_emulator.requests]
    assert mine == ["sync", "sync", "async"]


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_faults_of_a_client_passed_in_are_our_errors(
    telnyx_emulator: TelnyxEmulator, library: Any
) -> None:
    telnyx_emulator.script.drop_connection(2)
    with library.Client() as client:
        model = ChatTelnyx(http_client=client, max_retries=1, **telnyx_emulator.options())
        with pytest.raises(Exception, match="The connection broke during POST"):
            model.invoke("Hi")
    assert len(telnyx_emulator.requests) == 2


def test_models_of_equal_options_share_their_connections(
    telnyx_emulator: TelnyxEmulator,
) -> None:
    first, second = (ChatTelnyx(**telnyx_emulator.options()) for _ in range(2))
    other = ChatTelnyx(timeout=7, **telnyx_emulator.options())
    assert first.telnyx is second.telnyx
    assert other.telnyx is not first.telnyx


@pytest.mark.parametrize(
    "options",
    [{"api_key": "KEY1"}, {"base_url": "http://127.0.0.1:9"}, {"http_client": object()}],
    ids=lambda options: next(iter(options)),
)
def test_a_client_together_with_connection_options_raises(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Both `client` and `"):
        ChatTelnyx(client=Telnyx(api_key="KEY2"), **options)


def test_a_store_refuses_a_client_beside_options() -> None:
    with pytest.raises(ConfigurationError, match="Both `client` and `api_key` are set"):
        TelnyxVectorStore("documents", client=Telnyx(api_key="KEY2"), api_key="KEY1")


@pytest.mark.parametrize("name", ["TELNYX_BASE_URL", "TELNYX_API_BASE"])
def test_the_environment_points_every_adapter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEY1")
    monkeypatch.setenv(name, "http://127.0.0.1:1/v2/ai/openai")
    for adapter in (ChatTelnyx(), TelnyxEmbeddings(), TelnyxRetriever(bucket="b-1")):
        config = adapter.telnyx.config
        assert (config.key(), config.base_url) == ("KEY1", "http://127.0.0.1:1/v2")


def test_all_adapters_of_one_environment_share_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEY1")
    adapters = (ChatTelnyx(), TelnyxEmbeddings(), TelnyxRetriever(bucket="b-1"))
    assert len({id(adapter.telnyx) for adapter in adapters}) == 1


def test_an_option_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEY1")
    monkeypatch.setenv("TELNYX_BASE_URL", "http://127.0.0.1:1")
    config = ChatTelnyx(api_key="KEY2", base_url="http://127.0.0.1:2").telnyx.config
    assert (config.key(), config.base_url) == ("KEY2", "http://127.0.0.1:2/v2")


def test_default_headers_go_with_every_request(telnyx_emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(default_headers={"X-Team": "moons"}, **telnyx_emulator.options())
    model.invoke("Hi")
    assert telnyx_emulator.requests[0].headers["x-team"] == "moons"
