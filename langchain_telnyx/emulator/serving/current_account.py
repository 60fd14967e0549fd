"""One file per area of the API; each exposes a `router` that `app.py` mounts under `/v2`.

A handler asks for the account it works on by annotation: `account: CurrentAccount`.
The S3 side (`s3.py`) is no FastAPI router: it owns every path outside `/v2`.
"""

from typing import Annotated

from fastapi import Depends, Request

from langchain_telnyx.emulator.account import Account


async def current_account(request: Request) -> Account:
    """Return the account that this emulator serves; `async` spares a thread for each request."""
    account: Account = request.scope["account"]
    return account


CurrentAccount = Annotated[Account, Depends(current_account)]
