"""Finds local OpenAI-compatible servers, whose models can answer behind the emulator."""

import http.client
import json
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

AUTO = "auto"
# The default ports of well-known servers.
LOCAL_SERVERS = (("Ollama", 11434), ("llama.cpp", 8080), ("vLLM", 8000), ("LM Studio", 1234))
_LOCAL_TIMEOUT = 0.5
_TIMEOUT = 10.0
_MAX_ANSWER = 4 * 1024 * 1024
# Parts of the names of models that do not chat.
_NO_CHAT = ("embed", "bge-", "e5-", "gte-", "rerank", "whisper", "minilm", "clip")


class UpstreamError(ValueError):
    """An upstream cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamChoice:
    """The upstream that the user selects.

    Attributes:
        url: Its base URL; `auto` for a local server that is found; `None` for no upstream.
        model: Its model; by default the first one that chats.
        api_key: Its API key.
    """

    url: str | None = None
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A server that answers.

    Attributes:
        name: Its name, or its URL.
        url: Its base URL.
        models: The ids of its models; empty if it does not list them.
    """

    name: str
    url: str
    models: tuple[str, ...]

    @property
    def chat_model(self) -> str | None:
        """The first model that chats, if any."""
        return next(
            (model for model in self.models if not any(part in model.lower() for part in _NO_CHAT)),
            None,
        )


def find_local(
    servers: Sequence[tuple[str, int]] | None = None, *, timeout: float | None = None
) -> list[Upstream]:
    """Return the local servers with a model that chats, in the order of `servers`.

    All are requested at once, on loopback only.

    Args:
        servers: Names and ports; default: `LOCAL_SERVERS`.
        timeout: Seconds until a server is given up; default: half a second.
    """
    servers = LOCAL_SERVERS if servers is None else servers

    def ask(server: tuple[str, int]) -> Upstream | None:
        name, port = server
        url = f"http://127.0.0.1:{port}/v1"
        try:
            found = Upstream(name, url, _models(url, None, timeout or _LOCAL_TIMEOUT))
        except UpstreamError:
            return None
        return found if found.chat_model else None

    with ThreadPoolExecutor(len(servers) or 1) as pool:
        return [found for found in pool.map(ask, servers) if found]


def choose(choice: UpstreamChoice) -> tuple[Upstream, str | None]:
    """Return the upstream that the user selects, and its model.

    Raises:
        UpstreamError: It cannot be reached, or `auto` finds none.
    """
    if choice.url != AUTO:
        url = (choice.url or "").rstrip("/")
        found = Upstream(url, url, _models(url, choice.api_key, _TIMEOUT))
    else:
        local = find_local()
        if not local:
            looked = ", ".join(f"{name} ({port})" for name, port in LOCAL_SERVERS)
            raise UpstreamError(
                f"--upstream auto: no local server with a chat model: {looked} do not answer."
            )
        found = local[0]
    return found, choice.model or found.chat_model


def offer() -> str | None:
    """Return a line about a local server that could answer, if there is one."""
    found = find_local()
    if not found:
        return None
    return (
        f"{found[0].name} with {found[0].chat_model} runs at {found[0].url}: "
        f"pass `--upstream auto` to let it answer."
    )


def _models(url: str, api_key: str | None, timeout: float) -> tuple[str, ...]:
    wrong = f"--upstream {url!r} is not a URL such as http://127.0.0.1:11434/v1."
    try:
        parts = urlsplit(url)
    except ValueError as error:  # such as `http://[`
        raise UpstreamError(wrong) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UpstreamError(wrong)
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        if parts.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        try:
            connection.request("GET", f"{parts.path.rstrip('/')}/models", headers=headers)
            response = connection.getresponse()
            body = response.read(_MAX_ANSWER)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UpstreamError(f"--upstream {url} cannot be reached: {reason}.") from error
    if response.status in {401, 403}:
        raise UpstreamError(
            f"--upstream {url} answers {response.status}: check `--upstream-api-key`."
        )
    return _ids(body) if response.status == http.client.OK else ()


def _ids(body: bytes) -> tuple[str, ...]:
    try:
        content: Any = json.loads(body)
    except ValueError:
        return ()
    listed = content.get("data") if isinstance(content, dict) else None
    ids = [each.get("id") for each in listed or () if isinstance(each, dict)]
    return tuple(each for each in ids if isinstance(each, str))
