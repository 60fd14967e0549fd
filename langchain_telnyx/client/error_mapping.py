"""Maps a reply to an error, by its status and its body."""

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
    # Embedding servers.
    r"|must have (?:less|fewer) than \d+ tokens|input is too large|longer than the maximum"
    # vLLM, and SGLang, whose messages Together uses too.
    r"|context length is only|too long to fit into the model|prompt \([^)]*\) is too long"
    r"|longer than the model'?s context|tokens\) exceeds the maximum allowed length"
    # Text Generation Inference, and earlier Together.
    r"|[`']?inputs[`']? tokens (?:\+|and) [`']?max_new_tokens[`']? must"
    # Ollama, LM Studio, Kimi, GLM.
    r"|prompt too long|greater than the context length|exceeded model token limit"
    r"|prompt exceeds max(?:imum)? length",
    re.IGNORECASE,
)

# llama.cpp, and servers built on it; some send this with status 500.
_OVERFLOW_OF_LLAMA = re.compile(
    r"exceed_context_size_error|exceeds the available context size|context size has been exceeded"
    r"|input(?: \(\d+ tokens\))? is too large to process"
    r"|input length exceeds (?:the|maximum) context length",
    re.IGNORECASE,
)

# Errors that a retry cannot solve, though the status is 429.
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
_ACCOUNT_DISABLED = (
    "The account is disabled, usually because it has no funds: top it up in the portal."
)
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
# unavailable: the vendor's codes of temporary errors. Some servers put an HTTP status there.
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
# Parts of OpenAI's, vLLM's and Anthropic's types and codes.
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
# Finish reasons of incomplete answers: of vLLM and SGLang, of gateways, of GLM, and of DeepSeek.
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
    """Return the error for a reply with an error status.

    Args:
        reply: The reply.
        sent_as: The HTTP status, if the error's own status is in its body.
    """
    status = reply.status_code
    body = parsed_body(reply)
    text = summary(body) or "no explanation in the body"
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else APIStatusError)  # noqa: PLR2004 - HTTP's server errors
    if _overflows(status, str(body)):
        kind = ContextOverflowError
    remedy = _REMEDIES.get(status, "")
    if kind is PermissionDeniedError and "disabled" in text:
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
    target = f" to {reply.request}" if reply.request else ""
    error_id = request_id(reply)
    trace = f" [request {error_id}]" if error_id else ""
    shown = status if sent_as in (None, status) else f"{sent_as} with an error of {status}"
    error = kind(f"HTTP {shown}{target}: {text}.{trace} {remedy}".strip(), reply)
    if used_up or status == _NOT_IMPLEMENTED:
        error.is_retryable = False
    return error


def bucket_region(reply: Reply, code: str | None) -> str | None:
    """Return the region of a bucket, if the storage refuses a request because of it.

    Args:
        reply: The error response.
        code: The storage's code in its body, if any: a response to HEAD has none.
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
    """Return the status that an error in a body stands for, if the body has another HTTP status.

    Args:
        body: The body, which has an error object.
    """
    outer = body if isinstance(body, Mapping) else {}  # some engines send the bare object
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
    """Return the error for a finish reason, `None` if the answer is complete.

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
        f"The engine ended its answer before it was complete (finish_reason {finish!r}). The "
        f"beginning is in `partial`. Send the request again."
    )


def error_in_stream(body: Any) -> StreamError:
    """Return the error for an error object inside a stream."""
    text = summary(body) or str(body)
    overflows = _OVERFLOW.search(str(body)) or _OVERFLOW_OF_LLAMA.search(str(body))
    what = (
        "The input is longer than the model's context"
        if overflows
        else "The server ended the response with an error"
    )
    error = StreamError(f"{what}: {text}.", body)
    # A code of the vendor that is not temporary occurs again with a retry.
    lasting = error.code is not None and error.code.isdigit() and error.code not in _PASSING_CODES
    error.is_retryable = not (overflows or lasting)
    error.overflows = bool(overflows)
    return error
