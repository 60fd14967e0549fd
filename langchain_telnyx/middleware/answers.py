"""`TelnyxAnswerMiddleware`: retries answers that would end an agent's run without a result."""

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
    """Retries answers that would end an agent's run without a result.

    An agent stops when an answer has no valid tool call. So it stops without a result when the
    answer is empty, has invalid tool calls only, or calls tools although there are none. Such an
    answer is sent back to the model with an error message. An answer with at least one valid call
    passes: the agent runs it, and reports the others. Only the last answer is added to the agent's
    state.

    Place it last in the list of middleware, so that it receives the tools that others add.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#tool-calling

    Args:
        retries: Maximum number of further requests before `UnusableAnswerError`.

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
        """Call the model, and retry unusable answers.

        Raises:
            UnusableAnswerError: The answer is unusable after all retries.
        """
        return run(
            self._attempts(request),
            lambda messages: handler(request.override(messages=messages)),
        )

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model, and retry unusable answers.

        Raises:
            UnusableAnswerError: The answer is unusable after all retries.
        """
        return await arun(
            self._attempts(request),
            lambda messages: handler(request.override(messages=messages)),
        )

    def _attempts(self, request: ModelRequest) -> Generator[Any, ModelResponse, ModelResponse]:
        return attempts(request.messages, tool_names(request.tools), self.retries, _answered)


def _answered(response: ModelResponse) -> CheckedAnswer | None:
    """Return the answer to check; `None` if the agent has its structured response."""
    answer = next((one for one in response.result if isinstance(one, AIMessage)), None)
    if answer is None or response.structured_response is not None:
        return None
    done = {one.tool_call_id for one in response.result if isinstance(one, ToolMessage)}
    return CheckedAnswer(answer, done)
