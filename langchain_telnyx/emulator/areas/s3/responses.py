"""Helpers of the S3 handlers: XML responses and streamed request bodies."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from langchain_telnyx.emulator.areas.s3.aws_chunked import AwsChunked
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.storage.blobs import ROW_SIZE, Staged
from langchain_telnyx.emulator.storage.objects import Objects

_MAX_DOCUMENT = 2 * 1024 * 1024


def xml(document: str) -> Response:
    """Return a response with status 200 and an XML document."""
    return Response(document, media_type="application/xml")


async def read_document(request: Request) -> bytes:
    """Return the XML document in a request's body.

    Raises:
        S3Error: It is too large.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_DOCUMENT:
            raise S3Error("MalformedXML", "The document is too large.")
    return bytes(body)


async def stage(request: Request, objects: Objects) -> Staged:
    """Receive the body of a request for an object or a part.

    Raises:
        S3Error: It does not match its headers.
    """
    body = objects.blobs.stage()
    try:
        await _fill(request, body)
    except BaseException:
        await run_in_threadpool(objects.blobs.drop, body.blob)
        raise
    return body


async def _fill(request: Request, body: Staged) -> None:
    # botocore uses this encoding when it sends a trailing checksum.
    encoded = "aws-chunked" in request.headers.get("content-encoding", "") or request.headers.get(
        "x-amz-content-sha256", ""
    ).startswith("STREAMING-")
    decoder = AwsChunked() if encoded else None
    pending = bytearray()
    async for piece in request.stream():
        pending += decoder.feed(piece) if decoder else piece
        if len(pending) >= ROW_SIZE:
            await run_in_threadpool(body.write, bytes(pending))
            pending.clear()
    if decoder:
        decoder.finish()
    body.write(bytes(pending))
