"""Fixtures: an account without sockets, and sync and async use of models and stores."""

from __future__ import annotations

import asyncio
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import TelnyxEmbeddings, TelnyxVectorStore
from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.areas.s3.errors import S3Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_core.messages import AIMessageChunk
    from langchain_core.runnables import Runnable

    from langchain_telnyx.emulator import Quirks
    from langchain_telnyx.emulator.storage.objects import Objects


@pytest.fixture(autouse=True)
def _no_server_state() -> Iterator[None]:
    # All emulators without sockets have one base URL, and may differ in their capabilities.
    yield
    if (server_state := sys.modules.get("langchain_telnyx.client.server_state")) is not None:
        server_state.clear()


@pytest.fixture
def emulator(telnyx_quirks: Quirks) -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False, quirks=telnyx_quirks) as running:
        yield running


class Mode:
    """Calls a model, or a chain, with its sync or its async methods, each on a new event loop."""

    def __init__(self, *, awaited: bool) -> None:
        self.awaited = awaited

    def invoke(self, model: Runnable[Any, Any], prompt: Any = "Hi", /, **options: Any) -> Any:
        if self.awaited:
            return asyncio.run(model.ainvoke(prompt, **options))
        return model.invoke(prompt, **options)

    def stream(self, model: Runnable[Any, Any], prompt: Any = "Hi", /, **options: Any) -> list[Any]:
        if self.awaited:
            return asyncio.run(self._collect(model, prompt, **options))
        return list(model.stream(prompt, **options))

    def whole(
        self, model: Runnable[Any, Any], prompt: Any = "Hi", /, **options: Any
    ) -> AIMessageChunk:
        """Stream, and return the merged chunks."""
        first, *others = self.stream(model, prompt, **options)
        added: AIMessageChunk = first.__add__(others)
        return added

    def batch(self, model: Runnable[Any, Any], prompts: list[Any]) -> list[Any]:
        return asyncio.run(model.abatch(prompts)) if self.awaited else model.batch(prompts)

    @staticmethod
    async def _collect(model: Runnable[Any, Any], prompt: Any, /, **options: Any) -> list[Any]:
        return [chunk async for chunk in model.astream(prompt, **options)]


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> Mode:
    return Mode(awaited=request.param == "async")


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest) -> Callable[..., list[list[float]]]:
    """Embeds texts with sync methods, or with async ones on a new event loop."""

    def run(embeddings: TelnyxEmbeddings, texts: list[str]) -> list[list[float]]:
        if request.param == "async":
            return asyncio.run(embeddings.aembed_documents(texts))
        return embeddings.embed_documents(texts)

    return run


class Store:
    """A vector store, used with its sync or its async methods."""

    def __init__(self, store: TelnyxVectorStore, *, awaited: bool) -> None:
        self.store = store
        self.awaited = awaited

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not self.awaited:
            method: Callable[..., Any] = getattr(self.store, name)
            return method
        amethod = getattr(self.store, f"a{name}")

        def run(*args: Any, **kwargs: Any) -> Any:
            return asyncio.run(amethod(*args, **kwargs))

        return run


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest, emulator: TelnyxEmulator) -> Callable[..., Store]:
    def store(bucket: str = "moons", **options: Any) -> Store:
        made = TelnyxVectorStore(bucket, **{**emulator.options(), **options})
        return Store(made, awaited=request.param == "async")

    return store


def keys_in(emulator: TelnyxEmulator, bucket: str) -> list[str]:
    """Return the keys of a bucket's objects in the account."""
    return [found.key for found in emulator.account.objects.list(bucket, limit=1000).objects]


class Refusing:
    """Refuses one key, once; then restores the limits."""

    def __init__(self, objects: Objects, key: str) -> None:
        self._objects, self._refused, self._before = objects, key, objects.limits

    def check(self, key: str) -> None:
        if key == self._refused:
            self._objects.limits = self._before
            raise S3Error("AccessDenied", f"The object {key!r} may not be deleted.")
        self._before.check(key)


def refuse_deletion(emulator: TelnyxEmulator, key: str) -> None:
    """Make the storage refuse, once, to delete the object of a key."""
    objects = emulator.account.objects
    objects.limits = Refusing(objects, key)  # type: ignore[assignment]  # until the key comes


@pytest.fixture
def served() -> Iterator[Callable[[bytes], str]]:
    """Start a server that answers every request with one body; return its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(content: bytes) -> str:
        kind = "text/event-stream" if content.startswith(b"data:") else "application/json"

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Disable logging."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
