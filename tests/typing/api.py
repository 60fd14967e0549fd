"""Types of the sync and async API: `make type` checks this file, it is never run.

Every line that must be an error has an ignore comment; an unused ignore comment is an error, too.
"""
# pyright: reportUnnecessaryTypeIgnoreComment=error

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any, Unpack, assert_type

import httpx
import httpx2

from langchain_telnyx import (
    ChatTelnyx,
    Telnyx,
    TelnyxChatMessageHistory,
    TelnyxClustersLoader,
    TelnyxConversationLoader,
    TelnyxStore,
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
    TelnyxVectorStore,
    aanalyze_transcript,
    afine_tune,
    analyze_transcript,
    aresume_fine_tuning,
    fine_tune,
    resume_fine_tuning,
)
from langchain_telnyx.client import Call, Flow, Reply
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile, EmbeddingTask, Hit
from langchain_telnyx.client.api.clusters import Clustering, ClusteringTask
from langchain_telnyx.client.api.collection_results import CollectionDocument
from langchain_telnyx.client.api.conversation_results import Conversation, ConversationMessage
from langchain_telnyx.client.api.fine_tuning import FineTuningJob
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.api.models import ModelInfo
from langchain_telnyx.client.api.storage import Bucket, PresignedURL, StoredObject
from langchain_telnyx.client.api.text_embeddings import EmbeddingModel
from langchain_telnyx.client.call import JSON, Paging, ResponseBody, Sleep, Steps, StreamCall
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import concurrently, every
from langchain_telnyx.client.rows import Rows, UnreadableRow
from langchain_telnyx.emulator import RequestLog, RequestRecord, TelnyxEmulator
from langchain_telnyx.types import AsyncStream, Stream, TelnyxOptions
from langchain_telnyx.webhooks import verify

HELLO = [{"role": "user", "content": "Hello"}]
COUNT: Call[int] = Call("GET", "/count", lambda reply: len(reply.content))


def sync_methods(telnyx: Telnyx) -> None:
    assert_type(telnyx.chat.create(HELLO, model="m", temperature=0.5), ResponseBody)
    assert_type(telnyx.models.list(), Rows[ModelInfo])
    assert_type(telnyx.models.list().unreadable, list[UnreadableRow])
    assert_type(telnyx.text_embeddings.create(["a"], model="m"), ResponseBody)
    assert_type(telnyx.text_embeddings.models(), Rows[EmbeddingModel])
    assert_type(telnyx.bucket_embeddings.embed("b"), EmbeddingTask)
    assert_type(telnyx.bucket_embeddings.wait("t", timeout=None), EmbeddingTask)
    assert_type(telnyx.bucket_embeddings.files("b"), Rows[EmbeddedFile])
    assert_type(telnyx.bucket_embeddings.similarity_search("b", "q", num_of_docs=2), Rows[Hit])
    assert_type(telnyx.storage.list_buckets(), list[Bucket])
    assert_type(telnyx.storage.put_object("b", "k", Path("file")), str)
    assert_type(telnyx.storage.get_object("b", "k"), bytes)
    assert_type(telnyx.storage.presigned_url("b", "k", ttl=60), PresignedURL)
    assert_type(telnyx.send(COUNT), int)
    assert_type(telnyx.send_each([lambda: COUNT], width=2), Generator[int, None, None])
    assert_type(telnyx.conversations.create(name="n"), Conversation)
    assert_type(telnyx.conversations.list(limit=1), Rows[Conversation])
    assert_type(telnyx.conversations.iterate(), Generator[Conversation, None, None])
    assert_type(telnyx.conversations.transcript("c"), Rows[ConversationMessage])
    assert_type(telnyx.insights.list(), Generator[Insight, None, None])
    assert_type(telnyx.clusters.compute("b"), ClusteringTask)
    assert_type(telnyx.clusters.wait("t"), Clustering)
    assert_type(telnyx.clusters.graph("t"), bytes)
    assert_type(telnyx.fine_tuning.wait("j"), FineTuningJob)
    assert_type(telnyx.audio.transcribe(Path("call.wav"), model="m"), Transcription)
    assert_type(telnyx.collections.search("s"), Generator[CollectionDocument, None, None])

    assert_type(telnyx.storage.list_objects("b"), Generator[StoredObject, None, None])
    for found in telnyx.storage.list_objects("b", prefix="p"):
        assert_type(found, StoredObject)

    assert_type(telnyx.chat.stream(HELLO, model="m"), Stream[JSON])
    with telnyx.chat.stream(HELLO) as stream:
        for chunk in stream:
            assert_type(chunk, JSON)


async def async_methods(telnyx: Telnyx) -> None:
    assert_type(await telnyx.aio.chat.create(HELLO, model="m", temperature=0.5), ResponseBody)
    assert_type(await telnyx.aio.models.list(), Rows[ModelInfo])
    assert_type(await telnyx.aio.bucket_embeddings.wait("t", bucket_name="b"), EmbeddingTask)
    assert_type(await telnyx.aio.bucket_embeddings.similarity_search("b", "q"), Rows[Hit])
    assert_type(await telnyx.aio.storage.get_object("b", "k"), bytes)
    assert_type(await telnyx.aio.send(COUNT), int)
    assert_type(telnyx.aio.send_each([lambda: COUNT], width=2), AsyncGenerator[int, None])
    assert_type(await telnyx.aio.conversations.create(name="n"), Conversation)
    assert_type(telnyx.aio.conversations.iterate(), AsyncGenerator[Conversation, None])
    assert_type(await telnyx.aio.conversations.transcript("c"), Rows[ConversationMessage])
    assert_type(await telnyx.aio.clusters.wait("t"), Clustering)
    assert_type(await telnyx.aio.audio.transcribe(b"RIFF", model="m", filename="a"), Transcription)

    assert_type(telnyx.aio.storage.list_objects("b"), AsyncGenerator[StoredObject, None])
    async for found in telnyx.aio.storage.list_objects("b"):
        assert_type(found, StoredObject)

    assert_type(await telnyx.aio.chat.stream(HELLO), AsyncStream[JSON])
    async with await telnyx.aio.chat.stream(HELLO) as stream:
        async for chunk in stream:
            assert_type(chunk, JSON)


def deferred_calls(telnyx: Telnyx) -> None:
    assert_type(telnyx.calls.models.list(), Steps[Rows[ModelInfo]])
    assert_type(telnyx.calls.storage.list_objects("b"), Paging[StoredObject])
    assert_type(telnyx.calls.chat.stream(HELLO), StreamCall[JSON])


def flow(telnyx: Telnyx) -> Flow[int]:
    models = yield from telnyx.calls.models.list()
    assert_type(models, Rows[ModelInfo])
    number = yield from COUNT
    assert_type(number, int)
    objects = yield from every(telnyx.calls.storage.list_objects("b"))
    assert_type(objects, Rows[StoredObject])
    bodies = yield from concurrently(
        [lambda: telnyx.calls.storage.get_object("b", "k") for _ in objects], width=4
    )
    assert_type(bodies, list[bytes | TelnyxError])
    yield Sleep(0.1)
    return len(models) + number


async def flows_run_sync_and_async(telnyx: Telnyx) -> None:
    assert_type(telnyx.send(flow(telnyx)), int)
    assert_type(await telnyx.aio.send(flow(telnyx)), int)


def clients_of_httpx_and_httpx2() -> None:
    Telnyx(http_client=httpx.Client(), http_async_client=httpx.AsyncClient())
    Telnyx(http_client=httpx2.Client(), http_async_client=httpx2.AsyncClient())
    Telnyx(http_client=httpx.AsyncClient())  # type: ignore[arg-type]  # sync and async swapped
    Telnyx(http_async_client=httpx.Client())  # type: ignore[arg-type]  # sync and async swapped


async def mistakes(telnyx: Telnyx) -> None:
    telnyx.chat.create(HELLO, modle="m")  # type: ignore[call-arg]  # misspelt
    telnyx.chat.create(HELLO, temperature="hot")  # type: ignore[arg-type]  # not a number
    telnyx.chat.create(HELLO, tool_choice="any")  # type: ignore[arg-type]  # not a value of the API
    telnyx.chat.create()  # type: ignore[call-arg]  # no messages
    telnyx.chat.stream(HELLO, modle="m")  # type: ignore[call-arg]  # misspelt
    telnyx.models.lst()  # type: ignore[attr-defined]  # misspelt
    telnyx.storage.get_object("b")  # type: ignore[call-arg]  # no key
    telnyx.storage.put_object("b", "k", "text")  # type: ignore[arg-type]  # neither bytes nor file
    telnyx.storage.list_objects("b", prefixx="p")  # type: ignore[call-arg]  # misspelt
    telnyx.bucket_embeddings.similarity_search("b", "q", num_docs=2)  # type: ignore[call-arg]  # an old name
    await telnyx.aio.chat.create(HELLO, modle="m")  # type: ignore[call-arg]  # misspelt
    await telnyx.aio.chat.stream(HELLO, modle="m")  # type: ignore[call-arg]  # misspelt
    telnyx.aio.storage.list_objects("b", prefixx="p")  # type: ignore[call-arg]  # misspelt
    await telnyx.aio.storage.get_object("b", 3)  # type: ignore[arg-type]  # not a text
    telnyx.calls.models.list(all=True)  # type: ignore[call-arg]  # an unknown option
    telnyx.send("GET /models")  # type: ignore[arg-type]  # not a call
    Telnyx("KEY")  # type: ignore[call-arg]  # keywords only
    Telnyx(apikey="KEY")  # type: ignore[call-arg]  # misspelt


def options_passed_on(**options: Unpack[TelnyxOptions]) -> TelnyxStore:
    TelnyxConversationLoader(limit=3, **options)
    return TelnyxStore("memory", wait_timeout=None, **options)


async def options(client: Telnyx) -> None:
    options_passed_on(api_key="KEY", base_url=None, timeout=3, http_client=httpx.Client())
    TelnyxStore("memory", api_key=lambda: "KEY", headers={"x-team": "moons"}, client=None)
    TelnyxTranscriptionLoader("call.wav", timeout=30.0, region="us-east-1")
    analyze_transcript(
        "Hello", "Is it angry?", chat_model=ChatTelnyx(), on_long_transcript="parts", api_key="KEY"
    )
    analyze_transcript(
        "Hello", [Insight, {"instructions": "Why?"}], max_attempts=2
    ).raise_for_status()
    assert_type(analyze_transcript("Hello", "Why?").values, dict[str, Any])
    client.insights.create("Why", instructions="Why?", json_schema=Insight)
    verify(b"", [(b"name", b"value")], public_key=["KEY", b"KEY"])
    verify(b"", {"name": ["value"]})
    fine_tune([], model="m", bucket="b", client=client)
    assert_type(ChatTelnyx.list_models(api_key="KEY"), Rows[ModelInfo])
    assert_type(await ChatTelnyx.alist_models(client=client), Rows[ModelInfo])

    TelnyxChatMessageHistory("s", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    TelnyxClustersLoader("b", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    TelnyxConversationLoader(api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    TelnyxStore("memory", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    TelnyxStore("memory", timeout="3")  # type: ignore[arg-type]  # not a number
    TelnyxStore("memory", http_client=httpx.AsyncClient())  # type: ignore[arg-type]  # async client
    TelnyxTranscriptionLoader("call.wav", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    TelnyxVectorStore.from_existing("moons", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    TelnyxTranscriptionParser(api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    TelnyxTranscriptionParser(timeout="3")  # type: ignore[arg-type]  # not a number
    fine_tune([], model="m", bucket="b", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    resume_fine_tuning("j", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    await afine_tune([], model="m", bucket="b", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    await aresume_fine_tuning("j", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    analyze_transcript("Hello", "Is it angry?", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    analyze_transcript("Hello", "Is it angry?", on_long_transcript="short")  # type: ignore[arg-type]  # an unknown value
    analyze_transcript("Hello", int)  # type: ignore[arg-type]  # not a pydantic class
    verify(b"", {}, public_key=5)  # type: ignore[arg-type]  # not a key
    await aanalyze_transcript("Hello", "Is it angry?", api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    ChatTelnyx.list_models(api_kye="KEY")  # type: ignore[call-arg]  # misspelt
    options_passed_on(api_kye="KEY")  # type: ignore[call-arg]  # misspelt


def scripts(emulator: TelnyxEmulator) -> None:
    emulator.say("Hello, Ann!", when="Ann", model="m", tool="t", after_tool="t", optional=True)
    emulator.call_tool("weather", {"city": "Oslo"}, when=lambda body: body["model"] == "m")
    emulator.fail(429, path="/embeddings", when="Ann")
    assert_type(emulator.requests, RequestLog)
    assert_type(emulator.requests.chat.last, RequestRecord)
    assert_type(emulator.requests[:2].where(method="POST"), RequestLog)
    assert_type(emulator.requests.assert_any(path="/models")[0].path, str)
    emulator.say("Hello", whn="Ann")  # type: ignore[call-arg]  # misspelt
    emulator.say("Hello", when=3)  # type: ignore[arg-type]  # neither text nor function
    emulator.requests.where(body="x")  # type: ignore[call-arg]  # an unknown condition


def reply(found: Reply) -> Any:
    return found.json()
