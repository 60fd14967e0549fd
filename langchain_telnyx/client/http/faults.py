"""Transport exceptions in, our errors out; no exception of an HTTP library gets past this file."""

import sys

from langchain_telnyx.client.errors import (
    APIConnectionError,
    APITimeoutError,
    StreamError,
    StreamTimeoutError,
)

# Names, because four libraries have classes of their own named alike: httpcore2 or httpcore, which
# our connections are of, and httpx and httpx2, of which a client the user passed in may be.
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
    """Return the exceptions that HTTP libraries loaded in this process raise."""
    # Evaluated only once something was raised: an `except` clause is an expression.
    kinds: tuple[type[Exception], ...] = ()
    for core in filter(None, map(sys.modules.get, _CORES)):
        kinds += tuple(getattr(core, name) for name in _OF_A_CORE)
    for library in filter(None, map(sys.modules.get, _LIBRARIES)):
        kinds += (library.HTTPError, library.StreamError, library.InvalidURL)
    return kinds


def connection_error(cause: Exception, request: str) -> APIConnectionError:
    """Return our error for a request that got no answer.

    Args:
        cause: The transport's exception.
        request: Method and URL, for the message.
    """
    names = {kind.__name__ for kind in type(cause).__mro__}
    why = str(cause) or type(cause).__name__
    error: APIConnectionError
    if "TimeoutException" in names:
        error = APITimeoutError(
            f"No answer in time to {request} ({type(cause).__name__}). "
            f"Raise `timeout=`, or look at the network."
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
    """Return our error for an answer that broke after it began."""
    why = str(cause) or type(cause).__name__
    timed_out = "TimeoutException" in {kind.__name__ for kind in type(cause).__mro__}
    kind = StreamTimeoutError if timed_out else StreamError
    return kind(f"The answer to {request} broke off: {why}. What came before is kept.")
