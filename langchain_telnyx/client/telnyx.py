"""`Telnyx`: the whole API in one object, sync at its top level and async under `.aio`."""

import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import SecretStr

from langchain_telnyx.client.call import Steps
from langchain_telnyx.client.closing import ClosingMixin
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


class Telnyx(ClosingMixin, Namespaces[SyncRunner]):
    """A client of the Telnyx AI and Cloud Storage APIs.

    Creating one is fast: no network, no certificates. Connections open on first use. All threads
    share them; each event loop has its own; a forked child opens new ones. The client can be
    pickled without its key; TELNYX_API_KEY is read where the pickle is loaded.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/client.md

    Args:
        api_key: The API key, or a function that returns it. Default: TELNYX_API_KEY.
        base_url: Default: TELNYX_BASE_URL, else TELNYX_API_BASE, else Telnyx. May end in `/v2`,
            `/v2/ai` or `/v2/ai/openai`; another path, such as `/v1`, is the root of a server
            with OpenAI's paths, and used unchanged.
        timeout: Longest wait for data from the server, in seconds. Default: 180.
        max_retries: Attempts after the first. Default: 2.
        deadline: Seconds for a whole call, from the lookup of the host's name to the last byte,
            with its retries, pauses and polls; a `DeadlineError` ends it. Default: none.
        retry_budget: Retry tokens per host, shared by clients with equal configurations. A retry
            takes 5, and 10 after a timeout; success returns them. Default: 500.
        max_response_bytes: Maximum bytes of a response, or of one item of a stream, after
            decompression. Objects of the storage have no limit. Default: 128 MiB.
        allow_http: Whether `base_url` and `storage_url` may begin with `http://` although they are
            not on this machine: others on the network can then read the key. Default:
            TELNYX_ALLOW_HTTP, if it is `1` or `true`, else no.
        http_client: An `httpx.Client` to use, also for the storage; never closed here.
        http_async_client: An `httpx.AsyncClient` to use under `.aio`; never closed here.
        storage_url: Root of the S3-compatible storage. Default: TELNYX_STORAGE_URL, else the
            region's host; none beside an OpenAI-compatible `base_url`.
        region: Storage region. Default: TELNYX_STORAGE_REGION, else `us-central-1`.
        max_connections: Open connections at most, to the API and to the storage each.
            Default: 1024.
        proxy: Proxy URL. Default: the environment's.
        headers: Headers to send with every request.
        query: Query parameters of every request to the API, such as a gateway's version.
        on_retry: Called with a `Retry` before each retry, to log or to count.

    Raises:
        ConfigurationError: A value is not valid.

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
        """Return the client of a configuration: the same one for as long as it is referenced.

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
            # Two threads may create one each at the same time; the first one stays.
            telnyx = _shared.setdefault(which, telnyx)
        return telnyx

    def send(self, steps: Steps[T]) -> T:
        """Send a call that has no method yet, or run a flow of several.

        Args:
            steps: A `Call`, whose `path` is below the API's root, such as `/ai/assistants`; or a
                generator of calls and streams, such as those of `calls`.
        """
        return self._runner.run(steps)

    def send_each(
        self, flows: Iterable[Callable[[], Steps[T]]], *, width: int = 16
    ) -> Generator[T, None, None]:
        """Run many calls or flows, and yield their results in order, as they are read.

        Args:
            flows: Functions that create the flows; called when their turn comes.
            width: How many may run, or be done and not yet read, at a time.

        Raises:
            TelnyxError: One failed; those after it are not started.
        """
        return self._runner.each(flows, width)

    @property
    def retry_states(self) -> dict[str, RetryState]:
        """The retry budget of each host that was called, such as `https://api.telnyx.com`.

        Clients with equal configurations share them.
        """
        return self._state.retry_states()

    def close(self) -> None:
        """Close the connections of all threads; the next request opens new ones."""
        self._runner.close()

    async def aclose(self) -> None:
        """Close the running event loop's connections; the next request opens new ones."""
        await self.aio.aclose()

    def close_idle(self) -> None:
        """Close the connections that are not in use, and the others once their response is read."""
        self._runner.close_idle()

    async def aclose_idle(self) -> None:
        """Do the same for those of the running event loop; see `close_idle`."""
        await self.aio.aclose_idle()

    def _open(
        self,
        config: Config,
        http_client: SyncHTTPClient | None,
        http_async_client: AsyncHTTPClient | None,
    ) -> None:
        if http_client is None and http_async_client is None:
            check_encrypted(config)  # a client that the user passed in decides for itself
        self.config = config
        self._clients = (http_client, http_async_client)
        self.server_state = state_of(config.base_url)
        # Sync and async calls share the rate limits and regions of buckets.
        state = self._state = StorageState()
        super().__init__(SyncRunner(config, http_client, state))
        self.aio = AsyncTelnyx(AsyncRunner(config, http_async_client, state))
        # Descriptions of calls, for flows: see `send`.
        self.calls: Namespaces[DeferredCalls] = Namespaces(DeferredCalls(config, state))

    def __repr__(self) -> str:
        return f"Telnyx(base_url={self.config.base_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        # Connections, and HTTP clients that the user passed in, cannot be pickled.
        return {"config": self.config}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._open(state["config"], None, None)

    def __copy__(self) -> "Telnyx":
        return self  # copies share its connections

    def __deepcopy__(self, memo: dict[int, Any]) -> "Telnyx":
        return self


class AsyncTelnyx(Namespaces[AsyncRunner]):
    """The async client, at `Telnyx.aio`.

    Args:
        runner: Runs its requests.
    """

    async def send(self, steps: Steps[T]) -> T:
        """Send a call that has no method yet, or run a flow of several.

        Args:
            steps: A `Call`, whose `path` is below the API's root, such as `/ai/assistants`; or a
                generator of calls and streams, such as those of `Telnyx.calls`.
        """
        return await self._runner.run(steps)

    def send_each(
        self, flows: Iterable[Callable[[], Steps[T]]], *, width: int = 16
    ) -> AsyncGenerator[T, None]:
        """Run many calls or flows, and yield their results in order, as they are read.

        Args:
            flows: Functions that create the flows; called when their turn comes.
            width: How many may run, or be done and not yet read, at a time.

        Raises:
            TelnyxError: One failed; those after it are not started.
        """
        return self._runner.each(flows, width)

    async def aclose(self) -> None:
        """Close the running event loop's connections; the next request opens new ones."""
        await self._runner.aclose()

    async def aclose_idle(self) -> None:
        """Close connections that are not in use, and the others once their response is read."""
        await self._runner.aclose_idle()


_shared: "weakref.WeakValueDictionary[tuple[Config, int, int], Telnyx]" = (
    weakref.WeakValueDictionary()
)
