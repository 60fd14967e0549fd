"""The regions of buckets, and the region that a request names."""

import re

from starlette.datastructures import Headers
from starlette.types import Scope

from langchain_telnyx.emulator.areas.s3.errors import S3Error

REGIONS = ("us-central-1", "us-east-1", "us-west-1", "eu-central-1")
"""The available regions; the first is the default."""

_CREDENTIAL = re.compile(r"Credential=[^/,\s]+/\d{8}/([^/,\s]+)/")


def named(scope: Scope) -> str | None:
    """Return the region that a request names: by its `Host`, else by its credential.

    Unknown regions are ignored, as the vendor's samples have some in the credential.
    """
    headers = Headers(scope=scope)
    # `eu-central-1.telnyxcloudstorage.com`, or with a bucket before it.
    for label in headers.get("host", "").split("."):
        if label in REGIONS:
            return label
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    return found[1] if found and found[1] in REGIONS else None


def elsewhere(bucket: str, region: str) -> S3Error:
    """Return the redirect to the region of a bucket."""
    host = f"{region}.telnyxcloudstorage.com"
    return S3Error(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        headers={"x-amz-bucket-region": region},
        fields={"Endpoint": host, "Bucket": bucket},
    )
