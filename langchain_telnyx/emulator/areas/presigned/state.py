"""Tokens of presigned URLs: a signed permission to read one object until a time.

The API key signs the token, and nothing is stored. It permits only reading, like the one real token
that was observed; it is not clear whether the real service permits `PUT`.
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime

PARAMETER = "X-AMZ-Security-Token"
"""The query parameter with the token."""


def issue(bucket: str, key: str, *, api_key: str, expires: datetime) -> str:
    """Return a token that lets its bearer read `key` of `bucket` until `expires`."""
    grant = json.dumps({"resource": f"{bucket}/{key}", "exp": expires.timestamp()})
    body = _encode(grant.encode())
    return f"{body}.{_encode(_sign(body, api_key))}"


def grants(token: str, bucket: str, key: str, *, api_key: str, now: datetime) -> bool:
    """Return whether `token` is valid, not expired, and for this object."""
    body, _, signature = token.partition(".")
    try:
        genuine = hmac.compare_digest(_decode(signature), _sign(body, api_key))
    except (binascii.Error, ValueError):
        return False
    if not genuine:
        return False
    grant = json.loads(_decode(body))
    return bool(grant["resource"] == f"{bucket}/{key}" and now.timestamp() < grant["exp"])


def _sign(body: str, api_key: str) -> bytes:
    return hmac.new(api_key.encode(), body.encode(), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
