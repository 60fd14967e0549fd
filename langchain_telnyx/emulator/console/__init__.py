"""The console: a page at `/` that shows what happens in the emulated account."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/_emulator/console"
"""The path of the console. No bucket has this name: it begins with an underscore."""


def is_for(scope: Scope) -> bool:
    """Return whether a request is for the console.

    At `/` a browser gets the page, and an S3 client the list of buckets.
    """
    path: str = scope["path"]
    if path != "/":
        return path.startswith(f"{PREFIX}/")
    headers = Headers(scope=scope)
    return (
        scope["method"] in {"GET", "HEAD"}
        and not scope["query_string"]
        and "text/html" in headers.get("accept", "")
        and "authorization" not in headers
        and not any(name.startswith("x-amz-") for name in headers)
    )


async def serve(scope: Scope, receive: Receive, send: Send, app: ASGIApp) -> None:
    """Serve a request to the console of `scope["account"]`; `app` serves the account."""
    from langchain_telnyx.emulator.console.app import Console  # noqa: PLC0415 - seldom used

    await Console(app)(scope, receive, send)
