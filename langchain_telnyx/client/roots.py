"""The type of a base URL: Telnyx's API, or a server with OpenAI's paths.

Telnyx's root ends in `/v2`. Telnyx's AI Gateway, LiteLLM, vLLM, SGLang and Ollama have OpenAI's
paths below another root, usually `/v1`, and no other part of Telnyx's API.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from langchain_telnyx.client.errors import ConfigurationError

_VENDOR_DOMAINS = ("telnyx.com", "telnyx.eu", "telnyx.com.au", "telnyxcloudstorage.com")
_GATEWAY_LABEL = "llm"
# The paths after Telnyx's root in the base URLs of 1.0.0 and of the OpenAI SDK.
_AI = re.compile(r"/+ai(/+openai)?$")

# Telnyx's path to OpenAI's path. Other paths below these prefixes exist only at Telnyx.
_OPENAI_PATHS = {
    "/ai/openai/chat/completions": "/chat/completions",
    "/ai/openai/embeddings": "/embeddings",
    "/ai/openai/models": "/models",
    "/ai/openai/responses": "/responses",
    "/ai/audio/transcriptions": "/audio/transcriptions",
}
_TELNYX_PREFIXES = (
    "/ai/",
    "/integration_secrets",
    "/messages",
    "/phone_numbers",
    "/recording_transcriptions",
    "/storage/",
    "/texml_applications",
    "/text-to-speech",
    "/web_search",
)

_GATEWAY_KEY = "ltg_sk_"
_ACCOUNT_KEY = "KEY"


class Root(NamedTuple):
    """The root of an API.

    Attributes:
        url: Its URL, without a slash at the end.
        openai: Whether it has OpenAI's paths instead of Telnyx's.
    """

    url: str
    openai: bool


def root_of(url: str) -> Root:
    """Return the root in a base URL.

    Args:
        url: An address of scheme, host and path, without a slash at the end.
    """
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc}"
    path = parts.path.removesuffix("/chat/completions").rstrip("/")
    if not path and is_gateway(url):
        return Root(f"{host}/v1", openai=True)
    ai = _AI.search(path)
    root = path[: ai.start()] if ai else path
    if not _is_telnyx_path(root) and not (ai and ai[1]):
        return Root(f"{host}{path}", openai=True)
    return Root(f"{host}{root or '/v2'}", openai=False)


def openai_path(method: str, path: str, root: str) -> str:
    """Return the path of an operation below an OpenAI root.

    Args:
        method: The HTTP method, for the message.
        path: The path below Telnyx's root. A path that Telnyx does not have is returned unchanged.
        root: The OpenAI root, for the message.

    Raises:
        ConfigurationError: Only Telnyx has the operation.
    """
    if path in _OPENAI_PATHS:
        return _OPENAI_PATHS[path]
    if path.startswith(_TELNYX_PREFIXES):
        raise ConfigurationError(f"{_missing(root)} {method} {path}: {_ADVICE}")
    return path


def no_storage(root: str) -> ConfigurationError:
    """Return the error for a storage operation with an OpenAI root only."""
    return ConfigurationError(
        f"{_missing(root)} Cloud Storage: {_ADVICE} Or pass `storage_url=` beside it."
    )


def checked_key(key: str, url: str) -> str:
    """Return a key that may be sent to a URL.

    Args:
        key: The key as plain text.
        url: The root to send it to.

    Raises:
        ConfigurationError: The key is for another product of Telnyx. It is not quoted.
    """
    if key.startswith(_GATEWAY_KEY) and is_telnyx(url) and not is_gateway(url):
        raise ConfigurationError(
            f"The API key is for Telnyx's AI Gateway ({_GATEWAY_KEY}…), and is not sent to "
            f"{url}, which accepts account keys ({_ACCOUNT_KEY}…): pass an account key as "
            f"`api_key=` or in TELNYX_API_KEY, or set `base_url` to https://llm.telnyx.com/v1."
        )
    if key.startswith(_ACCOUNT_KEY) and is_gateway(url):
        raise ConfigurationError(
            f"The API key is an account key ({_ACCOUNT_KEY}…), and is not sent to {url}, Telnyx's "
            f"AI Gateway, which accepts its own keys ({_GATEWAY_KEY}…): pass one as `api_key=` "
            f"or in TELNYX_API_KEY, or omit `base_url`."
        )
    return key


def is_clear(url: str) -> bool:
    """Return whether requests to a URL leave this machine unencrypted."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def is_loopback(url: str) -> bool:
    """Return whether a URL is on this machine: `localhost`, a name below it, 127.x, ::1."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=256)
def is_telnyx(url: str) -> bool:
    """Return whether a URL is on a host of Telnyx."""
    host = urlsplit(url).hostname or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in _VENDOR_DOMAINS)


def is_gateway(url: str) -> bool:
    """Return whether a URL is on the host of Telnyx's AI Gateway."""
    return is_telnyx(url) and (urlsplit(url).hostname or "").split(".")[0] == _GATEWAY_LABEL


def _is_telnyx_path(path: str) -> bool:
    # A proxy's path may precede `/v2`; all of Telnyx's paths begin with it.
    return not path or path.endswith("/v2") or (path.startswith("/v2/") and path[-3:] != "/v1")


_ADVICE = (
    "for this, set `base_url` to Telnyx's API (https://api.telnyx.com/v2, or a proxy of it whose "
    "path ends in `/v2`) and use an account key. A model can have another `base_url`."
)


def _missing(root: str) -> str:
    return f"Nothing was sent: {root} is an OpenAI-compatible root, which does not have"
