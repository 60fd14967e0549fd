"""Send a request of the page to the API or to S3, with the account's key.

The page does not have the key. A request through here is recorded, and uses up scripted answers,
like any other.
"""

from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account

_DROPPED = (b"authorization", b"cookie", b"origin", b"referer")
_S3 = "AWS4-HMAC-SHA256 Credential={}/20260101/us-central-1/s3/aws4_request, SignedHeaders=host, Signature=0"


class Forward:
    """Serves the paths of the account below a prefix.

    Args:
        prefix: The prefix, such as `/_emulator/console/account`.
        app: The application of the account.
    """

    def __init__(self, prefix: str, app: ASGIApp) -> None:
        self._prefix = prefix
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        account: Account = scope["account"]
        raw_path = scope["raw_path"].removeprefix(self._prefix.encode())
        path = unquote(raw_path.decode("ascii"))
        key = account.settings.api_key
        authorization = f"Bearer {key}" if path.startswith("/v2/") else _S3.format(key)
        headers = [
            pair
            for pair in scope["headers"]
            if pair[0] not in _DROPPED and not pair[0].startswith(b"sec-")
        ]
        headers.append((b"authorization", authorization.encode()))
        forwarded = {**scope, "path": path, "raw_path": raw_path, "root_path": "", "headers": headers}
        await self._app(forwarded, receive, send)
