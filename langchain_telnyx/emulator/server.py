"""`TelnyxEmulator`: an emulated account for tests and offline work."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.account_methods import AccountMethods
from langchain_telnyx.emulator.app import create_app
from langchain_telnyx.emulator.messaging import MessagingMethods
from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.script import Script
from langchain_telnyx.emulator.serving.background import LoopThread
from langchain_telnyx.emulator.serving.inprocess import AsyncInProcessClient, InProcessClient
from langchain_telnyx.emulator.serving.limits import RequestLimits
from langchain_telnyx.emulator.serving.listening import Serving, listen
from langchain_telnyx.emulator.serving.model_rates import ModelRateLimits
from langchain_telnyx.emulator.serving.recording import RequestLog
from langchain_telnyx.emulator.serving.request_guards import is_loopback
from langchain_telnyx.emulator.settings import DEFAULT_KEY, Settings


class BeyondLoopbackWarning(UserWarning):
    """The emulator listens on an address that other machines can reach."""


_NO_SOCKET_ORIGIN = "http://telnyx.localhost"


class TelnyxEmulator(AccountMethods, MessagingMethods):
    """An emulated Telnyx account: chat, embeddings, embedded buckets and Cloud Storage.

    ```python
    from langchain_telnyx import ChatTelnyx
    from langchain_telnyx.emulator import TelnyxEmulator

    with TelnyxEmulator() as telnyx:
        telnyx.say("Hello!")
        model = ChatTelnyx(model="moonshotai/Kimi-K2.6", **telnyx.options())
        model.invoke("Hi").text  # 'Hello!'
    ```

    It is deterministic: ids come from `seed`, and time from a fake clock, unless `real_clock`.
    A test scripts answers and faults with `say`, `call_tool`, `fail`, `flaky`, `cut_stream` and
    `latency`; `script` has the others.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/emulator.md

    Args:
        api_key: The only key it accepts.
        data: A directory for its state; by default the state is in memory.
        port: The port to listen on; 0 selects a free one.
        host: The address to listen on.
        hosts: Further host names to accept, besides loopback and `host`, such as `emulator` in a
            network of containers. Any other is refused with 421.
        limits: Limits of the size of requests.
        rate_limits: Limits of requests and tokens per minute, by model. Default: none.
        sockets: False serves only this process, without sockets, by `http_client` and
            `http_async_client`.
        quirks: Which behaviours of the real API to imitate.
        upstream: Base URL of an OpenAI-compatible server that answers chat and embeddings requests.
        upstream_model: The model to request there, instead of the one in the request.
        upstream_api_key: The API key for that server.
        seed: The same seed gives the same ids.
        real_clock: Use the machine's clock.
        synthesizer: What speaks texts: `tone` (a tone as long as the text), or `flite`, a program
            on the PATH.
        allow_crawl: Let embed-URL and web contents fetch from any host, not only loopback.
        crawl_hosts: Further hosts to fetch from, such as `docs.example.com`.
        allow_webhooks: Send webhooks to any host, not only loopback.
        webhook_hosts: Further hosts to which webhooks may be sent.
    """

    def __init__(
        self,
        *,
        api_key: str = DEFAULT_KEY,
        data: str | Path | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        hosts: Iterable[str] = (),
        limits: RequestLimits | None = None,
        rate_limits: ModelRateLimits | None = None,
        sockets: bool = True,
        quirks: Quirks | None = None,
        upstream: str | None = None,
        upstream_model: str | None = None,
        upstream_api_key: str | None = None,
        seed: int = 0,
        real_clock: bool = False,
        synthesizer: Literal["tone", "flite"] = "tone",
        allow_crawl: bool = False,
        crawl_hosts: Iterable[str] = (),
        allow_webhooks: bool = False,
        webhook_hosts: Iterable[str] = (),
    ) -> None:
        self._settings = Settings(
            api_key=api_key,
            data=None if data is None else Path(data),
            seed=seed,
            quirks=quirks or Quirks(),
            upstream=upstream,
            upstream_model=upstream_model,
            upstream_api_key=upstream_api_key,
            real_clock=real_clock,
            synthesizer=synthesizer,
            allow_crawl=allow_crawl,
            crawl_hosts=tuple(name.lower() for name in crawl_hosts),
            allow_webhooks=allow_webhooks,
            webhook_hosts=tuple(name.lower() for name in webhook_hosts),
            host=host,
            hosts=tuple(hosts),
            limits=limits or RequestLimits(),
            rate_limits=rate_limits,
        )
        self._address = (host, port) if sockets else None
        self._running: _Running | None = None
        self.script = Script()
        self.say = self.script.say
        self.call_tool = self.script.call_tool
        self.fail = self.script.fail
        self.flaky = self.script.flaky
        self.cut_stream = self.script.cut_stream
        self.latency = self.script.latency

    def start(self) -> Self:
        """Start the emulator; `with` does this.

        Raises:
            OSError: The port is in use.
        """
        if self._running is None:
            host = self._settings.host
            if self._address and not is_loopback(host):
                message = (
                    f"The emulator listens on {host!r}: other machines can reach it, without "
                    "encryption, with a key that is not secret."
                )
                warnings.warn(message, BeyondLoopbackWarning, stacklevel=2)
            self._running = _Running(self._settings, self.script, self._address)
        return self

    def stop(self) -> None:
        """Stop the emulator and close its state; `with` does this."""
        running, self._running = self._running, None
        if running is not None:
            running.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def api_key(self) -> str:
        """The API key that it accepts."""
        return self._settings.api_key

    @property
    def storage_url(self) -> str:
        """The S3 endpoint, path style."""
        return self._require_running().origin

    @property
    def base_url(self) -> str:
        """The API root, ending in `/v2`."""
        return f"{self.storage_url}/v2"

    @property
    def account(self) -> Account:
        """The emulated account."""
        return self._require_running().account

    @property
    def requests(self) -> RequestLog:
        """The requests so far, oldest first."""
        return self.account.requests

    def assert_all_used(self) -> None:
        """Check that every scripted answer and fault was used.

        Raises:
            AssertionError: Some were not; the message lists them and the received requests.
        """
        unused = self.script.unused()
        if not unused:
            return
        lines = [f"Scripted and never used ({len(unused)}):", *(f"  {line}" for line in unused)]
        if self._running is not None:
            lines.append(self.requests.summary())
        lines.append("Pass `optional=True` for an answer that need not be used.")
        raise AssertionError("\n".join(lines))

    @property
    def http_client(self) -> InProcessClient:
        """An HTTP client without sockets, for `sockets=False`."""
        return self._require_running().http_client

    @property
    def http_async_client(self) -> AsyncInProcessClient:
        """The async HTTP client without sockets; it works in any number of event loops."""
        return self._require_running().http_async_client

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments that connect a client of this package to the emulator."""
        options: dict[str, Any] = {"api_key": self.api_key, "base_url": self.base_url}
        if self._address is None:
            options["http_client"] = self.http_client
            options["http_async_client"] = self.http_async_client
        return options

    def environment(self) -> dict[str, str]:
        """Return the environment variables that connect any Telnyx client to the emulator."""
        return {"TELNYX_API_KEY": self.api_key, "TELNYX_BASE_URL": self.base_url}

    def reset(self, *areas: str) -> None:
        """Delete everything stored, scripted and recorded, and restart the ids; or only some areas.

        Args:
            areas: Areas such as `script`, `requests`, `storage` and `conversations`; default: all.

        Raises:
            ValueError: There is no such area; the message lists them.
        """
        self.account.reset(*areas)

    def _require_running(self) -> "_Running":
        if self._running is None:
            raise RuntimeError("This TelnyxEmulator is not running: use `with`, or call `start()`.")
        return self._running


class _Running:
    """The parts that exist only while an emulator runs."""

    def __init__(self, settings: Settings, script: Script, address: tuple[str, int] | None) -> None:
        # The port first: if it is in use, nothing else has been opened.
        listener = listen(*address) if address else None
        try:
            self.account = Account(settings, script)
        except BaseException:
            if listener is not None:
                listener.close()
            raise
        app = create_app(self.account)
        self._loop = LoopThread("telnyx-emulator")
        self._serving: Serving | None = None
        self.origin = _NO_SOCKET_ORIGIN
        if listener is not None:
            host, port = listener.getsockname()[:2]
            self.origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            self._serving = Serving(
                app, listener, self._loop, head_seconds=settings.limits.head_seconds
            )
        self.http_client = InProcessClient(app, self._loop)
        self.http_async_client = AsyncInProcessClient(app, self._loop)
        self.account.start()

    def close(self) -> None:
        if self._serving is not None:
            self._serving.close()
        self.http_client.close()
        self._loop.run(self.http_async_client.aclose())
        self._loop.close()
        self.account.close()
