"""Chat and embedding models with servers that have OpenAI's paths: vLLM, LiteLLM, Ollama."""

from __future__ import annotations

import base64
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from langchain_core.exceptions import ContextOverflowError

from langchain_telnyx import ChatTelnyx, ConfigurationError, TelnyxEmbeddings, TelnyxVectorStore
from langchain_telnyx._shared.capabilities import CapabilityCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fixtures import Mode

PATHS = ("/chat/completions", "/embeddings", "/models")
ROOTS = {"/v1": "", "/v2": "/ai/openai"}
"""The base URLs of the server, and their path prefixes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: ClassVar[list[tuple[str, dict[str, Any]]]]
    pricing: ClassVar[dict[str, str]]
    overflows: ClassVar[bool]

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        self.received.append((self.path, body))
        root = next((root for root in ROOTS if self.path.startswith(root)), "")
        path = self.path.removeprefix(root + ROOTS.get(root, ""))
        if path not in PATHS:
            self._send(404, {"error": "404 page not found"})
        elif self.overflows:
            reason = "request (99 tokens) exceeds the available context size (9 tokens)"
            self._send(500, {"error": {"code": 500, "message": reason}})
        elif path == "/models":
            row = {"id": "zai-org/GLM-5.3", "created": "yesterday", "pricing": self.pricing}
            self._send(200, {"data": [row, {"object": "model"}]})
        elif path == "/embeddings":
            self._embed(root, body)
        elif "response_format" in body and root == "/v1":
            self._send(400, {"error": {"message": "response_format is not supported"}})
        elif body.get("stream"):
            self._stream()
        else:
            by_schema = {"guided_json", "response_format"} & body.keys()
            content = '{"name": "Titan"}' if by_schema else "Hi"
            message = {"role": "assistant", "content": content}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send(200, {"choices": [choice], "model": body["model"], "usage": USAGE})

    do_GET = do_POST  # noqa: N815 - the name it looks for

    def _embed(self, root: str, body: dict[str, Any]) -> None:
        # The server at /v1 knows floats only.
        vector: Any = [0.5, 0.25]
        if root == "/v2" and body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack("<2f", *vector)).decode()
        rows = [{"index": at, "embedding": vector} for at, _ in enumerate(body["input"])]
        self._send(200, {"data": rows, "model": "m"})

    def _stream(self) -> None:
        chunks = [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "H"}}]},
            {"choices": [{"index": 0, "delta": {"content": "i"}, "finish_reason": "stop"}]},
        ]
        events = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
        self._reply(200, "text/event-stream", f"{events}data: [DONE]\n\n".encode())

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        self._reply(status, "application/json", json.dumps(answer).encode())

    def _reply(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Say nothing."""


USAGE = {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}


class Server:
    """A server on loopback with both shapes of API, an OpenAI root and Telnyx's."""

    def __init__(self) -> None:
        received: list[tuple[str, dict[str, Any]]] = []
        fields = {"received": received, "pricing": {}, "overflows": False}
        self.handler: Any = type("Handler", (_Handler,), fields)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def paths(self) -> list[str]:
        """The paths of the requests."""
        return [path for path, _ in self.handler.received]

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def chat(server: Server, root: str, **options: Any) -> ChatTelnyx:
    return ChatTelnyx(
        model="zai-org/GLM-5.3",
        api_key="sk-local",
        base_url=f"{server.url}{root}",
        max_retries=0,
        **options,
    )


@pytest.mark.parametrize("root", list(ROOTS))
def test_a_model_answers_and_streams(server: Server, mode: Mode, root: str) -> None:
    model = chat(server, root)
    assert mode.invoke(model, "Hello").content == "Hi"
    assert mode.whole(model, "Hello").content == "Hi"
    assert server.paths == [f"{root}{ROOTS[root]}/chat/completions"] * 2


@pytest.mark.parametrize("root", list(ROOTS))
async def test_texts_are_embedded(server: Server, root: str) -> None:
    embeddings = TelnyxEmbeddings(model="m", api_key="k", base_url=f"{server.url}{root}")
    assert embeddings.embed_documents(["a", "b"]) == [[0.5, 0.25]] * 2
    assert await embeddings.aembed_query("a") == [0.5, 0.25]
    assert set(server.paths) == {f"{root}{ROOTS[root]}/embeddings"}


async def test_capabilities_are_separate_for_each_base_url(server: Server) -> None:
    """One host, two APIs: vectors as base64 at one, answers by schema at the other."""
    for root, gives in (("/v1", False), ("/v2", True)):
        embeddings = TelnyxEmbeddings(model="m", api_key="k", base_url=f"{server.url}{root}")
        await embeddings.aembed_query("a")
        assert embeddings.telnyx.server_state.get(CapabilityCache).of("m").gives_base64 is gives
    schema = {"title": "Moon", "type": "object", "properties": {"name": {"type": "string"}}}
    for root, received in (("/v1", "guided_json"), ("/v2", "response_format")):
        structured = chat(server, root).with_structured_output(schema, method="json_schema")
        for _ in range(2):
            assert structured.invoke("Name a moon.") == {"name": "Titan"}
        assert received in server.handler.received[-1][1]


@pytest.mark.parametrize("root", list(ROOTS))
async def test_the_models_of_a_server_are_listed(server: Server, root: str) -> None:
    model = chat(server, root)
    for rows in (model.list_models(), await model.alist_models()):
        assert [row.id for row in rows] == ["zai-org/GLM-5.3"]
        assert [row.position for row in rows.unreadable] == [1]
        assert rows[0].unreadable_fields == {"created": "yesterday"}
    assert model.info().created is None
    assert set(server.paths) == {f"{root}{ROOTS[root]}/models"}


def test_telnyxs_prices_do_not_apply_to_other_servers(server: Server, mode: Mode) -> None:
    assert "cost" not in mode.invoke(chat(server, "/v1"), "Hello").response_metadata
    assert "cost" in mode.invoke(chat(server, "/v2"), "Hello").response_metadata
    server.handler.pricing = {"prompt": "1000000", "completion": "0"}
    model = chat(server, "/v1")
    model.list_models()
    assert mode.invoke(model, "Hello").response_metadata["cost"] == "10"


def test_an_empty_price_is_ignored(server: Server, mode: Mode) -> None:
    server.handler.pricing = {"prompt": "0", "completion": "0.00"}
    model = chat(server, "/v1")
    model.list_models()
    assert "cost" not in mode.invoke(model, "Hello").response_metadata


def test_an_overflow_is_langchains(server: Server, mode: Mode) -> None:
    server.handler.overflows = True
    with pytest.raises(ContextOverflowError):
        mode.invoke(chat(server, "/v1"), "Hello")
    with pytest.raises(ContextOverflowError):
        mode.whole(chat(server, "/v1"), "Hello")


async def test_buckets_are_not_requested_from_other_servers(server: Server) -> None:
    store = TelnyxVectorStore("docs-bucket", api_key="k", base_url=f"{server.url}/v1")
    with pytest.raises(ConfigurationError, match="OpenAI-compatible root"):
        store.add_texts(["a", "b"])
    with pytest.raises(ConfigurationError, match="OpenAI-compatible root"):
        await store.asimilarity_search("a")
    assert server.paths == []
