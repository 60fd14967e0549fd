"""Cloud Storage over HTTP, beyond boto3: headers, malformed bodies, disconnects."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator.areas.s3.aws_chunked import AwsChunked
from langchain_telnyx.emulator.areas.s3.errors import S3Error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20221129/anywhere/execute-api/aws4_request, "
SIGNED += "SignedHeaders=host;x-amz-date, Signature=0123abc"


def md5_of(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 403, "AccessDenied"),
        ("Bearer {}", 400, "AuthorizationHeaderMalformed"),
        ("AWS4-HMAC-SHA256 Credential={}", 400, "AuthorizationHeaderMalformed"),
        (SIGNED.replace("{}", "other"), 403, "InvalidAccessKeyId"),
        (SIGNED, 404, "NoSuchBucket"),
        (SIGNED.replace(", ", ","), 404, "NoSuchBucket"),
    ],
)
def test_only_the_key_in_a_well_formed_header_counts(
    emulator: TelnyxEmulator, authorization: str | None, status: int, code: str
) -> None:
    headers = {"authorization": authorization.format(emulator.api_key)} if authorization else {}
    answer = emulator.http_client.get(f"{emulator.storage_url}/bucket", headers=headers)
    assert answer.status_code == status
    assert f"<Code>{code}</Code>" in answer.text
    assert answer.headers["content-type"] == "application/xml"


@pytest.fixture
def storage(emulator: TelnyxEmulator) -> httpx.Client:
    emulator.account.objects.create_bucket("bucket")
    client = emulator.http_client
    client.headers["authorization"] = SIGNED.format(emulator.api_key)
    client.base_url = httpx.URL(emulator.storage_url)
    return client


def test_a_chunked_body_is_stored_without_its_frame(storage: httpx.Client) -> None:
    body = (
        b"5;chunk-signature=abc\r\nhello\r\n6;chunk-signature=def\r\n world\r\n"
        b"0;chunk-signature=0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    )
    headers = {"content-encoding": "aws-chunked"}
    assert storage.put("/bucket/key", content=body, headers=headers).status_code == 200
    assert storage.get("/bucket/key").content == b"hello world"


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    step=st.integers(min_value=1, max_value=60),
)
def test_a_chunked_body_is_decoded_for_every_split(chunks: list[bytes], step: int) -> None:
    encoded = b"".join(b"%x;s=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    encoded += b"0\r\ntrailer:1\r\n\r\n"
    decoder = AwsChunked()
    pieces = [decoder.feed(encoded[at : at + step]) for at in range(0, len(encoded), step)]
    decoder.finish()
    assert b"".join(pieces) == b"".join(chunks)


@pytest.mark.parametrize("body", [b"", b"5\r\nhel", b"zz\r\nhello\r\n", b"5" * 9000])
def test_a_broken_chunked_body_is_refused(body: bytes) -> None:
    def decode() -> None:
        decoder = AwsChunked()
        decoder.feed(body)
        decoder.finish()

    with pytest.raises(S3Error):
        decode()


def test_a_body_that_does_not_match_its_md5_is_not_stored(storage: httpx.Client) -> None:
    wrong = {"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    answer = storage.put("/bucket/key", content=b"x", headers=wrong)
    assert (answer.status_code, "<Code>BadDigest</Code>" in answer.text) == (400, True)
    assert storage.get("/bucket/key").status_code == 404


def test_an_upload_that_breaks_off_leaves_nothing(
    emulator: TelnyxEmulator, api: Api, storage: httpx.Client
) -> None:
    def body() -> Iterator[bytes]:
        yield b"x" * 3_000_000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        storage.put("/bucket/key", content=body())
    assert storage.get("/bucket/key").status_code == 404
    assert api.eventually(
        lambda: emulator.account.store.rows("SELECT count(*) FROM blob_rows")[0][0] == 0
    )


def test_a_reader_gets_the_whole_old_object_while_it_is_replaced(
    emulator: TelnyxEmulator, storage: httpx.Client
) -> None:
    old = b"old" * 2_000_000
    storage.put("/bucket/key", content=old)
    md5 = hashlib.md5(usedforsecurity=False)
    with storage.stream("GET", "/bucket/key") as answer:
        pieces = answer.iter_raw()
        md5.update(next(pieces))
        storage.put("/bucket/key", content=b"new")
        for piece in pieces:
            md5.update(piece)
    assert md5.hexdigest() == hashlib.md5(old, usedforsecurity=False).hexdigest()
    assert storage.get("/bucket/key").content == b"new"
    # The old body is deleted after its last reader: one row is left, the new one's.
    [row] = emulator.account.store.rows("SELECT count(*) FROM blob_rows")
    assert row[0] == 1


def test_malformed_documents_are_refused(storage: httpx.Client) -> None:
    for body in (b"<Delete>", b"<Delete></Delete>", b"no xml"):
        headers = {"content-md5": md5_of(body)}
        answer = storage.post("/bucket", params={"delete": ""}, content=body, headers=headers)
        assert (answer.status_code, "<Code>MalformedXML</Code>" in answer.text) == (400, True)


def test_other_methods_are_refused_in_xml(storage: httpx.Client) -> None:
    for method, path in (("PATCH", "/bucket/key"), ("POST", "/bucket/key"), ("DELETE", "/")):
        answer = storage.request(method, path)
        assert (answer.status_code, "<Code>MethodNotAllowed</Code>" in answer.text) == (405, True)


def test_a_presigned_url_reads_one_object_until_it_expires(
    emulator: TelnyxEmulator, api: Api
) -> None:
    api.put("bucket", "dir/my%20file.txt", b"secret")
    api.put("bucket", "other", b"x")
    made = api.send(
        "POST", "/storage/buckets/bucket/dir%2Fmy%20file.txt/presigned_url", json={"ttl": 60}
    ).json()["content"]
    assert made["expires_at"] == "2026-01-01T00:01:00Z"
    url = made["presigned_url"]
    assert url == (
        f"{emulator.storage_url}/bucket/dir/my%20file.txt?X-AMZ-Security-Token={made['token']}"
    )
    anybody = emulator.http_client
    assert anybody.get(url).text == "secret"
    assert anybody.head(url).status_code == 200
    assert anybody.put(url, content=b"y").status_code == 403
    assert anybody.get(url.replace("dir/my%20file.txt", "other")).status_code == 403
    assert anybody.get(url[:-1] + ("A" if url[-1] != "A" else "B")).status_code == 403
    emulator.account.clock.advance(60)  # the fake clock of the default
    assert anybody.get(url).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ttl": 1}, 200),
        ({"TTL": 604_800}, 200),
        ({}, 200),
        (None, 200),
        ({"ttl": 0}, 422),
        ({"ttl": 604_801}, 422),
        ({"ttl": "soon"}, 422),
    ],
)
def test_a_presigned_url_expires_within_a_week(
    api: Api, body: dict[str, object] | None, status: int
) -> None:
    api.put("bucket", "key", b"x")
    options = {} if body is None else {"json": body}
    answer = api.send("POST", "/storage/buckets/bucket/key/presigned_url", **options)
    assert answer.status_code == status


def test_a_missing_object_cannot_be_presigned(api: Api) -> None:
    answer = api.send("POST", "/storage/buckets/bucket/key/presigned_url", json={"ttl": 1})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")
