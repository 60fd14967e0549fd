"""How everything that holds connections is closed: one way, on both faces, any number of times."""

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.closing import ClosingMixin


class Closing(ClosingMixin):
    """Closes the connections of an adapter; a mixin, and a context manager of both kinds."""

    _own: Telnyx | None = None
    """The client, where it was made of options; a client that was passed in is its owner's."""

    def close(self) -> None:
        """Close the connections of all threads; the next request opens new ones.

        Those in use, by this object or by another one of the same options, are closed when their
        answer is read. A `client`, `http_client` or `http_async_client` that was passed in is left
        alone. May be called any number of times.
        """
        if (own := self._to_close()) is not None:
            own.close_idle()

    async def aclose(self) -> None:
        """Close the running event loop's connections; see `close`."""
        if (own := self._to_close()) is not None:
            await own.aclose_idle()

    def _to_close(self) -> Telnyx | None:
        return self._own
