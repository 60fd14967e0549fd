"""The event loop that awaited calls need."""

import asyncio

from langchain_telnyx.client.errors import ConfigurationError


def need_asyncio() -> None:
    """See to it that asyncio runs.

    Raises:
        ConfigurationError: It does not: the caller is of another library, such as trio.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "What is awaited here runs on asyncio alone, and no event loop of asyncio is running. "
            "With trio, call the blocking method in a thread, as by `trio.to_thread.run_sync`, or "
            "run asyncio in it by trio-asyncio."
        ) from None
