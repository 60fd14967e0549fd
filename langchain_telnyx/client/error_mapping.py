"""Which error a reply means: by its status, and by what its body says."""

import re
from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.config import is_storage_region
from langchain_telnyx.client.error_details import (
    errors_in,
    parsed_body,
    request_id,
    summary,
    text_of,
)
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

_OVERFLOW = re.compile(
    r"context_length_exceeded|maximum context length|context (?:window|length)[^.]{0,40}exceed"
    r"|exceeds?[^.]{0,40}context (?:window|length)|prompt is too long|input is too long"
    r"|input tokens? exceeds?|too many (?:input )?tokens|reduce the length"
    # Embedding servers' own words.
    r"|must have (?:less|fewer) than \d+ tokens|input is too large|longer than the maximum"
    # vLLM, and SGLang, whose words Together has too.
    r"|context length is only|too long to fit into the model|prompt \([^)]*\) is too long"
    r"|longer than the model'?s context|tokens\) exceeds the maximum allowed length"
    # Text Generation Inference, and Together before it.
    r"|[`']?inputs[`']? tokens (?:\+|and) [`']?max_new_tokens[`']? must"
    # Ollama, LM Studio, Kimi, GLM.
    r"|prompt too long|greater than the context length|exceeded model token limit"
    r"|prompt exceeds max(?:imum)? length",
    re.IGNORECASE,
)

# llama.cpp's words, and those of what is built upon it: it says them with a status of 500, too.
_OVERFLOW_OF_LLAMA = re.compile(
    r"exceed_context_size_error|exceeds the available context size|context size has been exceeded"
    r"|input(?: \(\d+ tokens\))? is too large to process"
    r"|input length exceeds (?:the|maximum) context length",
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
_MAY_OVERFLOW_IN_LLAMA = _MAY_OVERFLOW | {500}
# Unexpected error, request timeout, too many requests, resource locked, still processing, service
# unavailable: the vendor's codes for what passes. A status of HTTP's may stand there too.
_PASSING_CODES = {"10007", "10008", "10011", "10035", "10036", "10037", "429"} | {
    str(status) for status in range(500, 600)
}


_BAD_GATEWAY = 502
_STATUS_OF_CODE = {
    "10005": 404,
    "10007": 500,
    "10008": 408,
    "10009": 401,
    "10010": 403,
    "10011": 429,
    "10015": 400,
    "10027": 422,
    "10037": 503,
}
# Words of OpenAI's, vLLM's and Anthropic's types and codes.
_STATUS_OF_WORD = (
    ("rate_limit", 429),
    ("ratelimit", 429),
    ("too_many", 429),
    ("quota", 429),
    ("overloaded", 503),
    ("unavailable", 503),
    ("authentication", 401),
    ("api_key", 401),
    ("permission", 403),
    ("not_found", 404),
    ("notfound", 404),
    ("context_length", 400),
    ("invalid_request", 400),
    ("badrequest", 400),
    ("bad_request", 400),
    ("timeout", 504),
)
# Finish reasons of answers that are not whole: vLLM's and SGLang's, those of gateways, GLM's, and
# DeepSeek's.
_BROKEN = frozenset(
    {
        "abort",
        "aborted",
        "cancelled",
        "canceled",
        "error",
        "failed",
        "insufficient_system_resource",
        "network_error",
        "timeout",
    }
)


def error_for(reply: Reply, *, sent_as: int | None = None) -> APIStatusError:
    """Return the error a reply with an error status means.

    Args:
        reply: The reply.
        sent_as: The status it was sent with, where the error's own stands in its body.
    """
    status = reply.status_code
    body = parsed_body(reply)
    said = summary(body) or "no explanation in the body"
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else APIStatusError)  # noqa: PLR2004 - HTTP's server errors
    if _overflows(status, str(body)):
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
    shown = status if sent_as in (None, status) else f"{sent_as} with an error of {status}"
    error = kind(f"HTTP {shown}{where}: {said}.{trace} {remedy}".strip(), reply)
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


def _overflows(status: int, text: str) -> bool:
    if status in _MAY_OVERFLOW and _OVERFLOW.search(text):
        return True
    return status in _MAY_OVERFLOW_IN_LLAMA and bool(_OVERFLOW_OF_LLAMA.search(text))


def status_in(body: Any) -> int:
    """Return the status that an error in a body with another status stands for.

    Args:
        body: The body, which holds an error object.
    """
    outer = body if isinstance(body, Mapping) else {}  # of engines whose body is the object
    first = {**outer, **(errors_in(body) or [{}])[0]}
    for name in ("status", "status_code", "http_status", "code"):
        text = text_of(first.get(name)) or ""
        if text in _STATUS_OF_CODE:
            return _STATUS_OF_CODE[text]
        if text.isdigit() and 400 <= int(text) <= 599:  # noqa: PLR2004 - HTTP's error statuses
            return int(text)
    kind = f"{first.get('type')} {first.get('code')}".casefold()
    return next((status for word, status in _STATUS_OF_WORD if word in kind), _BAD_GATEWAY)


def error_for_finish_reason(finish: Any, error: Any = None) -> StreamError | None:
    """Return the error that the end of an answer means, `None` where it is one of an answer.

    Args:
        finish: The finish reason.
        error: The error object beside it, if there is one.
    """
    if error:
        held = error if isinstance(error, dict) else {"message": error}
        return error_in_stream({"error": held})
    if finish not in _BROKEN:
        return None
    return StreamError(
        f"The engine ended its answer before it was whole (finish_reason {finish!r}). What came "
        f"before is in `partial`. Send the request again."
    )


def error_in_stream(body: Any) -> StreamError:
    """Return the error that an error object inside a stream means."""
    said = summary(body) or str(body)
    overflows = _OVERFLOW.search(str(body)) or _OVERFLOW_OF_LLAMA.search(str(body))
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
