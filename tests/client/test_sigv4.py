"""Signatures: compared with those of botocore's signer, header by header."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from langchain_telnyx.client.call import Query, object_path
from langchain_telnyx.client.sigv4 import encode_query, signed_headers

KEY = "KEY0123_abc-DEF"
NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
HOST = "https://us-central-1.telnyxcloudstorage.com"
LISTING: Query = (
    ("list-type", "2"),
    ("encoding-type", "url"),
    ("prefix", "dir/ä +&=?#%~*'()"),
    ("continuation-token", "1/abc+def=="),
)


class SignedRequest(NamedTuple):
    method: str
    url: str
    query: Query = ()
    headers: Mapping[str, str] = MappingProxyType({})
    payload: bytes | None = b""


PLAIN = {"content-type": "text/plain"}
REQUESTS = {
    "list buckets": SignedRequest("GET", f"{HOST}/"),
    "head bucket": SignedRequest("HEAD", f"{HOST}/my-bucket"),
    "list objects": SignedRequest("GET", f"{HOST}/my-bucket", LISTING),
    "a name that begins another": SignedRequest("GET", f"{HOST}/b", (("a-b", "1"), ("a", "2"))),
    "a name that repeats": SignedRequest("GET", f"{HOST}/b", (("a", "2"), ("a", "10"), ("a", "1"))),
    "a query without a value": SignedRequest(
        "POST", f"{HOST}/b", (("delete", ""),), payload=b"<x/>"
    ),
    "body": SignedRequest("PUT", f"{HOST}/b/k", headers=PLAIN, payload=b"hello"),
    "body from disk": SignedRequest("PUT", f"{HOST}/b/k", headers=PLAIN, payload=None),
    "spaces in a header": SignedRequest(
        "PUT", f"{HOST}/b/k", headers={"content-type": " a/b;  c=d "}
    ),
    "more headers": SignedRequest("PUT", f"{HOST}/b/k", headers={"x-amz-acl": "private"}),
    "unicode key": SignedRequest("GET", HOST + object_path("b", "é/日本 😀.txt")),
    "reserved key": SignedRequest("GET", HOST + object_path("b", "a+b c%20d&e=f?g#h'(i)*!~$,;:@")),
    "double slash": SignedRequest("GET", HOST + object_path("b", "a//b/")),
    "a port": SignedRequest("GET", "http://127.0.0.1:9000/b/k"),
    "the usual port": SignedRequest("GET", "https://storage.example:443/b/k"),
    "the usual port of http": SignedRequest("GET", "http://storage.example:80/b/k"),
    "the other scheme's port": SignedRequest("GET", "http://storage.example:443/b/k"),
    "capitals in the host": SignedRequest("GET", "https://Storage.Example/b/k"),
    "an IPv6 host": SignedRequest("GET", "http://[::1]:9000/b/k"),
    "a root with a path": SignedRequest("GET", "http://127.0.0.1:9000/s3/b/k"),
}


def by_us(sample: SignedRequest) -> dict[str, str]:
    return signed_headers(
        sample.method,
        sample.url,
        sample.query,
        sample.headers,
        payload=sample.payload,
        key=KEY,
        region="us-central-1",
        now=NOW,
    )


def by_botocore(sample: SignedRequest) -> dict[str, str]:
    request = AWSRequest(
        method=sample.method,
        url=sample.url,
        params=list(sample.query),  # type: ignore[arg-type]  # pairs work too: a name may repeat
        headers=sample.headers,
        data=sample.payload or b"",
    )
    request.context["client_config"] = Config(
        s3={"payload_signing_enabled": sample.payload is not None}
    )
    S3SigV4Auth(Credentials(KEY, KEY), "s3", "us-central-1").add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@pytest.mark.parametrize("sample", REQUESTS.values(), ids=list(REQUESTS))
def test_we_sign_as_botocore_does(sample: SignedRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW.replace(tzinfo=None))
    ours, theirs = by_us(sample), by_botocore(sample)
    assert ours["authorization"] == theirs["authorization"]
    assert ours["x-amz-date"] == theirs["x-amz-date"]
    assert ours["x-amz-content-sha256"] == theirs["x-amz-content-sha256"]


def test_signing_does_not_change_the_passed_headers() -> None:
    given = {"content-type": "text/plain"}
    assert by_us(SignedRequest("PUT", f"{HOST}/b/k", headers=given))["content-type"] == "text/plain"
    assert given == {"content-type": "text/plain"}


def test_the_access_key_id_is_the_api_key() -> None:
    assert by_us(SignedRequest("GET", f"{HOST}/"))["authorization"].startswith(
        f"AWS4-HMAC-SHA256 Credential={KEY}/20261123/us-central-1/s3/aws4_request, "
        f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
    )


def test_the_query_string_has_the_same_order_and_values() -> None:
    query = (("b", "1 +/%"), ("a", "é"), ("b", "0"))
    string = encode_query(query)
    assert string == "b=1%20%2B%2F%25&a=%C3%A9&b=0"
    assert tuple(parse_qsl(urlsplit(f"http://h/?{string}").query)) == query
