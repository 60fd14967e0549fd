"""What a reply says of an error: pure functions over its headers and body.

The API answers errors in at least four shapes: its own envelope, FastAPI's `detail` list, an
OpenAI-like `error` object, and XML on the storage side. All are read here, and plain text too.
"""

import email.utils
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from langchain_telnyx.client.call import JSON, Reply

# An `x-ratelimit-reset` above this is a point in time, below it a number of seconds: the two
# documentation pages of the vendor contradict each other.
_EPOCH = 1e9
_LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a server asks to wait, or `None` where it does not say.

    Reads `retry-after-ms`, `retry-after` (seconds or a date), and, where no request is left in
    the window, `x-ratelimit-reset` (seconds or a point in time).
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return max(0.0, milliseconds / 1000)
    asked = headers.get("retry-after")
    if (seconds := _number(asked)) is not None:
        return max(0.0, seconds)
    if asked and (moment := _date(asked)) is not None:
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    if headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = _number(headers.get("x-ratelimit-reset"))
        if reset is not None:
            return max(0.0, reset - time.time() if reset > _EPOCH else reset)
    return None


def rate_limit(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that say how much may still be asked, and when it is more again."""
    return {name: headers[name] for name in _LIMIT_HEADERS if name in headers}


def request_id(reply: Reply) -> str | None:
    """Return the id to quote to the vendor's support."""
    return reply.headers.get("x-request-id") or reply.headers.get("x-amz-request-id")


def parsed_body(reply: Reply) -> Any:
    """Return the body: parsed JSON where it is JSON, else text."""
    try:
        return reply.json()
    except ValueError:
        return reply.text


def check_url_hint(reply: Reply, option: str) -> str:
    """Return the advice to check where a client points; empty for an answer in JSON.

    Args:
        reply: An answer that is not what was to come.
        option: The option that says where it points.
    """
    try:
        reply.json()
    except ValueError:
        return f" Check that `{option}` points at Telnyx."
    return ""


def errors_in(body: Any) -> list[JSON]:
    """Return the errors in a body, each with the vendor's `code`, `title`, `detail` where given."""
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
    """Return what a body says, in one sentence without its full stop; empty for an empty body."""
    errors = errors_in(body)
    if not errors:
        # An edge's HTML page, plain text, JSON of no known form: its beginning must do.
        text = body if isinstance(body, str) else str(body or "")
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip()[:300].rstrip(".")
    return "; ".join(_one(error) for error in errors)


def _one(error: Mapping[str, Any]) -> str:
    title, detail, code = error.get("title"), error.get("detail"), error.get("code")
    said = ": ".join(str(part) for part in dict.fromkeys((title, detail)) if part)
    said = (said or str(dict(error))).rstrip(".")
    return f"{said} (code {code})" if code and code != title else said


def text_of(value: Any) -> str | None:
    """Return a value of a body as text, `None` where there is none."""
    return None if value is None else str(value)


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value else None
    except ValueError:
        return None


def _date(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # the latter where a zone is beyond all days
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
