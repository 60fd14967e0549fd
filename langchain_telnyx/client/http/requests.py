"""Turns a `Call` into an HTTP request: URL, headers with the key, body."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from langchain_telnyx._version import __version__
from langchain_telnyx.client.call import Call, Host, Reply, StreamTimeouts, has_dot_segments
from langchain_telnyx.client.config import Config, storage_root
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.http import files
from langchain_telnyx.client.multipart import Multipart, encode_multipart
from langchain_telnyx.client.redaction import Redactor, redactor
from langchain_telnyx.client.roots import checked_key, no_storage, openai_path
from langchain_telnyx.client.sigv4 import encode_query, signed_headers

_USER_AGENT = f"langchain-telnyx/{__version__} Python/{platform.python_version()}"
# `json.dumps` makes one for each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# The longest time to connect, in seconds, even if `timeout` for responses is longer.
_LONGEST_CONNECT = 10.0


@dataclass(frozen=True, slots=True, repr=False)
class OutgoingRequest:
    """One attempt, ready to send. Its repr is silent: the headers hold the key.

    Attributes:
        method: The HTTP method.
        url: The whole URL.
        headers: Every header but those that the HTTP library adds.
        body: The body's bytes, or its parts, of which some are files to stream.
        timeout: Seconds, by phase, in the HTTP library's terms.
        end: When it must end, on the monotonic clock; `None` for no end.
        host: Which of the two hosts it goes to.
        label: Method and URL without query, for messages.
        redactor: Redacts the key that is sent.
        limit: Maximum bytes of content in a successful response; `None` for no limit.
        error_limit: The same for an error.
        is_object: Whether the response is a stored object, byte by byte.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | Sequence[bytes | Path]
    timeout: dict[str, float | None]
    end: float | None
    host: Host
    label: str
    redactor: Redactor
    limit: int | None
    error_limit: int
    is_object: bool

    @property
    def target(self) -> str | None:
        """Path and query as they must be sent, where a library would resolve dot segments."""
        if self.host != "storage" or not has_dot_segments(path := urlsplit(self.url).path):
            return None
        _, mark, query = self.url.partition("?")
        return path + mark + query

    @property
    def length(self) -> int:
        """The number of bytes that the head announces for a body of parts."""
        return int(self.headers["content-length"])

    def check_path(self) -> None:
        """Check that a library which resolves dot segments may send this.

        Raises:
            ConfigurationError: The request would address another object.
        """
        if self.target is not None:
            raise ConfigurationError(
                f"{self.label} was not sent: the object key holds a `.` or `..` segment, which "
                f"httpx would resolve to another object. Leave `http_client` out, and what wraps "
                f"httpx's transports: the client's own connections send the key as it is."
            )

    def reply(self, status_code: int, headers: Mapping[str, str], content: bytes) -> Reply:
        """Return the response as a `Reply`. None of its headers holds the key."""
        headers = self.redactor.headers(headers)
        reply = Reply(status_code, headers, content, self.label, self.redactor)
        return reply if reply.ok else reply.redacted()


def prepare_request(
    call: Call[Any],
    config: Config,
    *,
    stream: StreamTimeouts | None = None,
    end: float | None = None,
) -> OutgoingRequest:
    """Prepare one attempt at a call.

    Args:
        call: The call.
        config: How to reach the API.
        stream: The timeouts of the response's body, where the response is a stream.
        end: When it must end, on the monotonic clock.

    Raises:
        ConfigurationError: There is no usable key, or the server does not have the operation.
    """
    root, target = _target(call, config)
    key = checked_key(config.key(), root)
    url = f"{root}{target}"
    kind, body = _body(call)
    headers = {
        **_content_type(kind),
        "accept": "*/*",
        # A compressor delays a stream until it has enough data. An object must have the bytes
        # that were put, and their number.
        "accept-encoding": "identity"
        if stream is not None or call.host == "storage"
        else "gzip, deflate",
        "user-agent": _USER_AGENT,
        **dict(config.headers),
        **_checked(call.headers),
    }
    if not isinstance(body, bytes):
        headers["content-length"] = str(files.size(body))
    if call.host == "api":
        headers["authorization"] = f"Bearer {key}"
    else:
        headers |= signed_headers(
            call.method,
            url,
            call.query,
            {name: value for name, value in headers.items() if _is_signed(name)},
            payload=body if isinstance(body, bytes) else None,
            key=key,
            region=call.region or config.region,
            now=datetime.now(UTC),
        )
    query = call.query
    if config.query and call.host == "api":  # the storage's query is signed
        in_call = {name for name, _ in call.query}
        query = (*(pair for pair in config.query if pair[0] not in in_call), *call.query)
    timeouts = config.timeout if call.timeout is None else call.timeout
    timeout: dict[str, float | None] = {
        "connect": min(timeouts, _LONGEST_CONNECT),
        "read": max(timeouts, (stream.idle or 0) if stream is not None else 0),
        "write": timeouts,
        "pool": timeouts,
    }
    if end is not None:
        left = max(0.001, end - monotonic())  # 0 would mean "non-blocking" to a socket
        timeout = {name: min(left, seconds or left) for name, seconds in timeout.items()}
    return OutgoingRequest(
        method=call.method,
        url=f"{url}?{encode_query(query)}" if query else url,
        headers=headers,
        body=body,
        timeout=timeout,
        end=end,
        host=call.host,
        label=f"{call.method} {url}",
        redactor=redactor(key),
        limit=None if call.is_content or call.into is not None else config.max_response_bytes,
        error_limit=config.max_response_bytes,
        is_object=call.is_content and call.host == "storage",
    )


def _target(call: Call[Any], config: Config) -> tuple[str, str]:
    """Return the root that a call goes to, and the path below it."""
    if call.host == "storage":
        if not config.storage_url:
            raise no_storage(config.base_url)
        return storage_root(config, call.region), call.path
    if config.openai_compatible:
        return config.base_url, openai_path(call.method, call.path, config.base_url)
    return config.base_url, call.path


def _is_signed(name: str) -> bool:
    # The headers that S3 requires; a proxy may change the others.
    return name == "content-type" or name.startswith("x-amz-")


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a call by their lower-case names."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            # The value is not quoted: it may be a credential.
            raise ValueError(
                f"The value of the header `{name.lower()}` has characters that HTTP does not allow."
            )
    return {name.lower(): value for name, value in headers.items()}


def _content_type(kind: str) -> dict[str, str]:
    return {"content-type": kind} if kind else {}


def _body(call: Call[Any]) -> tuple[str, bytes | Sequence[bytes | Path]]:
    """Return a body's media type, where it is known, and the body."""
    if call.json is not None:
        return "application/json", _json(call.json)
    match call.body:
        case None:
            return "", b""
        case bytes():
            return "", call.body
        case Path():
            return "", [call.body]
        case Multipart():
            return encode_multipart(call.body)


def _json(content: object) -> bytes:
    try:
        return _ENCODER.encode(content).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, from cut-off text: JSON can escape it, UTF-8 cannot encode it.
        return json.dumps(content, separators=(",", ":")).encode()
