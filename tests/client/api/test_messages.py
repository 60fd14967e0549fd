"""Text messages, sync and async, against the emulator."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import BadRequestError, NotFoundError, ServerError
from langchain_telnyx.emulator.server import TelnyxEmulator

PERSON, NUMBER = "+13125550123", "+13125550100"


async def test_a_message_is_sent_and_fetched(api: Any, emulator: TelnyxEmulator) -> None:
    sent = await api.messages.send(PERSON, "Hello", from_=NUMBER)
    assert (sent.direction, sent.type, sent.text) == ("outbound", "SMS", "Hello")
    assert (sent.sender.phone_number, sent.to[0].phone_number) == (NUMBER, PERSON)
    assert sent.to[0].status == "queued"
    assert sent.unreadable_fields == {}
    assert (await api.messages.get(sent.id)).to[0].status == "sent"
    assert [one.text for one in emulator.messages_sent] == ["Hello"]


async def test_every_option_is_a_field_of_the_request(api: Any, emulator: TelnyxEmulator) -> None:
    await api.messages.send(
        PERSON,
        from_=NUMBER,
        media_urls=["https://media.example/cat.png"],
        messaging_profile_id="p-1",
        subject="Cat",
        type="MMS",
        encoding="auto",
        send_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        auto_detect=True,
        webhook_url="https://agent.example/webhooks",
        webhook_failover_url="https://other.example/webhooks",
        use_profile_webhooks=False,
        idempotency_key="key-1",
        extra_body={"newer": 1},
    )
    request = emulator.requests[-1]
    assert request.headers["idempotency-key"] == "key-1"
    assert json.loads(request.body) == {
        "from": NUMBER,
        "to": PERSON,
        "media_urls": ["https://media.example/cat.png"],
        "messaging_profile_id": "p-1",
        "subject": "Cat",
        "type": "MMS",
        "encoding": "auto",
        "send_at": "2026-01-02T03:04:00+00:00",
        "auto_detect": True,
        "webhook_url": "https://agent.example/webhooks",
        "webhook_failover_url": "https://other.example/webhooks",
        "use_profile_webhooks": False,
        "newer": 1,
    }


async def test_a_message_without_content_is_not_sent(api: Any, emulator: TelnyxEmulator) -> None:
    with pytest.raises(ValueError, match="media_urls"):
        await api.messages.send(PERSON, "", from_=NUMBER)
    assert len(emulator.requests) == 0


async def test_a_refusal_names_the_reason(api: Any) -> None:
    with pytest.raises(BadRequestError, match=r"E\.164") as caught:
        await api.messages.send("someone", "Hello", from_=NUMBER)
    assert (caught.value.code, caught.value.maybe_done) == ("40310", False)
    with pytest.raises(NotFoundError):
        await api.messages.get("00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_message_that_may_have_been_sent_is_not_sent_again(
    as_async: Any, emulator: TelnyxEmulator, status: int
) -> None:
    emulator.fail(status, path="/v2/messages")
    api = as_async(Telnyx(**emulator.options(), max_retries=5))
    with pytest.raises(ServerError) as caught:
        await api.messages.send(PERSON, "Hello", from_=NUMBER)
    assert caught.value.maybe_done
    assert len(emulator.requests) == 1


async def test_a_message_that_was_refused_for_the_rate_is_sent_again(
    as_async: Any, emulator: TelnyxEmulator
) -> None:
    emulator.fail(429, path="/v2/messages", retry_after=0)
    api = as_async(Telnyx(**emulator.options(), max_retries=1))
    await api.messages.send(PERSON, "Hello", from_=NUMBER)
    assert len(emulator.messages_sent) == 1
