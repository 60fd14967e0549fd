"""`Telnyx`: the whole API from one object, blocking at its top and awaited under `.aio`."""

import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import SecretStr

from langchain_telnyx.client.call import Steps
from langchain_telnyx.client.closing import Closed
from langchain_telnyx.client.config import Config, Retry, check_encrypted, configure
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.http.async_runner import AsyncRunner
from langchain_telnyx.client.http.sync_runner import SyncRunner
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.client.protocols import AsyncHTTPClient, SyncHTTPClient
from langchain_telnyx.client.retry_budget import RetryState
from langchain_telnyx.client.server_state import state_of
from langchain_telnyx.client.storage_state import StorageState

T = TypeVar("T")


class Telnyx(Closed, Namespaces[SyncRunner]):
    """A client of the Telnyx AI and Cloud Storage APIs.

    Building one is free: no network, no certificates. Connections open on first use, are shared
    by all threads and held apart by event loop, and do not survive into a forked child. It can be
    pickled; the key is left out, and TELNYX_API_KEY read where it is loaded.

    Args:
        api_key: The API key, or a function that returns it. Default: TELNYX_API_KEY.
        base_url: Default: TELNYX_BASE_URL, else TELNYX_API_BASE, else Telnyx. May end in `/v2`,
            `/v2/ai` or `/v2/ai/openai`; another path, such as `/v1`, is the root of a server
            with OpenAI's paths, and used as it is.
        timeout: Seconds of silence to bear while waiting for the server. Default: 180.
        max_retries: Attempts after the first. Default: 2.
        deadline: Seconds that a call may take as a whole, from the lookup of the host's name to the
            last byte, with its retries, pauses and polls; a `DeadlineError` ends it. Default: none.
        retry_budget: Tokens for retries, of all clients configured alike, to one host. A retry
            takes 5, and 10 after a timeout; success gives them back. Default: 500.
        max_response_bytes: Bytes of an answer at most, or of one item of a stream, counted
            after they are inflated. Objects that are fetched have no limit. Default: 128 MiB.
        allow_http: Whether `base_url` and `storage_url` may begin with `http://` although they are
            not on this machine: the key can be read on the way. Default: TELNYX_ALLOW_HTTP, if it
            is `1` or `true`, else no.
        http_client: An `httpx.Client` to use, also for the storage; never closed here.
        http_async_client: An `httpx.AsyncClient` to use under `.aio`; never closed here.
        storage_url: Root of the S3-compatible storage. Default: TELNYX_STORAGE_URL, else the
            region's host; none beside an OpenAI-compatible `base_url`.
        region: Storage region. Default: TELNYX_STORAGE_REGION, else `us-central-1`.
        max_connections: Open connections at most, to the API and to the storage each.
            Default: 1024.
        proxy: Proxy URL. Default: the environment's.
        headers: Headers to send with every request.
        query: What to put into the query of every request to the API, such as a gateway's version.
        on_retry: Called with a `Retry` before a request is sent again, to log or to count.

    Raises:
        ConfigurationError: A value cannot work.

    Example:
        ```python
        from langchain_telnyx import Telnyx

        telnyx = Telnyx()
        telnyx.chat.create([{"role": "user", "content": "Hello"}], model="moonshotai/Kimi-K2.6")
        await telnyx.aio.models.list()
        ```
    """

    def __init__(
        self,
        *,
        api_key: SecretStr | str | Callable[[], str] | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        retry_budget: int | None = None,
        max_response_bytes: int | None = None,
        allow_http: bool | None = None,
        http_client: SyncHTTPClient | None = None,
        http_async_client: AsyncHTTPClient | None = None,
        storage_url: str | None = None,
        region: str | None = None,
        max_connections: int | None = None,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        on_retry: Callable[[Retry], None] | None = None,
    ) -> None:
        config = configure(
            api_key=api_key,
            base_url=base_url,
            storage_url=storage_url,
            region=region,
            timeout=timeout,
            max_retries=max_retries,
            deadline=deadline,
            retry_budget=retry_budget,
            max_response_bytes=max_response_bytes,
            allow_http=allow_http,
            max_connections=max_connections,
            proxy=proxy,
            headers=headers,
            query=query,
            on_retry=on_retry,
        )
        self._open(config, http_client, http_async_client)

    @classmethod
    def of(
        cls,
        config: Config,
        http_client: SyncHTTPClient | None = None,
        http_async_client: AsyncHTTPClient | None = None,
    ) -> "Telnyx":
        """Return a client of a configuration: the same one for as long as somebody holds it.

        Args:
            config: The configuration.
            http_client: See `Telnyx`.
            http_async_client: See `Telnyx`.
        """
        which = (config, id(http_client), id(http_async_client))
        telnyx = _shared.get(which)
        if telnyx is None:
            telnyx = cls.__new__(cls)
            telnyx._open(config, http_client, http_async_client)  # noqa: SLF001 - its own class
            # Two threads may make one each at the same time; the first to arrive is kept.
            telnyx = _shared.setdefault(which, telnyx)
        return telnyx

    def send(self, steps: Steps[T]) -> T:
        """Send a call that no method wraps yet, or run a flow of several.

        Args:
            steps: A `Call`, whose `path` is below the API's root, such as `/ai/assistants`; or a
                generator of calls and streams, as `calls` describes them.
        """
        return self._face.run(steps)

    def send_each(
        self, flows: Iterable[Callable[[], Steps[T]]], *, width: int = 16
    ) -> Generator[T, None, None]:
        """Run many calls or flows, and yield their results in order as they are read.

        Args:
            flows: Functions that make what is to be run; called when their turn comes.
            width: How many may be under way, or done and not yet read, at a time.

        Raises:
            TelnyxError: One failed; those after it are not begun.
        """
        return self._face.each(flows, width)

    @property
    def retry_states(self) -> dict[str, RetryState]:
        """What is left of the retries of each host that was called, such as `https://api.telnyx.com`.

        Clients configured alike share them.
        """
        return self._state.retry_states()

    def close(self) -> None:
        """Close the connections of all threads; the next request opens new ones."""
        self._face.close()

    async def aclose(self) -> None:
        """Close the running event loop's connections; the next request opens new ones."""
        await self.aio.aclose()

    def close_idle(self) -> None:
        """Close the connections that are not in use, and the others once their answer is read."""
        self._face.close_idle()

    async def aclose_idle(self) -> None:
        """Do the same with those of the running event loop; see `close_idle`."""
        await self.aio.aclose_idle()

    def _open(
        self,
        config: Config,
        http_client: SyncHTTPClient | None,
        http_async_client: AsyncHTTPClient | None,
    ) -> None:
        if http_client is None and http_async_client is None:
            check_encrypted(config)  # a client passed in decides how it sends
        self.config = config
        self._clients = (http_client, http_async_client)
        self.server_state = state_of(config.base_url)
        # Both faces take turns at a bucket that limits its rate, and know where buckets are.
        state = self._state = StorageState()
        super().__init__(SyncRunner(config, http_client, state))
        self.aio = AsyncTelnyx(AsyncRunner(config, http_async_client, state))
        # Descriptions of calls, for flows that both faces can run: see `send`.
        self.calls: Namespaces[DeferredCalls] = Namespaces(DeferredCalls(config, state))

    def __repr__(self) -> str:
        return f"Telnyx(base_url={self.config.base_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        # Connections stay behind, and so do clients that were passed in: neither can travel.
        return {"config": self.config}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._open(state["config"], None, None)

    def __copy__(self) -> "Telnyx":
        return self  # its connections are meant to be shared

    def __deepcopy__(self, memo: dict[int, Any]) -> "Telnyx":
        return self


class AsyncTelnyx(Namespaces[AsyncRunner]):
    """The awaited face, found at `Telnyx.aio`.

    Args:
        face: What runs its requests.
    """

    async def send(self, steps: Steps[T]) -> T:
        """Send a call that no method wraps yet, or run a flow of several.

        Args:
            steps: A `Call`, whose `path` is below the API's root, such as `/ai/assistants`; or a
                generator of calls and streams, as `Telnyx.calls` describes them.
        """
        return await self._face.run(steps)

    def send_each(
        self, flows: Iterable[Callable[[], Steps[T]]], *, width: int = 16
    ) -> AsyncGenerator[T, None]:
        """Run many calls or flows, and yield their results in order as they are read.

        Args:
            flows: Functions that make what is to be run; called when their turn comes.
            width: How many may be under way, or done and not yet read, at a time.

        Raises:
            TelnyxError: One failed; those after it are not begun.
        """
        return self._face.each(flows, width)

    async def aclose(self) -> None:
        """Close the running event loop's connections; the next request opens new ones."""
        await self._face.aclose()

    async def aclose_idle(self) -> None:
        """Close connections that are not in use, and the others once their answer is read."""
        await self._face.aclose_idle()


_shared: "weakref.WeakValueDictionary[tuple[Config, int, int], Telnyx]" = (
    weakref.WeakValueDictionary()
)
