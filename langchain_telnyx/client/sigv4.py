"""AWS Signature Version 4 for the storage host, as a header.

Telnyx reads only the access key id, which is the API key, but requires a syntactically valid
header; other S3 servers verify it, so it is a real signature with the key as the secret too. It is
never a presigned URL, which would contain the API key.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from langchain_telnyx.client.call import Query
from langchain_telnyx.client.quoting import quoted

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
_ALGORITHM = "AWS4-HMAC-SHA256"
_USUAL_PORTS = {"http": 80, "https": 443}


def signed_headers(
    method: str,
    url: str,
    query: Query,
    headers: Mapping[str, str],
    *,
    payload: bytes | None,
    key: str,
    region: str,
    now: datetime,
) -> dict[str, str]:
    """Return `headers` with the headers that authenticate the request.

    Args:
        method: The HTTP method.
        url: Scheme, host and percent-encoded path.
        query: Query parameters, not yet encoded.
        headers: Headers of the request; all of them are signed.
        payload: The body, or `None` for one that is streamed and so not hashed.
        key: The API key: access key id and secret in one.
        region: The storage region.
        now: The time, in UTC.
    """
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    digest = UNSIGNED_PAYLOAD if payload is None else hashlib.sha256(payload).hexdigest()
    to_sign = {
        **{name.lower(): " ".join(value.split()) for name, value in headers.items()},
        "host": _host(parts),
        "x-amz-content-sha256": digest,
        "x-amz-date": stamp,
    }
    names = ";".join(sorted(to_sign))
    canonical = "\n".join(
        (
            method,
            parts.path or "/",
            "&".join(f"{name}={value}" for name, value in sorted(_encoded(query))),
            *(f"{name}:{to_sign[name]}" for name in sorted(to_sign)),
            "",
            names,
            digest,
        )
    )
    message = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    secret = f"AWS4{key}".encode()
    for step in (stamp[:8], region, "s3", "aws4_request"):
        secret = hmac.digest(secret, step.encode(), "sha256")
    signature = hmac.digest(secret, message.encode(), "sha256").hex()
    return {
        **headers,
        "x-amz-content-sha256": digest,
        "x-amz-date": stamp,
        "authorization": (
            f"{_ALGORITHM} Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
        ),
    }


def encode_query(query: Query) -> str:
    """Return the query string, in order, with all reserved characters encoded."""
    return "&".join(f"{name}={value}" for name, value in _encoded(query))


def _encoded(query: Query) -> list[tuple[str, str]]:
    return [
        (quoted(name, "A query parameter:"), quoted(value, f"The query parameter `{name}`:"))
        for name, value in query
    ]


def _host(parts: SplitResult) -> str:
    """Return the `Host` header of HTTP clients: lower case, without the scheme's default port."""
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    usual = parts.port in {None, _USUAL_PORTS.get(parts.scheme)}
    return host if usual else f"{host}:{parts.port}"
