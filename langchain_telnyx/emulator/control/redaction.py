"""Leave secrets out of recorded requests."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import partial
from types import NoneType
from typing import Any
from urllib.parse import quote, quote_plus

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
_PARAMETER = re.compile(r"(?<![^=&?#\s\"'<>])(?P<name>[^=&?#\s\"'<>]++)=(?P<value>[^&#\s\"'<>]*+)")
_ASSIGNED = re.compile(r'"(?P<name>[^"\\]{1,80})"(?P<colon>\s*:\s*)"(?:[^"\\]|\\.)*"?')
_SECRET_PATH = re.compile(r"/v2/(?:integration_secrets|storage/.*/presigned_url$)", re.DOTALL)

_SHORTEST_PART = 4


def redactor(keys: Iterable[str | None]) -> "Redact":
    """Return what replaces keys in text, also where they are escaped; `None` is no key."""
    return Redact({form for key in keys if key for form in _forms(key)})


class Redact:
    """Replaces keys in text.

    Args:
        forms: The keys, in each form in which they may be written.
    """

    def __init__(self, forms: Iterable[str]) -> None:
        # The longest first: a key may begin with another.
        self._forms = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms)))

    def __call__(self, text: str) -> str:
        """Return text without the keys."""
        return self._pattern.sub(HIDDEN, text) if self._forms else text

    def start(self, text: str) -> str:
        """Return the start of a longer text, which may end within a key, without the keys."""
        redacted = self(text)
        for form in self._forms:
            for length in range(len(form) - 1, _SHORTEST_PART - 1, -1):
                if redacted.endswith(form[:length]):
                    return redacted[:-length] + HIDDEN
        return redacted

    def binary(self, data: bytes, *, whole: bool) -> bytes:
        """Return bytes without the keys."""
        text = data.decode("latin-1")
        return (self(text) if whole else self.start(text)).encode("latin-1")


def _forms(key: str) -> set[str]:
    escaped = {json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1]}
    return {key, quote(key, safe=""), quote_plus(key), *escaped}


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
            if not isinstance(item, dict | list | NoneType) and _is_secret(name, path)
            else value(item, path, redact)
            for name, item in found.items()
        }
    return found


def text(found: str, path: str, redact: Redact, *, whole: bool = True) -> str:
    """Return text, such as a part of JSON; fields with credentials have no value.

    Args:
        found: The text.
        path: The path of its request.
        redact: Replaces the keys.
        whole: Whether it is not the start of a longer one.
    """
    redacted = _PARAMETER.sub(_hidden_parameter, redact(found) if whole else redact.start(found))
    return _ASSIGNED.sub(partial(_hidden_field, path=path), redacted)


def _is_secret(name: str, path: str) -> bool:
    # Elsewhere `token` is a word, as in log probabilities.
    return bool(_NAME.fullmatch(name)) or (
        name in {"token", "username"} and bool(_SECRET_PATH.match(path))
    )


def _hidden_parameter(match: re.Match[str]) -> str:
    name = match["name"]
    secret = _NAME.fullmatch(name) or _TOKEN.search(name)
    return f"{name}={HIDDEN}" if secret else match[0]


def _hidden_field(match: re.Match[str], path: str) -> str:
    if not _is_secret(match["name"], path):
        return match[0]
    return f'"{match["name"]}"{match["colon"]}"{HIDDEN}"'
