"""Answers that do not fit are shown to the model with what is wrong, and asked for again."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from langchain_telnyx._shared.steps import arun, run
from langchain_telnyx.chat_models.structured.output_parsers import AnswerParser

Attempts: TypeAlias = Generator[Sequence[BaseMessage], AIMessage, AIMessage]

# Of langchain-core since 1.7.5.
_REFUSED: type[Exception] = getattr(exceptions, "ModelRefusalError", OutputParserException)
_LINK = "\nFor troubleshooting, visit: "
_AGAIN = "Answer again, with nothing but what was asked for."


def with_structured_retry(
    model: Runnable[Any, Any],
    parser: AnswerParser,
    *,
    max_repair_attempts: int,
    to_messages: Callable[[Any], Sequence[BaseMessage]],
) -> Runnable[Any, AIMessage]:
    """Return a model that is asked again until its answer fits.

    What does not fit after the last repair is returned as it is, for the parser to refuse. An
    answer that was cut, and one that calls other tools, is not asked for again: it would be cut
    again, and the caller has something to do first.

    Args:
        model: The model.
        parser: Tells whether an answer fits.
        max_repair_attempts: How often to ask again at most.
        to_messages: Makes messages of whatever a chat model takes.
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
    """Yield what to ask, be sent the answer, and return the one to keep."""
    for _ in range(max_repair_attempts):
        answer = yield messages
        try:
            parser.read(answer)
        except OutputParserException as error:
            if not _can_be_retried(answer, parser):
                return answer
            messages = [*messages, answer, *objections(answer, error)]
        except _REFUSED:
            return answer
        else:
            return answer
    return (yield messages)


def _can_be_retried(answer: AIMessage, parser: AnswerParser) -> bool:
    if answer.response_metadata.get("finish_reason") == "length":
        return False
    ours = getattr(parser, "function", None)
    return all(call["name"] == ours for call in answer.tool_calls)


def objections(answer: AIMessage, why: object) -> list[BaseMessage]:
    """Return what to answer a model whose answer does not fit.

    Args:
        answer: The answer.
        why: What is wrong with it.
    """
    # langchain-core ends the message with a link, which is for people.
    text = f"{str(why).partition(_LINK)[0]}\n{_AGAIN}"
    calls = [*answer.tool_calls, *answer.invalid_tool_calls]
    if not calls:
        return [HumanMessage(text)]
    # Each call must have its result, or the API refuses the conversation.
    return [ToolMessage(text, tool_call_id=call["id"] or "", status="error") for call in calls]
