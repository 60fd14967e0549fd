"""Authentication: a bearer key on the API, the access key id of a SigV4 header on S3.

As at the real service, S3 checks only the access key id of the header. Secret, date, region,
service and signature are ignored, but the header must have the right format.
"""

import re
from hmac import compare_digest

from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from langchain_telnyx.emulator.areas.presigned import state as presigned
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.serving.envelopes import ApiError

_SIGV4 = re.compile(
    r"AWS4-HMAC-SHA256\s+"
    r"Credential=(?P<key>[^,\s]+)/(?P<date>\d{8})/[^/,\s]+/[^/,\s]+/aws4_request\s*,\s*"
    r"SignedHeaders=[^,\s]+\s*,\s*"
    r"Signature=[0-9A-Za-z]+\s*"
)
_CHALLENGE = (
    'Bearer resource_metadata="https://api.telnyx.com/.well-known/oauth-protected-resource"'
)


def bearer_is_valid(authorization: str | None, api_key: str) -> bool:
    """Return whether an `Authorization` header contains the key."""
    scheme, _, key = (authorization or "").partition(" ")
    return scheme.lower() == "bearer" and _equal(key.strip(), api_key)


def unauthenticated() -> ApiError:
    """Return the 401 that was observed on the real API."""
    return ApiError(
        401,
        "10009",
        None,
        "Could not find any usable credentials in the request.",
        headers={"www-authenticate": _CHALLENGE},
    )


def check_s3(scope: Scope, api_key: str, clock: Clock) -> None:
    """Authenticate a request to S3.

    Raises:
        S3Error: The header is missing or malformed, the key is another, or the presigned token does
            not grant this object.
    """
    authorization = Headers(scope=scope).get("authorization")
    token = QueryParams(scope["query_string"]).get(presigned.PARAMETER)
    if authorization is None and token is not None:
        bucket, _, key = scope["path"].lstrip("/").partition("/")
        if scope["method"] not in {"GET", "HEAD"} or not presigned.grants(
            token, bucket, key, api_key=api_key, now=clock.now()
        ):
            raise S3Error("AccessDenied", "The token is expired or does not grant this.")
        return
    if authorization is None:
        raise S3Error("AccessDenied", "The request has no Authorization header.")
    found = _SIGV4.fullmatch(authorization)
    if found is None:
        raise S3Error("AuthorizationHeaderMalformed", "Not a valid SigV4 Authorization header.")
    if not _equal(found["key"], api_key):
        raise S3Error("InvalidAccessKeyId", "The access key id is not a known API key.")


def _equal(given: str, expected: str) -> bool:
    return compare_digest(given.encode(), expected.encode())
