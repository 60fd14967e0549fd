"""Async methods under trio raise an error that names asyncio; threads work there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from langchain_telnyx import (
    ChatTelnyx,
    ConfigurationError,
    Telnyx,
    TelnyxEmbeddings,
    TelnyxVectorStore,
)
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


@pytest.fixture(scope="module")
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as running:
        yield running


async def first(pieces: AsyncIterator[Any]) -> Any:
    async for piece in pieces:
        return piece
    return None


CALLS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "ainvoke": lambda options: ChatTelnyx(**options).ainvoke("Hi"),
    "astream": lambda options: first(ChatTelnyx(**options).astream("Hi")),
    "models": lambda options: Telnyx(**options).aio.models.list(),
    "embeddings": lambda options: TelnyxEmbeddings(**options).aembed_query("Hi"),
    "store": lambda options: TelnyxVectorStore("moons", **options).asimilarity_search("Hi"),
}


@pytest.mark.parametrize("name", CALLS)
def test_async_methods_under_trio_raise_an_error_that_names_asyncio(
    emulator: TelnyxEmulator, name: str
) -> None:
    async def call() -> None:
        await CALLS[name](emulator.options())

    with pytest.raises(ConfigurationError, match="run on asyncio, and no"):
        trio.run(call)


def test_the_blocking_methods_work_in_a_thread_of_trio(emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(**emulator.options())
    emulator.say("Hello.")

    async def call() -> str:
        return (await trio.to_thread.run_sync(model.invoke, "Hi")).text

    assert trio.run(call) == "Hello."
