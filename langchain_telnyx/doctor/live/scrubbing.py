"""Removes keys, ids of the account and personal text from exchanges, before they are recorded."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from langchain_telnyx.client.call import Call, Reply

SCRUBBED: Final = "00000000-0000-0000-0000-000000000000"
"""What stands for an id."""
# By a part of a field's name: fields whose values identify an account, a person or a session.
_PERSONAL_FIELD = re.compile(
    r"(?:^|_)(?:user|organization|account|owner|customer|billing_group)_?id$"
    r"|^(?:request_id|x_request_id|owner|email|user_email|phone|phone_number|ip|ip_address|from|to"
    r"|telnyx_end_user_target|telnyx_agent_target|token|secret|password|authorization|api_key"
    r"|api_key_ref|call_control_id|call_session_id|call_leg_id|first_name|last_name|address)$",
    re.IGNORECASE,
)
_PATTERNS = (
    (re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), SCRUBBED),
    (re.compile(r"eyJ[\w-]{4,}(?:\.[\w-]+){1,2}"), "***"),  # a JSON Web Token
    (re.compile(r"KEY[0-9A-Za-z]{6,}(?:_[\w-]+)?"), "***"),
    (re.compile(r"\b(?:ltg_sk|sk|Bearer|bearer)[-_ ][\w.~+/-]{8,}=*"), "***"),
    (re.compile(r"(?i)((?:token|signature|credential|api_?key)=)[^&\s\"'<>]+"), r"\1***"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "user@example.com"),
    (re.compile(r"\+\d[\d\s().-]{6,18}\d"), "+15550100000"),
    (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), "192.0.2.1"),
)


def scrub_text(text: str) -> str:
    """Return a text without keys, tokens, ids, email addresses, phone numbers and IP addresses."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def scrub(value: Any) -> Any:
    """Return a JSON value without them, without personal fields, and without the account's models.

    Args:
        value: The value.
    """
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, Mapping):
        return {
            scrub_text(name): _placeholder(each) if _PERSONAL_FIELD.search(name) else scrub(each)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], float):
            return list(value)  # a vector
        return [scrub(each) for each in value if not _is_own_model(each)]
    return value


def scrubbed_call(call: Call[Any]) -> Call[Any]:
    """Return a call as it may be recorded.

    Args:
        call: The call.
    """
    return replace(
        call,
        path=scrub_text(call.path),
        query=tuple((name, scrub_text(value)) for name, value in call.query),
        json=scrub(call.json),
        headers={name: scrub_text(value) for name, value in call.headers.items()},
    )


def scrubbed_reply(reply: Reply) -> Reply:
    """Return a response as it may be recorded.

    Args:
        reply: The response.
    """
    reply = reply.redacted()
    headers = {name: scrub_text(value) for name, value in reply.headers.items()}
    return replace(reply, headers=headers, content=_content(reply).encode())


def _content(reply: Reply) -> str:
    try:
        return _json(reply.text)
    except ValueError:
        return "\n".join(map(_line, reply.text.split("\n")))


def _line(line: str) -> str:
    """Return a line of a text, or of a stream of events."""
    name, colon, data = line.partition(":")
    if colon and name == "data":
        try:
            return f"data: {_json(data)}"
        except ValueError:
            pass
    return scrub_text(line)


def _json(text: str) -> str:
    return json.dumps(scrub(json.loads(text)), ensure_ascii=False)


def _placeholder(value: Any) -> Any:
    """Return a value of the same type that shows nothing."""
    if isinstance(value, str):
        return SCRUBBED
    if isinstance(value, Mapping):
        return {}
    if isinstance(value, list):
        return []
    return value if value is None or isinstance(value, bool) else 0


def _is_own_model(row: Any) -> bool:
    """Return whether a row of the catalogue is a model that the account has trained."""
    return isinstance(row, Mapping) and "context_length" in row and bool(row.get("base_model"))
