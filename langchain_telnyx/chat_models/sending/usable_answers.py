"""Answers that an agent can go on with: others go back to the model, with what is wrong."""

import logging
from collections.abc import Callable, Collection, Generator, Sequence
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import Field

from langchain_telnyx._shared.steps import arun, run
from langchain_telnyx.chat_models.sending.bindings import ForwardingBinding
from langchain_telnyx.chat_models.tool_binding.tools import AnyTool
from langchain_telnyx.client.answer_errors import UnusableAnswerError

logger = logging.getLogger(__name__)

_SHOWN_AT_MOST = 500


class CheckedAnswer(NamedTuple):
    """What a model answered.

    Attributes:
        answer: The answer.
        done: The ids of its calls that have a result already.
    """

    answer: AIMessage
    done: Collection[str] = ()


R = TypeVar("R")
Attempts: TypeAlias = Generator[Sequence[BaseMessage], R, R]


class _Fault(NamedTuple):
    """What is wrong with an answer, and the messages that tell the model so."""

    reason: str
    feedback: list[BaseMessage]


def check_retries(retries: int) -> int:
    """Return a number of retries.

    Raises:
        ValueError: It is negative.
    """
    if retries < 0:
        raise ValueError(f"`retries` must be at least 0, not {retries}.")
    return retries


def attempts(
    messages: Sequence[BaseMessage],
    tools: Sequence[str],
    retries: int,
    read: Callable[[R], CheckedAnswer | None],
) -> Attempts[R]:
    """Yield messages for a model, receive its response, and return the first usable one.

    Args:
        messages: The conversation.
        tools: The names of the tools that the model may call.
        retries: Requests at most after the first.
        read: Returns the answer in a response; `None` where the response needs no check.

    Raises:
        UnusableAnswerError: The last answer that is allowed is of no use either.
    """
    answers: list[AIMessage] = []
    reasons: list[str] = []
    for attempt in range(retries + 1):
        response = yield messages
        answered = read(response)
        if answered is None or (fault := _fault(answered, tools)) is None:
            return response
        answers.append(answered.answer)
        reasons.append(fault.reason)
        if _finish(answered.answer) == "content_filter":
            break  # the same request is filtered again
        if attempt < retries:
            logger.warning("The model is called again: %s", fault.reason)
        messages = [*messages, *fault.feedback]
    raise UnusableAnswerError(
        f"The model gave {len(answers)} answers that no agent can go on with; of the last, "
        f"{reasons[-1]} Call another model, or raise `retries` or `max_tokens`.",
        answers,
        reasons,
    )


def tool_names(tools: Sequence[Any]) -> list[str]:
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


class _RetriedModel(RunnableSerializable[LanguageModelInput, AIMessage]):
    """A model that is called again where its answer is of no use."""

    model: Any
    retries: int

    def invoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> AIMessage:
        request: Any = self._request  # which takes a configuration, and no run manager
        return self._call_with_config(request, input, config)

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> AIMessage:
        request: Any = self._arequest  # which takes a configuration, and no run manager
        return await self._acall_with_config(request, input, config)

    def _request(self, input: Any, config: RunnableConfig) -> AIMessage:  # noqa: A002 - core's
        return run(self._attempts(input), lambda messages: self.model.invoke(messages, config))

    async def _arequest(self, input: Any, config: RunnableConfig) -> AIMessage:  # noqa: A002 - core's
        attempts = self._attempts(input)
        return await arun(attempts, lambda messages: self.model.ainvoke(messages, config))

    def _attempts(self, input: Any) -> Attempts[AIMessage]:  # noqa: A002 - core's
        messages = self.model.bound._convert_input(input).to_messages()  # noqa: SLF001 - a chat model's
        tools = tool_names(self.model.kwargs.get("tools") or ())
        return attempts(messages, tools, self.retries, CheckedAnswer)


class UsableModel(ForwardingBinding):
    """What `with_usable_answers` returns: a model of which no answer ends an agent in silence.

    `bind`, `bind_tools` and `with_structured_output` change the request to the model.
    """

    # Fields, as core's binding looks for private attributes on what is bound. They are not
    # written down: `bound` is made of them.
    model: Any = Field(default=None, exclude=True, repr=False)
    """The model."""

    retries: int = Field(default=2, exclude=True, repr=False)
    """How often it is called again."""

    @classmethod
    def of(cls, model: Any, retries: int) -> Self:
        """Return a model of which every answer is of use.

        Args:
            model: A `BoundModel`.
            retries: How often to call it again.

        Raises:
            ValueError: `retries` is negative.
        """
        retried = _RetriedModel(model=model, retries=check_retries(retries))
        return cls(bound=retried, kwargs={}, config={}, model=model, retries=retries)

    def bind(self, **kwargs: Any) -> Self:
        """Return a model that sends these fields too; see `ChatTelnyx.bind`.

        Args:
            **kwargs: Fields of the request.
        """
        return self._with(self.model.bind(**kwargs))

    def bind_tools(self, tools: Sequence[AnyTool], **options: Any) -> Self:
        """Return a model that may call tools; see `ChatTelnyx.bind_tools`.

        Args:
            tools: The tools.
            **options: Those of `ChatTelnyx.bind_tools`.
        """
        return self._with(self.model.bind_tools(tools, **options))

    def with_structured_output(self, schema: Any, **options: Any) -> Any:
        """Return a model whose answers fit a schema, and are an error where they do not.

        Args:
            schema: The schema.
            **options: Those of `ChatTelnyx.with_structured_output`.
        """
        return self.model.with_structured_output(schema, **options)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[AnyTool] | None = None
    ) -> int:
        """Return about how many tokens a request will have, with the tools bound here.

        Args:
            messages: The conversation.
            tools: What would be bound beside them.
        """
        tokens: int = self.model.get_num_tokens_from_messages(messages, tools)
        return tokens

    def _with(self, model: Any) -> Self:
        made = self.of(model, self.retries)
        update = {"config": self.config, "config_factories": self.config_factories}
        return made.model_copy(update=update)


def _fault(answered: CheckedAnswer, tools: Sequence[str]) -> _Fault | None:
    """Return what is wrong with an answer; `None` where an agent can go on with it."""
    answer, done = answered
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
    from langchain_telnyx.chat_models.history_adapter.messages import spoken_beside  # noqa: PLC0415 - loaded by a call

    if answer.text.strip() or spoken_beside(answer):
        return True
    blocks = [] if isinstance(answer.content, str) else answer.content
    shown = {"image", "audio", "video", "file", "refusal"}
    return any(isinstance(block, dict) and block.get("type") in shown for block in blocks)


# Its public name, which `help` and pickles show.
UsableModel.__module__ = "langchain_telnyx.types"
