"""Middleware for agents: broken histories are sent, no run ends in silence, tasks choose models.

For agents of `langchain.agents.create_agent`; needs the package `langchain`.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage

from langchain_telnyx._chat.usable import Answered, attempts, check_retries, tool_names
from langchain_telnyx.history import HistoryFinding, for_model

try:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse

    from langchain_telnyx._routing import ModelChoice, TelnyxModelRouterMiddleware
except ImportError as error:
    raise ImportError(
        "Middleware is for agents of the package langchain: run `pip install langchain`."
    ) from error

__all__ = [
    "ModelChoice",
    "TelnyxAnswerMiddleware",
    "TelnyxHistoryMiddleware",
    "TelnyxModelRouterMiddleware",
]

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


class TelnyxAnswerMiddleware(AgentMiddleware[Any, Any, Any]):
    """Asks an agent's model again when its answer would end the run in silence.

    Agents end when an answer calls no tool. So they end without a word where the answer is empty,
    where none of its calls can be read, and, without tools, where it calls one. Such an answer goes
    back to the model with what is wrong with it. An answer with at least one call that can be run
    passes: the agent runs it, and reports the others. The agent's state gets the last answer only.

    Put it last in the list of middleware: it has to see the tools that others add.

    Args:
        retries: How often to ask again before the run ends in `UnusableAnswerError`.

    Raises:
        ValueError: `retries` is negative.

    Example:
        ```python
        from langchain.agents import create_agent
        from langchain_telnyx import ChatTelnyx
        from langchain_telnyx.middleware import TelnyxAnswerMiddleware, TelnyxHistoryMiddleware

        middleware = [TelnyxHistoryMiddleware(), TelnyxAnswerMiddleware()]
        agent = create_agent(ChatTelnyx(), [], middleware=middleware)
        ```
    """

    def __init__(self, retries: int = 2) -> None:
        super().__init__()
        self.retries = check_retries(retries)

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse:
        """Call the model, again where its answer is of no use.

        Raises:
            UnusableAnswerError: The last answer that is allowed is of no use either.
        """
        steps = attempts(request.messages, tool_names(request.tools), self.retries)
        messages: Any = next(steps)
        while True:
            response = handler(request.override(messages=messages))
            if (answered := _answered(response)) is None:
                return response
            try:
                messages = steps.send(answered)
            except StopIteration:
                return response

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model, again where its answer is of no use.

        Raises:
            UnusableAnswerError: The last answer that is allowed is of no use either.
        """
        steps = attempts(request.messages, tool_names(request.tools), self.retries)
        messages: Any = next(steps)
        while True:
            response = await handler(request.override(messages=messages))
            if (answered := _answered(response)) is None:
                return response
            try:
                messages = steps.send(answered)
            except StopIteration:
                return response


def _answered(response: ModelResponse) -> Answered | None:
    """Return what the model answered; `None` where the agent has what it wanted."""
    answer = next((one for one in response.result if isinstance(one, AIMessage)), None)
    if answer is None or response.structured_response is not None:
        return None
    done = {one.tool_call_id for one in response.result if isinstance(one, ToolMessage)}
    return Answered(answer, done)
