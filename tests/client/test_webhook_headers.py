"""Webhook headers in the forms of frameworks, and rotation of keys."""

import base64
import email.message
import pickle
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.datastructures import Headers as StarletteHeaders
from starlette.requests import Request

from langchain_telnyx.client.errors import (
    ConfigurationError,
)
from langchain_telnyx.client.webhook_errors import (
    MalformedWebhookError,
    StaleWebhookError,
    UnsignedWebhookError,
    WebhookError,
    WebhookSignatureError,
)
from langchain_telnyx.webhooks import Headers, PublicKey, WebhookEvent, verify

NOW = 1_760_000_000
BODY = b'{"event_type": "e"}'
OLD, NEW, OTHER = (Ed25519PrivateKey.generate() for _ in range(3))


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


PUBLIC = public(NEW)


def signature(by: Ed25519PrivateKey = NEW) -> str:
    return base64.b64encode(by.sign(f"{NOW}|".encode() + BODY)).decode()


def receive(headers: Headers, public_key: PublicKey | None = PUBLIC) -> WebhookEvent:
    return verify(BODY, headers, public_key=public_key, now=NOW)


class Werkzeug:
    """Headers like Flask's: not a mapping, but with `items`, and iterated over as pairs."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def items(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)


PAIRS = [
    ("Host", "example.com"),
    ("Telnyx-Signature-ed25519", signature()),
    ("Telnyx-Timestamp", str(NOW)),
]
RAW = [(name.lower().encode(), value.encode()) for name, value in PAIRS]
WSGI: dict[str, Any] = {
    "REQUEST_METHOD": "POST",
    "wsgi.input": object(),
    "wsgi.version": (1, 0),
    **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in PAIRS},
}
MESSAGE = email.message.Message()
for name, value in PAIRS:
    MESSAGE[name] = value
SCOPE = {"type": "http", "method": "POST", "path": "/", "headers": RAW}


@pytest.mark.parametrize(
    "headers",
    [
        dict(PAIRS),
        {name: [value] for name, value in PAIRS},
        {name: (value.encode(),) for name, value in PAIRS},
        {name: memoryview(value.encode()) for name, value in PAIRS},
        {"telnyx-timestamp": NOW, "telnyx-signature-ed25519": signature()},
        {"telnyx_timestamp": str(NOW), "TELNYX_SIGNATURE_ED25519": signature()},
        PAIRS,
        iter(PAIRS),
        RAW,
        [[name, value] for name, value in RAW],
        WSGI,
        MESSAGE,
        Werkzeug(PAIRS),
        httpx.Headers(PAIRS),
        StarletteHeaders(raw=RAW),
        Request(SCOPE).headers,
        Request(SCOPE).headers.raw,
    ],
    ids=lambda headers: type(headers).__name__,
)
def test_webhook_headers_of_every_framework_are_accepted(headers: Any) -> None:
    assert receive(headers).event_type == "e"


@pytest.mark.parametrize(
    "value",
    [f"{signature(OTHER)}, {signature()}", [signature(OTHER), signature()]],
    ids=["text", "list"],
)
def test_one_of_several_signatures_is_enough(value: Any) -> None:
    assert receive({"telnyx-timestamp": NOW, "telnyx-signature-ed25519": value}).event_type == "e"


@pytest.mark.parametrize("headers", [None, 5, "telnyx-timestamp: 1", b"x", ["a", "b"], [("a",)]])
def test_invalid_headers_are_refused_with_the_accepted_types(headers: Any) -> None:
    with pytest.raises(TypeError, match=r"pairs of a name and a value.*WSGI"):
        receive(headers)


@pytest.mark.parametrize("odd", [None, object(), True, {}, [None], []])
def test_invalid_header_values_are_ignored(odd: Any) -> None:
    assert receive({**dict(PAIRS), "x": odd, odd.__class__: 1}).event_type == "e"
    with pytest.raises(UnsignedWebhookError, match="telnyx-timestamp"):
        receive({**dict(PAIRS), "Telnyx-Timestamp": odd})


@pytest.mark.parametrize(
    "keys",
    [
        [public(OLD), public(NEW)],
        (public(NEW).encode(), OLD.public_key().public_bytes_raw()),
        {public(NEW): "new", public(OLD): "old"}.keys(),
        f"{public(OLD)},{public(NEW)}",
        f" {public(OLD)}\n{public(NEW)}\n",
    ],
    ids=["list", "bytes", "keys", "commas", "lines"],
)
@pytest.mark.parametrize("by", [OLD, NEW], ids=["old", "new"])
def test_both_keys_are_accepted_during_a_rotation(keys: PublicKey, by: Ed25519PrivateKey) -> None:
    headers = {"telnyx-timestamp": NOW, "telnyx-signature-ed25519": signature(by)}
    assert receive(headers, keys).event_type == "e"
    with pytest.raises(WebhookSignatureError):
        receive({**headers, "telnyx-signature-ed25519": signature(OTHER)}, keys)


def test_the_key_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="`TELNYX_PUBLIC_KEY`"):
        receive(PAIRS, None)
    monkeypatch.setenv("TELNYX_PUBLIC_KEY", f"{public(OLD)}, {public(NEW)}")
    assert receive(PAIRS, None).event_type == "e"
    with pytest.raises(WebhookSignatureError):
        receive(PAIRS, public(OTHER))  # an argument overrides the environment
    monkeypatch.setenv("TELNYX_PUBLIC_KEY", "secret-of-another-kind")
    with pytest.raises(ConfigurationError, match="`TELNYX_PUBLIC_KEY`") as caught:
        receive(PAIRS, None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "keys", [[], [public(NEW), "short"], [None], 5, "", [b"short", public(NEW)]]
)
def test_a_list_of_keys_may_only_have_strings(keys: Any) -> None:
    with pytest.raises(ConfigurationError, match="public_key"):
        receive(PAIRS, keys)


@pytest.mark.parametrize(
    "kind",
    [
        WebhookError,
        UnsignedWebhookError,
        StaleWebhookError,
        WebhookSignatureError,
        MalformedWebhookError,
    ],
)
def test_every_error_survives_a_pickle(kind: type[WebhookError]) -> None:
    error = pickle.loads(pickle.dumps(kind("why")))  # noqa: S301 - our own
    assert (type(error), str(error)) == (kind, "why")
