"""Chat and text embeddings passed on to a real model: any OpenAI-compatible server.

Ollama, vLLM, llama.cpp and the like then answer behind the Telnyx API. What only Telnyx knows is
taken out of the request, and the caller's key never leaves the emulator.
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

# Fields that only Telnyx knows; strict servers refuse them.
_ONLY_TELNYX = frozenset({"api_key_ref", "enable_thinking", "mode", "region", "service_tier"})
# A local model may think for minutes before its first token.
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
_CODES = {400: "10015", 401: "10009", 403: "10010", 404: "10005", 422: "10027", 429: "10011"}
_LONGEST_DETAIL = 500


async def chat(settings: Settings, body: Mapping[str, Any]) -> Response:
    """Pass a chat request on; a streamed answer comes through byte by byte.

    Raises:
        ApiError: If the server cannot be reached, or refuses.
    """
    return await _pass_on(settings, "chat/completions", body)


async def embeddings(settings: Settings, body: Mapping[str, Any]) -> Response:
    """Pass an embedding request on.

    Raises:
        ApiError: If the server cannot be reached, or refuses.
    """
    return await _pass_on(settings, "embeddings", body)


async def _pass_on(settings: Settings, path: str, body: Mapping[str, Any]) -> Response:
    payload = {name: value for name, value in body.items() if name not in _ONLY_TELNYX}
    if settings.upstream_model is not None:
        payload["model"] = settings.upstream_model
    url = f"{(settings.upstream or '').rstrip('/')}/{path}"
    async with AsyncExitStack() as stack:
        # A client for each request: a model takes seconds, a connection a millisecond, and nothing
        # is left to close.
        client = httpx.AsyncClient(timeout=_TIMEOUT, verify=_tls(), trust_env=False)
        await stack.enter_async_context(client)
        request = client.build_request("POST", url, json=payload, headers=_headers(settings))
        try:
            answer = await client.send(request, stream=True)
            stack.push_async_callback(answer.aclose)
            if not answer.is_success:
                raise _refused(answer, await answer.aread())
            if payload.get("stream"):
                return StreamingResponse(
                    _relay(answer, stack.pop_all()), media_type=answer.headers.get("content-type")
                )
            return Response(await answer.aread(), media_type=answer.headers.get("content-type"))
        except httpx.HTTPError as error:
            raise _unreachable(error) from error


async def _relay(answer: httpx.Response, stack: AsyncExitStack) -> AsyncIterator[bytes]:
    """Hand on what the upstream streams; should it break, end with an error event."""
    async with stack:
        try:
            async for piece in answer.aiter_bytes():
                yield piece
        except httpx.HTTPError as error:
            broken = _unreachable(error)
            body = {
                "errors": [{"code": broken.code, "title": broken.title, "detail": broken.detail}]
            }
            yield f"data: {json.dumps(body)}\n\n".encode()


def _headers(settings: Settings) -> dict[str, str]:
    # Uncompressed, so that the bytes can be handed on as they come.
    headers = {"accept-encoding": "identity"}
    if settings.upstream_api_key is not None:
        headers["authorization"] = f"Bearer {settings.upstream_api_key}"
    return headers


def _unreachable(error: httpx.HTTPError) -> ApiError:
    if isinstance(error, httpx.TimeoutException):
        return ApiError(504, "10008", "Request timeout", "The upstream did not answer in time.")
    reason = str(error) or type(error).__name__
    return ApiError(502, "10007", None, f"The upstream cannot be reached: {reason}")


def _refused(answer: httpx.Response, body: bytes) -> ApiError:
    """Put an upstream's error into the Telnyx envelope, its own words as the detail."""
    kept = {name: answer.headers[name] for name in ("retry-after",) if name in answer.headers}
    return ApiError(
        answer.status_code,
        _CODES.get(answer.status_code, "10007"),
        None,
        f"The upstream answered {answer.status_code}: {_message(body)}",
        headers=kept,
    )


def _message(body: bytes) -> str:
    text = body.decode(errors="replace")
    try:
        told: Any = json.loads(text)
    except ValueError:
        told = text
    if isinstance(told, dict):
        told = told.get("error", told.get("message", text))
    if isinstance(told, dict):
        told = told.get("message", text)
    return str(told)[:_LONGEST_DETAIL]


@cache
def _tls() -> ssl.SSLContext:
    """One TLS context for all requests: reading the certificates takes longer than the rest."""
    return ssl.create_default_context()
