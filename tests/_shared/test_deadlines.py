"""Deadlines of adapters: every call ends, with a server that accepts and never responds."""

import asyncio
import inspect
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.exceptions import ModelTimeoutError
from langchain_core.messages import AIMessage
from langchain_core.tools import ToolException

from langchain_telnyx import (
    ChatTelnyx,
    DeadlineError,
    Telnyx,
    TelnyxChatMessageHistory,
    TelnyxClustersLoader,
    TelnyxCollectionRetriever,
    TelnyxConversationLoader,
    TelnyxConversationRetriever,
    TelnyxEmbeddings,
    TelnyxError,
    TelnyxInsights,
    TelnyxListBucketsTool,
    TelnyxMemoryRetriever,
    TelnyxRecordingTranscriptionLoader,
    TelnyxRetriever,
    TelnyxStore,
    TelnyxTranscriptionLoader,
    TelnyxVectorStore,
    TelnyxWebSearchRetriever,
    deadline,
    fine_tune,
)
from tests.support.socket_server import Talk, talking_servers

pytestmark = pytest.mark.waits

# Far longer than any call here may last, and shorter than what it would last without a deadline.
LONG = 60.0
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
CHUNK = (
    b'data: {"id": "c", "choices": [{"index": 0, "delta": {"content": "word "}, '
    b'"finish_reason": null}]}\n\n'
)


@pytest.fixture
def listening() -> Iterator[Callable[[bytes], str]]:
    """Start a server that answers each request by some bytes, and then by silence."""

    def answering(answer: bytes) -> Talk:
        def talk(connection: socket.socket, over: threading.Event) -> None:
            connection.recv(65536)
            connection.sendall(answer)
            over.wait(LONG * 2)

        return talk

    with talking_servers() as start:
        yield lambda answer: start(answering(answer))


def wav(folder: Path) -> Path:
    file = folder / "call.wav"
    file.write_bytes(b"RIFF" + bytes(100))
    return file


Options = dict[str, Any]
CALLS: dict[str, Callable[[Options, Path], Any]] = {
    "invoke": lambda o, _: ChatTelnyx(**o).invoke("Hi"),
    "ainvoke": lambda o, _: ChatTelnyx(**o).ainvoke("Hi"),
    "stream": lambda o, _: list(ChatTelnyx(**o).stream("Hi")),
    "batch": lambda o, _: ChatTelnyx(**o).batch(["Hi"] * 3),
    "embed_query": lambda o, _: TelnyxEmbeddings(**o).embed_query("Hi"),
    "aembed_documents": lambda o, _: TelnyxEmbeddings(**o).aembed_documents(["Hi"] * 200),
    "similarity_search": lambda o, _: TelnyxVectorStore("docs", **o).similarity_search("Hi"),
    "asimilarity_search": lambda o, _: TelnyxVectorStore("docs", **o).asimilarity_search("Hi"),
    "add_texts": lambda o, _: TelnyxVectorStore("docs", **o).add_texts(["a", "b"]),
    "aadd_texts": lambda o, _: TelnyxVectorStore("docs", **o).aadd_texts(["a", "b"]),
    "delete": lambda o, _: TelnyxVectorStore("docs", **o).delete(["a"]),
    "retriever": lambda o, _: TelnyxRetriever(bucket="docs", **o).invoke("Hi"),
    "aretriever": lambda o, _: TelnyxRetriever(bucket="docs", **o).ainvoke("Hi"),
    "knowledge": lambda o, _: TelnyxCollectionRetriever(collection="c", **o).invoke("Hi"),
    "memory": lambda o, _: TelnyxMemoryRetriever(profile_id="p", **o).invoke("Hi"),
    "conversations": lambda o, _: TelnyxConversationRetriever(**o).invoke("Hi"),
    "transcription": lambda o, p: TelnyxTranscriptionLoader(wav(p), **_untimed(o)).load(),
    "conversation loader": lambda o, _: TelnyxConversationLoader(**o).load(),
    "recording transcriptions": lambda o, _: TelnyxRecordingTranscriptionLoader(**o).load(),
    "web search": lambda o, _: TelnyxWebSearchRetriever(**o).invoke("Hi"),
    "clusters": lambda o, _: TelnyxClustersLoader("docs", **o).load(),
    "store": lambda o, _: TelnyxStore("kvs", **o).get(("a",), "b"),
    "history": lambda o, _: TelnyxChatMessageHistory("c1", **o).messages,
    "tool": lambda o, _: TelnyxListBucketsTool(handle_tool_error=False, **o).invoke({}),
    "insights": lambda o, _: TelnyxInsights(insights=["Is it polite?"], **o).invoke("A: Hi."),
    "fine_tune": lambda o, _: fine_tune(EXAMPLES, model="m", bucket="docs", **o),
    "listing": lambda o, _: list(Telnyx(**o).storage.list_objects("docs")),
}
EXAMPLES: Any = [[("human", "Hi"), ("ai", f"Hello {number}")] for number in range(20)]


def _untimed(options: Options) -> Options:
    return {name: value for name, value in options.items() if name != "timeout"}


async def outcome(call: Callable[[], Any]) -> Any:
    """Make a blocking or an awaited call, and return what comes of it, whatever that is."""
    try:
        answer = await asyncio.wait_for(asyncio.to_thread(call), LONG)
        return await asyncio.wait_for(answer, LONG) if inspect.isawaitable(answer) else answer
    except Exception as error:  # noqa: BLE001 - it is looked at
        return error


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_ends_at_the_deadline_of_its_adapter(
    name: str, listening: Callable[[bytes], str], tmp_path: Path
) -> None:
    options = {"api_key": "KEY0123", "base_url": f"{listening(b'')}/v2", "max_retries": 3}
    options |= {"timeout": LONG * 2, "deadline": 0.5}
    error = await outcome(lambda: CALLS[name](options, tmp_path))
    assert isinstance(error, TelnyxError | ToolException)
    assert any(isinstance(each, DeadlineError) for each in everything(error))


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_ends_at_a_deadline_around_it(
    name: str, listening: Callable[[bytes], str], tmp_path: Path
) -> None:
    options = {"api_key": "KEY0123", "base_url": f"{listening(b'')}/v2", "timeout": LONG * 2}
    with deadline(0.5):
        error = await outcome(lambda: CALLS[name](options, tmp_path))
    assert any(isinstance(each, DeadlineError) for each in everything(error))


def everything(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what caused it, and those inside it."""
    yield error
    for inside in getattr(error, "failed", {}).values():
        yield from everything(inside)
    if error.__cause__ is not None:
        yield from everything(error.__cause__)


async def test_a_model_accepts_langchains_timeout(
    listening: Callable[[bytes], str],
) -> None:
    model = ChatTelnyx(model="m", api_key="KEY0123", base_url=listening(b""), timeout=LONG * 2)
    error = await outcome(lambda: model.invoke("Hi", deadline=0.3))
    assert isinstance(error, ModelTimeoutError)
    assert isinstance(error, DeadlineError)
    assert error.phase == "headers"


@pytest.mark.parametrize("awaited", [False, True])
async def test_a_stream_error_has_the_message_so_far(
    listening: Callable[[bytes], str], *, awaited: bool
) -> None:
    base_url = listening(HEAD + CHUNK * 3)
    model = ChatTelnyx(model="m", api_key="KEY0123", base_url=base_url, timeout=LONG, deadline=1)

    async def read() -> list[Any]:
        return [chunk async for chunk in model.astream("Hi")]

    error = await outcome(read if awaited else lambda: list(model.stream("Hi")))
    assert isinstance(error, DeadlineError)
    assert error.phase == "stream"
    assert isinstance(error.partial, AIMessage)
    assert error.partial.text == "word word word "
