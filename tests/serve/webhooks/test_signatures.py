"""Only events that Telnyx signed a moment ago are accepted."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.serve import Hooks, Limits, TextMessages, create_app
from tests.serve.support import TOKEN
from tests.serve.webhooks.support import Echo

if TYPE_CHECKING:
    from starlette.applications import Starlette

PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(PRIVATE.public_key().public_bytes_raw()).decode()
BODY = json.dumps({"data": {"event_type": "message.sent", "id": "e-1", "payload": {}}}).encode()


def app_with(**options: Any) -> Starlette:
    options.setdefault("public_key", PUBLIC)
    texts = TextMessages(state=":memory:")
    return create_app(Echo().agent(), token=TOKEN, texts=texts, hooks=Hooks(), **options)


def signature(
    body: bytes, *, key: Ed25519PrivateKey = PRIVATE, age: float = 0, signed: bytes | None = None
) -> dict[str, str]:
    stamp = str(int(time.time() - age))
    made = key.sign(stamp.encode() + b"|" + (body if signed is None else signed))
    return {
        "telnyx-timestamp": stamp,
        "telnyx-signature-ed25519": base64.b64encode(made).decode(),
    }


async def post(app: Starlette, headers: dict[str, str], body: bytes = BODY) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://agent.example") as client:
        return await client.post("/webhooks", content=body, headers=headers)


async def test_a_signed_event_needs_no_token() -> None:
    assert (await post(app_with(), signature(BODY))).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"telnyx-timestamp": "1"}, 401),
        ({"authorization": f"Bearer {TOKEN}"}, 401),
        (signature(BODY) | {"telnyx-signature-ed25519": "AAAA"}, 401),
        (signature(BODY, key=Ed25519PrivateKey.generate()), 403),
        (signature(BODY, signed=BODY + b" "), 403),
        (signature(BODY, age=3600), 403),
        (signature(BODY, age=-3600), 403),
    ],
)
async def test_other_requests_are_refused(headers: dict[str, str], status: int) -> None:
    response = await post(app_with(), headers)
    assert response.status_code == status
    assert response.json()["error"]


async def test_a_signed_body_that_is_no_event_is_refused() -> None:
    for body in (b"", b"{", b"[]", b'"text"'):
        assert (await post(app_with(), signature(body), body)).status_code == 400


async def test_a_large_body_is_refused() -> None:
    app = app_with(limits=Limits(body_bytes=100))
    body = BODY + b" " * 100
    assert (await post(app, signature(body), body)).status_code == 413


async def test_several_keys_and_the_environment_are_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = base64.b64encode(bytes(range(32))).decode()
    assert (await post(app_with(public_key=[other, PUBLIC]), signature(BODY))).status_code == 200
    monkeypatch.setenv("TELNYX_PUBLIC_KEY", PUBLIC)
    assert (await post(app_with(public_key=None), signature(BODY))).status_code == 200


async def test_without_a_key_every_webhook_is_refused_and_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELNYX_PUBLIC_KEY", raising=False)
    caplog.set_level(logging.ERROR)
    app = app_with(public_key=None)
    for _ in range(3):
        assert (await post(app, signature(BODY))).status_code == 403
    (line,) = caplog.messages
    assert "TELNYX_PUBLIC_KEY" in line


def test_an_invalid_key_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="Ed25519"):
        app_with(public_key="not a key")
