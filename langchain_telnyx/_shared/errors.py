"""The client's errors as subclasses of langchain-core's errors.

The chat and embedding models raise them, so that `except RateLimitError` (this package) and
`except ModelRateLimitError` (langchain-core) both catch them. LangChain's fallbacks and retries
read `is_retryable`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core import exceptions as core

from langchain_telnyx.client import errors
from langchain_telnyx.client.error_mapping import status_in


class TelnyxAuthenticationError(errors.AuthenticationError, core.ModelAuthenticationError):
    """401 of a model call."""


class TelnyxPermissionDeniedError(errors.PermissionDeniedError, core.ModelPermissionDeniedError):
    """403 of a model call."""


class TelnyxBadRequestError(errors.BadRequestError, core.ModelInvalidRequestError):
    """400 of a model call."""


class TelnyxUnprocessableEntityError(
    errors.UnprocessableEntityError, core.ModelInvalidRequestError
):
    """422 of a model call."""


class TelnyxContextOverflowError(errors.ContextOverflowError, core.ContextOverflowError):
    """The input is longer than the model's context."""


class TelnyxNotFoundError(errors.NotFoundError, core.ModelNotFoundError):
    """404 of a model call."""


class TelnyxPreviousTurnError(errors.PreviousTurnNotFoundError, core.ModelInvalidRequestError):
    """The previous response or conversation of a model call does not exist."""


class TelnyxRateLimitError(errors.RateLimitError, core.ModelRateLimitError):
    """429 of a model call."""


class TelnyxServerError(errors.ServerError, core.ModelAPIError):
    """5xx of a model call."""


class TelnyxConnectionError(errors.APIConnectionError, core.ModelConnectionError):
    """The server could not be reached for a model call."""


class TelnyxTimeoutError(errors.APITimeoutError, core.ModelTimeoutError):
    """The server did not answer a model call in time."""


class TelnyxDeadlineError(errors.DeadlineError, core.ModelTimeoutError):
    """The deadline of a model call passed."""


class TelnyxStreamError(errors.StreamError, core.ModelConnectionError):
    """A model's stream broke after it began; `partial` is the message so far."""


class TelnyxStreamOverflowError(errors.StreamError, core.ContextOverflowError):
    """An error event in a stream: the input is longer than the model's context."""


class TelnyxStreamRateLimitError(errors.StreamError, core.ModelRateLimitError):
    """An error event in a stream: too many requests."""


class TelnyxStreamRequestError(errors.StreamError, core.ModelInvalidRequestError):
    """An error event in a stream: the request is invalid, and a retry cannot succeed."""


class TelnyxStreamServerError(errors.StreamError, core.ModelAPIError):
    """An error event in a stream: the server failed."""


class TelnyxStreamTimeoutError(errors.StreamTimeoutError, core.ModelTimeoutError):
    """A model's stream sent no data in time, or took too long; `partial` is the message so far."""


class TelnyxStreamDeadlineError(errors.StreamDeadlineError, core.ModelTimeoutError):
    """The deadline of a model call passed; `partial` is the message so far."""


class TelnyxResponseError(errors.APIResponseError, core.ModelAPIError):
    """A model's answer could not be decoded."""

    is_retryable = False


class TelnyxDimensionError(errors.DimensionError, core.ModelAPIError):
    """A model's vectors have an unexpected length."""

    is_retryable = False


class TelnyxTextTooLongError(errors.TextTooLongError, core.ContextOverflowError):
    """Texts have more tokens than the embedding model accepts."""


class TelnyxInvalidTextError(errors.InvalidTextError, core.ModelInvalidRequestError):
    """Texts cannot be embedded."""


_CLASSES: dict[type[errors.TelnyxError], type[errors.TelnyxError]] = {
    kind.__mro__[1]: kind
    for kind in (
        TelnyxAuthenticationError,
        TelnyxPermissionDeniedError,
        TelnyxBadRequestError,
        TelnyxUnprocessableEntityError,
        TelnyxContextOverflowError,
        TelnyxNotFoundError,
        TelnyxPreviousTurnError,
        TelnyxRateLimitError,
        TelnyxServerError,
        TelnyxConnectionError,
        TelnyxTimeoutError,
        TelnyxDeadlineError,
        TelnyxStreamError,
        TelnyxStreamTimeoutError,
        TelnyxStreamDeadlineError,
        TelnyxResponseError,
        TelnyxDimensionError,
        TelnyxTextTooLongError,
        TelnyxInvalidTextError,
    )
}


_TOO_MANY = 429


@contextmanager
def model_errors(partial: Callable[[Any], Any] | None = None) -> Iterator[None]:
    """Raise the client's errors as subclasses of langchain-core's errors.

    Args:
        partial: Returns a message from the body of an error, if it contains a part of an answer.
    """
    try:
        yield
    except errors.TelnyxError as error:
        model_error = as_model_error(error)
        if partial is not None and isinstance(model_error, errors.APIStatusError):
            model_error.partial = partial(model_error.body)
        raise model_error from error.__cause__


def as_model_error(error: errors.TelnyxError) -> errors.TelnyxError:
    """Convert an error to the subclass of langchain-core's error, with all attributes."""
    kind = _CLASSES.get(type(error))
    if kind is None:
        return error
    if type(error) is errors.StreamError and error.body is not None:
        kind = _stream_error_class(error)
    converted: Any = kind.__new__(kind, *error.args)
    converted.__dict__.update(error.__dict__)
    return converted.with_traceback(error.__traceback__)  # type: ignore[no-any-return]  # its own class


def _stream_error_class(error: errors.StreamError) -> type[errors.StreamError]:
    """Return the class of an error event in a stream, as for an HTTP status."""
    if error.overflows:
        return TelnyxStreamOverflowError
    if status_in(error.body) == _TOO_MANY:
        return TelnyxStreamRateLimitError
    return TelnyxStreamServerError if error.is_retryable else TelnyxStreamRequestError
