"""Closing of adapters: their own connections are closed, passed-in clients stay open."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import langchain_telnyx
from langchain_telnyx import (
    ChatTelnyx,
    Telnyx,
    TelnyxChatMessageHistory,
    TelnyxClustersLoader,
    TelnyxConversationLoader,
    TelnyxConversationRetriever,
    TelnyxEmbeddings,
    TelnyxInsights,
    TelnyxRecordingTranscriptionLoader,
    TelnyxRetriever,
    TelnyxStore,
    TelnyxToolkit,
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
    TelnyxVectorStore,
)
from langchain_telnyx.client import configure
from langchain_telnyx.emulator import TelnyxEmulator
from tests.support.cancellation import count_sockets as sockets_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.waits

MODEL = "moonshotai/Kimi-K2.6"
MADE: dict[str, Callable[..., Any]] = {
    "chat": lambda **options: ChatTelnyx(model=MODEL, **options),
    "embeddings": TelnyxEmbeddings,
    "store": lambda **options: TelnyxStore("agent-memory", **options),
    "vector store": lambda **options: TelnyxVectorStore("docs-bucket", **options),
    "retriever": lambda **options: TelnyxRetriever(bucket="docs-bucket", **options),
    "conversations": TelnyxConversationRetriever,
    "history": lambda **options: TelnyxChatMessageHistory("conversation-1", **options),
    "loader": TelnyxConversationLoader,
    "clusters": lambda **options: TelnyxClustersLoader("task-1", **options),
    "recording transcriptions": TelnyxRecordingTranscriptionLoader,
    "recordings": lambda **options: TelnyxTranscriptionLoader("talk.mp3", **options),
    "parser": TelnyxTranscriptionParser,
    "insights": lambda **options: TelnyxInsights(insights="insight-1", **options),
    "toolkit": TelnyxToolkit,
}
EACH = pytest.mark.parametrize("make", MADE.values(), ids=list(MADE))


@pytest.fixture(scope="module")
def server() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator() as running:
        yield running


def sockets(telnyx: Telnyx) -> int:
    return sockets_to(httpx.URL(telnyx.config.base_url).port)


@EACH
def test_adapters_close_connections_and_open_new_ones(
    server: TelnyxEmulator, make: Callable[..., Any]
) -> None:
    telnyx = Telnyx.of(configure(**server.options()))
    with make(**server.options()) as adapter:
        for _ in range(2):
            assert len(telnyx.models.list()) > 0  # over the connections of equal options
            assert sockets(telnyx) == 1
            adapter.close()
            adapter.close()
            assert sockets(telnyx) == 0
        telnyx.models.list()
    assert sockets(telnyx) == 0


@EACH
async def test_adapters_close_the_connections_of_the_loop(
    server: TelnyxEmulator, make: Callable[..., Any]
) -> None:
    telnyx = Telnyx.of(configure(**server.options()))
    async with make(**server.options()) as adapter:
        for _ in range(2):
            assert len(await telnyx.aio.models.list()) > 0
            assert sockets(telnyx) == 1
            await adapter.aclose()
            await adapter.aclose()
            assert sockets(telnyx) == 0
        await telnyx.aio.models.list()
    assert sockets(telnyx) == 0


@EACH
async def test_a_client_that_was_passed_in_stays_open(
    server: TelnyxEmulator, make: Callable[..., Any]
) -> None:
    telnyx = Telnyx(**server.options())
    await telnyx.aio.models.list()
    telnyx.models.list()
    with make(client=telnyx) as adapter:
        await adapter.aclose()
    assert sockets(telnyx) == 2
    telnyx.close()
    await telnyx.aclose()
    assert sockets(telnyx) == 0


async def test_closing_does_not_interrupt_other_responses(
    server: TelnyxEmulator,
) -> None:
    server.say("one two three four five")
    reading = ChatTelnyx(model=MODEL, **server.options())
    chunks = reading.astream("Hi")
    first = await anext(chunks)
    async with TelnyxEmbeddings(**server.options()):
        pass
    text = str(first.content) + "".join([str(chunk.content) async for chunk in chunks])
    assert text == "one two three four five"
    assert sockets(reading.telnyx) == 0


def test_every_public_class_with_connection_options_can_be_closed() -> None:
    taking = []
    for name in langchain_telnyx.__all__:
        found = getattr(langchain_telnyx, name)
        if not inspect.isclass(found) or found.__module__.startswith("langchain_telnyx.client"):
            continue
        if "client" in inspect.signature(found).parameters:
            taking.append(found)
    assert TelnyxVectorStore in taking
    assert [each.__name__ for each in taking if not hasattr(each, "aclose")] == []
    assert [each.__name__ for each in taking if not hasattr(each, "__aenter__")] == []
