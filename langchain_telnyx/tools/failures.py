"""What a tool tells a model when Telnyx refuses or fails: what happened, and what to do."""

from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    TelnyxError,
)
from langchain_telnyx.tools.quoting import line


def explained(error: TelnyxError, *, missing: str) -> str:
    """Return an error as a model can act on it; addresses and request ids are for its cause.

    Args:
        error: What the client raised.
        missing: What to do when there is no such thing.
    """
    match error:
        case NotFoundError():
            return f"{_answered(error)} {missing}"
        case AuthenticationError() | PermissionDeniedError():
            return (
                f"{_answered(error)} Do not try again: only the owner of the account can mend "
                f"this, by its API key or its settings."
            )
        case APIStatusError(is_retryable=True):
            return f"{_answered(error)} This may pass: try again later, once."
        case APIStatusError():
            return f"{_answered(error)} Change the arguments; the same will be refused again."
        case APIConnectionError():
            return "Telnyx could not be reached, or did not answer in time: try again later, once."
        case _:
            return line(error)


def _answered(error: APIStatusError) -> str:
    said = line(error.detail or error.title or error.code or "no reason given").rstrip(".")
    return f"Telnyx answered {error.status_code}: {said}."
