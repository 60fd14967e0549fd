"""Verification of webhook signatures: Ed25519 over the time and the body."""

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_telnyx.client.errors import (
    ConfigurationError,
)
from langchain_telnyx.client.webhook_errors import (
    UnsignedWebhookError,
    WebhookSignatureError,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Headers: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]]
"""Headers of any framework: a mapping, also with lists of values, or pairs, of text or bytes; or
the environment of WSGI, where names start with `HTTP_`, such as Django's `request.META`."""

PublicKey: TypeAlias = str | bytes | Iterable[str | bytes]
"""A public key in base64, or its 32 bytes; or several keys."""

TIMESTAMP = "telnyx-timestamp"
SIGNATURE = "telnyx-signature-ed25519"
VARIABLE = "TELNYX_PUBLIC_KEY"

_KEY_LENGTH = 32
_SIGNATURE_LENGTH = 64
_MAX_TIMESTAMP_LENGTH = 16
_KEY_SEPARATOR = re.compile(r"[\s,;]+")
_SUPPORTED = (
    "a mapping of names to values, pairs of a name and a value, or the environment of WSGI, with "
    "names such as `HTTP_TELNYX_TIMESTAMP`"
)


def signed(headers: Headers) -> tuple[str, list[bytes]]:
    """Return the time and the signatures from a webhook's headers.

    Raises:
        UnsignedWebhookError: The time or the signature is missing or invalid.
        TypeError: The headers have an unsupported type.
    """
    found: dict[str, list[str]] = {TIMESTAMP: [], SIGNATURE: []}
    for name, value in _pairs(headers):
        if (header := _name(name)) in found:
            found[header] += _values(value)
    missing = [f"`{name}`" for name, values in found.items() if not values]
    if missing:
        raise UnsignedWebhookError(
            f"The webhook is not signed: it has no {' and no '.join(missing)}. It is not from "
            f"Telnyx, or a proxy has removed the headers."
        )
    stamp = found[TIMESTAMP][0]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _MAX_TIMESTAMP_LENGTH):
        raise UnsignedWebhookError(f"The webhook's `{TIMESTAMP}` is not a number of seconds.")
    decoded = [_decoded(value) for value in found[SIGNATURE]]
    signatures = [each for each in decoded if each and len(each) == _SIGNATURE_LENGTH]
    if not signatures:
        raise UnsignedWebhookError(f"The webhook's `{SIGNATURE}` is not an Ed25519 signature.")
    return stamp, signatures


def keys_of(public_key: PublicKey | None) -> "list[Ed25519PublicKey]":
    """Return the passed keys, or else those in the environment.

    Raises:
        ConfigurationError: A key is invalid, or there is none.
        ImportError: The extra `webhooks` is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - an extra
            Ed25519PublicKey,
        )
    except ImportError as error:
        raise ImportError(
            'Verifying webhooks needs cryptography: run `pip install "langchain-telnyx[webhooks]"`.'
        ) from error
    origin = "`public_key`"
    if public_key is None:
        public_key, origin = os.environ.get(VARIABLE, ""), f"`{VARIABLE}`"
    one = isinstance(public_key, str | bytes | bytearray)
    if not one and not isinstance(public_key, Iterable):
        raise ConfigurationError(
            f"`public_key` is a {type(public_key).__name__}: pass a key, or several in a list."
        )
    given = [public_key] if one else list(public_key)
    raw = [key for each in given for key in _raw_keys(each)]
    bad = [position for position, key in enumerate(raw) if key is None or len(key) != _KEY_LENGTH]
    if bad or not raw:
        which = f" at position {bad[0]}" if bad and len(raw) > 1 else ""
        raise ConfigurationError(
            f"{origin} is not an Ed25519 key{which}. Pass the public key from the portal, "
            f"32 bytes in base64, as `public_key` or in the environment as `{VARIABLE}`; several "
            f"as a list, or separated by commas."
        )
    return [Ed25519PublicKey.from_public_bytes(key) for key in raw if key is not None]


def check(
    keys: "Iterable[Ed25519PublicKey]", signatures: Iterable[bytes], stamp: str, body: bytes
) -> None:
    """Check that one of the signatures matches one of the keys.

    Raises:
        WebhookSignatureError: None matches.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

    tried = list(signatures)
    for key in keys:
        for signature in tried:
            try:
                key.verify(signature, stamp.encode() + b"|" + body)
            except InvalidSignature:
                continue
            return
    raise WebhookSignatureError(
        "The webhook's signature is wrong: it has another sender, it was changed (for example by "
        "a framework that parses and serializes JSON), or `public_key` belongs to another account."
    )


def _pairs(headers: Any) -> Iterator[tuple[Any, Any]]:
    """Yield headers of any framework as pairs."""
    items = getattr(
        headers, "items", None
    )  # some frameworks' headers have `items`, but are not mappings
    several = items() if callable(items) else headers
    if isinstance(several, str | bytes) or not isinstance(several, Iterable):
        raise TypeError(f"`headers` is a {type(headers).__name__}: pass {_SUPPORTED}.")
    for position, pair in enumerate(several):
        if not isinstance(pair, Iterable) or isinstance(pair, str | bytes):
            raise TypeError(f"`headers` has no pair at position {position}: pass {_SUPPORTED}.")
        name, *value = pair
        if len(value) != 1:
            raise TypeError(f"`headers` has no pair at position {position}: pass {_SUPPORTED}.")
        yield name, value[0]


def _name(name: Any) -> str:
    # The name of `Telnyx-Timestamp` in WSGI is `HTTP_TELNYX_TIMESTAMP`.
    text = _text(name)
    return "" if text is None else text.lower().replace("_", "-").removeprefix("http-")


def _values(value: Any) -> list[str]:
    # Some frameworks have a list of values, others join them with commas.
    several = value if isinstance(value, list | tuple) else [value]
    texts = [text for each in several if (text := _text(each)) is not None]
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _text(value: Any) -> str | None:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("latin-1")  # from ASGI
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _raw_keys(given: Any) -> list[bytes | None]:
    if isinstance(given, bytes | bytearray) and len(given) == _KEY_LENGTH:
        return [bytes(given)]
    text = _text(given)
    return [_decoded(part) for part in _KEY_SEPARATOR.split(text or "") if part] or [None]


def _decoded(text: str) -> bytes | None:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:  # not ASCII, or not base64
        return None
    # The last character has unused bits; refuse other encodings of the same bytes.
    return decoded if base64.b64encode(decoded).decode() == text else None
