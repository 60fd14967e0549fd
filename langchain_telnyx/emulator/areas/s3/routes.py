"""Telnyx Cloud Storage: the S3 operations, path style, on all paths outside `/v2`.

Plain ASGI: keys are arbitrary text, bodies stream in both directions, and errors are XML.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3 import xml as s3_xml
from langchain_telnyx.emulator.areas.s3.buckets import BucketOperations
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.areas.s3.objects import ObjectOperations
from langchain_telnyx.emulator.areas.s3.responses import xml
from langchain_telnyx.emulator.areas.s3.uploads import UploadOperations
from langchain_telnyx.emulator.serving.metering import MeteringMiddleware
from langchain_telnyx.emulator.storage import regions

Handler = Callable[[Request, str, str], Awaitable[Response]]

_SUBRESOURCES = """
    accelerate acl analytics attributes cors encryption intelligent-tiering inventory lifecycle
    logging metrics notification object-lock legal-hold ownershipControls policy policyStatus
    publicAccessBlock replication requestPayment restore retention select tagging torrent versioning
    versionId versions website
"""
_UNSUPPORTED = frozenset(_SUBRESOURCES.split())
"""Subresources whose operations return `NotImplemented`."""


def create(account: Account) -> ASGIApp:
    """Return the ASGI app of an account's S3 API."""
    return MeteringMiddleware(_S3(account), account)


class _S3:
    def __init__(self, account: Account) -> None:
        self._account = account
        buckets = BucketOperations(account)
        objects = ObjectOperations(account)
        uploads = UploadOperations(account)
        # By method and subresource, for a bucket and for an object; the first subresource in a
        # request decides.
        self._of_buckets: Mapping[tuple[str, str], Handler] = {
            ("GET", "location"): buckets.location,
            ("POST", "delete"): buckets.delete_objects,
            ("PUT", ""): buckets.create,
            ("HEAD", ""): buckets.head,
            ("GET", ""): buckets.list_objects,
            ("DELETE", ""): buckets.delete,
        }
        self._of_objects: Mapping[tuple[str, str], Handler] = {
            ("POST", "uploads"): uploads.begin,
            ("PUT", "uploadId"): uploads.put_part,
            ("GET", "uploadId"): uploads.list_parts,
            ("POST", "uploadId"): uploads.complete,
            ("DELETE", "uploadId"): uploads.abort,
            ("PUT", ""): objects.put,
            ("GET", ""): objects.get,
            ("HEAD", ""): objects.head,
            ("DELETE", ""): objects.delete,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        bucket, _, key = scope["path"].removeprefix("/").partition("/")
        try:
            response = await self._dispatch(request, bucket, key)
        except S3Error as error:
            response = error.response(scope["path"])
        except ClientDisconnect:
            return  # the client has disconnected
        await response(scope, receive, send)

    async def _dispatch(self, request: Request, bucket: str, key: str) -> Response:
        if unsupported := _UNSUPPORTED & request.query_params.keys():
            raise S3Error("NotImplemented", f"`?{min(unsupported)}` is not implemented.")
        if not bucket:
            return await self._list_buckets(request)
        await self._check_region(request, bucket, key)
        handlers = self._of_objects if key else self._of_buckets
        for (method, subresource), handler in handlers.items():
            if method == request.method and (
                not subresource or subresource in request.query_params
            ):
                return await handler(request, bucket, key)
        raise S3Error("MethodNotAllowed", f"{request.method} is not allowed here.")

    async def _check_region(self, request: Request, bucket: str, key: str) -> None:
        """Refuse a request for a bucket of another region, depending on the quirks."""
        quirk = self._account.settings.quirks.wrong_region
        if quirk == "ignored" or (not key and _is_for_any_region(request)):
            return
        here = regions.named(request.scope)
        region = await run_in_threadpool(self._account.objects.region, bucket)
        if here is None or region is None or region == here:
            return
        if quirk == "redirect":
            raise regions.elsewhere(bucket, region)
        raise S3Error("NoSuchBucket", f"There is no bucket {bucket!r}.")

    async def _list_buckets(self, request: Request) -> Response:
        if request.method != "GET":
            raise S3Error("MethodNotAllowed", f"{request.method} is not allowed here.")
        found = await run_in_threadpool(self._account.objects.buckets)
        return xml(s3_xml.buckets(self._account.user_id, found))


def _is_for_any_region(request: Request) -> bool:
    """Return whether an operation works in any region: locating or creating a bucket."""
    return (
        "location" in request.query_params
        if request.method == "GET"
        else (request.method == "PUT" and not request.query_params)
    )
