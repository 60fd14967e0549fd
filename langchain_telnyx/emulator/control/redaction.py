"""Leave secrets out of recorded requests."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

HIDDEN = "***"
_HEADERS = frozenset(
    (
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "x-amz-security-token",
        "x-api-key",
        "x-goog-api-key",
    )
)
_NAME = re.compile(
    r"(?:.*[_-])?(?:api_?-?key|password|passphrase|private_?key|secret|secret_?key|client_?secret"
    r"|access_?token|refresh_?token|auth_?token|bearer)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?:token|signature|credential)", re.IGNORECASE)
# From the start of a name, and without going back in it: linear in text without `=`.
_PARAMETER = re.compile(
    r"(?<![^=&?#\s\"'<>])(?P<name>[^=&?#\s\"'<>]++)=(?P<value>[^&#\s\"'<>]*+)"
)
_ASSIGNED = re.compile(r'"(?P<name>[^"\\]{1,80})"(?P<colon>\s*:\s*)"(?:[^"\\]|\\.)*"?')
_SECRET_PATHS = ("/v2/integration_secrets",)

Redact = Callable[[str], str]


def redactor(keys: Iterable[str | None]) -> Redact:
    """Return a function that replaces keys in text, also where they are escaped."""
    forms = {
        form
        for key in keys
        if key
        for form in (
            key,
            quote(key, safe=""),
            json.dumps(key)[1:-1],
            json.dumps(key, ensure_ascii=False)[1:-1],
        )
    }
    if not forms:
        return str
    pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))
    return lambda text: pattern.sub(HIDDEN, text)


def headers(given: Mapping[str, str], redact: Redact) -> dict[str, str]:
    """Return headers; those with credentials have no value."""
    return {
        name: HIDDEN if name in _HEADERS or _NAME.fullmatch(name) else redact(value)
        for name, value in given.items()
    }


def query(text: str, redact: Redact) -> str:
    """Return a query string; parameters with credentials have no value."""
    return _PARAMETER.sub(_hidden_parameter, redact(text))


def value(found: Any, path: str, redact: Redact) -> Any:
    """Return a JSON value; fields with credentials have no value."""
    if isinstance(found, str):
        return query(found, redact) if "://" in found else redact(found)
    if isinstance(found, list):
        return [value(item, path, redact) for item in found]
    if isinstance(found, dict):
        return {
            redact(name): HIDDEN
            if isinstance(item, str) and _is_secret(name, path)
            else value(item, path, redact)
            for name, item in found.items()
        }
    return found


def text(found: str, path: str, redact: Redact) -> str:
    """Return text, such as a part of JSON; fields with credentials have no value."""
    return _ASSIGNED.sub(partial(_hidden_field, path=path), query(found, redact))


def _is_secret(name: str, path: str) -> bool:
    # Elsewhere `token` is a word, as in log probabilities.
    return bool(_NAME.fullmatch(name)) or (
        path.startswith(_SECRET_PATHS) and name in {"token", "username"}
    )


def _hidden_parameter(match: re.Match[str]) -> str:
    name = match["name"]
    secret = _NAME.fullmatch(name) or _TOKEN.search(name)
    return f"{name}={HIDDEN}" if secret else match[0]


def _hidden_field(match: re.Match[str], path: str) -> str:
    if not _is_secret(match["name"], path):
        return match[0]
    return f'"{match["name"]}"{match["colon"]}"{HIDDEN}"'
