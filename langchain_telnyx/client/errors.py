"""The error tree, the status table, and what makes an error of a reply.

```text
TelnyxError
├── ConfigurationError
├── FileTooLargeError             a file that the API would not take
├── TrainingDataError             examples that no model could be trained on
├── APIConnectionError
│   └── APITimeoutError
├── APIStatusError
│   ├── BadRequestError           400
│   │   └── ContextOverflowError  400, 413 or 422 that speak of the context length
│   ├── AuthenticationError       401
│   ├── PermissionDeniedError     403
│   ├── NotFoundError             404
│   ├── ConflictError             409
│   ├── UnprocessableEntityError  422
│   ├── RateLimitError            429
│   └── ServerError               5xx
├── APIResponseError              a 2xx that cannot be decoded
├── StreamError                   a stream that broke after it began
│   └── StreamTimeoutError        a stream that fell silent, or took too long
├── TaskError                     a background task that failed
│   └── TaskTimeoutError
├── PartialError                  some of many requests failed
└── WebhookError                  a webhook that is not to be trusted
    ├── UnsignedWebhookError      it has no signature, or no time
    ├── StaleWebhookError         it was signed too long ago, or in the future
    ├── WebhookSignatureError     somebody else signed it, or it was changed
    └── MalformedWebhookError     its body is no event
```
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.evidence import (
    body_of,
    errors_in,
    rate_limit,
    request_id,
    retry_after,
    sentence,
    text_of,
)

_OVERFLOW = re.compile(
    r"context_length_exceeded|maximum context length|context (?:window|length)[^.]{0,40}exceed"
    r"|exceeds?[^.]{0,40}context (?:window|length)|prompt is too long|input is too long"
    r"|input tokens? exceeds?|too many (?:input )?tokens|reduce the length",
    re.IGNORECASE,
)

# What waiting does not help against, though the status says too many requests.
_QUOTA = re.compile(
    r"insufficient[_ ](?:quota|funds|balance|credits?)|exceeded your current quota|out of credits",
    re.IGNORECASE,
)

_TOP_UP = "Top up the account, or raise its limits, in the portal."
_REMEDIES = {
    401: "Check the API key: pass `api_key=` or set TELNYX_API_KEY.",
    402: _TOP_UP,
    429: "Slow down, or raise `max_retries`.",
}
_ACCOUNT_DISABLED = "The account is disabled, as a rule for want of funds: top it up in the portal."


class TelnyxError(Exception):
    """Base of every error this package raises about the API.

    Attributes:
        message: What happened, to what, and what to try.
        is_retryable: Whether the same request may succeed when sent again.
    """

    is_retryable: bool = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class ConfigurationError(TelnyxError, ValueError):
    """The client was configured in a way that cannot work; nothing was sent."""


class FileTooLargeError(TelnyxError, ValueError):
    """A file is larger than the API takes; nothing was sent."""


class TrainingDataError(TelnyxError, ValueError):
    """Examples are not as they must be to train a model on; nothing was sent.

    Attributes:
        defects: The index of an example to all that is wrong with it.
    """

    def __init__(self, message: str, defects: Mapping[int, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.args = (message, defects)
        self.defects = {index: list(wrong) for index, wrong in (defects or {}).items()}


class APIConnectionError(TelnyxError):
    """The server could not be reached, or hung up before it answered.

    Attributes:
        sent: Whether the server may have received the request.
    """

    is_retryable = True
    sent = True


class APITimeoutError(APIConnectionError):
    """The server did not answer in time."""


class APIStatusError(TelnyxError):
    """The server answered with an error status.

    Attributes:
        response: The reply, with `status_code`, `headers`, `text` and `json()`.
        status_code: The HTTP status.
        code: The vendor's code, such as `"10015"`, or the storage's, such as `"NoSuchKey"`.
        title: The vendor's short description.
        detail: The vendor's long description.
        errors: Every error the body lists, as the vendor wrote them.
        request_id: The id to quote to the vendor's support.
        retry_after: Seconds the server asks to wait, when it says.
        body: The body: parsed JSON where it is JSON, else text.
    """

    def __init__(self, message: str, response: Reply) -> None:
        super().__init__(message)
        # `args` must rebuild the error, or it cannot cross a process boundary.
        self.args = (message, response)
        self.response = response
        self.status_code = response.status_code
        self.body = body_of(response)
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
        """The rate-limit headers that came along, as they came."""
        return rate_limit(self.response.headers)


class BadRequestError(APIStatusError):
    """400: the request is wrong as it stands."""


class ContextOverflowError(BadRequestError):
    """The input is longer than the model's context."""


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong or revoked."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this, or the account is disabled."""


class NotFoundError(APIStatusError):
    """404: there is no such thing."""


class ConflictError(APIStatusError):
    """409: it exists already, or is locked."""


class UnprocessableEntityError(APIStatusError):
    """422: a field is missing, of the wrong type or out of range."""


class RateLimitError(APIStatusError):
    """429: too many requests or tokens."""

    is_retryable = True


class ServerError(APIStatusError):
    """5xx: the failure is the server's."""

    is_retryable = True


class APIResponseError(TelnyxError):
    """A successful answer could not be decoded.

    Attributes:
        response: The reply, with its body.
    """

    def __init__(self, message: str, response: Reply) -> None:
        super().__init__(message)
        self.args = (message, response)
        self.response = response
        self.status_code = response.status_code
        self.request_id = request_id(response)


class StreamError(TelnyxError):
    """A stream broke after it began, or ended before it was complete.

    Attributes:
        body: The error object the stream carried, when it was one.
        code: The vendor's code in that object.
        partial: What had arrived: the adapter puts the partial message here.
        overflows: Whether it says that the input is longer than the model's context.
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
    """A stream fell silent after it began, or took too long as a whole."""


class TaskError(TelnyxError):
    """A background task of the API ended in failure.

    Attributes:
        task_id: The task.
        status: Its last status.
        reasons: What failed inside it: file name to reason.
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
    """A background task did not finish in the time given; it may still be running."""


class PartialError(TelnyxError):
    """Some of many requests failed; what succeeded stands.

    Attributes:
        done: Names of what succeeded.
        failed: Name to error of what did not.
    """

    def __init__(
        self, message: str, done: Sequence[str], failed: Mapping[str, TelnyxError]
    ) -> None:
        super().__init__(message)
        self.args = (message, done, failed)
        self.done = list(done)
        self.failed = dict(failed)
        self.is_retryable = all(error.is_retryable for error in self.failed.values())


class WebhookError(TelnyxError):
    """A webhook is not to be trusted. Its messages quote nothing of the webhook."""


class UnsignedWebhookError(WebhookError):
    """A webhook lacks the signature, or the time at which it was signed."""


class StaleWebhookError(WebhookError):
    """A webhook was signed too long ago, or in the future: it may be an old one, sent again."""


class WebhookSignatureError(WebhookError):
    """A webhook was signed by another key, or changed since it was signed."""


class MalformedWebhookError(WebhookError):
    """A webhook's body is no event."""


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
_MAY_OVERFLOW = {400, 413, 422}
# Unexpected error, request timeout, too many requests, resource locked, still processing, service
# unavailable: the vendor's codes for what passes. A status of HTTP's may stand there too.
_PASSING_CODES = {"10007", "10008", "10011", "10035", "10036", "10037", "429"} | {
    str(status) for status in range(500, 600)
}


def error_for(reply: Reply) -> APIStatusError:
    """Return the error a reply with an error status means."""
    status = reply.status_code
    body = body_of(reply)
    said = sentence(body) or "no explanation in the body"
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else APIStatusError)  # noqa: PLR2004 - HTTP's server errors
    if status in _MAY_OVERFLOW and _OVERFLOW.search(str(body)):
        kind = ContextOverflowError
    remedy = _REMEDIES.get(status, "")
    if kind is PermissionDeniedError and "disabled" in said:
        remedy = _ACCOUNT_DISABLED
    used_up = kind is RateLimitError and _QUOTA.search(str(body))
    if used_up:
        remedy = _TOP_UP
    if kind is ContextOverflowError:
        remedy = "Shorten the input, or choose a model with a larger context."
    where = f" to {reply.request}" if reply.request else ""
    known_as = request_id(reply)
    trace = f" [request {known_as}]" if known_as else ""
    error = kind(f"HTTP {status}{where}: {said}.{trace} {remedy}".strip(), reply)
    if used_up:
        error.is_retryable = False
    return error


def error_in_stream(body: Any) -> StreamError:
    """Return the error that an error object inside a stream means."""
    said = sentence(body) or str(body)
    overflows = _OVERFLOW.search(str(body))
    what = (
        "The input is longer than the model's context"
        if overflows
        else "The server broke off its answer with an error"
    )
    error = StreamError(f"{what}: {said}.", body)
    # A vendor's code that does not pass by itself will be the same next time.
    lasting = error.code is not None and error.code.isdigit() and error.code not in _PASSING_CODES
    error.is_retryable = not (overflows or lasting)
    error.overflows = bool(overflows)
    return error
