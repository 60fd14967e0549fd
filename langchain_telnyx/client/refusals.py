"""Which error a reply means: by its status, and by what its body says."""

import re
from typing import Any

from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.config import is_storage_region
from langchain_telnyx.client.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ContextOverflowError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    StreamError,
    UnprocessableEntityError,
)
from langchain_telnyx.client.evidence import body_of, errors_in, request_id, sentence, text_of

_OVERFLOW = re.compile(
    r"context_length_exceeded|maximum context length|context (?:window|length)[^.]{0,40}exceed"
    r"|exceeds?[^.]{0,40}context (?:window|length)|prompt is too long|input is too long"
    r"|input tokens? exceeds?|too many (?:input )?tokens|reduce the length"
    # Embedding servers' own words.
    r"|must have (?:less|fewer) than \d+ tokens|input is too large|longer than the maximum",
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
_NO_SUCH_BUCKET = (
    "It does not exist, or it is in another region: check its name and `region=`, such as "
    '`region="us-east-1"`.'
)
_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
_REDIRECTS = {301, 307}
_BAD_REQUEST = 400
_NOT_IMPLEMENTED = 501
_CODES_OF_ANOTHER_REGION = {None, "AuthorizationHeaderMalformed", "PermanentRedirect"}
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
    code = _first_code(body)
    if code == "NoSuchBucket":
        remedy = _NO_SUCH_BUCKET
    if (region := bucket_region(reply, code)) is not None:
        remedy = (
            f'The bucket is in region {region}: pass `region="{region}"`, and the `storage_url` of '
            f"that region where one is set."
        )
    where = f" to {reply.request}" if reply.request else ""
    known_as = request_id(reply)
    trace = f" [request {known_as}]" if known_as else ""
    error = kind(f"HTTP {status}{where}: {said}.{trace} {remedy}".strip(), reply)
    if used_up or status == _NOT_IMPLEMENTED:
        error.is_retryable = False
    return error


def bucket_region(reply: Reply, code: str | None) -> str | None:
    """Return the region in which the storage says that a bucket is, where it refuses for that.

    Args:
        reply: The refusal.
        code: The storage's code in its body, if any: an answer to HEAD has none.
    """
    region = reply.headers.get("x-amz-bucket-region", "")
    elsewhere = reply.status_code in _REDIRECTS or (
        reply.status_code == _BAD_REQUEST and code in _CODES_OF_ANOTHER_REGION
    )
    return region if elsewhere and is_storage_region(region) else None


def _first_code(body: Any) -> str | None:
    errors = errors_in(body)
    return text_of(errors[0].get("code")) if errors else None


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
