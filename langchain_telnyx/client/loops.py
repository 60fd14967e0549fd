"""The event loop that awaited calls need."""

import asyncio

from langchain_telnyx.client.errors import ConfigurationError


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop that is running.

    Raises:
        ConfigurationError: There is none of asyncio: the caller is of another library, as trio is.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "What is awaited runs on asyncio, and none of its event loops is running here. Under "
            "trio, call the blocking methods in a thread: `trio.to_thread.run_sync`."
        ) from None
