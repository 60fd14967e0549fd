"""Buckets of another region than a request names: ignored, redirected, or not found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import Quirks

if TYPE_CHECKING:
    import httpx

    from tests.emulator.conftest import Api

BODY = (
    "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint>"
    "</CreateBucketConfiguration>"
)
OPERATIONS = [
    ("HEAD", "/far"),
    ("GET", "/far?list-type=2"),
    ("PUT", "/far/key"),
    ("GET", "/far/key"),
    ("HEAD", "/far/key"),
    ("DELETE", "/far/key"),
    ("POST", "/far/key?uploads"),
]


def send(
    api: Api, method: str, path: str, region: str = "us-central-1", **options: Any
) -> httpx.Response:
    headers = {
        "authorization": (
            f"AWS4-HMAC-SHA256 Credential={api.emulator.api_key}/20260101/{region}/s3/"
            "aws4_request, SignedHeaders=host, Signature=0"
        ),
        **options.pop("headers", {}),
    }
    url = f"{api.emulator.storage_url}{path}"
    return api.emulator.http_client.request(method, url, headers=headers, **options)


@pytest.fixture
def far(api: Api) -> Api:
    api.emulator.account.objects.create_bucket("far", "eu-central-1")
    return api


def with_quirk(value: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("emulator", [Quirks(wrong_region=value)], indirect=True)


def test_by_default_the_region_is_not_read(far: Api) -> None:
    for method, path in OPERATIONS[:3]:
        assert send(far, method, path).status_code == 200


@with_quirk("redirect")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_redirect_names_the_region(far: Api, method: str, path: str) -> None:
    answer = send(far, method, path)
    assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (301, "eu-central-1")
    if method != "HEAD":
        assert "<Code>PermanentRedirect</Code>" in answer.text
        assert "<Endpoint>eu-central-1.telnyxcloudstorage.com</Endpoint>" in answer.text
        assert "<Bucket>far</Bucket>" in answer.text
    assert far.emulator.account.objects.find("far", "key") is None
    assert send(far, method, path, "eu-central-1").status_code != 301


@with_quirk("not_found")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_or_a_bucket_of_another_region_is_not_found(far: Api, method: str, path: str) -> None:
    answer = send(far, method, path)
    assert answer.status_code == 404
    assert method == "HEAD" or "<Code>NoSuchBucket</Code>" in answer.text


@with_quirk("redirect")
def test_buckets_are_listed_and_located_from_anywhere(far: Api) -> None:
    assert "<Name>far</Name>" in send(far, "GET", "/").text
    assert ">eu-central-1</LocationConstraint>" in send(far, "GET", "/far?location").text


@with_quirk("redirect")
def test_the_region_comes_from_the_host_before_the_credential(far: Api) -> None:
    host = {"host": "eu-central-1.telnyxcloudstorage.com"}
    assert send(far, "HEAD", "/far", "us-east-1", headers=host).status_code == 200
    host = {"host": "us-east-1.telnyxcloudstorage.com"}
    assert send(far, "HEAD", "/far", "eu-central-1", headers=host).status_code == 301
    assert send(far, "HEAD", "/far", "test").status_code == 200


@with_quirk("redirect")
def test_a_bucket_is_created_in_the_region_that_is_named(api: Api) -> None:
    assert send(api, "PUT", "/west", "us-west-1").status_code == 200
    assert send(api, "HEAD", "/west", "us-west-1").headers["x-amz-bucket-region"] == "us-west-1"
    named = BODY.format("us-west-1")
    assert send(api, "PUT", "/named", "us-west-1", content=named).status_code == 200
    other = send(api, "PUT", "/other", "us-west-1", content=BODY.format("us-east-1"))
    assert other.status_code == 400
    assert "<Code>IllegalLocationConstraintException</Code>" in other.text
    again = send(api, "PUT", "/west", "us-east-1")
    assert (again.status_code, "BucketAlreadyOwnedByYou" in again.text) == (409, True)


def test_by_default_a_bucket_is_created_in_the_requested_region(api: Api) -> None:
    assert send(api, "PUT", "/plain", "us-west-1").status_code == 200
    assert api.emulator.account.objects.need_bucket("plain").region == "us-central-1"
    east = send(api, "PUT", "/east", "us-west-1", content=BODY.format("us-east-1"))
    assert east.status_code == 200
    assert api.emulator.account.objects.need_bucket("east").region == "us-east-1"
