"""The regions of buckets, and which one a request believes that it talks to."""

import re

from starlette.datastructures import Headers
from starlette.types import Scope

from langchain_telnyx.emulator.areas.s3.errors import S3Error

REGIONS = ("us-central-1", "us-east-1", "us-west-1", "eu-central-1")
"""Where buckets can be; the first is the default."""

_CREDENTIAL = re.compile(r"Credential=[^/,\s]+/\d{8}/([^/,\s]+)/")


def named(scope: Scope) -> str | None:
    """Return the region that a request names: by its `Host`, else by its credential.

    Words that are no region count as none: the vendor's own samples have such in the credential.
    """
    headers = Headers(scope=scope)
    # `eu-central-1.telnyxcloudstorage.com`, or with the bucket before it.
    for label in headers.get("host", "").split("."):
        if label in REGIONS:
            return label
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    return found[1] if found and found[1] in REGIONS else None


def elsewhere(bucket: str, region: str) -> S3Error:
    """Return the redirection to a bucket's own region."""
    host = f"{region}.telnyxcloudstorage.com"
    return S3Error(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        headers={"x-amz-bucket-region": region},
        fields={"Endpoint": host, "Bucket": bucket},
    )
