"""`TelnyxHistoryMiddleware`: sends histories that the API accepts."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse

from langchain_telnyx.chat_models.history import HistoryFinding, for_model

logger = logging.getLogger(__name__)

# Of these nothing is missing that the conversation needs.
_MINOR = {"foreign block", "changed block"}


class TelnyxHistoryMiddleware(AgentMiddleware[Any, Any, Any]):
    """Sends an agent's model a history that the API takes, whatever has happened to it.

    An agent that was interrupted between a call and its result, or whose history was trimmed or
    carried over from another provider, may be refused for ever after. Before each call of the
    model the history is repaired as `check_history` does it; the agent's state stays as it is. What
    was found is logged, as a warning unless it is of no consequence. A block of the user's own
    latest turn that cannot be sent is an error of the model, as without this middleware.

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
        """Call the model with the history repaired."""
        return handler(_repaired(request))

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model with the history repaired."""
        return await handler(_repaired(request))


def _repaired(request: ModelRequest) -> ModelRequest:
    report = for_model(request.messages)
    if report.ok:
        return request
    _log(logging.WARNING, [each for each in report.findings if each.kind not in _MINOR])
    _log(logging.DEBUG, [each for each in report.findings if each.kind in _MINOR])
    messages: Any = report.messages  # of the kinds that the request's type lists
    return request.override(messages=messages)


def _log(level: int, findings: Sequence[HistoryFinding]) -> None:
    if findings:
        text = "\n".join(map(str, findings))
        logger.log(level, "The agent's history was repaired before it was sent:\n%s", text)
