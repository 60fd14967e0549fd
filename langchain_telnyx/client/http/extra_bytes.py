"""Extra bytes behind a response: the next request on the connection would read them.

A server or proxy that sends a response twice, or more bytes than announced, leaves bytes that the
library stores for the next request on that connection. From then on each request gets the response
of another. The library has no public way to read these bytes, so they are read through private
names. A test fails where those change; without them, requests work as before.
"""

import contextlib
from typing import Any

_TOWARDS_CONNECTION = ("_httpcore_stream", "_stream", "_connection")
_FARTHEST = 8


def dirty_connection(stream: Any) -> Any:
    """Return the connection of a response with extra bytes behind it.

    Args:
        stream: The response's stream, of httpx or of the library beneath it.

    Returns:
        The connection, to be closed; `None` where there are no extra bytes, or this is unknown.
    """
    for _ in range(_FARTHEST):
        parser = getattr(stream, "_h11_state", None)
        if parser is not None:
            return stream if parser.trailing_data[0] and _is_over(parser) else None
        for name in _TOWARDS_CONNECTION:
            inner = getattr(stream, name, None)
            if inner is not None:
                stream = inner
                break
        else:
            return None
    return None


def close_if_dirty(response: Any) -> Any:
    """Make an open response of a user's client close its connection where extra bytes follow it.

    The check runs before the connection returns to the pool: a moment later it may be in use again.
    """
    stream: Any = getattr(response, "stream", None)
    close = getattr(stream, "close", None)
    if close is None:
        return response

    def close_both() -> None:
        connection = dirty_connection(stream)
        if connection is not None:
            connection.close()
        close()

    with contextlib.suppress(AttributeError):  # a stream with slots is not the library's
        stream.close = close_both
    return response


def aclose_if_dirty(response: Any) -> Any:
    """Do the same for a response of a user's async client; see `close_if_dirty`."""
    stream: Any = getattr(response, "stream", None)
    close = getattr(stream, "aclose", None)
    if close is None:
        return response

    async def close_both() -> None:
        connection = dirty_connection(stream)
        if connection is not None:
            await connection.aclose()
        await close()

    with contextlib.suppress(AttributeError):
        stream.aclose = close_both
    return response


def _is_over(parser: Any) -> bool:
    """Whether the response was read to its end, or the connection is ready for the next request."""
    return str(parser.their_state) in {"DONE", "IDLE"}
