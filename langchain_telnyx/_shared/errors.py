"""The client's errors as LangChain knows them: each is also langchain-core's class for it.

Raised by the chat and embedding models, so that `except RateLimitError` (ours) and
`except ModelRateLimitError` (langchain-core's) both catch it, and so that fallbacks and retries,
which ask `is_retryable`, decide rightly.
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
    """The service does not have what a model call is to go on from."""


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
    """A stream said that the input is longer than the model's context."""


class TelnyxStreamRateLimitError(errors.StreamError, core.ModelRateLimitError):
    """A stream said that there were too many requests."""


class TelnyxStreamRequestError(errors.StreamError, core.ModelInvalidRequestError):
    """A stream said what asking again will not mend."""


class TelnyxStreamServerError(errors.StreamError, core.ModelAPIError):
    """A stream said that the server failed."""


class TelnyxStreamTimeoutError(errors.StreamTimeoutError, core.ModelTimeoutError):
    """A model's stream fell silent, or took too long; `partial` is the message so far."""


class TelnyxStreamDeadlineError(errors.StreamDeadlineError, core.ModelTimeoutError):
    """The deadline of a model call passed; `partial` is the message so far."""


class TelnyxResponseError(errors.APIResponseError, core.ModelAPIError):
    """A model's answer could not be decoded."""

    is_retryable = False


class TelnyxDimensionError(errors.DimensionError, core.ModelAPIError):
    """A model's vectors have another length than they must have."""

    is_retryable = False


class TelnyxTextTooLongError(errors.TextTooLongError, core.ContextOverflowError):
    """Texts have more tokens than the embedding model takes."""


class TelnyxInvalidTextError(errors.InvalidTextError, core.ModelInvalidRequestError):
    """Texts cannot be embedded."""


_KINDS: dict[type[errors.TelnyxError], type[errors.TelnyxError]] = {
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
    """Raise the client's errors as langchain-core's too.

    Args:
        partial: Makes a message of the body of an error, where a part of an answer stands in it.
    """
    try:
        yield
    except errors.TelnyxError as error:
        made = as_model_error(error)
        if partial is not None and isinstance(made, errors.APIStatusError):
            made.partial = partial(made.body)
        raise made from error.__cause__


def as_model_error(error: errors.TelnyxError) -> errors.TelnyxError:
    """Return the error as langchain-core's class too, with all it carries."""
    kind = _KINDS.get(type(error))
    if kind is None:
        return error
    if type(error) is errors.StreamError and error.body is not None:
        kind = _stream_error_class(error)
    twin: Any = kind.__new__(kind, *error.args)
    twin.__dict__.update(error.__dict__)
    return twin.with_traceback(error.__traceback__)  # type: ignore[no-any-return]  # its own class


def _stream_error_class(error: errors.StreamError) -> type[errors.StreamError]:
    """Return the class for what an error object in a stream says, as a status would say it."""
    if error.overflows:
        return TelnyxStreamOverflowError
    if status_in(error.body) == _TOO_MANY:
        return TelnyxStreamRateLimitError
    return TelnyxStreamServerError if error.is_retryable else TelnyxStreamRequestError
