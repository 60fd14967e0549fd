"""Serves an agent for a call; nothing else of the emulator imports `langchain_telnyx.serve`."""

from typing import Any

from starlette.types import ASGIApp


def as_application(agent: Any, token: str) -> ASGIApp:
    """Return an application that serves an agent.

    Args:
        agent: A Runnable.
        token: The application's token.
    """
    from langchain_telnyx.serve import Speech, create_app  # noqa: PLC0415 - of agents alone

    # Nobody listens, so a call need not wait until the last words are spoken.
    return create_app(agent, token=token, speech=Speech(characters_per_second=1e6))
