"""Whether a webhook was signed by one of some keys: Ed25519 over its time and its body."""

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
"""Headers as frameworks have them: a mapping, of lists of values too, or pairs, in text or bytes;
or the environment of WSGI, where their names begin with `HTTP_`, as Django's `request.META`."""

PublicKey: TypeAlias = str | bytes | Iterable[str | bytes]
"""A public key in base64, or its 32 bytes; or several, any of which is good."""

TIMESTAMP = "telnyx-timestamp"
SIGNATURE = "telnyx-signature-ed25519"
VARIABLE = "TELNYX_PUBLIC_KEY"

_KEY_LENGTH = 32
_SIGNATURE_LENGTH = 64
_LONGEST_TIMESTAMP = 16
_BETWEEN_KEYS = re.compile(r"[\s,;]+")
_TAKEN = (
    "a mapping of names to values, pairs of a name and a value, or the environment of WSGI, with "
    "names such as `HTTP_TELNYX_TIMESTAMP`"
)


def signed(headers: Headers) -> tuple[str, list[bytes]]:
    """Return the time and the signatures in a webhook's headers.

    Raises:
        UnsignedWebhookError: There is no time, or no signature.
        TypeError: These are no headers.
    """
    found: dict[str, list[str]] = {TIMESTAMP: [], SIGNATURE: []}
    for name, value in _pairs(headers):
        if (known_as := _name(name)) in found:
            found[known_as] += _values(value)
    missing = [f"`{name}`" for name, values in found.items() if not values]
    if missing:
        raise UnsignedWebhookError(
            f"The webhook is not signed: it has no {' and no '.join(missing)}. It is not from "
            f"Telnyx, or a proxy has taken the headers away."
        )
    stamp = found[TIMESTAMP][0]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST_TIMESTAMP):
        raise UnsignedWebhookError(f"The webhook's `{TIMESTAMP}` is no number of seconds.")
    decoded = [_decoded(value) for value in found[SIGNATURE]]
    signatures = [each for each in decoded if each and len(each) == _SIGNATURE_LENGTH]
    if not signatures:
        raise UnsignedWebhookError(f"The webhook's `{SIGNATURE}` is no Ed25519 signature.")
    return stamp, signatures


def keys_of(public_key: PublicKey | None) -> "list[Ed25519PublicKey]":
    """Return the keys that are given, or else those in the environment.

    Raises:
        ConfigurationError: One is no key, or there is none.
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
    where = "`public_key`"
    if public_key is None:
        public_key, where = os.environ.get(VARIABLE, ""), f"`{VARIABLE}`"
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
            f"{where} is no Ed25519 key{which}: give the account's public key as the portal shows "
            f"it, 32 bytes in base64, as `public_key` or in the environment as `{VARIABLE}`; "
            f"several as a list, or with commas in between."
        )
    return [Ed25519PublicKey.from_public_bytes(key) for key in raw if key is not None]


def check(
    keys: "Iterable[Ed25519PublicKey]", signatures: Iterable[bytes], stamp: str, body: bytes
) -> None:
    """Make sure that one of the keys made one of the signatures.

    Raises:
        WebhookSignatureError: None did.
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
        "The webhook's signature is wrong: somebody else sent it, it was changed on its way "
        "(a framework that parses JSON and writes it again does that), or `public_key` is of "
        "another account."
    )


def _pairs(headers: Any) -> Iterator[tuple[Any, Any]]:
    """Go through headers, in whichever form a framework has them."""
    items = getattr(headers, "items", None)  # some frameworks' headers are no mappings, but have it
    several = items() if callable(items) else headers
    if isinstance(several, str | bytes) or not isinstance(several, Iterable):
        raise TypeError(f"`headers` is a {type(headers).__name__}: pass {_TAKEN}.")
    for position, pair in enumerate(several):
        if not isinstance(pair, Iterable) or isinstance(pair, str | bytes):
            raise TypeError(f"`headers` has no pair at position {position}: pass {_TAKEN}.")
        name, *value = pair
        if len(value) != 1:
            raise TypeError(f"`headers` has no pair at position {position}: pass {_TAKEN}.")
        yield name, value[0]


def _name(name: Any) -> str:
    # WSGI writes `Telnyx-Timestamp` as `HTTP_TELNYX_TIMESTAMP`.
    text = _text(name)
    return "" if text is None else text.lower().replace("_", "-").removeprefix("http-")


def _values(value: Any) -> list[str]:
    # Some frameworks have a list of values, some join them by commas.
    several = value if isinstance(value, list | tuple) else [value]
    texts = [text for each in several if (text := _text(each)) is not None]
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _text(value: Any) -> str | None:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("latin-1")  # ASGI has bytes
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _raw_keys(given: Any) -> list[bytes | None]:
    if isinstance(given, bytes | bytearray) and len(given) == _KEY_LENGTH:
        return [bytes(given)]
    text = _text(given)
    return [_decoded(part) for part in _BETWEEN_KEYS.split(text or "") if part] or [None]


def _decoded(text: str) -> bytes | None:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:  # not ASCII, or no base64
        return None
    # The last letter has bits to spare; other letters there would stand for the same bytes.
    return decoded if base64.b64encode(decoded).decode() == text else None
