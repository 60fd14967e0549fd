"""Cloud Storage with boto3, in the vendor's documented configuration and with its defaults."""

from __future__ import annotations

import hashlib
import io
import random
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = [
    "plain.txt",
    "two words.txt",
    "a+b=c&d?.txt",
    "percent%2Fencoded%20.txt",
    "dir/sub/file.txt",
    "ünïcödé/日本語/😀.txt",
    "<xml> & \"quotes\" 'too'.txt",
    "trailing/",
    "double//slash",
    "dots/../still/here",
    "~tilde*(star)!.txt",
    "x" * 1024,
]


def code(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response: Any = caught.value.response
    return str(response["Error"]["Code"])


@pytest.fixture
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket="bucket")
    return "bucket"


def test_buckets_are_created_listed_located_and_deleted(s3: Any) -> None:
    s3.create_bucket(Bucket="zebra")
    s3.create_bucket(
        Bucket="apple",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["apple", "zebra"]
    assert s3.get_bucket_location(Bucket="apple")["LocationConstraint"] == "eu-central-1"
    assert s3.head_bucket(Bucket="zebra")["BucketRegion"] == "us-central-1"
    s3.delete_bucket(Bucket="apple")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["zebra"]


@pytest.mark.parametrize("name", ["v2", "UPPER-case", "under_score", "-dash", "a..b", "10.0.0.1"])
def test_bad_bucket_names_are_refused(s3: Any, name: str) -> None:
    assert code(s3.create_bucket, Bucket=name) == "InvalidBucketName"


def test_errors_have_the_codes_of_s3(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    assert code(s3.create_bucket, Bucket=bucket) == "BucketAlreadyOwnedByYou"
    assert code(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    assert code(s3.delete_bucket, Bucket="nowhere") == "NoSuchBucket"
    assert code(s3.list_objects_v2, Bucket="nowhere") == "NoSuchBucket"
    assert code(s3.put_object, Bucket="nowhere", Key="key", Body=b"") == "NoSuchBucket"
    assert code(s3.get_object, Bucket=bucket, Key="nothing") == "NoSuchKey"
    assert code(s3.head_object, Bucket=bucket, Key="nothing") == "404"
    assert code(s3.head_bucket, Bucket="nowhere") == "404"
    assert code(s3.put_object, Bucket=bucket, Key="x" * 1025, Body=b"") == "KeyTooLongError"
    assert code(s3.get_bucket_versioning, Bucket=bucket) == "NotImplemented"
    assert code(s3.get_object_tagging, Bucket=bucket, Key="key") == "NotImplemented"
    source = {"Bucket": bucket, "Key": "key"}
    assert code(s3.copy_object, Bucket=bucket, Key="copy", CopySource=source) == "NotImplemented"
    assert code(s3.get_object, Bucket=bucket, Key="key", Range="bytes=5-") == "InvalidRange"
    place: Any = {"LocationConstraint": "mars-1"}
    assert (
        code(s3.create_bucket, Bucket="mars", CreateBucketConfiguration=place)
        == "InvalidLocationConstraint"
    )


def test_any_key_round_trips(s3: Any, bucket: str) -> None:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in listed] == sorted(KEYS, key=str.encode)
    for key in KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in KEYS]})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_type_length_and_etag_are_returned(s3: Any, bucket: str) -> None:
    md5 = hashlib.md5(b"# Hi", usedforsecurity=False).hexdigest()
    put = s3.put_object(Bucket=bucket, Key="a.md", Body=b"# Hi", ContentType="text/markdown")
    for found in (
        s3.head_object(Bucket=bucket, Key="a.md"),
        s3.get_object(Bucket=bucket, Key="a.md"),
    ):
        assert found["ContentType"] == "text/markdown"
        assert found["ContentLength"] == 4
        assert found["ETag"] == put["ETag"] == f'"{md5}"'
        assert found["LastModified"].year == 2026


def test_an_object_is_replaced_and_deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"old")
    s3.put_object(Bucket=bucket, Key="key", Body=b"new and longer")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"new and longer"
    s3.delete_object(Bucket=bucket, Key="key")
    s3.delete_object(Bucket=bucket, Key="key")  # deleting what is not there is fine
    s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize(
    ("requested", "body", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=4-99", b"456789", "bytes 4-9/10"),
        ("bytes=0-9", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range_of_an_object_is_returned(
    s3: Any, bucket: str, requested: str, body: bytes, content_range: str
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    part = s3.get_object(Bucket=bucket, Key="key", Range=requested)
    assert (part["Body"].read(), part["ContentRange"]) == (body, content_range)
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_large_objects_are_uploaded_in_parts(s3: Any, bucket: str) -> None:
    body = random.Random(0).randbytes(17_000_000)
    s3.upload_fileobj(io.BytesIO(body), bucket, "large", ExtraArgs={"ContentType": "text/plain"})
    back = io.BytesIO()
    s3.download_fileobj(bucket, "large", back)
    assert back.getvalue() == body
    found = s3.head_object(Bucket=bucket, Key="large")
    assert (found["ETag"][-3:], found["ContentType"]) == ('-3"', "text/plain")
    across_rows = s3.get_object(Bucket=bucket, Key="large", Range="bytes=8388000-9500000")
    assert across_rows["Body"].read() == body[8_388_000:9_500_001]


def test_an_upload_can_be_listed_and_aborted(s3: Any, bucket: str) -> None:
    upload: dict[str, Any] = {"Bucket": bucket, "Key": "key"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    assert upload["UploadId"].startswith("2~")
    etag = s3.upload_part(**upload, PartNumber=3, Body=b"abc")["ETag"]
    assert [
        (part["PartNumber"], part["Size"], part["ETag"])
        for part in s3.list_parts(**upload)["Parts"]
    ] == [(3, 3, etag)]
    bad: Any = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    assert code(s3.complete_multipart_upload, **upload, MultipartUpload=bad) == "InvalidPart"
    s3.abort_multipart_upload(**upload)
    assert code(s3.list_parts, **upload) == "NoSuchUpload"
    assert code(s3.upload_part, **upload, PartNumber=1, Body=b"abc") == "NoSuchUpload"
    s3.delete_bucket(Bucket=bucket)


def test_only_the_last_part_may_be_small_and_parts_are_in_order(s3: Any, bucket: str) -> None:
    upload: dict[str, Any] = {"Bucket": bucket, "Key": "key"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts: list[Any] = [
        {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=b"abc")["ETag"]}
        for n in (1, 2)
    ]
    complete = s3.complete_multipart_upload
    assert code(complete, **upload, MultipartUpload={"Parts": parts}) == "EntityTooSmall"
    assert code(complete, **upload, MultipartUpload={"Parts": parts[::-1]}) == "InvalidPartOrder"
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts[1:]})
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"abc"


@pytest.fixture
def tree(s3: Any, bucket: str) -> str:
    for key in ("a.txt", "b/1", "b/2", "b/c/3", "d/4", "e.txt"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    return bucket


def test_listing_groups_by_delimiter(s3: Any, tree: str) -> None:
    top = s3.list_objects_v2(Bucket=tree, Delimiter="/")
    assert [each["Key"] for each in top["Contents"]] == ["a.txt", "e.txt"]
    assert [each["Prefix"] for each in top["CommonPrefixes"]] == ["b/", "d/"]
    below = s3.list_objects_v2(Bucket=tree, Delimiter="/", Prefix="b/")
    assert [each["Key"] for each in below["Contents"]] == ["b/1", "b/2"]
    assert [each["Prefix"] for each in below["CommonPrefixes"]] == ["b/c/"]
    assert (below["KeyCount"], below["IsTruncated"]) == (3, False)


@pytest.mark.parametrize("size", [1, 2, 4, 100])
def test_listing_in_pages_returns_each_entry_once(s3: Any, tree: str, size: int) -> None:
    for operation in ("list_objects_v2", "list_objects"):
        paginator = s3.get_paginator(operation)
        pages = list(
            paginator.paginate(Bucket=tree, Delimiter="/", PaginationConfig={"PageSize": size})
        )
        entries = [
            entry
            for page in pages
            for entry in [
                *(each["Key"] for each in page.get("Contents", [])),
                *(each["Prefix"] for each in page.get("CommonPrefixes", [])),
            ]
        ]
        assert sorted(entries) == ["a.txt", "b/", "d/", "e.txt"]


def test_listing_starts_after_a_key_and_below_a_prefix(s3: Any, tree: str) -> None:
    def keys(**options: Any) -> list[str]:
        return [each["Key"] for each in s3.list_objects_v2(Bucket=tree, **options)["Contents"]]

    assert keys(StartAfter="b/2") == ["b/c/3", "d/4", "e.txt"]
    assert keys(Prefix="b/") == ["b/1", "b/2", "b/c/3"]
    assert keys(Prefix="b/", StartAfter="b/1", MaxKeys=1) == ["b/2"]
    assert "Contents" not in s3.list_objects_v2(Bucket=tree, MaxKeys=0)
