"""Cassettes: the exchanges of a run, without keys, ids of the account and personal text.

A cassette is a file with one JSON object per line:

```json
{"assumptions": ["tools.with_output_cap"],
 "provenance": {"source": "live", "where": "api.telnyx.com", "date": "2026-11-28"},
 "request": {"method": "POST", "host": "api", "path": "/ai/openai/chat/completions", "json": {}},
 "response": {"status": 400, "headers": {"content-type": "application/json"}, "body": {}},
 "cut": {"/response/body/data": 1024}}
```

`cut` has the length of each list and text of which only a part is recorded, by JSON pointer.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from langchain_telnyx.client.call import Call, Reply
from langchain_telnyx.client.multipart import Multipart

# Headers that are part of the service's behaviour; all others are left out.
_HEADERS = (
    "content-type",
    "location",
    "retry-after",
    "www-authenticate",
    "x-amz-bucket-region",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)
_TELNYX = re.compile(r"(?:.+\.)?telnyx\.(?:com|eu|com\.au)")
_ID_FIELDS = {"user_id", "organization_id", "account_id", "request_id", "owner", "email"}
_SCRUBBED = "00000000-0000-0000-0000-000000000000"
_PERSONAL = (
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), _SCRUBBED),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "user@example.com"),
    (re.compile(r"(?<!\w)\+[1-9]\d{7,14}\b"), "+15550100000"),
)
_LONGEST = 4000
_MOST = 5
# Of a long stream: the first and the last events.
_FIRST_EVENTS = 40
_LAST_EVENTS = 10


class Recorder:
    """Collects the exchanges of a run.

    Args:
        file: The file to append to, a line for each exchange; `None` for no file.
        base_url: The base URL of the API that responds.
    """

    def __init__(self, file: Path | None = None, base_url: str = "") -> None:
        self.count = 0
        self.assumptions: Sequence[str] = ()
        """The assumptions that the next exchanges are about."""
        self._file = file
        self._where = urlsplit(base_url).hostname or ""

    def record(self, call: Call[Any], reply: Reply) -> None:
        """Record an exchange."""
        self.count += 1
        if self._file is None:
            return
        cut: dict[str, int] = {}
        entry = {
            "assumptions": list(self.assumptions),
            "provenance": {
                "source": "live" if _TELNYX.fullmatch(self._where) else "other",
                "where": self._where,
                "date": datetime.now(UTC).date().isoformat(),
            },
            "request": _request(call, cut),
            "response": _response(reply.redacted(), cut),
        }
        if cut:
            entry["cut"] = cut
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _request(call: Call[Any], cut: dict[str, int]) -> dict[str, Any]:
    request: dict[str, Any] = {"method": call.method, "host": call.host, "path": _text(call.path)}
    if call.query:
        request["query"] = [[name, _text(value)] for name, value in call.query]
    if call.headers:
        request["headers"] = {name.lower(): _text(value) for name, value in call.headers.items()}
    if call.region:
        request["region"] = call.region
    if call.json is not None:
        request["json"] = _scrubbed(call.json, cut, "/request/json")
    if isinstance(call.body, Multipart):
        request["form"] = [[name, _text(value)] for name, value in call.body.fields]
        request["files"] = [[file.name, _text(file.filename)] for file in call.body.files]
    elif isinstance(call.body, bytes):
        request["bytes"] = len(call.body)
    return request


def _response(reply: Reply, cut: dict[str, int]) -> dict[str, Any]:
    headers = {name: _text(reply.headers[name]) for name in _HEADERS if name in reply.headers}
    response: dict[str, Any] = {"status": reply.status_code, "headers": headers}
    place = "/response/body"
    if headers.get("content-type", "").startswith("text/event-stream"):
        response["body"] = _stream(reply.text, cut, place)
    else:
        try:
            response["body"] = _scrubbed(reply.json(), cut, place)
        except ValueError:
            response["body"] = _shortened(_text(reply.text), cut, place)
    return response


def _stream(text: str, cut: dict[str, int], place: str) -> str:
    """Return the events of a stream: of a long one the first and the last."""
    events = re.split(r"(?<=\n)\r?\n", text)
    if len(events) > _FIRST_EVENTS + _LAST_EVENTS:
        cut[place] = len(events)
        events = [*events[:_FIRST_EVENTS], *events[-_LAST_EVENTS:]]
    return "\n".join(_event(event) for event in events)


def _event(event: str) -> str:
    lines = event.split("\n")
    for number, line in enumerate(lines):
        name, colon, value = line.partition(":")
        try:
            payload = json.loads(value) if name == "data" and colon else None
        except ValueError:
            payload = None
        if isinstance(payload, dict):
            lines[number] = f"data: {json.dumps(_scrubbed(payload, {}, ''), ensure_ascii=False)}"
        else:
            lines[number] = _text(line)
    return "\n".join(lines)


def _scrubbed(value: Any, cut: dict[str, int], place: str) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _SCRUBBED
            if name in _ID_FIELDS and isinstance(one, str)
            else _scrubbed(one, cut, f"{place}/{_escaped(name)}")
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        # Long lists are vectors and catalogues, of which a few show the form.
        if len(value) > _MOST:
            cut[place] = len(value)
        return [_scrubbed(one, cut, f"{place}/{at}") for at, one in enumerate(value[:_MOST])]
    return _shortened(_text(value), cut, place) if isinstance(value, str) else value


def _escaped(name: str) -> str:
    """Return a name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _shortened(text: str, cut: dict[str, int], place: str) -> str:
    if len(text) > _LONGEST:
        cut[place] = len(text)
    return text[:_LONGEST]


def _text(text: str) -> str:
    for pattern, replacement in _PERSONAL:
        text = pattern.sub(replacement, text)
    return text
