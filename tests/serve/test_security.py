"""Only holders of the token use a served agent."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import websockets

from langchain_telnyx.serve import create_app
from tests.serve.support import TOKEN, TokenAgent, running

if TYPE_CHECKING:
    from starlette.applications import Starlette

BODY = {"messages": [{"role": "user", "content": "Hi"}]}


async def status(app: Starlette, path: str, host: str = "example.com", **headers: str) -> int:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        method = "POST" if path.endswith("completions") else "GET"
        response = await client.request(method, path, json=BODY, headers=headers)
        return response.status_code


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/texml"])
async def test_every_door_needs_the_token(path: str) -> None:
    app = create_app(TokenAgent(1), token=TOKEN)
    assert await status(app, path) == 401
    assert await status(app, path, Authorization=f"Bearer {TOKEN}x") == 401
    assert await status(app, path, Authorization=f"Basic {TOKEN}") == 401
    assert await status(app, f"/{TOKEN}x{path}") == 401
    assert await status(app, f"/{TOKEN}", Authorization="Bearer ") == 404
    assert await status(app, path, Authorization=f"Bearer {TOKEN}") == 200
    assert await status(app, f"/{TOKEN}{path}") == 200


async def test_the_relay_needs_the_token() -> None:
    async with running(create_app(TokenAgent(1), token=TOKEN)) as address:
        for path in ("/relay", "/wrong/relay", f"/{TOKEN[:-1]}/relay"):
            with pytest.raises(websockets.exceptions.InvalidStatus):
                await websockets.connect(f"ws://{address}{path}")
        async with websockets.connect(f"ws://{address}/{TOKEN}/relay"):
            pass


async def test_probes_need_no_token() -> None:
    app = create_app(TokenAgent(1), token=TOKEN)
    assert await status(app, "/health") == 200
    assert await status(app, "/ready") == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
async def test_without_a_token_only_this_machine_is_served(host: str) -> None:
    app = create_app(TokenAgent(1))
    assert await status(app, "/v1/models", host) == 200
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    assert await status(app, "/v1/models", host, **forwarded) == 401
    assert await status(app, "/v1/models", "example.ngrok.app") == 401
    assert await status(app, "/v1/models", "localhost.example.com") == 401


@pytest.mark.parametrize("token", ["short", "x" * 15, "with spaces in the token", "a/b" * 10])
def test_a_weak_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ValueError, match="token") as caught:
        create_app(TokenAgent(1), token=token)
    assert token not in str(caught.value)


def test_the_token_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_SERVE_TOKEN", "short")
    with pytest.raises(ValueError, match="token"):
        create_app(TokenAgent(1))


async def test_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = create_app(TokenAgent(1), token=TOKEN)
    await status(app, f"/{TOKEN}/v1/chat/completions")
    ours = [record for record in caplog.records if record.name.startswith("langchain_telnyx")]
    assert TOKEN not in "".join(record.getMessage() for record in ours)
    assert TOKEN not in repr(app)


@pytest.mark.parametrize(
    ("public_url", "headers", "url"),
    [
        (None, {}, f"ws://example.com/{TOKEN}/relay"),
        (None, {"X-Forwarded-Proto": "https"}, f"wss://example.com/{TOKEN}/relay"),
        (
            None,
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "agent.example.com"},
            f"wss://agent.example.com/{TOKEN}/relay",
        ),
        ("https://a.example.com/x/", {}, f"wss://a.example.com/x/{TOKEN}/relay"),
    ],
)
async def test_the_relays_address_is_right_behind_a_proxy(
    public_url: str | None, headers: dict[str, str], url: str
) -> None:
    app = create_app(TokenAgent(1), token=TOKEN, public_url=public_url)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://example.com") as client:
        response = await client.get(f"/{TOKEN}/texml", headers=headers)
    assert response.headers["content-type"].startswith("application/xml")
    assert f'url="{url}"' in response.text


async def test_a_mounted_application_serves_below_its_path() -> None:
    from starlette.applications import Starlette  # noqa: PLC0415 - of this test
    from starlette.routing import Mount  # noqa: PLC0415 - of this test

    app: Any = Starlette(routes=[Mount("/agent", create_app(TokenAgent(1), token=TOKEN))])
    assert await status(app, f"/agent/{TOKEN}/v1/models") == 200
    assert await status(app, "/agent/v1/models", Authorization=f"Bearer {TOKEN}") == 200
    assert await status(app, "/agent/v1/models") == 401
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://example.com") as client:
        response = await client.get(f"/agent/{TOKEN}/texml")
    assert f'url="wss://example.com/agent/{TOKEN}/relay"' in response.text


@pytest.mark.parametrize("url", ["example.com", "ftp://example.com", "https://"])
def test_an_incomplete_public_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        create_app(TokenAgent(1), public_url=url)
