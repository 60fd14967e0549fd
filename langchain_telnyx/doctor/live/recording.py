"""Cassettes: the exchanges of a run, without keys, ids of the account and personal text."""

import json
import re
from pathlib import Path
from typing import Any

from langchain_telnyx.client.call import Call, Reply

# Headers that say something about the service; all others are left out.
_HEADERS = (
    "content-type",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "retry-after",
)
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_ID_FIELDS = {"user_id", "organization_id", "account_id", "request_id", "owner", "email"}
_SCRUBBED = "00000000-0000-0000-0000-000000000000"
_LONGEST = 4000
_MOST = 5


class Recorder:
    """Collects the exchanges of a run.

    Args:
        file: The file to write to, a line for each exchange; `None` for no file.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.count = 0
        self._file = file

    def record(self, call: Call[Any], reply: Reply) -> None:
        """Record an exchange."""
        self.count += 1
        if self._file is None:
            return
        reply = reply.redacted()
        entry = {
            "request": {
                "method": call.method,
                "host": call.host,
                "path": _text(call.path),
                "query": [list(pair) for pair in call.query],
                "json": _scrubbed(call.json),
                "bytes": len(call.body) if isinstance(call.body, bytes) else None,
            },
            "response": {
                "status": reply.status_code,
                "headers": {
                    name: reply.headers[name] for name in _HEADERS if name in reply.headers
                },
                "body": _body(reply),
            },
        }
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _body(reply: Reply) -> Any:
    try:
        return _scrubbed(reply.json())
    except ValueError:
        return _text(reply.text[:_LONGEST])


def _scrubbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _SCRUBBED if name in _ID_FIELDS and isinstance(one, str) else _scrubbed(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        # Long lists are vectors and catalogues, of which a few show the form.
        return [_scrubbed(one) for one in value[:_MOST]]
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    return _UUID.sub(_SCRUBBED, text)
