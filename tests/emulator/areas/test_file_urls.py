"""URLs that resemble loopback addresses are not fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

TURBO = "openai/whisper-large-v3-turbo"


@pytest.fixture(scope="module")
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as emulator:
        yield emulator


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1@192.0.2.1/a.wav",
        "http://localhost:80@192.0.2.1/a.wav",
        "http://192.0.2.1/a.wav#@127.0.0.1/a.wav",
        "http://192.0.2.1/a.wav?@127.0.0.1/a.wav",
        "http://192.0.2.1\\@127.0.0.1/a.wav",
        "http://127.0.0.1.example.com/a.wav",
        "http://localhost.example.com/a.wav",
        "http://localhost\u3002example.com/a.wav",
        "http://169.254.169.254/latest/a.wav",
        "http://[::ffff:192.0.2.1]/a.wav",
        "http://[fe80::1%25lo]/a.wav",
        "http://3221225985/a.wav",
        "http://0xc0.0x0.0x2.0x1/a.wav",
        "http://0/a.wav",
        "http://[::]/a.wav",
        "ftp://127.0.0.1/a.wav",
        "gopher://127.0.0.1/a.wav",
        "file://127.0.0.1/etc/a.wav",
        "data:audio/wav;base64,UklGRg==",
        "//192.0.2.1/a.wav",
        "http:///a.wav",
        "http://[127.0.0.1/a.wav",
        "http://127.0.0.1:99999999/a.wav",
        "http://127.0.0.1:80 @192.0.2.1/a.wav",
        "http://127.0.0.1\r\nhost: 192.0.2.1/a.wav",
    ],
)
def test_urls_of_other_hosts_are_not_fetched(emulator: TelnyxEmulator, url: str) -> None:
    answer = emulator.http_client.post(
        f"{emulator.base_url}/ai/audio/transcriptions",
        headers={"authorization": f"Bearer {emulator.api_key}"},
        data={"model": TURBO, "file_url": url},
    )
    assert answer.status_code == 400
    detail = answer.json()["errors"][0]["detail"]
    refusals = ("loopback addresses only", "must be the address", "cannot be fetched")
    assert any(words in detail for words in refusals), detail
