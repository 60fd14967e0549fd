"""Reads the details of an error from a reply: pure functions of its headers and body.

The API writes errors in at least four forms: its own envelope, FastAPI's `detail` list, an
OpenAI-like `error` object, and the storage's XML. All are read here, and plain text too.
"""

import email.utils
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from langchain_telnyx.client.call import JSON, Reply

# An `x-ratelimit-reset` above this is a point in time, below it a number of seconds: two pages of
# the vendor's documentation contradict each other.
_EPOCH = 1e9
_LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds after which to retry, by the server's headers, or `None`.

    Reads `retry-after-ms`, `retry-after` (seconds or a date), and, if no request is left in the
    window, `x-ratelimit-reset` (seconds or a point in time).
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return max(0.0, milliseconds / 1000)
    value = headers.get("retry-after")
    if (seconds := _number(value)) is not None:
        return max(0.0, seconds)
    if value and (moment := _date(value)) is not None:
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    if headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = _number(headers.get("x-ratelimit-reset"))
        if reset is not None:
            return max(0.0, reset - time.time() if reset > _EPOCH else reset)
    return None


def rate_limit(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with the limits, the remaining requests, and the time of the reset."""
    return {name: headers[name] for name in _LIMIT_HEADERS if name in headers}


def request_id(reply: Reply) -> str | None:
    """Return the id to quote to the vendor's support."""
    return reply.headers.get("x-request-id") or reply.headers.get("x-amz-request-id")


def parsed_body(reply: Reply) -> Any:
    """Return the body: parsed JSON if it is JSON, else text."""
    try:
        return reply.json()
    except ValueError:
        return reply.text


def check_url_hint(reply: Reply, option: str) -> str:
    """Return the advice to check the client's URL; empty for a response in JSON.

    Args:
        reply: An unexpected response.
        option: The option with the URL.
    """
    try:
        reply.json()
    except ValueError:
        return f" Check that `{option}` points at Telnyx."
    return ""


def errors_in(body: Any) -> list[JSON]:
    """Return the errors in a body, each with the vendor's `code`, `title` and `detail`, if any."""
    match body:
        case {"errors": [*errors]}:
            return [error if isinstance(error, dict) else {"detail": error} for error in errors]
        case {"detail": [*items]}:
            return [_validation(item) for item in items]
        case {"error": dict() as error}:
            return [{**error, "detail": error.get("detail") or error.get("message")}]
        case {"detail": str() as text} | {"message": str() as text} | {"error": str() as text}:
            return [{"detail": text}]
        case str() as text if text.lstrip().startswith("<"):
            return _xml_errors(text)
        case _:
            return []


def _validation(item: Any) -> JSON:
    """Read one item of a `detail` list: FastAPI's, or the vendor's for an unknown bucket."""
    match item:
        case {"loc": [*where], "msg": message}:
            return {**item, "detail": f"{'.'.join(str(step) for step in where)}: {message}"}
        case dict():
            return item
        case _:
            return {"detail": item}


def _xml_errors(text: str) -> list[JSON]:
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - of errors of the storage alone

    try:
        root = ET.fromstring(text)  # noqa: S314 - expat itself bounds entity expansion
    except ET.ParseError:
        return []
    if root.tag.rpartition("}")[2] != "Error":
        return []
    found = {child.tag.rpartition("}")[2]: child.text for child in root}
    return [{"code": found.get("Code"), "title": found.get("Code"), "detail": found.get("Message")}]


def summary(body: Any) -> str:
    """Return a summary of a body in one sentence without its full stop; empty for an empty body."""
    errors = errors_in(body)
    if not errors:
        # An HTML page, plain text, or JSON of an unknown form: use its beginning.
        text = body if isinstance(body, str) else str(body or "")
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip()[:300].rstrip(".")
    return "; ".join(_one(error) for error in errors)


def _one(error: Mapping[str, Any]) -> str:
    title, detail, code = error.get("title"), error.get("detail"), error.get("code")
    text = ": ".join(str(part) for part in dict.fromkeys((title, detail)) if part)
    text = (text or str(dict(error))).rstrip(".")
    return f"{text} (code {code})" if code and code != title else text


def text_of(value: Any) -> str | None:
    """Return a value of a body as text, `None` if there is none."""
    return None if value is None else str(value)


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value else None
    except ValueError:
        return None


def _date(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # OverflowError: the date is outside of Python's range
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
