"""S3 operations on a bucket."""

import base64
import binascii

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3 import checksums
from langchain_telnyx.emulator.areas.s3 import xml as s3_xml
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.areas.s3.responses import read_document, xml
from langchain_telnyx.emulator.storage import regions
from langchain_telnyx.emulator.storage.objects import Listing
from langchain_telnyx.emulator.storage.regions import REGIONS

_MAX_KEYS = 1000


class BucketOperations:
    """The operations on the path `/{bucket}`; they ignore the empty key."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def create(self, request: Request, bucket: str, _: str) -> Response:
        """CreateBucket."""
        constraint = s3_xml.read_location(await read_document(request))
        here = None
        if self._account.settings.quirks.wrong_region != "ignored":
            here = regions.named(request.scope)
        if here is not None and constraint not in {None, here}:
            raise S3Error(
                "IllegalLocationConstraintException",
                f"The {constraint} location constraint is incompatible for the region specific "
                "endpoint this request was sent to.",
            )
        region = constraint or here or REGIONS[0]
        await run_in_threadpool(self._account.objects.create_bucket, bucket, region)
        return Response(headers={"location": f"/{bucket}"})

    async def head(self, _: Request, bucket: str, __: str) -> Response:
        """HeadBucket."""
        found = await run_in_threadpool(self._account.objects.need_bucket, bucket)
        return Response(headers={"x-amz-bucket-region": found.region})

    async def location(self, _: Request, bucket: str, __: str) -> Response:
        """GetBucketLocation."""
        found = await run_in_threadpool(self._account.objects.need_bucket, bucket)
        return xml(s3_xml.location(found.region))

    async def delete(self, _: Request, bucket: str, __: str) -> Response:
        """DeleteBucket."""
        await run_in_threadpool(self._account.objects.delete_bucket, bucket)
        return Response(status_code=204)

    async def delete_objects(self, request: Request, bucket: str, _: str) -> Response:
        """DeleteObjects; an invalid key fails by itself."""
        body = await read_document(request)
        checksums.check(request.headers, body)
        keys, quiet = s3_xml.read_delete(body)
        refused: dict[str, S3Error] = {}
        for key in keys:
            try:
                self._account.objects.limits.check(key)
            except S3Error as error:
                refused[key] = error
        deleted = [key for key in keys if key not in refused]
        await run_in_threadpool(self._account.objects.delete, bucket, *deleted)
        return xml(s3_xml.deleted([] if quiet else deleted, refused))

    async def list_objects(self, request: Request, bucket: str, _: str) -> Response:
        """ListObjectsV2, or the old ListObjects."""
        params = request.query_params
        new = params.get("list-type") == "2"
        prefix, delimiter = params.get("prefix", ""), params.get("delimiter", "")
        limit = _max_keys(params.get("max-keys"))
        fields = {"Prefix": prefix, "Delimiter": delimiter, "MaxKeys": str(limit)}
        if new:
            after = params.get("start-after", "")
            fields["StartAfter"] = after
            if token := params.get("continuation-token"):
                after = _position(token)
                fields["ContinuationToken"] = token
        else:
            after = params.get("marker", "")
            fields["Marker"] = after
        found = Listing([], [], None)
        await run_in_threadpool(self._account.objects.need_bucket, bucket)
        if limit:
            found = await run_in_threadpool(
                self._account.objects.list,
                bucket,
                prefix=prefix,
                delimiter=delimiter,
                after=after,
                limit=limit,
            )
        if new:
            fields["KeyCount"] = str(len(found.objects) + len(found.prefixes))
        if found.next_after is not None:
            if new:
                fields["NextContinuationToken"] = _token(found.next_after)
            else:
                fields["NextMarker"] = found.next_after
        fields = {name: value for name, value in fields.items() if value or name == "Prefix"}
        url_encoded = params.get("encoding-type") == "url"
        return xml(s3_xml.listing(bucket, found, url_encoded=url_encoded, fields=fields))


def _max_keys(value: str | None) -> int:
    if value is None or value == "":
        return _MAX_KEYS
    if not value.isdecimal():
        raise S3Error("InvalidArgument", "`max-keys` must be a whole number.")
    return min(int(value), _MAX_KEYS)


def _token(after: str) -> str:
    return base64.urlsafe_b64encode(after.encode()).decode()


def _position(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        raise S3Error("InvalidArgument", "The continuation token is invalid.") from None
