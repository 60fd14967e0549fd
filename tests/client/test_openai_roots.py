"""Servers with OpenAI's paths: which requests and which keys they get."""

import inspect
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from langchain_telnyx.client import Call, Telnyx
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.namespaces import AREAS

AsAsync = Callable[[Telnyx], Any]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]

CHOICE = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
CHUNK = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}
ANSWERS: dict[str, Any] = {
    "/chat/completions": {"id": "c", "model": "m", "choices": [CHOICE]},
    "/embeddings": {"data": [{"index": 0, "embedding": [0.5]}], "model": "m"},
    "/models": {"object": "list", "data": [{"id": "llama3.2:1b", "object": "model", "created": 1}]},
    "/responses": {"id": "r", "status": "completed", "output": []},
    "/audio/transcriptions": {"text": "Hello."},
}
GATEWAY, ACCOUNT = "ltg_sk_secret", "KEY0123_secret"


class Server:
    """A server with some paths below a root, and none elsewhere."""

    def __init__(self, root: str, paths: dict[str, str]) -> None:
        self.root = root
        self.paths = paths
        self.requests: list[tuple[str, str, str]] = []

    def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        self.requests.append((method, path, headers["authorization"]))
        answer = (
            self.paths.get(path.removeprefix(self.root)) if path.startswith(self.root) else None
        )
        if answer is None:
            return 404, {"content-type": "application/json"}, b'{"error": "404 page not found"}'
        if b'"stream":true' in body:
            event = f"data: {json.dumps(CHUNK)}\n\ndata: [DONE]\n\n".encode()
            return 200, {"content-type": "text/event-stream"}, event
        return 200, {"content-type": "application/json"}, json.dumps(ANSWERS[answer]).encode()


OPENAI = {path: path for path in ANSWERS}
TELNYX = {
    "/ai/openai/chat/completions": "/chat/completions",
    "/ai/openai/embeddings": "/embeddings",
    "/ai/openai/models": "/models",
    "/ai/openai/responses": "/responses",
    "/ai/audio/transcriptions": "/audio/transcriptions",
}
SHAPES = [
    ("/v1", "/v1", OPENAI),
    ("/v1/", "/v1", OPENAI),
    ("/v1/chat/completions", "/v1", OPENAI),
    ("/openai/v1", "/openai/v1", OPENAI),
    ("/v1beta/openai", "/v1beta/openai", OPENAI),
    ("/api", "/api", OPENAI),
    ("", "/v2", TELNYX),
    ("/v2", "/v2", TELNYX),
    ("/v2/ai", "/v2", TELNYX),
    ("/v2/ai/openai", "/v2", TELNYX),
    ("/v2/ai/openai/chat/completions", "/v2", TELNYX),
    ("/telnyx/v2", "/telnyx/v2", TELNYX),
]


@pytest.mark.parametrize(
    ("given", "root", "paths"), SHAPES, ids=[shape[0] or "-" for shape in SHAPES]
)
async def test_models_are_called_at_the_paths_of_their_server(
    as_async: AsAsync, serve: Serve, given: str, root: str, paths: dict[str, str]
) -> None:
    server = Server(root, paths)
    telnyx = as_async(Telnyx(api_key="sk-local", base_url=serve(server) + given, max_retries=0))
    hello = [{"role": "user", "content": "Hello"}]
    assert (await telnyx.chat.create(hello, model="m"))["choices"] == [CHOICE]
    assert await telnyx.chat.stream(hello, model="m") == [CHUNK]
    assert (await telnyx.text_embeddings.create("a", model="m"))["data"][0]["embedding"] == [0.5]
    assert [model.id for model in await telnyx.models.list()] == ["llama3.2:1b"]
    assert (await telnyx.responses.create("Hello", model="m"))["status"] == "completed"
    transcription = await telnyx.audio.transcribe(b"RIFF", model="m", filename="a.wav")
    assert transcription.text == "Hello."
    of = {answer: path for path, answer in paths.items()}
    answers = [*ANSWERS][:1] * 2 + [*ANSWERS][1:]
    assert [path for _, path, _ in server.requests] == [f"{root}{of[answer]}" for answer in answers]
    assert {key for _, _, key in server.requests} == {"Bearer sk-local"}


async def test_a_path_that_is_not_telnyxs_is_sent_unchanged(
    as_async: AsAsync, serve: Serve
) -> None:
    server = Server("/v1", {"/rerank": "/models"})
    telnyx = as_async(Telnyx(api_key="k", base_url=f"{serve(server)}/v1"))
    assert await telnyx.send(Call("POST", "/rerank", Reply.json, json={})) == ANSWERS["/models"]


# Arguments of the areas that an OpenAI root has.
SOME: dict[type, Any] = {str: "docs-bucket", Path: Path("x"), bytes: b"x"}
ON_BOTH = {
    "audio.transcribe",
    "chat.create",
    "chat.stream",
    "models.list",
    "responses.create",
    "responses.stream",
    "text_embeddings.create",
}
OPERATIONS = [
    "assistants.list",
    "audio.transcribe",
    "bucket_embeddings.buckets",
    "bucket_usage.storage",
    "chat.create_deprecated",
    "cloudfs.list",
    "clusters.list",
    "collections.list",
    "conversation_histories.search",
    "conversations.iterate",
    "conversations.list",
    "fine_tuning.list",
    "insight_groups.list",
    "insights.list",
    "integration_secrets.list",
    "kvs.list",
    "memory.profiles",
    "memory_namespaces.list",
    "messages.get",
    "migration_sources.list",
    "migrations.list",
    "models.list_deprecated",
    "phone_numbers.list",
    "recording_transcriptions.list",
    "ssl_certificates.get",
    "storage.get_object",
    "storage.list_buckets",
    "storage.list_objects",
    "storage.presigned_url",
    "summaries.create",
    "texml_applications.list",
    "text_embeddings.models",
    "text_to_speech.list_voices",
    "web_search.research_task",
    "web_search.search",
]


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in ON_BOTH])
async def test_an_operation_that_only_telnyx_has_raises_a_clear_error(
    as_async: AsAsync, serve: Serve, operation: str
) -> None:
    server = Server("/v1", OPENAI)
    base_url = f"{serve(server)}/v1"
    area, method = operation.split(".")
    found = getattr(getattr(as_async(Telnyx(api_key="sk-secret", base_url=base_url)), area), method)
    needed = inspect.signature(getattr(getattr(Telnyx(), area), method)).parameters.values()
    given = [
        [] if parameter.name == "messages" else "docs-bucket"
        for parameter in needed
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        if parameter.name != "self"
    ]
    with pytest.raises(ConfigurationError) as caught:
        await found(*given)
    message = str(caught.value)
    assert f"Nothing was sent: {base_url} is an OpenAI-compatible root" in message
    assert "set `base_url` to Telnyx's API (https://api.telnyx.com/v2" in message
    assert "sk-secret" not in message
    assert server.requests == []


def test_every_area_is_on_one_list() -> None:
    assert {name.split(".")[0] for name in {*OPERATIONS, *ON_BOTH}} == set(AREAS)


async def test_an_openai_root_may_have_a_storage_url(as_async: AsAsync, serve: Serve) -> None:
    def storage(*_: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, b"<ListAllMyBucketsResult/>"

    options: dict[str, Any] = {
        "api_key": "k",
        "base_url": "http://127.0.0.1:9/v1",
        "storage_url": serve(storage),
    }
    assert await as_async(Telnyx(**options)).storage.list_buckets() == []


def recorded(sent: list[httpx.Request]) -> dict[str, Any]:
    """Return httpx clients that record requests, and return no models."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"data": []})

    transport = httpx.MockTransport(answer)
    return {
        "http_client": httpx.Client(transport=transport),
        "http_async_client": httpx.AsyncClient(transport=transport),
    }


@pytest.mark.parametrize(
    ("key", "base_url", "url"),
    [
        (GATEWAY, "https://llm.telnyx.com/v1", "https://llm.telnyx.com/v1/models"),
        (GATEWAY, "https://llm.telnyx.com", "https://llm.telnyx.com/v1/models"),
        (GATEWAY, "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/models"),
        (ACCOUNT, None, "https://api.telnyx.com/v2/ai/openai/models"),
        (ACCOUNT, "https://api.telnyx.eu", "https://api.telnyx.eu/v2/ai/openai/models"),
        (ACCOUNT, "http://127.0.0.1:9", "http://127.0.0.1:9/v2/ai/openai/models"),
        ("sk-other", "https://llm.telnyx.com/v1", "https://llm.telnyx.com/v1/models"),
    ],
)
async def test_a_key_is_sent_to_its_own_host(
    as_async: AsAsync, key: str, base_url: str | None, url: str
) -> None:
    sent: list[httpx.Request] = []
    telnyx = as_async(Telnyx(api_key=key, base_url=base_url, **recorded(sent)))
    assert await telnyx.models.list() == []
    assert [(str(request.url), request.headers["authorization"]) for request in sent] == [
        (url, f"Bearer {key}")
    ]


@pytest.mark.parametrize("by", ["option", "environment", "function"])
@pytest.mark.parametrize(
    ("key", "base_url", "advice"),
    [
        (GATEWAY, None, "set `base_url` to https://llm.telnyx.com/v1"),
        (GATEWAY, "https://api.telnyx.com/v2", "set `base_url` to https://llm.telnyx.com/v1"),
        (GATEWAY, "https://api.telnyx.eu/v2", "pass an account key"),
        (ACCOUNT, "https://llm.telnyx.com/v1", "or omit `base_url`"),
        (ACCOUNT, "https://LLM.Telnyx.com", "or omit `base_url`"),
    ],
)
async def test_a_key_of_the_other_product_is_not_sent_and_not_quoted(
    as_async: AsAsync,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    base_url: str | None,
    *,
    advice: str,
    by: str,
) -> None:
    sent: list[httpx.Request] = []
    options: dict[str, Any] = {"base_url": base_url, **recorded(sent)}
    if by == "environment":
        monkeypatch.setenv("TELNYX_API_KEY", key)
    else:
        options["api_key"] = key if by == "option" else lambda: key
    telnyx = as_async(Telnyx(**options))
    for send in (telnyx.models.list, lambda: telnyx.chat.stream([], model="m")):
        with pytest.raises(ConfigurationError) as caught:
            await send()
        assert advice in str(caught.value)
        assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert sent == []


async def test_a_gateway_key_is_not_sent_to_the_storage(as_async: AsAsync) -> None:
    sent: list[httpx.Request] = []
    telnyx = as_async(Telnyx(api_key=GATEWAY, **recorded(sent)))
    with pytest.raises(ConfigurationError, match=r"cloudstorage\.com, which accepts account keys"):
        await telnyx.storage.list_buckets()
    assert sent == []


def test_the_missing_key_error_explains_servers_without_keys() -> None:
    with pytest.raises(ConfigurationError, match="such as Ollama, any word will do"):
        Telnyx(base_url="http://127.0.0.1:9/v1").models.list()
