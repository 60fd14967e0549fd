"""Webhooks of insights: sent on completion, signed, retried, and only to loopback by default."""

from __future__ import annotations

import base64
import http.server
import json
import queue
import threading
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pytest_socket import socket_allow_hosts

from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from langchain_telnyx.emulator.webhooks.sender import Delivery

HOOK = "https://hooks.example.com/insights"
SCHEMA = {
    "type": "object",
    "properties": {"guests": {"type": "integer"}},
    "required": ["guests"],
    "additionalProperties": False,
}
IMPOSSIBLE = {**SCHEMA, "properties": {"guests": {"type": "integer", "minimum": 2, "maximum": 1}}}


def end_a_call(
    emulator: TelnyxEmulator,
    *,
    group_hook: str = "",
    template_hook: str = "",
    schema: Mapping[str, Any] = SCHEMA,
    **metadata: str,
) -> tuple[str, str, str]:
    """End a conversation whose group has two templates, and return its id and theirs."""
    conversations = emulator.account.conversations
    first = conversations.templates.create(
        name="Guests", instructions="How many guests?", json_schema=schema, webhook=template_hook
    )
    second = conversations.templates.create(name="Summary", instructions="Summarise.")
    group = conversations.groups.create(name="Calls", webhook=group_hook)
    conversations.groups.assign(group.id, first.id)
    conversations.groups.assign(group.id, second.id)
    call = conversations.records.create("", metadata).id
    emulator.http_client.post(
        f"{emulator.base_url}/ai/conversations/{call}/message",
        headers={"authorization": f"Bearer {emulator.api_key}"},
        json={"role": "user", "content": "We are 4 guests."},
    )
    emulator.end_conversation(call, group.id)
    return call, first.id, second.id


def is_signed(delivery: Delivery, emulator: TelnyxEmulator) -> bool:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(emulator.webhook_public_key))
    stamp = delivery.headers["telnyx-timestamp"].encode()
    signature = base64.b64decode(delivery.headers["telnyx-signature-ed25519"])
    try:
        key.verify(signature, stamp + b"|" + delivery.body)
    except InvalidSignature:
        return False
    return True


@pytest.fixture
def serve() -> Iterator[Callable[[list[int]], tuple[str, queue.Queue[tuple[bytes, Any]]]]]:
    """Start a server on loopback that answers POSTs with the given statuses in turn."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(statuses: list[int]) -> tuple[str, queue.Queue[tuple[bytes, Any]]]:
        got: queue.Queue[tuple[bytes, Any]] = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got.put((body, self.headers))
                status = statuses.pop(0) if statuses else 200
                self.send_response(status)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Say nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/hook", got

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("emulator", [Quirks(insight_webhook="flat")], indirect=True)
def test_a_groups_webhook_has_all_results_in_the_documented_form(emulator: TelnyxEmulator) -> None:
    call, guests, summary = end_a_call(emulator, group_hook=HOOK)
    delivery = emulator.next_webhook()
    payload = json.loads(delivery.body)
    assert payload == {
        "event_type": "conversation.insights.completed",
        "conversation_id": call,
        "insight_group_id": payload["insight_group_id"],
        "insight_group_name": "Calls",
        "insights": [
            {"insight_id": guests, "insight_name": "Guests", "result": {"guests": 4}},
            {"insight_id": summary, "insight_name": "Summary", "result": "We are 4 guests."},
        ],
    }
    assert is_signed(delivery, emulator)


@pytest.mark.parametrize("emulator", [Quirks(insight_webhook="event")], indirect=True)
def test_webhooks_can_have_the_form_of_voice_events(emulator: TelnyxEmulator) -> None:
    _, guests, summary = end_a_call(emulator, group_hook=HOOK, call_control_id="v3:1", other="x")
    event = json.loads(emulator.next_webhook().body)["data"]
    assert (event["record_type"], event["event_type"]) == (
        "event",
        "call.conversation_insights.generated",
    )
    assert event["occurred_at"].startswith("2026-01-01T00:00:00.")
    assert event["payload"] == {
        "call_control_id": "v3:1",
        "calling_party_type": "pstn",
        "insight_group_id": event["payload"]["insight_group_id"],
        "results": [
            {"insight_id": guests, "result": '{"guests": 4}'},
            {"insight_id": summary, "result": "We are 4 guests."},
        ],
    }


def test_webhooks_can_have_the_form_observed_in_production(emulator: TelnyxEmulator) -> None:
    call, guests, summary = end_a_call(emulator, group_hook=HOOK, assistant_id="a-1")
    end_a_call(emulator, group_hook=HOOK)
    first, second = (json.loads(emulator.next_webhook().body) for _ in range(2))
    payload = first["payload"]
    assert first == {
        "record_type": "event",
        "event_type": "conversation_insight_result",
        "payload": payload,
    }
    assert payload == {
        "request_id": payload["request_id"],
        "conversation_id": call,
        "insight_group_id": payload["insight_group_id"],
        "status": "completed",
        "metadata": {"assistant_id": "a-1"},
        "results": [
            {"insight_id": guests, "result": '{"guests": 4}'},
            {"insight_id": summary, "result": "We are 4 guests."},
        ],
    }
    assert payload["request_id"] != second["payload"]["request_id"]


def test_a_templates_webhook_has_its_own_result(emulator: TelnyxEmulator) -> None:
    _, guests, _ = end_a_call(emulator, group_hook=HOOK, template_hook=f"{HOOK}/guests")
    first, second = emulator.next_webhook(), emulator.next_webhook()
    assert (first.url, second.url) == (HOOK, f"{HOOK}/guests")
    assert [row["insight_id"] for row in json.loads(second.body)["payload"]["results"]] == [guests]


def test_the_insights_are_complete_when_the_webhook_arrives(emulator: TelnyxEmulator) -> None:
    seen: list[str] = []
    insights = emulator.account.conversations.insights

    def receive(body: bytes, headers: Mapping[str, str]) -> None:
        assert headers["content-type"] == "application/json"
        seen.extend(
            run.status for run in insights.of(json.loads(body)["payload"]["conversation_id"])
        )

    emulator.receive_webhooks(HOOK, receive)
    end_a_call(emulator, group_hook=HOOK)
    assert emulator.next_webhook().answers == [200]
    assert seen == ["completed"]


def test_a_server_on_loopback_receives_webhooks(
    emulator: TelnyxEmulator, serve: Callable[..., Any]
) -> None:
    url, got = serve([])
    end_a_call(emulator, group_hook=url)
    delivery = emulator.next_webhook()
    body, headers = got.get(timeout=10)
    assert (delivery.answers, delivery.delivered) == ([200], True)
    assert (body, headers["content-type"]) == (delivery.body, "application/json")
    for name, value in delivery.headers.items():
        assert headers[name] == value


@pytest.mark.parametrize(
    ("statuses", "answers", "delivered"),
    [
        ([500, 404], [500, 404, 200], True),
        ([302], [302, 200], True),  # a redirect is not followed, and no success
        ([204], [204], True),
        ([500, 500, 500], [500, 500, 500], False),
    ],
)
def test_a_refused_webhook_is_sent_three_times(
    emulator: TelnyxEmulator,
    serve: Callable[..., Any],
    statuses: list[int],
    answers: list[int],
    *,
    delivered: bool,
) -> None:
    url, got = serve(list(statuses))
    end_a_call(emulator, group_hook=url)
    delivery = emulator.next_webhook()
    assert (delivery.answers, delivery.delivered) == (answers, delivered)
    bodies = [got.get(timeout=10)[0] for _ in answers]
    assert set(bodies) == {delivery.body}
    assert got.empty()
    assert is_signed(delivery, emulator)


def test_a_webhook_is_retried_after_the_receiver_fails(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    replies = iter([503, None])
    called: list[bytes] = []

    def receive(body: bytes, _: Mapping[str, str]) -> int | None:
        called.append(body)
        if len(called) == 1:
            raise RuntimeError("not ready")
        return next(replies)

    emulator.receive_webhooks(HOOK, receive)
    end_a_call(emulator, group_hook=HOOK)
    assert emulator.next_webhook().answers == ["RuntimeError: not ready", 503, 200]
    assert "not ready" in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        HOOK,
        "http://192.0.2.1/x",
        "file:///etc/passwd",
        "http://[",
        "localhost",
        "http://127.1.evil",
    ],
)
def test_nothing_is_sent_beyond_loopback(emulator: TelnyxEmulator, url: str) -> None:
    end_a_call(emulator, group_hook=url)
    delivery = emulator.next_webhook()
    assert not delivery.delivered
    [answer] = delivery.answers
    assert "loopback" in str(answer)


def test_webhooks_are_sent_to_allowed_hosts(
    serve: Callable[[list[int]], tuple[str, queue.Queue[tuple[bytes, Any]]]],
) -> None:
    # An address of this machine that the emulator does not consider loopback.
    socket_allow_hosts(["127.0.0.1", "0.0.0.0"], allow_unix_socket=True)
    url = serve([200, 200])[0].replace("127.0.0.1", "0.0.0.0")
    named = TelnyxEmulator(sockets=False, webhook_hosts=["0.0.0.0"])
    for emulator in (named, TelnyxEmulator(sockets=False, allow_webhooks=True)):
        with emulator:
            end_a_call(emulator, group_hook=url)
            assert emulator.next_webhook().answers == [200]
    with TelnyxEmulator(sockets=False) as emulator:
        end_a_call(emulator, group_hook=url)
        [answer] = emulator.next_webhook().answers
        assert str(answer).startswith("not sent")


def test_failed_insights_send_no_webhook(emulator: TelnyxEmulator) -> None:
    end_a_call(emulator, group_hook=HOOK, schema=IMPOSSIBLE)
    end_a_call(emulator, group_hook=f"{HOOK}/2")
    assert emulator.next_webhook().url == f"{HOOK}/2"


def test_waiting_for_a_webhook_ends(emulator: TelnyxEmulator) -> None:
    end_a_call(emulator)
    with pytest.raises(TimeoutError, match=r"0\.05 s"):
        emulator.next_webhook(timeout=0.05)


def test_the_public_key_is_the_accounts_and_available_over_http(
    emulator: TelnyxEmulator, bearer: dict[str, str]
) -> None:
    key = emulator.webhook_public_key
    url = f"{emulator.base_url}/emulator/public_key"
    assert emulator.http_client.get(url, headers=bearer).json() == {"data": {"public": key}}
    assert len(base64.b64decode(key)) == 32
    emulator.reset()
    assert emulator.webhook_public_key == key
    with TelnyxEmulator(sockets=False, seed=1) as other:
        assert other.webhook_public_key != key


def test_stopping_drops_unsent_webhooks(serve: Callable[..., Any]) -> None:
    url, got = serve([500] * 6)
    with TelnyxEmulator(sockets=False) as emulator:
        end_a_call(emulator, group_hook=url, template_hook=url)
        got.get(timeout=10)
    assert got.qsize() < 6
