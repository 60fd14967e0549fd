"""Webhooks: only recent signatures of Telnyx are accepted; all forms of an event are parsed."""

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from langchain_telnyx.client.errors import (
    ConfigurationError,
    TelnyxError,
)
from langchain_telnyx.client.webhook_errors import (
    MalformedWebhookError,
    StaleWebhookError,
    UnsignedWebhookError,
    WebhookError,
    WebhookSignatureError,
)
from langchain_telnyx.webhooks import (
    ConversationEndedEvent,
    Headers,
    InsightsEvent,
    WebhookEvent,
    parse,
    verify,
)

NOW = 1_760_000_000
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(PRIVATE.public_key().public_bytes_raw()).decode()
FLAT = {
    "event_type": "conversation.insights.completed",
    "conversation_id": "c-1",
    "insight_group_id": "g-1",
    "insight_group_name": "Calls",
    "insights": [
        {"insight_id": "i-1", "insight_name": "Mood", "result": {"score": 8}},
        {"insight_id": "i-2", "insight_name": "Summary", "result": "All went well."},
    ],
}
VOICE = {
    "data": {
        "record_type": "event",
        "event_type": "call.conversation_insights.generated",
        "id": "e-1",
        "occurred_at": "2026-02-19T17:02:49.371454Z",
        "payload": {
            "call_control_id": "v3:1",
            "call_leg_id": "l-1",
            "call_session_id": "s-1",
            "connection_id": "7",
            "calling_party_type": "pstn",
            "insight_group_id": "g-1",
            "results": [
                {"insight_id": "i-1", "result": '{"score": 8}'},
                {"insight_id": "i-2", "result": "All went well."},
            ],
        },
    }
}
SEEN = {
    "event_type": "conversation_insight_result",
    "payload": {
        "conversation_id": "c-1",
        "request_id": "r-1",
        "status": "completed",
        "metadata": {"call_control_id": "v3:1", "assistant_id": "a-1"},
        "results": VOICE["data"]["payload"]["results"],  # type: ignore[index]  # a dict, as above
    },
}
ENDED = {
    "data": {
        "record_type": "event",
        "event_type": "call.conversation.ended",
        "id": "e-2",
        "occurred_at": "2026-02-19T17:02:49Z",
        "payload": {
            "assistant_id": "a-1",
            "conversation_id": "c-1",
            "call_control_id": "v3:1",
            "duration_sec": 3,
            "llm_model": "moonshotai/Kimi-K2.6",
            "reason": "user_hangup",
            "messages": [
                {"role": "user", "content": "Hi", "timestamp": "2026-02-19T17:02:48Z"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}
                    ],
                },
                {"role": "tool", "content": "Done", "tool_call_id": "t"},
            ],
        },
    }
}


def body_of(event: object) -> bytes:
    return json.dumps(event).encode()


def signed(body: bytes, at: int | str = NOW, by: Ed25519PrivateKey = PRIVATE) -> dict[str, str]:
    signature = by.sign(f"{at}|".encode() + body)
    return {
        "content-type": "application/json",
        "telnyx-timestamp": str(at),
        "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
    }


def check(body: bytes, headers: Headers, **options: Any) -> WebhookEvent:
    return verify(body, headers, **{"public_key": PUBLIC, "now": NOW + 10, **options})


@pytest.mark.parametrize(
    "key",
    [PUBLIC, f" {PUBLIC}\n", PRIVATE.public_key().public_bytes_raw()],
    ids=["base64", "copied with blanks", "bytes"],  # the key differs in each test process
)
def test_a_recent_signature_is_accepted(key: str | bytes) -> None:
    event = check(body_of(FLAT), signed(body_of(FLAT)), public_key=key)
    assert isinstance(event, InsightsEvent)


def test_a_signature_of_openssls_is_known() -> None:
    # The key is that of RFC 8032, section 7.1, test 3; `openssl pkeyutl -sign -rawin` signed.
    body = b'{"event_type": "e"}'
    headers = {
        "telnyx-timestamp": str(NOW),
        "telnyx-signature-ed25519": "EEH80Q+C+hCusgzaFzEi6wgUjlWFK5rv5aPzWNPs/YUC1VBguvXXdhZWmm6w"
        "OyMSdR6TATheOQ6/qwovyrHjCQ==",
    }
    public = "/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU="
    assert check(body, headers, public_key=public).event_type == "e"


def test_header_names_are_case_insensitive() -> None:
    plain = signed(body_of(FLAT))
    written: list[Headers] = [
        {name.upper(): value for name, value in plain.items()},
        {name.title(): [value] for name, value in plain.items()},
        [(name.encode(), value.encode()) for name, value in plain.items()],
    ]
    for headers in written:
        assert check(body_of(FLAT), headers).event_type == FLAT["event_type"]


def test_a_changed_byte_invalidates_the_signature() -> None:
    body = body_of(VOICE)
    headers = signed(body)
    for at in range(len(body)):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(WebhookSignatureError):
            check(changed, headers)
    for name in ("telnyx-timestamp", "telnyx-signature-ed25519"):
        value = headers[name].encode()
        for at in range(len(value)):
            changed = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
            with pytest.raises(WebhookError):
                check(body, {**headers, name: changed})


@pytest.mark.parametrize("more", [b" ", b"\n", b"\x00"])
def test_a_reserialized_body_does_not_match_the_signature(more: bytes) -> None:
    with pytest.raises(WebhookSignatureError, match="it was changed"):
        check(body_of(FLAT) + more, signed(body_of(FLAT)))
    with pytest.raises(TypeError, match="bytes"):
        check(body_of(FLAT).decode(), signed(body_of(FLAT)))  # type: ignore[arg-type]  # on purpose


def test_a_webhook_signed_with_another_key_is_refused() -> None:
    with pytest.raises(WebhookSignatureError):
        check(body_of(FLAT), signed(body_of(FLAT), by=Ed25519PrivateKey.generate()))


@pytest.mark.parametrize(
    ("later", "tolerance", "good"),
    [(300, 300, True), (301, 300, False), (-300, 300, True), (-301, 300, False), (5, 1, False)],
)
def test_a_signature_is_valid_for_some_time(later: int, tolerance: float, *, good: bool) -> None:
    def receive() -> WebhookEvent:
        headers = signed(body_of(FLAT))
        return check(body_of(FLAT), headers, now=NOW + later, tolerance=tolerance)

    if good:
        assert receive().event_type == FLAT["event_type"]
    else:
        with pytest.raises(StaleWebhookError, match=f"{abs(later)} s"):
            receive()


def test_the_default_clock_is_the_systems() -> None:
    with pytest.raises(StaleWebhookError):
        verify(body_of(FLAT), signed(body_of(FLAT)), public_key=PUBLIC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("telnyx-timestamp", None),
        ("telnyx-timestamp", ""),
        ("telnyx-timestamp", "yesterday"),
        ("telnyx-timestamp", "-5"),
        ("telnyx-timestamp", "9" * 5000),
        ("telnyx-signature-ed25519", None),
        ("telnyx-signature-ed25519", "no base64!"),
        ("telnyx-signature-ed25519", "c2hvcnQ="),
        ("telnyx-signature-ed25519", []),
    ],
)
def test_an_unsigned_webhook_is_refused(name: str, value: Any) -> None:
    headers: dict[str, Any] = {**signed(body_of(FLAT)), name: value}
    if value is None:
        del headers[name]
    with pytest.raises(UnsignedWebhookError, match=name):
        check(body_of(FLAT), headers)


@pytest.mark.parametrize("key", ["", "no key", base64.b64encode(b"short").decode(), b"short"])
def test_a_public_key_must_be_valid(key: str | bytes) -> None:
    with pytest.raises(ConfigurationError, match="public key from the portal"):
        check(body_of(FLAT), signed(body_of(FLAT)), public_key=key)


def test_webhook_errors_do_not_quote_the_webhook() -> None:
    secret = "Ann-was-here"
    body = body_of({"name": secret, "messages": [{"content": secret}]})
    broken = b'{"' + secret.encode()
    other = Ed25519PrivateKey.generate()
    for sent, headers in (
        (body, signed(body)),
        (body, signed(body, by=other)),
        (body, signed(body, NOW - 1000)),
        (body, {}),
        (broken, signed(broken)),
    ):
        with pytest.raises(WebhookError) as caught:
            check(sent, headers)
        error: BaseException | None = caught.value
        assert isinstance(error, TelnyxError)
        while error is not None:
            shown = f"{error!r} {error}"
            assert secret not in shown
            assert PUBLIC not in shown
            signature = headers.get("telnyx-signature-ed25519")
            assert signature is None or signature not in shown
            error = error.__cause__


@pytest.mark.parametrize("event", [FLAT, VOICE, SEEN, {"data": SEEN}])
def test_insights_are_equal_in_both_forms(event: dict[str, Any]) -> None:
    read = parse(body_of(event))
    assert isinstance(read, InsightsEvent)
    assert {found.insight_id: found.value for found in read.conversation_insights} == {
        "i-1": {"score": 8},
        "i-2": "All went well.",
    }


def test_fields_of_some_webhook_forms_are_present_in_those_forms() -> None:
    flat, voice, seen = (parse(body_of(event)) for event in (FLAT, VOICE, SEEN))
    assert isinstance(flat, InsightsEvent)
    assert (flat.conversation_id, flat.insight_group_id, flat.id) == ("c-1", "g-1", None)
    assert flat.payload["insight_group_name"] == "Calls"
    assert flat.conversation_insights[0].insight_name == "Mood"  # type: ignore[attr-defined]  # kept
    assert isinstance(voice, InsightsEvent)
    assert (voice.conversation_id, voice.insight_group_id, voice.id) == (None, "g-1", "e-1")
    assert (voice.call_control_id, voice.call_leg_id, voice.call_session_id) == (
        "v3:1",
        "l-1",
        "s-1",
    )
    assert voice.occurred_at == datetime(2026, 2, 19, 17, 2, 49, 371454, tzinfo=UTC)
    assert isinstance(seen, InsightsEvent)
    assert (seen.conversation_id, seen.call_control_id) == ("c-1", "v3:1")
    assert (seen.id, seen.status) == ("r-1", "completed")


def test_the_end_of_a_conversation_is_read() -> None:
    event = parse(body_of(ENDED))
    assert isinstance(event, ConversationEndedEvent)
    assert (event.conversation_id, event.assistant_id) == ("c-1", "a-1")
    assert (event.duration_sec, event.reason) == (3, "user_hangup")
    assert [(message.role, message.content) for message in event.messages] == [
        ("user", "Hi"),
        ("assistant", None),
        ("tool", "Done"),
    ]
    [call] = event.messages[1].tool_calls or []
    assert call.function is not None
    assert (call.function.name, event.messages[2].tool_call_id) == ("f", "t")
    assert event.payload["llm_model"] == "moonshotai/Kimi-K2.6"


def test_an_unknown_event_is_returned_unchanged() -> None:
    payload = {"id": "m-1", "text": "Hi", "messages": 7}
    event = parse(body_of({"data": {"event_type": "message.received", "payload": payload}}))
    assert type(event) is WebhookEvent
    assert (event.event_type, event.id, event.payload) == ("message.received", None, payload)
    flat = parse('{"event_type": "new.thing", "id": "e", "of": "ours"}')
    assert (flat.id, flat.payload) == ("e", {"of": "ours"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"data": 5}',
        b'{"data": {"event_type": 5}}',
        b"[" * 100_000,
        b'{"event_type": null}',
    ],
)
def test_a_body_that_is_not_an_event_is_an_error(body: bytes) -> None:
    with pytest.raises(MalformedWebhookError):
        check(body, signed(body))


def test_receiving_loads_no_langchain_and_parsing_no_cryptography() -> None:
    program = (
        "import sys, langchain_telnyx.webhooks as webhooks;"
        'webhooks.parse(\'{"event_type": "e"}\');'
        "print({'langchain_core', 'cryptography'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_missing_cryptography_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "cryptography.hazmat.primitives.asymmetric.ed25519"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"langchain-telnyx\[webhooks\]"):
        check(body_of(FLAT), signed(body_of(FLAT)))
