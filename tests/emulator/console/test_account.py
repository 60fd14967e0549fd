"""Requests that the page sends to the account: without a key, recorded, and from this page only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator.app import create_app

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.console.conftest import Console

CHAT = {"model": "moonshotai/Kimi-K2.6", "messages": [{"role": "user", "content": "Hi"}]}
PATH = "/v2/ai/openai/chat/completions"


def test_a_chat_needs_no_key_and_is_recorded(emulator: TelnyxEmulator, console: Console) -> None:
    emulator.say("Hello!")
    answer = console.send("POST", PATH, json=CHAT)
    assert answer.json()["choices"][0]["message"]["content"] == "Hello!"
    [record] = emulator.requests
    assert (record.method, record.path, record.json()) == ("POST", PATH, CHAT)
    assert record.headers["authorization"] == "Bearer ***"


def test_a_chat_streams(emulator: TelnyxEmulator, console: Console) -> None:
    emulator.say("One two three", chunks=["One ", "two ", "three"])
    answer = console.send("POST", PATH, json={**CHAT, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("data: ") >= 4
    assert "data: [DONE]" in answer.text


def test_objects_are_stored(emulator: TelnyxEmulator, console: Console) -> None:
    key = "a folder/ü+%25?#.txt"
    assert console.send("PUT", "/notes").status_code == 200
    path = "/notes/a%20folder/%C3%BC%2B%2525%3F%23.txt"
    assert console.send("PUT", path, content=b"Text.").status_code == 200
    [found] = emulator.account.objects.list("notes", limit=10).objects
    assert found.key == key
    answer = console.send("GET", path)
    assert answer.content == b"Text."
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_stored_page_stays_an_attachment(emulator: TelnyxEmulator, console: Console) -> None:
    emulator.account.objects.create_bucket("notes")
    console.send(
        "PUT", "/notes/x.html", content=b"<script>1</script>", headers={"content-type": "text/html"}
    )
    answer = console.send("GET", "/notes/x.html")
    assert answer.headers["content-disposition"] == "attachment"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
    ],
    ids=["origin", "null", "cross_site", "same_site"],
)
def test_other_pages_are_refused(
    emulator: TelnyxEmulator, console: Console, headers: dict[str, str]
) -> None:
    assert console.send("POST", PATH, json=CHAT, headers=headers).status_code == 403
    answer = emulator.http_client.get(
        f"{console.origin}/_emulator/console/overview", headers=headers
    )
    assert answer.status_code == 403
    assert len(emulator.requests) == 0


def test_this_page_is_accepted(console: Console) -> None:
    headers = {"origin": console.origin, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    assert console.send("POST", PATH, json=CHAT, headers=headers).status_code == 200


def from_machine(
    emulator: TelnyxEmulator, client: str, path: str, *headers: tuple[bytes, bytes]
) -> int:
    """Return the status of a GET request from another address."""
    statuses: list[int] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), *headers],
        "client": (client, 5000),
        "server": ("127.0.0.1", 80),
        "http_version": "1.1",
        "scheme": "http",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def serve() -> None:
        await create_app(emulator.account)(scope, receive, send)

    asyncio.run(serve())
    return statuses[0]


def test_other_machines_need_the_key(emulator: TelnyxEmulator) -> None:
    key = (b"authorization", f"Bearer {emulator.api_key}".encode())
    wrong = (b"authorization", b"Bearer KEY_wrong")
    for path in ("/_emulator/console/overview", "/_emulator/console/account/v2/ai/openai/models"):
        assert from_machine(emulator, "192.0.2.7", path) == 401
        assert from_machine(emulator, "192.0.2.7", path, wrong) == 401
        assert from_machine(emulator, "192.0.2.7", path, key) == 200
        assert from_machine(emulator, "127.0.0.1", path) == 200


def test_other_machines_get_the_page_which_asks_for_the_key(emulator: TelnyxEmulator) -> None:
    accept = (b"accept", b"text/html")
    assert from_machine(emulator, "192.0.2.7", "/", accept) == 200
    assert from_machine(emulator, "192.0.2.7", "/_emulator/console/static/main.js") == 200
