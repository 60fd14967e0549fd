"""Scripted items: replies, faults, and stream faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "abort", "error"]

# The default codes, titles and details of a status.
_ERRORS: dict[int, tuple[str, str, str]] = {
    400: ("10015", "Bad Request", "The request failed because it was not well-formed."),
    401: (
        "10009",
        "Authentication failed",
        "Could not find any usable credentials in the request.",
    ),
    403: ("10010", "Authorization failed", "You do not have permission to perform this action."),
    404: ("10005", "Resource not found", "The requested resource or URL could not be found."),
    408: ("10008", "Request timeout", "The request took too long."),
    409: ("10012", "Duplicate resource", "The resource exists already."),
    422: ("10027", "Unprocessable Entity", "The request could not be processed."),
    429: (
        "10011",
        "Too many requests",
        "You have exceeded the maximum number of allowed requests.",
    ),
    500: ("10007", "Unexpected error", "An unexpected error occurred."),
    503: ("10037", "Service unavailable", "The service is temporarily unavailable."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of one request before it is routed.

    Attributes:
        status: Respond with this status and `body`; None serves the request.
        delay: Seconds to wait first.
        drop: Close the connection without a response.
        headers: Further headers of the response.
        body: JSON body of the response.
    """

    status: int | None = None
    delay: float = 0.0
    drop: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedCall:
    """One tool call of a scripted reply; `arguments` is sent as it is."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedReply:
    """One chat reply; neither `stop` nor an output cap shortens it."""

    text: str = ""
    reasoning: str | None = None
    finish_reason: FinishReason = "stop"
    chunks: tuple[str, ...] | None = None
    tool_calls: tuple[ScriptedCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFault:
    """A fault of one stream, after some of its chunks.

    Attributes:
        after: How many chunks (`data:` events) are sent first.
        kind: `cut` ends the body there, `stall` pauses for `seconds`, `error` sends `error` as an
            event and ends the body, `raw` replaces the whole body by `pieces`.
        seconds: The pause of a `stall`.
        error: The error object of an `error`.
        pieces: The exact bytes of a `raw` body, sent piece by piece.
    """

    kind: Literal["cut", "stall", "error", "raw"]
    after: int = 0
    seconds: float = 0.0
    error: Mapping[str, Any] | None = None
    pieces: tuple[bytes, ...] = ()


def checked_status(status: int) -> int:
    """Validate the status of an error.

    Raises:
        ValueError: It is not an error status.
    """
    if not 400 <= status <= 599:  # noqa: PLR2004 - the range of HTTP's error statuses
        raise ValueError(f"{status} is not the status of an error.")
    return status


def error_fault(status: int, error: Mapping[str, Any], retry_after: float | None) -> Fault:
    """Return the fault that responds with an error."""
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    return Fault(status=status, headers=headers, body={"errors": [error]})


def error_object(
    status: int, *, code: str | None = None, title: str | None = None, detail: str | None = None
) -> dict[str, str]:
    """Return an error of the Telnyx envelope; the defaults depend on the status."""
    default_code, default_title, default_detail = _ERRORS.get(status, _ERRORS[500])
    return {
        "code": code or default_code,
        "title": title or default_title,
        "detail": detail or default_detail,
    }
