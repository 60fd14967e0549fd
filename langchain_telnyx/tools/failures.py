"""What a tool tells a model when Telnyx refuses or fails: what happened, and what to do."""

import re

from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    AuthenticationError,
    ListingError,
    NotFoundError,
    PermissionDeniedError,
    TelnyxError,
)
from langchain_telnyx.tools.quoting import line

# Where requests go is nothing for a model: it may be an address within a network, or be signed.
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>)\]}]+", re.IGNORECASE)
_REQUEST = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[^\s'\"<>)\]},:]*")
_HOST = re.compile(r"\b(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|(?:[\w-]+\.)+[\w-]+)(?::\d+)(?:/\S*)?")


def explained(error: TelnyxError, *, missing: str) -> str:
    """Return an error as a model can act on it; addresses and request ids are for its cause.

    Args:
        error: What the client raised.
        missing: What to do when there is no such thing.
    """
    match error:
        case APIStatusError():
            return f"{_answered(error)} {_advice(error, missing)}"
        case APIConnectionError():
            return "Telnyx could not be reached, or did not answer in time: try again later, once."
        case ListingError():
            return (
                "Telnyx did not return the whole of a list, which does not end or goes in a "
                "circle: list less of it, by narrower arguments."
            )
        case APIResponseError():
            return "Telnyx gave an answer that cannot be read: try again later, once."
        case _:
            return _without_addresses(line(error))


def _advice(error: APIStatusError, missing: str) -> str:
    match error:
        case NotFoundError():
            return missing
        case AuthenticationError() | PermissionDeniedError():
            return (
                "Do not try again: only the owner of the account can mend this, by its API key or "
                "its settings."
            )
        case APIStatusError(is_retryable=True):
            return "This may pass: try again later, once."
        case _:
            return "Change the arguments; the same will be refused again."


def _answered(error: APIStatusError) -> str:
    reason = line(error.detail or error.title or error.code or "no reason given")
    said = _without_addresses(reason).rstrip(".")
    return f"Telnyx answered {error.status_code}: {said}."


def _without_addresses(text: str) -> str:
    """Return a text in which no address stands, and no path of the API."""
    text = _ADDRESS.sub("(an address)", text)
    return _HOST.sub("(an address)", _REQUEST.sub("the request", text))
