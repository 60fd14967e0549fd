"""What the console shows of a request besides its record: its answer, and code that repeats it."""

import json
from dataclasses import replace
from typing import Any

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.console.answers import answer
from langchain_telnyx.emulator.console.snippets import snippets
from langchain_telnyx.emulator.control import redaction
from langchain_telnyx.emulator.serving.request_record import RequestRecord, ResponseRecord


def request(account: Account, number: int) -> dict[str, Any] | None:
    """Return the chat answer and the code of a request; `None` if the log does not have it.

    `code` has `curl`, `python` and `test`; or `error`, if the log has only a part of the body.
    """
    record = next((each for each in account.requests if each.number == number), None)
    if record is None:
        return None
    settings = account.settings
    shown = redacted(record, redaction.redactor([settings.api_key, settings.upstream_api_key]))
    try:
        code = snippets(shown)
    except ValueError as error:
        code = {"error": str(error)}
    found = None if shown.response is None else answer(shown.response)
    return {
        "code": code,
        "answer": None
        if found is None
        else {
            "text": found.text,
            "tool_calls": [
                {"name": name, "arguments": arguments} for name, arguments in found.tool_calls
            ],
            "finish_reason": found.finish_reason,
        },
    }


def redacted(record: RequestRecord, redact: redaction.Redact) -> RequestRecord:
    """Return a copy of a record without credentials."""
    body = _redacted(record.body, record.path, redact)
    missing = record.size - len(record.body)
    response = record.response
    return replace(
        record,
        path=redact(record.path),
        query=redaction.query(record.query, redact),
        # The log has replaced the account's key in the header, which shows that it was there.
        headers={
            **redaction.headers(record.headers, redact),
            "authorization": record.headers.get("authorization", ""),
        },
        body=body,
        size=len(body) + missing,
        response=None if response is None else _without_key(response, redact),
    )


def _redacted(body: bytes, path: str, redact: redaction.Redact) -> bytes:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return redaction.text(text, path, redact).encode()
    found = redaction.value(parsed, path, redact)
    # The original, unless it has a credential: it has the form that the program sent.
    return body if found == parsed else json.dumps(found).encode()


def _without_key(response: ResponseRecord, redact: redaction.Redact) -> ResponseRecord:
    body = redact(response.body.decode("utf-8", "surrogateescape"))
    encoded = body.encode("utf-8", "surrogateescape")
    return replace(response, body=encoded, size=response.size - len(response.body) + len(encoded))
