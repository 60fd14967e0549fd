"""The configuration of a client: one frozen, hashable object.

A keyword overrides the environment, which overrides the default. Adapters with equal configurations
share one client.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import SecretStr

from langchain_telnyx.client.deadlines import checked as checked_deadline
from langchain_telnyx.client.errors import ConfigurationError, TelnyxError
from langchain_telnyx.client.retry_budget import DEFAULT_CAPACITY
from langchain_telnyx.client.roots import is_clear, is_loopback, is_telnyx, root_of

DEFAULT_BASE_URL = "https://api.telnyx.com/v2"
DEFAULT_REGION = "us-central-1"
# Some reasoning models take 90 s before the first byte of a response without streaming.
DEFAULT_TIMEOUT = 180.0
DEFAULT_MAX_RETRIES = 2
DEFAULT_MAX_CONNECTIONS = 1024
# The response to a full embeddings request has about 100 MB of JSON.
DEFAULT_MAX_RESPONSE_BYTES = 128 << 20

Key: TypeAlias = SecretStr | str | Callable[[], str]

# Storage hosts differ only in the region. If `storage_url` is one of them, buckets of other regions
# can be reached; no other host is ever derived.
_VENDOR_STORAGE = re.compile(r"https://[a-z0-9-]+\.telnyxcloudstorage\.com")
_REGION = re.compile(r"[a-z]{2}(-[a-z]{2,12}){1,2}-\d{1,2}")
NO_KEY = (
    "No Telnyx API key: pass `api_key=` or set TELNYX_API_KEY. (A pickle has no key; set the "
    "variable where it is loaded. For a server that needs no key, such as Ollama, any word will "
    "do.)"
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Retry:
    """The argument of `on_retry`, which is called before a retry.

    Attributes:
        request: Method and path.
        attempt: Which attempt failed, counted from 1.
        delay: Seconds until the next.
        error: The error of the attempt.
    """

    request: str
    attempt: int
    delay: float
    error: TelnyxError


@dataclass(frozen=True)
class Config:
    """How to reach Telnyx.

    Attributes:
        api_key: The key, or a function that returns it at each request. `repr` and pickles omit it;
            an unpickled configuration reads TELNYX_API_KEY.
        base_url: The API's root: Telnyx's, `…/v2`, or an OpenAI-compatible one, such as `…/v1`.
        storage_url: The root of the S3-compatible storage; empty if there is none.
        region: The storage region.
        timeout: Longest wait for data from the server, in seconds.
        max_retries: Attempts after the first.
        deadline: Seconds for a whole call, or `None`.
        retry_budget: Retry tokens per host; see `retry_budget`.
        max_connections: Maximum open connections to each of the two hosts, per event loop and for
            all threads together.
        proxy: Proxy URL; default: the environment's HTTP_PROXY, HTTPS_PROXY, NO_PROXY.
        headers: Headers to send with every request.
        query: Query parameters of every request to the API.
        max_response_bytes: Maximum size of a response in memory, in bytes.
        allow_http: Whether the key may be sent unencrypted to another machine.
        on_retry: Called before each retry. Pickles omit it, like the key.
        openai_compatible: Whether `base_url` is the root of a server with OpenAI's paths, which has
            no other part of Telnyx's API.
    """

    api_key: SecretStr | Callable[[], str] | None
    base_url: str
    storage_url: str
    region: str = DEFAULT_REGION
    timeout: float = DEFAULT_TIMEOUT
    max_retries: int = DEFAULT_MAX_RETRIES
    deadline: float | None = None
    retry_budget: int = DEFAULT_CAPACITY
    max_connections: int = DEFAULT_MAX_CONNECTIONS
    proxy: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES
    allow_http: bool = False
    on_retry: Callable[[Retry], None] | None = None
    openai_compatible: bool = False

    def __repr__(self) -> str:
        # Headers, queries and proxy URLs may hold other credentials.
        return f"Config(base_url={self.base_url!r}, storage_url={self.storage_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        state = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**state, "api_key": None, "on_retry": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in {**state, "api_key": _environment_key()}.items():
            object.__setattr__(self, name, value)

    def __copy__(self) -> "Config":
        return self  # frozen, and a copy through the pickle protocol would lose the key

    def __deepcopy__(self, memo: dict[int, Any]) -> "Config":
        return self

    def key(self) -> str:
        """Return the API key as plain text, for a header.

        Raises:
            ConfigurationError: There is none, or a header cannot hold it.
        """
        held = self.api_key if self.api_key is not None else _environment_key()
        if held is None:
            raise ConfigurationError(NO_KEY)
        key = (held.get_secret_value() if isinstance(held, SecretStr) else held()).strip()
        if not key:
            raise ConfigurationError(
                "The Telnyx API key is empty: pass `api_key=` or set TELNYX_API_KEY."
            )
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ConfigurationError(
                "The Telnyx API key has spaces or characters that keys do not have: "
                "check how it was read."
            )
        return key


def configure(
    *,
    api_key: Key | None = None,
    base_url: str | None = None,
    storage_url: str | None = None,
    region: str | None = None,
    timeout: float | None = None,
    max_retries: int | None = None,
    deadline: float | None = None,
    retry_budget: int | None = None,
    max_connections: int | None = None,
    proxy: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, Any] | None = None,
    max_response_bytes: int | None = None,
    allow_http: bool | None = None,
    on_retry: Callable[[Retry], None] | None = None,
) -> Config:
    """Return the configuration from keywords, environment and defaults.

    Args:
        api_key: Default: TELNYX_API_KEY.
        base_url: Telnyx's root ends in `/v2`, `/v2/ai` or `/v2/ai/openai`, or has no path; any
            other path, such as `/v1`, is the root of an OpenAI-compatible server. Default:
            TELNYX_BASE_URL, else TELNYX_API_BASE, else Telnyx.
        storage_url: Default: TELNYX_STORAGE_URL, else the region's host. If `base_url` is not on
            a host of Telnyx (the emulator), it is that host. There is no default beside an
            OpenAI-compatible root.
        region: Storage region. Default: TELNYX_STORAGE_REGION, else `us-central-1`.
        timeout: Longest wait for data from the server, in seconds.
        max_retries: Attempts after the first.
        deadline: Seconds for a whole call.
        retry_budget: Retry tokens per host, shared by clients with equal configurations. A retry
            takes 5, and 10 after a timeout; success returns them. 0 means no retries.
        max_connections: Maximum open connections.
        proxy: Proxy URL.
        headers: Headers to send with every request.
        query: Query parameters of every request to the API: strings, numbers, booleans, or lists
            of them.
        max_response_bytes: Maximum bytes of a response, or of one item of a stream, after
            decompression. Objects of the storage have no limit.
        allow_http: Whether a root may begin with `http://` although it is not on this machine:
            others on the network can then read the key. Default: TELNYX_ALLOW_HTTP, if it is `1`
            or `true`.
        on_retry: Called before each retry.

    Raises:
        ConfigurationError: A value is not valid.
    """
    root = root_of(
        _checked(
            base_url
            or os.environ.get("TELNYX_BASE_URL")
            or os.environ.get("TELNYX_API_BASE")
            or DEFAULT_BASE_URL,
            "base_url",
        )
    )
    region = region or os.environ.get("TELNYX_STORAGE_REGION") or DEFAULT_REGION
    storage = storage_url or os.environ.get("TELNYX_STORAGE_URL")
    if not storage and not root.openai:
        storage = _storage_beside(root.url, region)
    storage = _checked(storage, "storage_url") if storage else ""
    if allow_http is None:
        allow_http = os.environ.get("TELNYX_ALLOW_HTTP", "").strip().lower() in {"1", "true"}
    if timeout is not None and timeout <= 0:
        raise ConfigurationError(f"`timeout` is {timeout!r}: pass a number of seconds above 0.")
    for name, count in (("max_retries", max_retries), ("retry_budget", retry_budget)):
        if count is not None and count < 0:
            raise ConfigurationError(f"`{name}` is {count!r}: pass 0 or more.")
    if max_connections is not None and max_connections < 1:
        raise ConfigurationError(f"`max_connections` is {max_connections!r}: pass 1 or more.")
    if max_response_bytes is not None and max_response_bytes < 1:
        raise ConfigurationError(f"`max_response_bytes` is {max_response_bytes!r}: pass 1 or more.")
    if isinstance(api_key, str):
        api_key = SecretStr(api_key)
    if api_key is not None and not (isinstance(api_key, SecretStr) or callable(api_key)):
        # The value is not quoted: it may hold the key.
        raise ConfigurationError(
            f"`api_key` is of type {type(api_key).__name__}: pass a string, a `SecretStr`, or a "
            f"function that returns a string."
        )
    return Config(
        api_key=api_key if api_key is not None else _environment_key(),
        base_url=root.url,
        storage_url=storage,
        region=region,
        timeout=DEFAULT_TIMEOUT if timeout is None else float(timeout),
        max_retries=DEFAULT_MAX_RETRIES if max_retries is None else max_retries,
        deadline=None if deadline is None else checked_deadline(deadline),
        retry_budget=DEFAULT_CAPACITY if retry_budget is None else retry_budget,
        max_connections=max_connections or DEFAULT_MAX_CONNECTIONS,
        proxy=proxy,
        headers=_checked_headers(headers or {}),
        query=_checked_query(query or {}),
        max_response_bytes=max_response_bytes or DEFAULT_MAX_RESPONSE_BYTES,
        allow_http=allow_http,
        on_retry=on_retry,
        openai_compatible=root.openai,
    )


def check_encrypted(config: Config) -> None:
    """Check that the key is not sent unencrypted to another machine, unless that is allowed.

    Args:
        config: How to reach the API and the storage over our own connections.

    Raises:
        ConfigurationError: It would be.
    """
    if config.allow_http:
        return
    for name in ("base_url", "storage_url"):
        url = getattr(config, name)
        if is_clear(url):
            raise ConfigurationError(
                f"`{name}` is {url!r}, where the API key would be sent without encryption: use "
                f"`https://`, or pass `allow_http=True` (TELNYX_ALLOW_HTTP=1) on a "
                f"network that you trust."
            )
        if url.startswith("http:") and config.proxy and not is_loopback(config.proxy):
            # Not quoted: it may hold a password.
            raise ConfigurationError(
                f"`{name}` is {url!r}, and `proxy` is on another machine, to which the API key "
                f"would be sent without encryption: omit `proxy`, or pass `allow_http=True`."
            )


def is_storage_region(name: str) -> bool:
    """Whether a name has the form of a storage region, such as `us-east-1`."""
    return _REGION.fullmatch(name) is not None


def storage_root(config: Config, region: str | None) -> str:
    """Return the root of the storage in a region.

    It is always `storage_url` if that is not a host of Telnyx.

    Args:
        config: How to reach the storage.
        region: The region; default: the region of `storage_url`.
    """
    if region is None or not is_storage_region(region):
        return config.storage_url
    if not _VENDOR_STORAGE.fullmatch(config.storage_url):
        return config.storage_url
    return f"https://{region}.telnyxcloudstorage.com"


def has_environment_key() -> bool:
    """Whether TELNYX_API_KEY is set."""
    return _environment_key() is not None


def _environment_key() -> SecretStr | None:
    key = os.environ.get("TELNYX_API_KEY")
    return SecretStr(key) if key else None


def _checked(url: str, name: str) -> str:
    url = url.strip()  # the value of an environment file may end in a newline
    if {"@", "?", "#"} & set(url):
        # Not quoted: there may be a password before the @.
        raise ConfigurationError(
            f"`{name}` has credentials, a query or a fragment: pass only scheme, host and path, "
            f"and the key as `api_key=`."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"`{name}` is not a URL: {error}.") from error
    usable = parts.scheme in {"http", "https"} and parts.hostname and port != 0
    if not usable or " " in url or not url.isprintable():
        raise ConfigurationError(f"`{name}` is {url!r}: pass a URL such as {DEFAULT_BASE_URL!r}.")
    return url.rstrip("/")


def _checked_headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not (value.isascii() and value.isprintable()):
            # The value is not quoted: it may be a credential.
            raise ConfigurationError(
                f"The header {name!r} has characters that HTTP does not allow: check `headers`."
            )
    return tuple((name.lower(), value.strip()) for name, value in headers.items())


def _checked_query(parameters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if value is None:
            continue
        for each in value if isinstance(value, list | tuple) else (value,):
            if not isinstance(name, str) or not isinstance(each, str | int | float):
                # The value is not quoted: it may be a credential.
                raise ConfigurationError(
                    f"The value of {name!r} in `query` is of type {type(each).__name__}: pass "
                    f"strings, numbers, booleans, or a list of them."
                )
            pairs.append((name, str(each).lower() if isinstance(each, bool) else str(each)))
    return tuple(pairs)


def _storage_beside(root: str, region: str) -> str:
    if is_telnyx(root):
        return f"https://{region}.telnyxcloudstorage.com"
    parts = urlsplit(root)
    return f"{parts.scheme}://{parts.netloc}"
