"""How one emulator is set up."""

from dataclasses import dataclass, field
from pathlib import Path

from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.serving.limits import RequestLimits

DEFAULT_KEY = "KEY0123456789_emulator"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that is decided when an emulator starts.

    Attributes:
        api_key: The only key that is accepted, for the API and for S3.
        data: A directory to keep the state in; `None` keeps it in memory.
        seed: Same seed, same ids.
        quirks: Which behaviours of the real API to imitate.
        upstream: Base URL of an OpenAI-compatible server that answers chat and text embeddings.
        upstream_model: The model to ask there, whatever the caller named.
        upstream_api_key: The key to present there; the caller's own is never forwarded.
        real_clock: Use the machine's clock; the default is a fake one that ticks 1 ms a reading.
        allow_crawl: Let embed-URL crawl any host; the default is loopback only.
        crawl_hosts: Hosts that embed-URL may crawl besides.
        allow_webhooks: Post webhooks to any host; the default is loopback only.
        webhook_hosts: Hosts that webhooks may be posted to besides.
        host: The address to listen on.
        hosts: Names besides, under which it answers.
        limits: How large a request may be.
    """

    api_key: str = DEFAULT_KEY
    data: Path | None = None
    seed: int = 0
    quirks: Quirks = field(default_factory=Quirks)
    upstream: str | None = None
    upstream_model: str | None = None
    upstream_api_key: str | None = None
    real_clock: bool = False
    allow_crawl: bool = False
    crawl_hosts: tuple[str, ...] = ()
    allow_webhooks: bool = False
    webhook_hosts: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    limits: RequestLimits = field(default_factory=RequestLimits)
