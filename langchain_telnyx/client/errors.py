"""The error tree; `error_mapping` creates errors from replies.

```text
TelnyxError
├── ConfigurationError
├── FileTooLargeError             a file that is too large for the API
├── ValueTooLargeError            a key or value that is too large for key-value storage
├── TextTooLongError              a text that is too long for an embedding model
├── InvalidTextError              input that cannot be embedded or spoken: blank, or not text
├── TrainingDataError             examples that a model cannot be trained on
├── APIConnectionError
│   └── APITimeoutError
│       └── DeadlineError         the deadline of the call passed
├── APIStatusError
│   ├── BadRequestError           400
│   │   └── ContextOverflowError  400, 413, 422 (or llama.cpp's 500) for the input's length
│   ├── AuthenticationError       401
│   ├── PermissionDeniedError     403
│   ├── NotFoundError             404
│   │   └── PreviousTurnNotFoundError  unknown `conversation` or `previous_response_id`
│   ├── ConflictError             409
│   ├── UnprocessableEntityError  422
│   ├── RateLimitError            429
│   └── ServerError               5xx
├── APIResponseError              a 2xx that cannot be decoded
│   └── DimensionError            vectors of another length than they must have
├── ListingError                  a listing that does not end
│   └── ListingTimeoutError       a listing that did not end in time; a DeadlineError too
├── ResponseTooLargeError         a response, or an item of a stream, above `max_response_bytes`
├── StreamError                   a response that broke off after it began
│   └── StreamTimeoutError        a stream that was silent, or took, too long
│       └── StreamDeadlineError   the deadline passed during a stream; a DeadlineError too
├── TaskError                     a background task that failed
│   └── TaskTimeoutError
├── PartialError                  some of many requests failed
│   ├── PartialEmbeddingsError    some of many texts could not be embedded
│   ├── PartialSpeechError        a sentence of streamed text could not be spoken
│   └── PartialWriteError         some documents are not stored, or not embedded; a TaskError too
│       └── WriteTimeoutError     some are not embedded in time; a TaskTimeoutError too
├── AudioFormatError              audio that cannot be joined
├── UnusableAnswerError           a model's answers that an agent cannot use
├── RequestOverLimitError         a request that is larger than a rate limiter's window; not sent
├── InvalidDocumentsError         documents or files that cannot be stored; nothing was sent
├── FileReadError                 a file that cannot be read; an OSError too
└── WebhookError                  a webhook that cannot be verified
    ├── UnsignedWebhookError      without a signature, or a time
    ├── StaleWebhookError         signed too long ago, or in the future
    ├── WebhookSignatureError     signed with another key, or changed
    └── MalformedWebhookError     a body that is not an event
```
"""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.error_details import (
    errors_in,
    parsed_body,
    rate_limit,
    request_id,
    retry_after,
    text_of,
)

_MAYBE_DONE = "The server may have executed the request: check before you repeat it."


class TelnyxError(Exception):
    """Base of every error this package raises about the API.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/client.md#errors

    Attributes:
        message: What failed, and what to try.
        is_retryable: Whether the same request may succeed when sent again.
        maybe_done: Whether the server may have executed it, so that repeating it may do it twice.
        partial: The results before or beside the error, if there are any.
    """

    is_retryable: bool = False
    maybe_done: bool = False
    partial: Any = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} {_MAYBE_DONE}" if self.maybe_done else self.message


class ConfigurationError(TelnyxError, ValueError):
    """The configuration of the client is not valid; nothing was sent."""


class FileTooLargeError(TelnyxError, ValueError):
    """A file is too large for the API; nothing was sent."""


class ValueTooLargeError(TelnyxError, ValueError):
    """A key or value is too large for key-value storage; nothing was sent."""


class TextTooLongError(TelnyxError):
    """Texts have more tokens than the embedding model accepts.

    Raised by an estimate before anything is sent, or for the server's error, which is `__cause__`.

    Attributes:
        positions: Which of the texts, from 0.
        tokens: About how many tokens each of them has.
        limit: The maximum number of tokens, if it is known.
    """

    def __init__(
        self, message: str, positions: Sequence[int], tokens: Sequence[int], limit: int | None
    ) -> None:
        super().__init__(message)
        self.args = (message, positions, tokens, limit)
        self.positions = list(positions)
        self.tokens = list(tokens)
        self.limit = limit


class InvalidTextError(TelnyxError, ValueError):
    """Texts cannot be embedded or spoken: blank, not `str`, or not valid Unicode. Not sent.

    Attributes:
        positions: Which of the texts, from 0.
    """

    def __init__(self, message: str, positions: Sequence[int]) -> None:
        super().__init__(message)
        self.args = (message, positions)
        self.positions = list(positions)


class APIConnectionError(TelnyxError):
    """The server could not be reached, or closed the connection before its response.

    Attributes:
        sent: Whether the server may have received the request.
    """

    is_retryable = sent = True


class APITimeoutError(APIConnectionError):
    """The server did not respond in time."""


class DeadlineError(APITimeoutError):
    """The deadline of a call passed.

    Attributes:
        phase: What it was doing: `start`, `queue`, `pool`, `dns`, `connect`, `tls`, `send`,
            `headers`, `body`, `stream`, `retry` or `polling`.
        partial: What had arrived: the items of a listing, the message of a stream, the last result
            of a poll; `None` if nothing had.
    """

    phase: str = ""


class APIStatusError(TelnyxError):
    """The server responded with an error status.

    Attributes:
        response: The reply, with `status_code`, `headers`, `text` and `json()`.
        status_code: The HTTP status.
        code: The vendor's code, such as `"10015"`, or the storage's, such as `"NoSuchKey"`.
        title: The vendor's short description.
        detail: The vendor's long description.
        errors: All errors in the body, as the vendor wrote them.
        request_id: The id to quote to the vendor's support.
        retry_after: Seconds after which to retry, if the server returns them.
        body: The body: parsed JSON if it is JSON, else text.
        partial: The part of an answer that came with the error, set by the chat model.
    """

    def __init__(self, message: str, response: Reply) -> None:
        message, response = response.redactor.text(message), response.redacted()
        super().__init__(message)
        # `args` must rebuild the error, or it cannot cross a process boundary.
        self.args = (message, response)
        self.response = response
        self.status_code = response.status_code
        self.body = parsed_body(response)
        self.errors = errors_in(self.body)
        first = self.errors[0] if self.errors else {}
        self.code = text_of(first.get("code"))
        self.title = text_of(first.get("title"))
        self.detail = text_of(first.get("detail"))
        self.request_id = request_id(response)
        self.retry_after = retry_after(response.headers)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.status_code

    @property
    def rate_limit(self) -> dict[str, str]:
        """The rate-limit headers of the response."""
        return rate_limit(self.response.headers)


class BadRequestError(APIStatusError):
    """400: the request is not valid."""


class ContextOverflowError(BadRequestError):
    """The input is longer than the model's context."""


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong or revoked."""


class PermissionDeniedError(APIStatusError):
    """403: the key lacks the permission, or the account is disabled."""


class NotFoundError(APIStatusError):
    """404: the resource does not exist."""


class PreviousTurnNotFoundError(NotFoundError):
    """The service does not have the conversation, or response, that a turn continues."""


class ConflictError(APIStatusError):
    """409: the resource exists already, or is locked."""


class UnprocessableEntityError(APIStatusError):
    """422: a field is missing, of the wrong type or out of range."""


class RateLimitError(APIStatusError):
    """429: too many requests or tokens."""

    is_retryable = True


class ServerError(APIStatusError):
    """5xx: the server failed."""

    is_retryable = True


class APIResponseError(TelnyxError):
    """A successful response could not be decoded.

    Attributes:
        response: The reply, with its body.
    """

    def __init__(self, message: str, response: Reply) -> None:
        message, response = response.redactor.text(message), response.redacted()
        super().__init__(message)
        self.args = (message, response)
        self.response = response
        self.status_code = response.status_code
        self.request_id = request_id(response)


class DimensionError(APIResponseError):
    """Vectors have another length than requested, or than earlier vectors."""


class ListingError(TelnyxError):
    """A listing does not end: it repeats pages, or returns empty pages for ever.

    Attributes:
        partial: The items before the error, if they were collected. The list is not complete.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.partial: list[Any] = []


class ListingTimeoutError(ListingError, DeadlineError):
    """A listing did not end within the deadline."""


class ResponseTooLargeError(TelnyxError):
    """A response, or an item of a stream, is above `max_response_bytes`; the rest is not read.

    Attributes:
        limit: The maximum number of bytes.
        partial: Of a stream: what had arrived.
    """

    def __init__(self, message: str, limit: int) -> None:
        super().__init__(message)
        self.args = (message, limit)
        self.limit = limit
        self.partial: Any = None


class StreamError(TelnyxError):
    """A stream broke off after it began, or a response ended before it was complete.

    Attributes:
        body: The error object in the stream, if there was one.
        code: The vendor's code in that object.
        partial: What had arrived: the adapter puts the partial message here.
        overflows: Whether the error is that the input is longer than the model's context.
    """

    is_retryable = True
    overflows = False

    def __init__(self, message: str, body: Any = None) -> None:
        super().__init__(message)
        self.args = (message, body)
        self.body = body
        errors = errors_in(body)
        self.code = text_of(errors[0].get("code")) if errors else None
        self.partial: Any = None


class StreamTimeoutError(StreamError):
    """A stream was silent for too long after it began, or took too long as a whole."""


class StreamDeadlineError(StreamTimeoutError, DeadlineError):
    """The deadline of a call passed while its response was streamed."""


class TaskError(TelnyxError):
    """A background task of the API failed.

    Attributes:
        task_id: The task.
        status: Its last status.
        reasons: What failed in it: file name to reason.
    """

    def __init__(
        self,
        message: str,
        task_id: str = "",
        status: str | None = None,
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.args = (message, task_id, status, reasons)
        self.task_id = task_id
        self.status = status
        self.reasons = dict(reasons or {})


class TaskTimeoutError(TaskError):
    """A background task did not finish in the given time; it may still be running."""


class PartialError(TelnyxError):
    """Some of many requests failed; the others succeeded.

    Attributes:
        done: Names of the requests that succeeded.
        failed: Name to error of those that failed.
        partial: The results, such as the documents that the adapter creates from them.
    """

    def __init__(
        self, message: str, done: Sequence[str], failed: Mapping[str, TelnyxError]
    ) -> None:
        super().__init__(message)
        self.args = (message, done, failed)
        self.done = list(done)
        self.failed = dict(failed)
        self.partial: Any = None
        self.is_retryable = all(error.is_retryable for error in self.failed.values())


class PartialEmbeddingsError(PartialError):
    """Some texts could not be embedded; the vectors of the others are here.

    Attributes:
        done: Positions of the embedded texts, as text.
        failed: Position, as text, to error.
        vectors: Position, as a number, to vector.
    """

    def __init__(
        self,
        message: str,
        done: Sequence[str],
        failed: Mapping[str, TelnyxError],
        vectors: Mapping[int, list[float]],
    ) -> None:
        super().__init__(message, done, failed)
        self.args = (message, done, failed, vectors)
        self.vectors = dict(vectors)
