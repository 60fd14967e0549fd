"""Closing of adapters: sync and async, any number of times."""

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.closing import ClosingMixin


class Closing(ClosingMixin):
    """Closes the connections of an adapter; a mixin, and a context manager of both kinds."""

    _own: Telnyx | None = None
    """The client, if it was created from options. A client that was passed in is not closed."""

    def close(self) -> None:
        """Close the connections of all threads; the next request opens new ones.

        Connections in use, by this object or another one with the same options, are closed after
        their response is read. A `client`, `http_client` or `http_async_client` that was passed in
        stays open. May be called any number of times.
        """
        if (own := self._to_close()) is not None:
            own.close_idle()

    async def aclose(self) -> None:
        """Close the running event loop's connections; see `close`."""
        if (own := self._to_close()) is not None:
            await own.aclose_idle()

    def _to_close(self) -> Telnyx | None:
        return self._own
