"""An ASGI application that lets Telnyx speak with an agent: `create_app`."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from langchain_core.runnables.base import RunnableLike
from langchain_core.tools import BaseTool
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from langchain_telnyx.client.telnyx import Telnyx
from langchain_telnyx.serve.admission import Admission, Busy
from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.completions.endpoint import Completions
from langchain_telnyx.serve.hooks import Hooks, default_hooks
from langchain_telnyx.serve.relay.frames import END_FRAME, text_frame
from langchain_telnyx.serve.relay.session import RelaySession
from langchain_telnyx.serve.relay.sockets import Closed
from langchain_telnyx.serve.relay.texml import texml
from langchain_telnyx.serve.security import Authorization, check_token
from langchain_telnyx.serve.settings import Limits, Speech
from langchain_telnyx.serve.webhooks.endpoint import Webhooks
from langchain_telnyx.serve.webhooks.options import TextMessages
from langchain_telnyx.serve.webhooks.tools import WebhookTools
from langchain_telnyx.webhooks import PublicKey

_log = logging.getLogger("langchain_telnyx.serve")

# Seconds to close a connection that may read nothing.
_CLOSE_SECONDS = 5.0

TOKEN_VARIABLE = "TELNYX_SERVE_TOKEN"  # noqa: S105 - a variable's name


def create_app(
    agent: RunnableLike[Any, Any],
    *,
    token: str | None = None,
    public_url: str | None = None,
    model: str = "agent",
    speech: Speech | None = None,
    limits: Limits | None = None,
    hooks: Hooks | None = None,
    public_key: PublicKey | None = None,
    telnyx: Telnyx | None = None,
    texts: TextMessages | None = None,
    webhook_tools: Sequence[BaseTool | Callable[..., Any]] = (),
    log_texts: bool = False,
) -> Starlette:
    """Create an ASGI application that serves an agent to Telnyx.

    Routes: `POST /v1/chat/completions` and `GET /v1/models` for an assistant's custom LLM;
    `GET|POST /texml` and the WebSocket `/relay` for Conversation Relay; `POST /webhooks` for text
    messages and other events; `POST /tools/{name}` for an assistant's webhook tools; `GET /health`
    and `GET /ready`. All but the last two and `/webhooks`, whose events are signed, require the
    token, as a bearer token or as the first segment of the path.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/serve.md

    Args:
        agent: A graph whose state has `messages`, such as `create_agent` returns; or any Runnable
            or function of a list of messages that answers with a message or text.
        token: The token, of at least 16 characters. Default: `TELNYX_SERVE_TOKEN` in the
            environment. Without one, only requests to `localhost` are served, and none that a proxy
            forwards.
        public_url: The address of the application from outside, such as `https://example.com`.
            Default: as the request names it, by `X-Forwarded-Proto` and `X-Forwarded-Host`, too.
        model: The name under which the agent is listed as a model.
        speech: How the agent sounds over Conversation Relay.
        limits: Bounds of sizes, concurrency and time.
        hooks: Functions that run when a call begins and ends. Default: those of the decorators
            `on_call_started` and `on_call_ended`.
        public_key: The account's public key, in base64, or several; verifies webhooks. Default:
            `TELNYX_PUBLIC_KEY` in the environment. Without one, every webhook is refused.
        telnyx: The client that sends text messages. Default: one with the key in the environment.
        texts: How the agent answers text messages.
        webhook_tools: Tools that an assistant calls by `POST /tools/{name}`.
        log_texts: Log what callers and the agent say. Default: call ids and times only.

    Raises:
        TypeError: The agent is neither a Runnable nor a function.
        ValueError: The token, `public_url` or `public_key` is invalid, or two webhook tools have
            the same name.
        ImportError: There is a public key, and the extra `webhooks` is not installed.
    """
    token = token if token is not None else os.environ.get(TOKEN_VARIABLE) or None
    return _Server(
        AgentRunner(agent),
        token=None if token is None else check_token(token),
        public_url=None if public_url is None else _check_url(public_url),
        model=model,
        speech=speech or Speech(),
        limits=limits or Limits(),
        hooks=hooks or default_hooks,
        public_key=public_key,
        telnyx=telnyx,
        texts=texts or TextMessages(),
        webhook_tools=webhook_tools,
        log_texts=log_texts,
    ).app()


class _Server:
    """The routes of an application, and the calls in progress."""

    def __init__(
        self,
        agent: AgentRunner,
        *,
        token: str | None,
        public_url: str | None,
        model: str,
        speech: Speech,
        limits: Limits,
        hooks: Hooks,
        public_key: PublicKey | None,
        telnyx: Telnyx | None,
        texts: TextMessages,
        webhook_tools: Sequence[BaseTool | Callable[..., Any]],
        log_texts: bool,
    ) -> None:
        self._agent = agent
        self._log_texts = log_texts
        self._token = token
        self._public_url = public_url
        self._speech = speech
        self._limits = limits
        self._hooks = hooks
        self._requests = Admission(limits.requests)
        self._calls = Admission(limits.calls)
        self._sessions: set[RelaySession] = set()
        self._completions = Completions(agent, model=model, limits=limits, admission=self._requests)
        self._webhooks = Webhooks(
            agent, public_key=public_key, telnyx=telnyx, texts=texts, limits=limits, hooks=hooks
        )
        self._relay_hooks = self._webhooks.relay_hooks()
        self._tools = WebhookTools(webhook_tools, limits=limits, admission=self._requests)

    def app(self) -> Starlette:
        """Return the application."""
        app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._completions.create, methods=["POST"]),
                Route("/v1/models", self._completions.models),
                Route("/texml", self._texml, methods=["GET", "POST"]),
                WebSocketRoute("/relay", self._relay),
                Route("/webhooks", self._webhooks.receive, methods=["POST"]),
                Route("/tools/{name}", self._tools.run, methods=["POST"]),
                Route("/health", self._health),
                Route("/ready", self._ready),
            ],
            middleware=[Middleware(Authorization, token=self._token)],
            lifespan=self._lifespan,
        )
        app.state.drain = self.drain
        return app

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._requests.is_draining = self._calls.is_draining = False
        await self._webhooks.start()
        yield
        await self.drain()
        await self._webhooks.close()

    async def drain(self) -> None:
        """Accept no new work, and let what is in progress end."""
        self._requests.is_draining = self._calls.is_draining = True
        for session in self._sessions:
            session.drain()
        try:
            async with asyncio.timeout(self._limits.drain_seconds):
                await asyncio.gather(
                    self._requests.idle(), self._calls.idle(), self._webhooks.drain()
                )
        except TimeoutError:
            count = self._requests.count + self._calls.count + self._webhooks.count
            _log.warning("The server ends with %d runs in progress.", count)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _ready(self, _: Request) -> Response:
        is_ready = not self._calls.is_draining
        body = {"status": "ready" if is_ready else "draining"}
        return JSONResponse(body | {"calls": self._calls.count}, 200 if is_ready else 503)

    async def _texml(self, request: Request) -> Response:
        text = texml(self._relay_url(request), self._speech)
        return Response(text, media_type="application/xml")

    def _relay_url(self, request: Request) -> str:
        """Return the address of `/relay`, as Telnyx reaches it."""
        base = self._public_url
        if base is None:
            headers = request.headers
            scheme = headers.get("x-forwarded-proto", request.url.scheme).split(",")[0].strip()
            host = headers.get("x-forwarded-host", request.url.netloc).split(",")[0].strip()
            base = f"{scheme}://{host}{request.scope.get('root_path', '')}"
        secure = base.startswith(("https:", "wss:"))
        path = "/relay" if self._token is None else f"/{self._token}/relay"
        return f"{'wss' if secure else 'ws'}://{base.partition('://')[2].rstrip('/')}{path}"

    async def _relay(self, websocket: WebSocket) -> None:
        await websocket.accept()
        socket = _StarletteSocket(websocket, self._limits.frame_bytes)
        try:
            self._calls.enter()
        except Busy as busy:
            _log.warning("A call is refused: %s", busy)
            await self._refuse(socket)
            return
        try:
            session = RelaySession(
                socket,
                self._agent,
                speech=self._speech,
                limits=self._limits,
                hooks=self._relay_hooks,
                log_texts=self._log_texts,
            )
            self._sessions.add(session)
            try:
                await session.run()
            finally:
                self._sessions.discard(session)
            await socket.close()
        finally:
            self._calls.leave()

    async def _refuse(self, socket: "_StarletteSocket") -> None:
        """Apologise to the caller, and end the call."""
        try:
            await socket.send(text_frame(self._speech.busy_text, last=True))
            length = len(self._speech.busy_text) / self._speech.characters_per_second
            async with asyncio.timeout(length):
                while True:
                    await socket.receive()
        except TimeoutError:
            await socket.send(END_FRAME)
            await socket.close()
        except Closed:
            return


class _StarletteSocket:
    """A WebSocket of Starlette as the socket of a session."""

    def __init__(self, websocket: WebSocket, limit: int) -> None:
        self._websocket = websocket
        self._limit = limit

    async def receive(self) -> str:
        """Return the next frame; binary and oversized frames end the session."""
        try:
            message = await self._websocket.receive()
        except RuntimeError:  # it was closed from here
            raise Closed from None
        text = message.get("text")
        if message["type"] != "websocket.receive":
            raise Closed
        if text is None or len(text) > self._limit:
            await self.close(1009)
            raise Closed
        return str(text)

    async def send(self, frame: str) -> None:
        """Send a frame."""
        try:
            await self._websocket.send_text(frame)
        except (WebSocketDisconnect, RuntimeError):
            raise Closed from None

    async def close(self, code: int = 1000) -> None:
        """Close the connection, also where the other side has, or reads nothing any more."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._websocket.close(code)
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            return


def _check_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ws", "wss") or not parts.netloc:
        raise ValueError(f"`public_url` must be a whole address such as https://host, not {url!r}.")
    return url
