"""Maps exceptions of HTTP libraries to ours; none of theirs leaves this module."""

import sys

from langchain_telnyx.client.errors import (
    APIConnectionError,
    APITimeoutError,
    StreamError,
    StreamTimeoutError,
)

# Compared by name, because four libraries define these classes: httpcore2 or httpcore for our own
# connections, and httpx or httpx2 for a client that the user passed in.
_CORES = ("httpcore2", "httpcore")
_LIBRARIES = ("httpx", "httpx2")
_OF_A_CORE = (
    "NetworkError",
    "ProtocolError",
    "ProxyError",
    "TimeoutException",
    "UnsupportedProtocol",
)
_NEVER_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "InvalidURL",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}


def faults() -> tuple[type[Exception], ...]:
    """Return the exception types of the HTTP libraries loaded in this process."""
    # An `except` clause is an expression: it is evaluated only after something is raised.
    kinds: tuple[type[Exception], ...] = ()
    for core in filter(None, map(sys.modules.get, _CORES)):
        kinds += tuple(getattr(core, name) for name in _OF_A_CORE)
    for library in filter(None, map(sys.modules.get, _LIBRARIES)):
        kinds += (library.HTTPError, library.StreamError, library.InvalidURL)
    return kinds


def connection_error(cause: Exception, request: str) -> APIConnectionError:
    """Return our error for a request without a response.

    Args:
        cause: The transport's exception.
        request: Method and URL, for the message.
    """
    names = {kind.__name__ for kind in type(cause).__mro__}
    why = str(cause) or type(cause).__name__
    error: APIConnectionError
    if "TimeoutException" in names:
        error = APITimeoutError(
            f"No response in time to {request} ({type(cause).__name__}). "
            f"Raise `timeout=`, or check the network."
        )
    elif names & _NEVER_SENT:
        error = APIConnectionError(
            f"Could not connect for {request}: {why}. "
            f"Check the network, the proxy and `base_url` (TELNYX_BASE_URL)."
        )
    else:
        error = APIConnectionError(f"The connection broke during {request}: {why}. Try again.")
    error.sent = not names & _NEVER_SENT
    return error


def stream_error(cause: Exception, request: str) -> StreamError:
    """Return our error for a response that breaks off after it begins."""
    why = str(cause) or type(cause).__name__
    timed_out = "TimeoutException" in {kind.__name__ for kind in type(cause).__mro__}
    kind = StreamTimeoutError if timed_out else StreamError
    return kind(f"The response to {request} broke off: {why}. Items before that are valid.")
