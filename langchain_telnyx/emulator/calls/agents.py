"""Serves an agent for a call; nothing else of the emulator imports `langchain_telnyx.serve`."""

import inspect
from typing import Any

from starlette.types import ASGIApp

# The parameters of an ASGI application: scope, receive, send.
_APPLICATION_PARAMETERS = 3


def is_agent(app: Any) -> bool:
    """Return whether an object is an agent, a Runnable or a function, and not an application."""
    if hasattr(app, "invoke"):
        return True
    try:
        signature = inspect.signature(app)
        signature.bind(*[None] * _APPLICATION_PARAMETERS)
    except TypeError:
        return callable(app)
    except ValueError:
        return False  # without a signature, such as a function in C
    return False


def as_application(agent: Any, token: str) -> ASGIApp:
    """Return an application that serves an agent.

    Args:
        agent: A Runnable, or a function.
        token: The application's token.
    """
    from langchain_telnyx.serve import Speech, create_app  # noqa: PLC0415 - of agents alone

    # Nobody listens, so a call need not wait until the last words are spoken.
    return create_app(agent, token=token, speech=Speech(characters_per_second=1e6))
