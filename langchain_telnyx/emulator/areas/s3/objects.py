"""S3 operations on an object."""

import base64
import re
from datetime import datetime
from email.utils import format_datetime
from itertools import chain

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.areas.s3.responses import stage
from langchain_telnyx.emulator.serving import active_content as active
from langchain_telnyx.emulator.storage.blobs import Staged
from langchain_telnyx.emulator.storage.objects import StoredObject

DEFAULT_TYPE = "binary/octet-stream"
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


class ObjectOperations:
    """The operations on the path `/{bucket}/{key}`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def put(self, request: Request, bucket: str, key: str) -> Response:
        """PutObject."""
        if "x-amz-copy-source" in request.headers:
            raise S3Error("NotImplemented", "CopyObject is not implemented.")
        self._account.objects.limits.check(key)
        await run_in_threadpool(self._account.objects.need_bucket, bucket)
        body = await stage(request, self._account.objects)
        md5 = request.headers.get("content-md5")
        if md5 and md5 != base64.b64encode(bytes.fromhex(body.md5)).decode():
            await run_in_threadpool(self._account.objects.blobs.drop, body.blob)
            raise S3Error("BadDigest", "The body does not have the MD5 in the header.")
        content_type = request.headers.get("content-type", DEFAULT_TYPE)
        stored = await run_in_threadpool(self._put, bucket, key, body, content_type)
        return Response(headers={"etag": f'"{stored.etag}"'})

    async def get(self, request: Request, bucket: str, key: str) -> Response:
        """GetObject, whole or a range of it."""
        while True:
            found = await run_in_threadpool(self._account.objects.get, bucket, key)
            part = _range(request.headers.get("range"), found.size)
            start, end = part or (0, found.size)
            pieces = self._account.objects.read(found, start, end)
            first = await run_in_threadpool(next, pieces, b"")
            # A body is stable from its first piece on; before, the object may be replaced.
            if first or start == end:
                break
        headers = _headers(found) | {"content-length": str(end - start)}
        if part:
            headers["content-range"] = f"bytes {start}-{end - 1}/{found.size}"
        status = 206 if part else 200
        if len(first) == end - start:
            return Response(first, status, headers)
        return StreamingResponse(chain([first], pieces), status, headers)

    async def head(self, _: Request, bucket: str, key: str) -> Response:
        """HeadObject."""
        found = await run_in_threadpool(self._account.objects.get, bucket, key)
        return Response(headers={**_headers(found), "content-length": str(found.size)})

    async def delete(self, _: Request, bucket: str, key: str) -> Response:
        """DeleteObject; a missing object counts as deleted."""
        await run_in_threadpool(self._account.objects.delete, bucket, key)
        return Response(status_code=204)

    def _put(self, bucket: str, key: str, body: Staged, content_type: str) -> StoredObject:
        stored = self._account.objects.put(bucket, key, body, content_type)
        self._account.object_changed(bucket)
        return stored


def _headers(found: StoredObject) -> dict[str, str]:
    modified = datetime.fromisoformat(found.modified_at)
    return {
        "content-type": found.content_type,
        "etag": f'"{found.etag}"',
        "last-modified": format_datetime(modified, usegmt=True),
        "accept-ranges": "bytes",
        **active.headers_for(found.content_type),
    }


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the requested range as (start, end); `None`, for all, if the header is invalid.

    Raises:
        S3Error: `InvalidRange`.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last, suffix = match.groups()
    start = max(0, size - int(suffix)) if suffix else int(first)
    end = min(int(last) + 1, size) if last else size
    if start >= size or end <= start:
        raise S3Error("InvalidRange", f"The object has {size} bytes.")
    return start, end
