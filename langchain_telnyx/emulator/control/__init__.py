"""The control plane: script, observe and reset an emulated account over HTTP (`/_emulator`).

A program in any language controls the account as a Python test does by the methods of
`TelnyxEmulator`. Both act on the same state. `commands.COMMANDS` is the table of the methods that
have a path.
"""

from starlette.types import Receive, Scope, Send

PREFIX = "/_emulator"
"""The path of the control plane. No bucket has this name: it begins with an underscore."""


def is_for(scope: Scope) -> bool:
    """Return whether a request is for the control plane.

    An S3 client that requests a bucket of this name gets S3's error.
    """
    path: str = scope["path"]
    if path != PREFIX and not path.startswith(f"{PREFIX}/"):
        return False
    return not any(
        name == b"authorization" and value.startswith(b"AWS4-") for name, value in scope["headers"]
    )


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request to the control plane of `scope["account"]`."""
    from langchain_telnyx.emulator.control.app import shared_app  # noqa: PLC0415 - seldom used

    await shared_app()(scope, receive, send)
