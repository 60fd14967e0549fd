"""Error texts for the model: what failed, and what to do next."""

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
from langchain_telnyx.tools.quoting import one_line

# Addresses are removed: they may be internal to a network, or signed.
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>)\]}]+", re.IGNORECASE)
_REQUEST = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[^\s'\"<>)\]},:]*")
_HOST = re.compile(r"\b(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|(?:[\w-]+\.)+[\w-]+)(?::\d+)(?:/\S*)?")


def error_text(error: TelnyxError, *, not_found: str) -> str:
    """Return the text of an error for a model, without addresses and request ids.

    Args:
        error: The client's error.
        not_found: What the model should do if the resource does not exist.
    """
    match error:
        case APIStatusError():
            return f"{_status_text(error)} {_advice(error, not_found)}"
        case APIConnectionError():
            return "Telnyx could not be reached, or did not respond in time. Retry once, later."
        case ListingError():
            return (
                "Telnyx did not return the whole list: its pages do not end, or repeat. Use "
                "narrower arguments to list less."
            )
        case APIResponseError():
            return "Telnyx returned a response that cannot be parsed. Retry once, later."
        case _:
            return _without_addresses(one_line(error))


def _advice(error: APIStatusError, not_found: str) -> str:
    match error:
        case NotFoundError():
            return not_found
        case AuthenticationError() | PermissionDeniedError():
            return (
                "Do not retry. Only the owner of the account can fix this, in the API key or the "
                "settings."
            )
        case APIStatusError(is_retryable=True):
            return "The error may be temporary. Retry once, later."
        case _:
            return "Change the arguments; the same arguments will fail again."


def _status_text(error: APIStatusError) -> str:
    reason = one_line(error.detail or error.title or error.code or "no reason given")
    return f"Telnyx returned {error.status_code}: {_without_addresses(reason).rstrip('.')}."


def _without_addresses(text: str) -> str:
    """Remove addresses and paths of the API from a text."""
    text = _ADDRESS.sub("(an address)", text)
    return _HOST.sub("(an address)", _REQUEST.sub("the request", text))
