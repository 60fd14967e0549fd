"""Fixtures: the control plane of an account without sockets, and requests of other machines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx.emulator.app import create_app

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

KIMI = "moonshotai/Kimi-K2.6"


class Control:
    """Sends requests to the control plane, and chat requests to the API."""

    def __init__(self, emulator: TelnyxEmulator) -> None:
        self.emulator = emulator
        self._url = f"{emulator.storage_url}/_emulator"

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.emulator.http_client.request(method, self._url + path, **options)

    def get(self, path: str, /, **parameters: Any) -> Any:
        """Return the JSON of a successful GET."""
        answer = self.send("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, /, **body: Any) -> Any:
        """Return the JSON of a successful POST."""
        answer = self.send("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def chat(self, text: str, **fields: Any) -> httpx.Response:
        body = {"model": KIMI, "messages": [{"role": "user", "content": text}], **fields}
        return self.api("POST", "/ai/openai/chat/completions", json=body)

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.emulator.api_key}"}
        return self.emulator.http_client.request(
            method, self.emulator.base_url + path, headers=headers, **options
        )

    def from_peer(
        self, address: str, method: str, path: str, host: str = "127.0.0.1", **options: Any
    ) -> httpx.Response:
        """Send a request as if from the address of another machine."""

        async def send() -> httpx.Response:
            app = create_app(self.emulator.account)
            transport = httpx.ASGITransport(app, client=(address, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())


@pytest.fixture
def control(emulator: TelnyxEmulator) -> Control:
    return Control(emulator)
