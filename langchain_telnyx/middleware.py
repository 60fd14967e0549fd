"""Middleware for agents: broken histories are sent, no run ends in silence, tasks choose models.

For agents of `langchain.agents.create_agent`; needs the package `langchain`.
"""

import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, NamedTuple, TypeAlias

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from langchain_telnyx._chat.messages import spoken_beside
from langchain_telnyx.client.answer_errors import UnusableAnswerError
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
_SHOWN_AT_MOST = 500


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


class _Fault(NamedTuple):
    """What is wrong with an answer, and the messages that tell the model so."""

    reason: str
    feedback: list[BaseMessage]


_Attempts: TypeAlias = Generator[ModelRequest, ModelResponse, ModelResponse]


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
        if retries < 0:
            raise ValueError(f"`retries` must be at least 0, not {retries}.")
        self.retries = retries

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse:
        """Call the model, again where its answer is of no use.

        Raises:
            UnusableAnswerError: The last answer that is allowed is of no use either.
        """
        steps = self._attempts(request)
        request = next(steps)
        while True:
            response = handler(request)
            try:
                request = steps.send(response)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # the generator's result

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model, again where its answer is of no use.

        Raises:
            UnusableAnswerError: The last answer that is allowed is of no use either.
        """
        steps = self._attempts(request)
        request = next(steps)
        while True:
            response = await handler(request)
            try:
                request = steps.send(response)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # the generator's result

    def _attempts(self, request: ModelRequest) -> _Attempts:
        answers: list[AIMessage] = []
        reasons: list[str] = []
        for attempt in range(self.retries + 1):
            response = yield request
            answer = next((one for one in response.result if isinstance(one, AIMessage)), None)
            if answer is None or response.structured_response is not None:
                return response
            fault = _fault(answer, response.result, _names(request.tools))
            if fault is None:
                return response
            answers.append(answer)
            reasons.append(fault.reason)
            if _finish(answer) == "content_filter":
                break  # the same request is filtered again
            if attempt < self.retries:
                logger.warning("The model is called again: %s", fault.reason)
            messages: Any = [*request.messages, *fault.feedback]
            request = request.override(messages=messages)
        raise UnusableAnswerError(
            f"The model gave {len(answers)} answers that no agent can go on with; of the last, "
            f"{reasons[-1]} Call another model, or raise `retries` or `max_tokens`.",
            answers,
            reasons,
        )


def _fault(answer: AIMessage, result: Sequence[BaseMessage], tools: Sequence[str]) -> _Fault | None:
    """Return what is wrong with an answer; `None` where an agent can go on with it."""
    done = {one.tool_call_id for one in result if isinstance(one, ToolMessage)}
    unknown = [call for call in answer.tool_calls if call["name"] not in tools]
    if len(unknown) < len(answer.tool_calls) or any(call["id"] in done for call in unknown):
        return None
    errors = [
        (call["id"], f"there is no tool {call['name']!r}; {_offer(tools)}") for call in unknown
    ]
    errors += [
        (call["id"], _unreadable(call["name"], call["args"], answer))
        for call in answer.invalid_tool_calls
    ]
    if errors:
        feedback: list[BaseMessage] = [answer]
        feedback += [
            ToolMessage(f"Error: {error}", tool_call_id=identity or "", status="error")
            for identity, error in errors
        ]
        return _Fault(" ".join(error for _, error in errors), feedback)
    if _speaks(answer):
        return None
    reason = f"the answer is empty ({_finish(answer)})."
    again = "Your last answer was empty. Answer the request, or call a tool."
    return _Fault(reason, [HumanMessage(again)])


def _unreadable(name: str | None, args: str | None, answer: AIMessage) -> str:
    cut = ", as the answer was cut by its output cap" if _finish(answer) == "length" else ""
    return (
        f"the arguments of {name!r} are no JSON object{cut}: {(args or '')[:_SHOWN_AT_MOST]!r}. "
        f"Call it again with arguments that are."
    )


def _offer(tools: Sequence[str]) -> str:
    return f"there are {', '.join(map(repr, tools))}." if tools else "there are none: answer."


def _finish(answer: AIMessage) -> str:
    return str(answer.response_metadata.get("finish_reason") or "without a finish reason")


def _speaks(answer: AIMessage) -> bool:
    if answer.text.strip() or spoken_beside(answer):
        return True
    blocks = [] if isinstance(answer.content, str) else answer.content
    shown = {"image", "audio", "video", "file", "refusal"}
    return any(isinstance(block, dict) and block.get("type") in shown for block in blocks)


def _names(tools: Sequence[Any]) -> list[str]:
    """Return the names by which a model calls tools, of LangChain's and of the API's form."""
    names = []
    for tool in tools:
        if isinstance(tool, dict):
            function = tool.get("function")
            name = function.get("name") if isinstance(function, dict) else tool.get("name")
        else:
            name = getattr(tool, "name", None)
        if isinstance(name, str):
            names.append(name)
    return names
