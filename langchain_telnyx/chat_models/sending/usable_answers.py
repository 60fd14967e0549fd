"""Retry of answers that would end an agent's run without a result."""

import logging
from collections.abc import Callable, Collection, Generator, Sequence
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import Field

from langchain_telnyx.chat_models.sending.bindings import ForwardingBinding
from langchain_telnyx.chat_models.tool_binding.tools import AnyTool

logger = logging.getLogger(__name__)

_MAX_SHOWN = 500


class CheckedAnswer(NamedTuple):
    """An answer of a model.

    Attributes:
        answer: The answer.
        done: The ids of its tool calls that have a result already.
    """

    answer: AIMessage
    done: Collection[str] = ()


R = TypeVar("R")
Attempts: TypeAlias = Generator[Sequence[BaseMessage], R, R]


class _Fault(NamedTuple):
    """The reason why an answer is unusable, and the messages that explain it to the model."""

    reason: str
    feedback: list[BaseMessage]


def check_retries(retries: int) -> int:
    """Check the number of retries, and return it.

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
        retries: Maximum number of requests after the first.
        read: Returns the answer in a response; `None` where the response needs no check.

    Raises:
        UnusableAnswerError: The answer is unusable after all retries.
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
            break  # a retry would be filtered again
        if attempt < retries:
            logger.warning("Retrying the model call: %s", fault.reason)
        messages = [*messages, *fault.feedback]
    from langchain_telnyx.client.answer_errors import UnusableAnswerError  # noqa: PLC0415 - seldom raised

    raise UnusableAnswerError(
        f"The model returned {len(answers)} unusable answers; of the last, "
        f"{reasons[-1]} Use another model, or increase `retries` or `max_tokens`.",
        answers,
        reasons,
    )


def tool_names(tools: Sequence[Any]) -> list[str]:
    """Return the names of tools, in LangChain's or the API's format."""
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
    """A model that retries unusable answers."""

    model: Any
    retries: int

    def invoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> AIMessage:
        request: Any = self._request  # takes a configuration instead of a run manager
        return self._call_with_config(request, input, config)

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> AIMessage:
        request: Any = self._arequest  # takes a configuration instead of a run manager
        return await self._acall_with_config(request, input, config)

    def _request(self, input: Any, config: RunnableConfig) -> AIMessage:  # noqa: A002 - core's
        from langchain_telnyx._shared.steps import run  # noqa: PLC0415 - for the first call

        return run(self._attempts(input), lambda messages: self.model.invoke(messages, config))

    async def _arequest(self, input: Any, config: RunnableConfig) -> AIMessage:  # noqa: A002 - core's
        from langchain_telnyx._shared.steps import arun  # noqa: PLC0415 - for the first call

        attempts = self._attempts(input)
        return await arun(attempts, lambda messages: self.model.ainvoke(messages, config))

    def _attempts(self, input: Any) -> Attempts[AIMessage]:  # noqa: A002 - core's
        messages = self.model.bound._convert_input(input).to_messages()  # noqa: SLF001 - a chat model's
        tools = tool_names(self.model.kwargs.get("tools") or ())
        return attempts(messages, tools, self.retries, CheckedAnswer)


class UsableModel(ForwardingBinding):
    """The result of `with_usable_answers`: a model that retries unusable answers.

    `bind`, `bind_tools` and `with_structured_output` change the request to the model.
    """

    # Fields, because langchain-core's binding looks up private attributes on `bound`. Excluded from
    # serialization, because `bound` is built from them.
    model: Any = Field(default=None, exclude=True, repr=False)
    """The model."""

    retries: int = Field(default=2, exclude=True, repr=False)
    """Maximum number of further calls."""

    @classmethod
    def of(cls, model: Any, retries: int) -> Self:
        """Return a model that retries unusable answers.

        Args:
            model: A `BoundModel`.
            retries: Maximum number of further calls.

        Raises:
            ValueError: `retries` is negative.
        """
        retried = _RetriedModel(model=model, retries=check_retries(retries))
        return cls(bound=retried, kwargs={}, config={}, model=model, retries=retries)

    def bind(self, **kwargs: Any) -> Self:
        """Return a model that sends these fields, too; see `ChatTelnyx.bind`.

        Args:
            **kwargs: Fields of the request body.
        """
        return self._with(self.model.bind(**kwargs))

    def bind_tools(self, tools: Sequence[AnyTool], **options: Any) -> Self:
        """Bind tools; see `ChatTelnyx.bind_tools`.

        Args:
            tools: The tools.
            **options: Those of `ChatTelnyx.bind_tools`.
        """
        return self._with(self.model.bind_tools(tools, **options))

    def with_structured_output(self, schema: Any, **options: Any) -> Any:
        """Return a runnable whose output conforms to a schema; without these retries.

        Args:
            schema: The schema.
            **options: Those of `ChatTelnyx.with_structured_output`.
        """
        return self.model.with_structured_output(schema, **options)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[AnyTool] | None = None
    ) -> int:
        """Return the estimated tokens of a request, including the bound tools.

        Args:
            messages: The conversation.
            tools: Further tools.
        """
        tokens: int = self.model.get_num_tokens_from_messages(messages, tools)
        return tokens

    def _with(self, model: Any) -> Self:
        made = self.of(model, self.retries)
        update = {"config": self.config, "config_factories": self.config_factories}
        return made.model_copy(update=update)


def _fault(answered: CheckedAnswer, tools: Sequence[str]) -> _Fault | None:
    """Return why an answer is unusable; `None` if an agent can continue with it."""
    answer, done = answered
    unknown = [call for call in answer.tool_calls if call["name"] not in tools]
    if len(unknown) < len(answer.tool_calls) or any(call["id"] in done for call in unknown):
        return None
    errors = [
        (call["id"], f"the tool {call['name']!r} does not exist; {_available(tools)}")
        for call in unknown
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
    if (error := _error_of_markup(answer.text, tools)) is not None:
        return _Fault(error, [answer, HumanMessage(f"Error: {error}")])
    if _has_content(answer):
        return None
    reason = f"the answer is empty ({_finish(answer)})."
    again = "Your last answer was empty. Answer the request, or call a tool."
    return _Fault(reason, [HumanMessage(again)])


def _error_of_markup(text: str, tools: Sequence[str]) -> str | None:
    """Return why a call in the text cannot be run; `None` if there is none."""
    from langchain_telnyx.chat_models.repair.whole_texts import unoffered_calls  # noqa: PLC0415 - loaded by a call

    found = unoffered_calls(text)
    if found.calls:
        return f"the tool {found.calls[0]!r} does not exist; {_available(tools)}"
    if found.unread:
        return (
            f"the call in the text cannot be read: {found.unread[0]!r}. "
            f"Repeat the call with a JSON object as arguments."
        )
    return None


def _unreadable(name: str | None, args: str | None, answer: AIMessage) -> str:
    cut = ", because the answer reached its token limit" if _finish(answer) == "length" else ""
    return (
        f"the arguments of {name!r} are not a JSON object{cut}: {(args or '')[:_MAX_SHOWN]!r}. "
        f"Repeat the call with a JSON object as arguments."
    )


def _available(tools: Sequence[str]) -> str:
    if not tools:
        return "no tools are available: answer in text."
    return f"available tools: {', '.join(map(repr, tools))}."


def _finish(answer: AIMessage) -> str:
    return str(answer.response_metadata.get("finish_reason") or "without a finish reason")


def _has_content(answer: AIMessage) -> bool:
    from langchain_telnyx.chat_models.history_adapter.messages import text_beside_content  # noqa: PLC0415 - loaded by a call

    if answer.text.strip() or text_beside_content(answer):
        return True
    blocks = [] if isinstance(answer.content, str) else answer.content
    shown = {"image", "audio", "video", "file", "refusal"}
    return any(isinstance(block, dict) and block.get("type") in shown for block in blocks)


# The public name, for `help` and pickles.
UsableModel.__module__ = "langchain_telnyx.types"
