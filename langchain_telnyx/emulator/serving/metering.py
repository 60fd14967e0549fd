"""Count S3 requests by the operations of the usage report."""

from collections.abc import Mapping

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.bucket_usage.state import Count

_BUCKET_OPERATIONS: Mapping[tuple[str, str], str] = {
    ("GET", "location"): "get-bucket_location",  # the vendor's spelling
    ("GET", "versioning"): "get_bucket_versioning",
    ("PUT", "versioning"): "set_bucket_versioning",
    ("POST", "delete"): "delete_obj",
    ("PUT", ""): "create_bucket",
    ("HEAD", ""): "stat_bucket",
    ("GET", ""): "list_bucket",
}
_OBJECT_OPERATIONS: Mapping[tuple[str, str], str] = {
    ("GET", ""): "get_obj",
    ("HEAD", ""): "get_obj",
    ("PUT", ""): "put_obj",
    ("POST", ""): "put_obj",
    ("DELETE", ""): "delete_obj",
}


class MeteringMiddleware:
    """Counts the requests to S3 for each bucket.

    Args:
        s3: The S3 side.
        account: The account.
    """

    def __init__(self, s3: ASGIApp, account: Account) -> None:
        self._s3 = s3
        self._account = account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        bucket, _, key = scope["path"].removeprefix("/").partition("/")
        category = _category(scope, key)
        if not bucket or category is None:
            await self._s3(scope, receive, send)
            return
        count = Count(ops=1)

        async def receive_counted() -> Message:
            message = await receive()
            count.bytes_received += len(message.get("body", b""))
            return message

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                count.successful_ops = int(message["status"] < 400)  # noqa: PLR2004 - an error
            elif scope["method"] != "HEAD":
                count.bytes_sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._s3(scope, receive_counted, send_counted)
        finally:
            self._account.usage.count(bucket, category, count)


def _category(scope: Scope, key: str) -> str | None:
    query = QueryParams(scope["query_string"])
    categories = _OBJECT_OPERATIONS if key else _BUCKET_OPERATIONS
    for (method, subresource), category in categories.items():
        if method == scope["method"] and (not subresource or subresource in query):
            return category
    return None
