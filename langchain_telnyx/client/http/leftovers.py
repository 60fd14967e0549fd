"""Bytes behind the end of an answer: whoever uses the connection next would take them for theirs.

A server or a proxy that sends an answer twice, or more than it announced, leaves bytes that the
library keeps for the next request on that connection, which from then on gets the answers of
others. The library offers no way to ask for them, so the way to its parser goes by private names; a
test fails where these change, and without them all goes on as before.
"""

import contextlib
from typing import Any

_TOWARDS_CONNECTION = ("_httpcore_stream", "_stream", "_connection")
_FARTHEST = 8


def dirty_connection(stream: Any) -> Any:
    """Return the connection of an answer that was read, where bytes came behind the answer.

    Args:
        stream: The answer's stream, of httpx or of the library beneath it.

    Returns:
        The connection, to be closed; `None` where all is well, or not known.
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
    """Have an open answer of a user's client close its connection where bytes came behind it.

    That is looked for before the connection is given back: a moment later it may be another's.
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

    with contextlib.suppress(AttributeError):  # a stream with slots is not the library's own
        stream.close = close_both
    return response


def aclose_if_dirty(response: Any) -> Any:
    """Have an open answer of a user's awaited client do the same; see `close_if_dirty`."""
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
    """Whether the answer was read to its end, or the connection is ready for the next request."""
    return str(parser.their_state) in {"DONE", "IDLE"}
