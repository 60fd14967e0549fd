"""The settings of an emulator."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.serving.limits import RequestLimits
from langchain_telnyx.emulator.serving.model_rates import ModelRateLimits

DEFAULT_KEY = "KEY0123456789_emulator"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings with which an emulator starts.

    Attributes:
        api_key: The only key that is accepted, for the API and for S3.
        data: A directory for the state; `None` for memory.
        seed: The same seed gives the same ids.
        quirks: Which behaviours of the real API to imitate.
        upstream: Base URL of an OpenAI-compatible server that answers chat and text embeddings.
        upstream_model: The model to request there, instead of the one in the request.
        upstream_api_key: The API key for that server; the caller's key is never forwarded.
        real_clock: Use the machine's clock; the default is a fake one that advances by 1 ms each
            time.
        synthesizer: What speaks texts: `tone`, or the program `flite`.
        allow_crawl: Let embed-URL crawl any host; the default is loopback only.
        crawl_hosts: Further hosts that embed-URL may crawl.
        allow_webhooks: Send webhooks to any host; the default is loopback only.
        webhook_hosts: Further hosts to which webhooks may be sent.
        host: The address to listen on.
        hosts: Further host names to accept.
        limits: Limits of the size of requests.
        rate_limits: Limits of requests and tokens per minute, by model; `None` for none.
    """

    api_key: str = DEFAULT_KEY
    data: Path | None = None
    seed: int = 0
    quirks: Quirks = field(default_factory=Quirks)
    upstream: str | None = None
    upstream_model: str | None = None
    upstream_api_key: str | None = None
    real_clock: bool = False
    synthesizer: Literal["tone", "flite"] = "tone"
    allow_crawl: bool = False
    crawl_hosts: tuple[str, ...] = ()
    allow_webhooks: bool = False
    webhook_hosts: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    limits: RequestLimits = field(default_factory=RequestLimits)
    rate_limits: ModelRateLimits | None = None
