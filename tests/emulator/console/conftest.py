"""Reads of the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


class Console:
    """Sends requests as the page does."""

    def __init__(self, emulator: TelnyxEmulator) -> None:
        self._emulator = emulator
        self.origin = emulator.storage_url

    def read(self, path: str, **params: Any) -> Any:
        answer = self._emulator.http_client.get(
            f"{self.origin}/_emulator/console/{path}", params=params or None
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()

    def status(self, path: str, **params: Any) -> int:
        return self._emulator.http_client.get(
            f"{self.origin}/_emulator/console/{path}", params=params or None
        ).status_code

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Send a request to the account through the console, without a key."""
        return self._emulator.http_client.request(
            method, f"{self.origin}/_emulator/console/account{path}", **options
        )


@pytest.fixture
def console(emulator: TelnyxEmulator) -> Console:
    return Console(emulator)
