"""Text messages over HTTP, and signed webhooks of received ones."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

PERSON, NUMBER = "+13125550123", "+13125550100"
URL = "https://agent.example/webhooks"


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"from": NUMBER, "text": "Hi"}, (422, "10004")),
        ({"to": PERSON, "text": "Hi"}, (422, "10004")),
        ({"to": "13125550123x", "from": NUMBER, "text": "Hi"}, (400, "40310")),
        ({"to": PERSON, "from": "a name of many words", "text": "Hi"}, (400, "40305")),
        ({"to": PERSON, "from": NUMBER}, (400, "40316")),
        ({"to": PERSON, "from": NUMBER, "text": ""}, (400, "40316")),
        ({"to": PERSON, "from": NUMBER, "text": 7}, (422, "10026")),
        ({"to": PERSON, "from": NUMBER, "media_urls": "x"}, (422, "10026")),
        ({"to": PERSON, "from": NUMBER, "text": "a" * 1531}, (400, "40302")),
        ({"to": PERSON, "from": NUMBER, "text": "ä" * 671}, (400, "40302")),
    ],
)
def test_an_invalid_message_is_refused(
    api: Api, emulator: TelnyxEmulator, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert error(api.send("POST", "/messages", json=body)) == expected
    assert emulator.messages_sent == []


def test_a_long_message_has_several_parts(api: Api) -> None:
    for text, parts in (("a" * 160, 1), ("a" * 161, 2), ("ä" * 71, 2), ("a" * 1530, 10)):
        body = {"to": PERSON, "from": NUMBER, "text": text}
        assert api.send("POST", "/messages", json=body).json()["data"]["parts"] == parts


def test_a_received_message_is_a_signed_webhook(emulator: TelnyxEmulator) -> None:
    received: list[tuple[bytes, Mapping[str, str]]] = []
    emulator.receive_webhooks(URL, lambda body, headers: received.append((body, headers)))
    media = [("https://media.example/cat.png", "image/png")]
    event = emulator.receive_message(PERSON, NUMBER, "Hello", webhook_url=URL, media=media)
    assert emulator.next_webhook(30).delivered
    ((body, headers),) = received
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(emulator.webhook_public_key))
    signed = headers["telnyx-timestamp"].encode() + b"|" + body
    key.verify(base64.b64decode(headers["telnyx-signature-ed25519"]), signed)
    data = json.loads(body)["data"]
    assert (data["id"], data["event_type"]) == (event, "message.received")
    payload = data["payload"]
    assert payload["from"]["phone_number"] == PERSON
    assert payload["to"][0]["phone_number"] == NUMBER
    assert (payload["text"], payload["type"]) == ("Hello", "MMS")
    assert payload["media"][0]["url"] == media[0][0]


def test_stop_blocks_messages_until_start(api: Api, emulator: TelnyxEmulator) -> None:
    emulator.receive_webhooks(URL, lambda *_: None)
    body = {"to": PERSON, "from": NUMBER, "text": "Hi"}
    emulator.receive_message(PERSON, NUMBER, " stop ", webhook_url=URL)
    assert error(api.send("POST", "/messages", json=body)) == (400, "40300")
    assert api.send("POST", "/messages", json=body | {"to": "+13125550124"}).status_code == 200
    emulator.receive_message(PERSON, NUMBER, "START", webhook_url=URL)
    assert api.send("POST", "/messages", json=body).status_code == 200
    delivery = emulator.next_webhook(30)
    assert json.loads(delivery.body)["data"]["payload"]["autoresponse_type"] == "STOP"


def test_an_unknown_message_does_not_exist(api: Api) -> None:
    assert error(api.send("GET", "/messages/x")) == (400, "10006")
    path = "/messages/00000000-0000-4000-8000-000000000000"
    assert error(api.send("GET", path)) == (404, "10005")
