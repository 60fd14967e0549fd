"""The dependency that gives a handler the account of its request.

A handler declares it by annotation: `account: CurrentAccount`.
"""

from typing import Annotated

from fastapi import Depends, Request

from langchain_telnyx.emulator.account import Account


async def current_account(request: Request) -> Account:
    """Return the account of a request; `async`, as FastAPI runs sync dependencies in a thread."""
    account: Account = request.scope["account"]
    return account


CurrentAccount = Annotated[Account, Depends(current_account)]
