"""Retry of answers that do not conform to a schema."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from langchain_telnyx._shared.steps import arun, run
from langchain_telnyx.chat_models.structured.output_parsers import AnswerParser

Attempts: TypeAlias = Generator[Sequence[BaseMessage], AIMessage, AIMessage]

# Part of langchain-core since 1.7.5.
_REFUSAL_ERROR: type[Exception] = getattr(exceptions, "ModelRefusalError", OutputParserException)
_LINK = "\nFor troubleshooting, visit: "
_AGAIN = "Answer again, with the requested output only."


def with_structured_retry(
    model: Runnable[Any, Any],
    parser: AnswerParser,
    *,
    max_repair_attempts: int,
    to_messages: Callable[[Any], Sequence[BaseMessage]],
) -> Runnable[Any, AIMessage]:
    """Return a model that retries until its answer conforms.

    After the last attempt, the answer is returned as it is, and the parser raises the error.
    Answers that are truncated or call other tools are not retried: a retry would be truncated
    again, and tool calls need their results first.

    Args:
        model: The model.
        parser: The parser that checks the answers.
        max_repair_attempts: Maximum number of further requests.
        to_messages: Converts the input of a chat model to messages.
    """

    def request(input: Any, config: RunnableConfig) -> AIMessage:  # noqa: A002 - core's
        attempts = _attempts(to_messages(input), parser, max_repair_attempts)
        return run(attempts, lambda messages: model.invoke(messages, config))

    async def arequest(input: Any, config: RunnableConfig) -> AIMessage:  # noqa: A002 - core's
        attempts = _attempts(to_messages(input), parser, max_repair_attempts)
        return await arun(attempts, lambda messages: model.ainvoke(messages, config))

    return RunnableLambda(request, arequest, name="retry_until_valid")


def _attempts(
    messages: Sequence[BaseMessage], parser: AnswerParser, max_repair_attempts: int
) -> Attempts:
    """Yield messages for the model, receive its answers, and return the final one."""
    for _ in range(max_repair_attempts):
        answer = yield messages
        try:
            parser.read(answer)
        except OutputParserException as error:
            if not _can_be_retried(answer, parser):
                return answer
            messages = [*messages, answer, *correction_messages(answer, error)]
        except _REFUSAL_ERROR:
            return answer
        else:
            return answer
    return (yield messages)


def _can_be_retried(answer: AIMessage, parser: AnswerParser) -> bool:
    if answer.response_metadata.get("finish_reason") == "length":
        return False
    ours = getattr(parser, "function", None)
    return all(call["name"] == ours for call in answer.tool_calls)


def correction_messages(answer: AIMessage, why: object) -> list[BaseMessage]:
    """Return the messages that request a corrected answer.

    Args:
        answer: The answer.
        why: The error.
    """
    # langchain-core appends a link, which is not for the model.
    text = f"{str(why).partition(_LINK)[0]}\n{_AGAIN}"
    calls = [*answer.tool_calls, *answer.invalid_tool_calls]
    if not calls:
        return [HumanMessage(text)]
    # The API requires a result for each tool call.
    return [ToolMessage(text, tool_call_id=call["id"] or "", status="error") for call in calls]
