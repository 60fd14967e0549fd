"""Forward chat and embeddings requests to an OpenAI-compatible server.

A real model of Ollama, vLLM, llama.cpp and the like then answers behind the Telnyx API. Fields that
only Telnyx supports are removed from the request, and the caller's key is not forwarded.
"""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from functools import cache
from typing import Any

import httpx
from fastapi.responses import Response, StreamingResponse

from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.settings import Settings

# Fields that only Telnyx supports; strict servers refuse them.
_ONLY_TELNYX = frozenset({"api_key_ref", "enable_thinking", "mode", "region", "service_tier"})
# A local model may take minutes to its first token.
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
_CODES = {400: "10015", 401: "10009", 403: "10010", 404: "10005", 422: "10027", 429: "10011"}
_MAX_DETAIL = 500


async def chat(settings: Settings, body: Mapping[str, Any]) -> Response:
    """Forward a chat request; a stream is relayed byte by byte.

    Raises:
        ApiError: If the server cannot be reached, or returns an error.
    """
    return await _forward(settings, "chat/completions", body)


def output_tokens(body: bytes) -> int:
    """Return the output tokens that an upstream counted in a chat answer; 0 if it does not."""
    try:
        used = json.loads(body)["usage"]["completion_tokens"]
    except (ValueError, KeyError, TypeError):
        return 0
    return used if isinstance(used, int) else 0


async def embeddings(settings: Settings, body: Mapping[str, Any]) -> Response:
    """Forward an embeddings request.

    Raises:
        ApiError: If the server cannot be reached, or returns an error.
    """
    return await _forward(settings, "embeddings", body)


async def _forward(settings: Settings, path: str, body: Mapping[str, Any]) -> Response:
    payload = {name: value for name, value in body.items() if name not in _ONLY_TELNYX}
    if settings.upstream_model is not None:
        payload["model"] = settings.upstream_model
    url = f"{(settings.upstream or '').rstrip('/')}/{path}"
    async with AsyncExitStack() as stack:
        # A client for each request: a connection takes a millisecond, a model seconds; and no
        # client has to be closed later.
        client = httpx.AsyncClient(timeout=_TIMEOUT, verify=_tls(), trust_env=False)
        await stack.enter_async_context(client)
        request = client.build_request("POST", url, json=payload, headers=_headers(settings))
        try:
            response = await client.send(request, stream=True)
            stack.push_async_callback(response.aclose)
            if not response.is_success:
                raise _upstream_error(response, await response.aread())
            if payload.get("stream"):
                return StreamingResponse(
                    _relay(response, stack.pop_all()),
                    media_type=response.headers.get("content-type"),
                )
            return Response(await response.aread(), media_type=response.headers.get("content-type"))
        except httpx.HTTPError as error:
            raise _unreachable(error) from error


async def _relay(response: httpx.Response, stack: AsyncExitStack) -> AsyncIterator[bytes]:
    """Relay a stream of the upstream; if it breaks, end with an error event."""
    async with stack:
        try:
            async for piece in response.aiter_bytes():
                yield piece
        except httpx.HTTPError as error:
            broken = _unreachable(error)
            body = {
                "errors": [{"code": broken.code, "title": broken.title, "detail": broken.detail}]
            }
            yield f"data: {json.dumps(body)}\n\n".encode()


def _headers(settings: Settings) -> dict[str, str]:
    # Uncompressed, so that the bytes can be relayed.
    headers = {"accept-encoding": "identity"}
    if settings.upstream_api_key is not None:
        headers["authorization"] = f"Bearer {settings.upstream_api_key}"
    return headers


def _unreachable(error: httpx.HTTPError) -> ApiError:
    if isinstance(error, httpx.TimeoutException):
        return ApiError(504, "10008", "Request timeout", "The upstream did not answer in time.")
    reason = str(error) or type(error).__name__
    return ApiError(502, "10007", None, f"The upstream cannot be reached: {reason}")


def _upstream_error(response: httpx.Response, body: bytes) -> ApiError:
    """Convert an upstream's error to the Telnyx envelope, with its message as the detail."""
    headers = {
        name: response.headers[name] for name in ("retry-after",) if name in response.headers
    }
    return ApiError(
        response.status_code,
        _CODES.get(response.status_code, "10007"),
        None,
        f"The upstream answered {response.status_code}: {_message(body)}",
        headers=headers,
    )


def _message(body: bytes) -> str:
    text = body.decode(errors="replace")
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, dict):
        value = value.get("error", value.get("message", text))
    if isinstance(value, dict):
        value = value.get("message", text)
    return str(value)[:_MAX_DETAIL]


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS context of all requests; loading the certificates takes long."""
    return ssl.create_default_context()
