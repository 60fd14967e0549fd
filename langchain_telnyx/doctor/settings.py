"""Checks of the key and the addresses; nothing is sent."""

import os
from urllib.parse import urlsplit

from langchain_telnyx.client.config import Config
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.roots import checked_key, is_clear, is_gateway, is_loopback, is_telnyx
from langchain_telnyx.doctor.findings import Finding, Status

_PORTAL = "https://portal.telnyx.com/#/app/api-keys"
# By the beginning of a key: the product that it is for.
_KINDS = {
    "KEY": "an account key",
    "ltg_sk_": "a key of Telnyx's AI Gateway",
    "sk-": "a key in OpenAI's form",
}
_SHORTEST = 20


def check_key(config: Config) -> Finding:
    """Check that there is a key, and its form; the key itself is not shown."""
    try:
        key = config.key()
    except ConfigurationError as error:
        return Finding("key", "failure", str(error), f"Create a key at {_PORTAL}.")
    except Exception as error:  # noqa: BLE001 - of a function of the user's that returns the key
        detail = f"The function that returns the key raised {type(error).__name__}."
        return Finding("key", "failure", detail)
    kinds = (kind for start, kind in _KINDS.items() if key.startswith(start))
    kind = next(kinds, "a key of unknown form")
    status, advice = _form(key, config.base_url)
    detail = f"{kind[0].upper()}{kind[1:]}, {len(key)} characters."
    return Finding("key", status, detail, advice, {"kind": kind, "length": len(key)})


def _form(key: str, base_url: str) -> tuple[Status, str]:
    if key.strip("'\"") != key:
        return "failure", "It begins or ends with a quote: remove that."
    try:
        checked_key(key, base_url)
    except ConfigurationError as error:
        return "failure", str(error)
    if not is_telnyx(base_url) or is_gateway(base_url):
        return "ok", ""
    if not key.startswith("KEY"):
        return "warning", f"Telnyx's own keys begin with KEY: compare with {_PORTAL}."
    if len(key) < _SHORTEST or "_" not in key:
        return "warning", f"Keys have the form KEY<id>_<secret>: is a part missing? See {_PORTAL}."
    return "ok", ""


def check_base_url(config: Config) -> Finding:
    """Check the root of the API: what kind of server it is, and whether it is encrypted."""
    url = config.base_url
    kind = "an OpenAI-compatible root" if config.openai_compatible else "Telnyx's API"
    source = next(
        (name for name in ("TELNYX_BASE_URL", "TELNYX_API_BASE") if os.environ.get(name)), None
    )
    data = {"base_url": url, "openai_compatible": config.openai_compatible, "variable": source}
    detail = f"{url}, {kind}."
    status, advice = _encryption(config, url)
    if config.openai_compatible and not advice:
        advice = "Chat, embeddings, models and transcription only; buckets need Telnyx's API."
    return Finding("base_url", status, detail, advice, data)


def check_storage_url(config: Config) -> Finding:
    """Check the root of the storage, and the region."""
    if not config.storage_url:
        detail = "No storage beside an OpenAI-compatible root."
        return Finding("storage_url", "skipped", detail)
    data = {"storage_url": config.storage_url, "region": config.region}
    detail = f"{config.storage_url}, region {config.region}."
    status, advice = _encryption(config, config.storage_url)
    host = urlsplit(config.storage_url).hostname or ""
    if not advice and is_telnyx(config.storage_url) and not host.startswith(f"{config.region}."):
        status = "warning"
        advice = "The host is of another region: set `region` or TELNYX_STORAGE_REGION alike."
    return Finding("storage_url", status, detail, advice, data)


def _encryption(config: Config, url: str) -> tuple[Status, str]:
    if not is_clear(url):
        return "ok", "" if not is_loopback(url) else "A server on this machine, not Telnyx."
    if not config.allow_http:
        return "failure", "The key is not sent without encryption: use https://."
    return "warning", "The key is sent without encryption, as `allow_http` permits."
