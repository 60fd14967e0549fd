"""Answers that do not fit are shown to the model with what is wrong, and asked for again."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from langchain_telnyx.chat_models.structured.output_parsers import AnswerParser

Asking: TypeAlias = Generator[Sequence[BaseMessage], AIMessage, AIMessage]

# Of langchain-core since 1.7.5.
_REFUSED: type[Exception] = getattr(exceptions, "ModelRefusalError", OutputParserException)
_LINK = "\nFor troubleshooting, visit: "
_AGAIN = "Answer again, with nothing but what was asked for."


def mended(
    model: Runnable[Any, Any],
    parser: AnswerParser,
    *,
    repairs: int,
    to_messages: Callable[[Any], Sequence[BaseMessage]],
) -> Runnable[Any, AIMessage]:
    """Return a model that is asked again until its answer fits.

    What does not fit after the last repair is returned as it is, for the parser to refuse. An
    answer that was cut, and one that calls other tools, is not asked for again: it would be cut
    again, and the caller has something to do first.

    Args:
        model: The model.
        parser: Tells whether an answer fits.
        repairs: How often to ask again at most.
        to_messages: Makes messages of whatever a chat model takes.
    """

    def steps(given: Any) -> Asking:
        return _asking(to_messages(given), parser, repairs)

    def ask(given: Any, config: RunnableConfig) -> AIMessage:
        asking = steps(given)
        try:
            messages = next(asking)
            while True:
                messages = asking.send(model.invoke(messages, config))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # what `Asking` returns

    async def aask(given: Any, config: RunnableConfig) -> AIMessage:
        asking = steps(given)
        try:
            messages = next(asking)
            while True:
                messages = asking.send(await model.ainvoke(messages, config))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # what `Asking` returns

    return RunnableLambda(ask, aask, name="ask_until_it_fits")


def _asking(messages: Sequence[BaseMessage], parser: AnswerParser, repairs: int) -> Asking:
    """Yield what to ask, be sent the answer, and return the one to keep."""
    for _ in range(repairs):
        answer = yield messages
        try:
            parser.read(answer)
        except OutputParserException as error:
            if not _is_mendable(answer, parser):
                return answer
            messages = [*messages, answer, *objections(answer, error)]
        except _REFUSED:
            return answer
        else:
            return answer
    return (yield messages)


def _is_mendable(answer: AIMessage, parser: AnswerParser) -> bool:
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
