"""`TelnyxHistoryMiddleware`: repairs the history before each model call."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse

from langchain_telnyx.chat_models.history import HistoryFinding, for_model

logger = logging.getLogger(__name__)

# Findings that do not affect the conversation.
_MINOR = {"foreign block", "changed block"}


class TelnyxHistoryMiddleware(AgentMiddleware[Any, Any, Any]):
    """Repairs an agent's history before each model call, so that the API accepts it.

    The API refuses the history of an agent that was interrupted between a call and its result, and
    some histories that were trimmed or come from another provider. The history is repaired as by
    `check_history`; the agent's state does not change. Findings are logged, as warnings if they
    affect the conversation. A block in the user's latest turn that cannot be sent raises an error
    of the model, as without this middleware.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#histories

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
        """Call the model with the repaired history."""
        return handler(_repaired(request))

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model with the repaired history."""
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
