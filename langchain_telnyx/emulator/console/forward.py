"""Send a request of the page to the API or to S3, with the account's key.

The page does not have the key. A request through here is recorded, and uses up scripted answers,
like any other.
"""

from urllib.parse import unquote

from starlette.types import Receive, Scope, Send

from langchain_telnyx.emulator.console import ACCOUNT_APP, PREFIX

_DROPPED = (b"authorization", b"cookie", b"origin", b"referer")
_ROUTING = (ACCOUNT_APP, "app", "endpoint", "path_params", "route", "router")
_S3 = (
    "AWS4-HMAC-SHA256 Credential={}/20260101/us-central-1/s3/aws4_request, SignedHeaders=host, "
    "Signature=0"
)


async def forward(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a path of the account below the prefix."""
    raw_path = scope["raw_path"].removeprefix(PREFIX.encode() + b"/account")
    path = unquote(raw_path.decode("ascii"))
    key = scope["account"].settings.api_key
    authorization = f"Bearer {key}" if path.startswith("/v2/") else _S3.format(key)
    headers = [
        pair
        for pair in scope["headers"]
        if pair[0] not in _DROPPED and not pair[0].startswith(b"sec-")
    ]
    headers.append((b"authorization", authorization.encode()))
    forwarded = {name: value for name, value in scope.items() if name not in _ROUTING}
    forwarded.update(path=path, raw_path=raw_path, root_path="", headers=headers)
    await scope[ACCOUNT_APP](forwarded, receive, send)
