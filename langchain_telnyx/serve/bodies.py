"""Request bodies of bounded size."""

from starlette.requests import Request


class TooLarge(ValueError):  # noqa: N818 - an answer, 413
    """A body exceeds the limit."""


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    Args:
        request: The request.
        limit: The most bytes.

    Raises:
        TooLarge: It has more; the rest is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"The body exceeds {limit:,} bytes.")
    return bytes(body)
