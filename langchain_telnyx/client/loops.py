"""The running event loop that async calls need."""

import asyncio

from langchain_telnyx.client.errors import ConfigurationError


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop that is running.

    Raises:
        ConfigurationError: No asyncio loop is running, for example because the caller uses trio.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "Async methods run on asyncio, and no asyncio event loop is running here. Under trio, "
            "call the sync methods in a thread: `trio.to_thread.run_sync`."
        ) from None
