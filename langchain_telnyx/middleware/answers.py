"""`TelnyxAnswerMiddleware`: requests another answer where one would end the run of an agent."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, ToolMessage

from langchain_telnyx._shared.steps import arun, run
from langchain_telnyx.chat_models.sending.usable_answers import (
    CheckedAnswer,
    attempts,
    check_retries,
    tool_names,
)


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
        return run(
            self._attempts(request),
            lambda messages: handler(request.override(messages=messages)),
        )

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model, again where its answer is of no use.

        Raises:
            UnusableAnswerError: The last answer that is allowed is of no use either.
        """
        return await arun(
            self._attempts(request),
            lambda messages: handler(request.override(messages=messages)),
        )

    def _attempts(self, request: ModelRequest) -> Generator[Any, ModelResponse, ModelResponse]:
        return attempts(request.messages, tool_names(request.tools), self.retries, _answered)


def _answered(response: ModelResponse) -> CheckedAnswer | None:
    """Return what the model answered; `None` where the agent has what it wanted."""
    answer = next((one for one in response.result if isinstance(one, AIMessage)), None)
    if answer is None or response.structured_response is not None:
        return None
    done = {one.tool_call_id for one in response.result if isinstance(one, ToolMessage)}
    return CheckedAnswer(answer, done)
