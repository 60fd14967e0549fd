"""`TelnyxHistoryMiddleware`: an agent whose history broke goes on.

For agents of `langchain.agents.create_agent`; needs the package `langchain`.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from langchain_telnyx.history import check_history

try:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
except ImportError as error:
    raise ImportError(
        "Middleware is for agents of the package langchain: run `pip install langchain`."
    ) from error

logger = logging.getLogger(__name__)


class TelnyxHistoryMiddleware(AgentMiddleware[Any, Any, Any]):
    """Sends an agent's model a history that the API takes, whatever has happened to it.

    An agent that was interrupted between a call and its result, or whose history was trimmed or
    carried over from another provider, may be refused for ever after. Before each call of the
    model the history is mended as `check_history` does it; the agent's state stays as it is. What
    was found is logged as a warning.

    Example:
        ```python
        from langchain.agents import create_agent
        from langchain_telnyx import ChatTelnyx
        from langchain_telnyx.middleware import TelnyxHistoryMiddleware

        agent = create_agent(ChatTelnyx(), [], middleware=[TelnyxHistoryMiddleware()])
        ```
    """

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse:
        """Call the model with the history mended."""
        return handler(_mended(request))

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model with the history mended."""
        return await handler(_mended(request))


def _mended(request: ModelRequest) -> ModelRequest:
    report = check_history(request.messages)
    if report.ok:
        return request
    logger.warning("The agent's history was mended before it was sent:\n%s", report)
    messages: Any = report.messages  # of the kinds that the request's type lists
    return request.override(messages=messages)
