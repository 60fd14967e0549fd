"""S3 operations on multipart uploads."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3 import xml as s3_xml
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.areas.s3.objects import DEFAULT_TYPE
from langchain_telnyx.emulator.areas.s3.responses import read_document, stage, xml


class UploadOperations:
    """The operations on an upload, and its creation."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def begin(self, request: Request, bucket: str, key: str) -> Response:
        """CreateMultipartUpload."""
        content_type = request.headers.get("content-type", DEFAULT_TYPE)
        upload = await run_in_threadpool(self._account.uploads.begin, bucket, key, content_type)
        return xml(s3_xml.upload_begun(bucket, key, upload))

    async def put_part(self, request: Request, bucket: str, key: str) -> Response:
        """UploadPart."""
        number = request.query_params.get("partNumber", "")
        if not number.isdecimal():
            raise S3Error("InvalidArgument", "`partNumber` must be a whole number.")
        upload = request.query_params["uploadId"]
        await run_in_threadpool(
            self._account.uploads.parts, bucket, key, upload
        )  # fail before reading the body
        body = await stage(request, self._account.objects)
        etag = await run_in_threadpool(
            self._account.uploads.add, bucket, key, upload, int(number), body
        )
        return Response(headers={"etag": f'"{etag}"'})

    async def list_parts(self, request: Request, bucket: str, key: str) -> Response:
        """ListParts."""
        upload = request.query_params["uploadId"]
        found = await run_in_threadpool(self._account.uploads.parts, bucket, key, upload)
        return xml(s3_xml.parts(self._account.user_id, bucket, key, upload, found))

    async def complete(self, request: Request, bucket: str, key: str) -> Response:
        """CompleteMultipartUpload."""
        upload = request.query_params["uploadId"]
        requested = s3_xml.read_complete(await read_document(request))
        completed = await run_in_threadpool(
            self._account.uploads.complete, bucket, key, upload, requested
        )
        await run_in_threadpool(self._account.object_changed, bucket)
        address = str(request.url.replace(query=""))
        return xml(s3_xml.upload_completed(address, bucket, key, completed.etag))

    async def abort(self, request: Request, bucket: str, key: str) -> Response:
        """AbortMultipartUpload."""
        upload = request.query_params["uploadId"]
        await run_in_threadpool(self._account.uploads.abort, bucket, key, upload)
        return Response(status_code=204)
