"""DeleteObjects, and keys that look like paths, with boto3 and over HTTP."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from langchain_telnyx.emulator import Quirks

if TYPE_CHECKING:
    import httpx

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

DOTS = [".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "a//b", "/a", "a/", "...", ".a"]
PERCENT = ["%2E%2E/a", "a%2Fb", "a%20b", "a+b", "100%", "%", "a%00b"]


@pytest.fixture
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket="bucket")
    return "bucket"


def keys_of(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.mark.parametrize("keys", [DOTS, PERCENT])
def test_a_key_is_literal_and_not_a_path(s3: Any, bucket: str, keys: list[str]) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert keys_of(s3, bucket) == sorted(keys, key=str.encode)
    for key in keys:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(key)
    first, *rest = keys
    s3.delete_object(Bucket=bucket, Key=first)
    assert keys_of(s3, bucket) == sorted(rest, key=str.encode)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in rest]})
    assert [each["Key"] for each in answer["Deleted"]] == rest
    s3.delete_bucket(Bucket=bucket)


def test_a_missing_key_counts_as_deleted_and_quiet_mode_returns_nothing(
    s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    document: Any = {"Objects": [{"Key": "a"}, {"Key": "nothing"}, {"Key": "a"}]}
    answer = s3.delete_objects(Bucket=bucket, Delete=document)
    assert [each["Key"] for each in answer["Deleted"]] == ["a", "nothing", "a"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={**document, "Quiet": True})
    assert "Deleted" not in quiet
    assert "Errors" not in quiet


@pytest.mark.parametrize("quiet", [False, True])
def test_an_invalid_key_fails_by_itself(s3: Any, bucket: str, *, quiet: bool) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    document: Any = {"Objects": [{"Key": "x" * 1025}, {"Key": "a"}], "Quiet": quiet}
    answer = s3.delete_objects(Bucket=bucket, Delete=document)
    [error] = answer["Errors"]
    assert (error["Key"], error["Code"]) == ("x" * 1025, "KeyTooLongError")
    assert [each["Key"] for each in answer.get("Deleted", [])] == ([] if quiet else ["a"])
    assert keys_of(s3, bucket) == []


def test_a_request_deletes_at_most_a_thousand_keys(s3: Any, bucket: str) -> None:
    document: Any = [{"Key": f"{number:04}"} for number in range(1001)]
    assert len(
        s3.delete_objects(Bucket=bucket, Delete={"Objects": document[:1000]})["Deleted"]
    ) == (1000)
    with pytest.raises(ClientError, match=r"\(MalformedXML\)"):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": document})
    with pytest.raises(ClientError, match=r"\(NoSuchBucket\)"):
        s3.delete_objects(Bucket="nowhere", Delete={"Objects": document[:1]})


BODY = b"<Delete><Object><Key>a</Key></Object></Delete>"
OTHER = b"<Delete><Object><Key>b</Key></Object></Delete>"


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def crc32(body: bytes) -> str:
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def delete(emulator: TelnyxEmulator, body: bytes, headers: dict[str, Any]) -> httpx.Response:
    signed = (
        f"AWS4-HMAC-SHA256 Credential={emulator.api_key}/20260101/us-central-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    return emulator.http_client.post(
        f"{emulator.storage_url}/bucket?delete",
        content=body,
        headers={"authorization": signed, **headers},
    )


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "InvalidRequest"),
        ({"x-amz-checksum-algorithm": "CRC32"}, "InvalidRequest"),
        ({"content-md5": md5(OTHER)}, "BadDigest"),
        ({"content-md5": "what"}, "InvalidDigest"),
        ({"content-md5": b"\xc3\xa9"}, "InvalidDigest"),
        ({"x-amz-checksum-crc32": crc32(OTHER)}, "BadDigest"),
        ({"x-amz-checksum-sha256": sha256(OTHER)}, "BadDigest"),
        ({"content-md5": md5(BODY)}, None),
        ({"x-amz-checksum-crc32": crc32(BODY)}, None),
        ({"x-amz-checksum-sha256": sha256(BODY)}, None),
        ({"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}, None),
    ],
)
def test_the_body_needs_a_matching_checksum(
    emulator: TelnyxEmulator, api: Api, headers: dict[str, Any], code: str | None
) -> None:
    api.put("bucket", "a", "x")
    answer = delete(emulator, BODY, headers)
    there = emulator.account.objects.find("bucket", "a") is not None
    if code is None:
        assert (answer.status_code, there) == (200, False)
        assert "<Deleted><Key>a</Key></Deleted>" in answer.text
    else:
        assert (answer.status_code, there) == (400, True)
        assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"<Remove><Object><Key>a</Key></Object></Remove>",
        b"<Delete><Object></Object></Delete>",
        b"<Delete><Object><Key></Key></Object></Delete>",
        b"<Delete><Object><Key>a</Key></Object><Object/></Delete>",
    ],
)
def test_a_document_without_a_key_deletes_nothing(
    emulator: TelnyxEmulator, api: Api, body: bytes
) -> None:
    api.put("bucket", "a", "x")
    answer = delete(emulator, body, {"content-md5": md5(body)})
    assert (answer.status_code, "<Code>MalformedXML</Code>" in answer.text) == (400, True)
    assert emulator.account.objects.find("bucket", "a") is not None


def test_listings_skip_whole_folders_however_large(s3: Any, bucket: str) -> None:
    for key in ["a/1", "a/2", "a/3", "b", "c/1", "c/2"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")

    def listed(**options: Any) -> tuple[list[str], list[str], bool]:
        answer = s3.list_objects_v2(Bucket=bucket, Delimiter="/", **options)
        keys = [each["Key"] for each in answer.get("Contents", [])]
        prefixes = [each["Prefix"] for each in answer.get("CommonPrefixes", [])]
        return keys, prefixes, answer["IsTruncated"]

    assert listed() == (["b"], ["a/", "c/"], False)
    assert listed(MaxKeys=1) == ([], ["a/"], True)
    assert listed(MaxKeys=2) == (["b"], ["a/"], True)
    assert listed(MaxKeys=3) == (["b"], ["a/", "c/"], False)
    # Like Ceph, which the service's upload ids resemble: the folder that contains the start
    # is skipped.
    assert listed(StartAfter="a/1") == (["b"], ["c/"], False)
    assert listed(StartAfter="a") == (["b"], ["a/", "c/"], False)
    assert listed(Prefix="c/", StartAfter="a/2") == (["c/1", "c/2"], [], False)
    assert listed(Prefix="a/", StartAfter="c/2") == ([], [], False)


@pytest.mark.parametrize(
    ("emulator", "key", "status"),
    [
        (Quirks(), "x" * 1024, 200),
        (Quirks(), "x" * 1025, 400),
        (Quirks(key_limit=255), "x" * 255, 200),
        (Quirks(key_limit=255), "ü" * 128, 400),
        (Quirks(segment_limit=255), "/".join(["x" * 255] * 4), 200),
        (Quirks(segment_limit=255), "a/" + "x" * 256 + "/b", 400),
        (Quirks(segment_limit=255), "a/" + "日" * 86, 400),
    ],
    indirect=["emulator"],
)
def test_keys_are_as_long_as_the_quirks_allow(api: Api, key: str, status: int) -> None:
    emulator = api.emulator
    api.put("bucket", "a", "x")
    signed = (
        f"AWS4-HMAC-SHA256 Credential={emulator.api_key}/20260101/us-central-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    url = f"{emulator.storage_url}/bucket/{key}"
    headers = {"authorization": signed}
    answer = emulator.http_client.put(url, content=b"x", headers=headers)
    begun = emulator.http_client.post(f"{url}?uploads", headers=headers)
    assert (answer.status_code, begun.status_code) == (status, status)
    assert ("<Code>KeyTooLongError</Code>" in answer.text) == (status == 400)
