"""The console: a page at `/` that shows what happens in the emulated account."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account

PREFIX = "/_emulator/console"
"""The path of the console. No bucket has this name: it begins with an underscore."""

ACCOUNT_APP = "account_app"
"""The key in a scope of the application that serves the account."""


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


class WithConsole:
    """Serves the console of an account, and passes on all other requests.

    Requests to the console are neither recorded nor counted, and no fault of a script applies to
    them. Those that the page sends to the account are like any other.

    Args:
        account: The account.
        app: The application that serves the account.
    """

    def __init__(self, account: Account, app: ASGIApp) -> None:
        self._account = account
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not is_for(scope):
            await self._app(scope, receive, send)
            return
        from langchain_telnyx.emulator.console.app import shared_app  # noqa: PLC0415 - seldom used

        own = {**scope, "account": self._account, ACCOUNT_APP: self._app}
        await shared_app()(own, receive, send)
