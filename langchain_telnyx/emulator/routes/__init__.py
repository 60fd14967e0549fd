"""One file per area of the API; each exposes a `router` that `app.py` mounts under `/v2`.

A handler asks for the account it works on by annotation: `backend: CurrentBackend`.
The S3 side (`s3.py`) is no FastAPI router: it owns every path outside `/v2`.
"""

from typing import Annotated

from fastapi import Depends, Request

from langchain_telnyx.emulator.backend import Backend


async def current_backend(request: Request) -> Backend:
    """Return the account that this emulator serves; `async` spares a thread for each request."""
    backend: Backend = request.scope["account"]
    return backend


CurrentBackend = Annotated[Backend, Depends(current_backend)]
