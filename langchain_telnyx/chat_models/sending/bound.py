"""Models with bound fields, tools and schemas, composable in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import Field

from langchain_telnyx._shared.capabilities import StructuredOutputMethod
from langchain_telnyx._shared.refused_options import refuse
from langchain_telnyx.chat_models.sending.bindings import Binding, ForwardingBinding
from langchain_telnyx.chat_models.sending.composition import merge_fields
from langchain_telnyx.chat_models.sending.usable_answers import UsableModel
from langchain_telnyx.chat_models.tool_binding.tool_choice import ToolChoice, choose
from langchain_telnyx.chat_models.tool_binding.tools import AnyTool, to_tools, with_tools
from langchain_telnyx.client.call import JSON

if TYPE_CHECKING:
    # The type that `bind` returns in langchain-core, with typed streams of events.
    from langchain_core.language_models.chat_models import _ChatModelBinding as _TypedStreams

    from langchain_telnyx.chat_models.structured.output_parsers import AnswerParser
else:
    _TypedStreams = object


class BoundModel(Binding, _TypedStreams):
    """A `ChatTelnyx` with fields, tools or a configuration bound.

    It has `bind`, `bind_tools`, `with_config` and `with_structured_output` like the model, in any
    order. The last value of a field wins; tools and configurations add up.
    """

    def bind(self, **kwargs: Any) -> "BoundModel":
        """Return a model that sends these fields, too; see `ChatTelnyx.bind`.

        Args:
            **kwargs: Fields of the request body.

        Raises:
            ConfigurationError: One looks like a credential or a connection setting, or is a
                misspelt option.
        """
        refuse(kwargs, type(self.bound), "call")  # type: ignore[arg-type]  # a chat model
        return self.model_copy(update={"kwargs": merge_fields(self.kwargs, kwargs)})

    def bind_tools(
        self,
        tools: Sequence[AnyTool],
        *,
        tool_choice: ToolChoice | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        response_format: Any = None,
        **kwargs: Any,
    ) -> "BoundModel":
        """Bind more tools; see `ChatTelnyx.bind_tools`.

        Args:
            tools: The tools. A tool replaces an earlier one of the same name.
            tool_choice: Which of all bound tools to call.
            strict: Whether arguments must fit the schemas of these tools exactly.
            parallel_tool_calls: Whether one answer may call several tools.
            response_format: The format of the answer.
            **kwargs: Other fields of the request.

        Raises:
            ValueError: A tool cannot be converted, or `tool_choice` names none of them.
        """
        together = with_tools(self._tools(), to_tools(tools, strict=strict))
        choose(together, tool_choice)  # an unknown name is an error now, not on the call
        fields: JSON = {
            "tools": together or None,
            "tool_choice": tool_choice,
            "parallel_tool_calls": parallel_tool_calls,
            "response_format": _format(response_format, strict=strict),
        }
        if response_format is not None:  # a streamed draft cannot be withdrawn
            fields["stream_json"] = self.kwargs.get("stream_json", False)
        given = {name: value for name, value in fields.items() if value is not None}
        return self.bind(**{**given, **kwargs})

    def with_structured_output(
        self,
        schema: Any,
        *,
        method: StructuredOutputMethod = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[AnyTool] = (),
        max_repair_attempts: int = 0,
        **kwargs: Any,
    ) -> "StructuredModel":
        """Return a runnable whose output conforms to a schema, with the fields bound here.

        Args:
            schema: The schema; see `ChatTelnyx.with_structured_output`.
            method: How to send the schema.
            include_raw: Whether to return the message and the error as well.
            strict: Whether the server must enforce the schema.
            tools: Tools that the model may call before its final answer.
            max_repair_attempts: Maximum number of further requests after an answer that does not
                conform.
            **kwargs: Other fields of the request.

        Raises:
            ValueError: The schema cannot be converted to a JSON schema.
        """
        model = self.bind(**kwargs) if kwargs else self
        if tools:
            model = model.bind_tools(tools, strict=strict)
        structure = _Structure(
            schema, method, strict, max_repair_attempts=max_repair_attempts, include_raw=include_raw
        )
        made = StructuredModel.of(model._plain(), structure)  # noqa: SLF001 - of our own class
        return made.model_copy(update=self._config_fields())

    def with_usable_answers(self, *, retries: int = 2) -> UsableModel:
        """Return a model that retries answers that would end an agent's run without a result.

        For agents without middleware, such as graphs of LangGraph. An empty answer, an answer with
        invalid tool calls only, and an answer that calls unknown tools are sent back to the model
        with an error message, as by `TelnyxAnswerMiddleware`. Tokens that callbacks have received
        already are not withdrawn. A stream of the result yields the answer as one chunk.

        Args:
            retries: Maximum number of further calls of the model.

        Raises:
            ValueError: `retries` is negative.
            UnusableAnswerError: On a call: the answer is unusable after all retries.
        """
        return UsableModel.of(self._plain(), retries).model_copy(update=self._config_fields())

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[AnyTool] | None = None
    ) -> int:
        """Return the estimated tokens of a request, including the bound tools.

        Args:
            messages: The conversation.
            tools: Further tools.
        """
        together = with_tools(self._tools(), to_tools(tools or ()))
        tokens: int = self.bound.get_num_tokens_from_messages(messages, together or None)  # type: ignore[attr-defined]  # a chat model
        return tokens

    def _plain(self) -> "BoundModel":
        """Return the model without its configuration, which moves to the enclosing runnable."""
        return self.model_copy(update={"config": RunnableConfig(), "config_factories": []})

    def _config_fields(self) -> JSON:
        return {"config": self.config, "config_factories": self.config_factories}

    def _tools(self) -> list[JSON]:
        return to_tools(self.kwargs.get("tools") or ())


@dataclass(frozen=True)
class _Structure:
    """The options of `with_structured_output`."""

    schema: Any
    method: StructuredOutputMethod
    strict: bool | None
    max_repair_attempts: int
    include_raw: bool

    @cached_property
    def bindings(self) -> "tuple[JSON, AnswerParser]":
        """The fields to bind, and the parser of the answers."""
        from langchain_telnyx.chat_models.structured.bindings import structured_bindings  # noqa: PLC0415 - seldom used

        return structured_bindings(self.schema, self.method, strict=self.strict)

    def applied(self, model: BoundModel) -> BoundModel:
        """Return the model with the fields bound."""
        fields = dict(self.bindings[0])
        if own := fields.pop("tools", []):
            others = [each for each in model._tools() if _name(each) != _name(own[0])]  # noqa: SLF001 - of this module
            fields["tools"] = [*others, *own]
            fields["tool_choice"] = "required" if others else _name(own[0])
        return model.bind(**fields)

    def chain(self, bound: BoundModel) -> Runnable[Any, Any]:
        """Return the chain of a model and the parser of its answers."""
        from langchain_telnyx.chat_models.structured.bindings import with_raw  # noqa: PLC0415 - seldom used
        from langchain_telnyx.chat_models.structured.structured_retry import with_structured_retry  # noqa: PLC0415 - seldom used

        parser = self.bindings[1]
        model: Runnable[Any, Any] = bound
        if self.max_repair_attempts:
            as_messages = bound.bound._convert_input  # type: ignore[attr-defined]  # noqa: SLF001 - a chat model's
            model = with_structured_retry(
                model,
                parser,
                max_repair_attempts=self.max_repair_attempts,
                to_messages=lambda given: as_messages(given).to_messages(),
            )
        return with_raw(model, parser) if self.include_raw else model | parser


class StructuredModel(ForwardingBinding):
    """The result of `with_structured_output`: a model, and the parser of its answers.

    `bind`, `bind_tools` and a second `with_structured_output` change the request to the model.
    """

    # Fields, because langchain-core's binding looks up private attributes on `bound`. `Any`,
    # because pydantic would validate the models again. Excluded from serialization, because `bound`
    # is built from them.
    model: Any = Field(default=None, exclude=True, repr=False)
    """The model, without the schema."""

    structure: Any = Field(default=None, exclude=True, repr=False)
    """The options of `with_structured_output`."""

    @classmethod
    def of(cls, model: BoundModel, structure: Any) -> Self:
        """Return a runnable of a model and its options.

        Args:
            model: The model, without the schema.
            structure: The options of `with_structured_output`.
        """
        return cls(
            bound=structure.chain(structure.applied(model)),
            kwargs={},
            config={},
            model=model,
            structure=structure,
        )

    def bind(self, **kwargs: Any) -> "StructuredModel":
        """Return a model that sends these fields, too; see `ChatTelnyx.bind`.

        Args:
            **kwargs: Fields of the request body.
        """
        return self._with(self.model.bind(**kwargs))

    def bind_tools(self, tools: Sequence[AnyTool], **options: Any) -> "StructuredModel":
        """Bind tools that the model may call before its final answer; see `ChatTelnyx.bind_tools`.

        Args:
            tools: The tools.
            **options: Those of `ChatTelnyx.bind_tools`.
        """
        return self._with(self.model.bind_tools(tools, **options))

    def with_structured_output(self, schema: Any, **options: Any) -> "StructuredModel":
        """Return a runnable whose output conforms to another schema.

        Args:
            schema: The schema.
            **options: Those of `ChatTelnyx.with_structured_output`.
        """
        made: StructuredModel = self.model.with_structured_output(schema, **options)
        update = {"config": self.config, "config_factories": self.config_factories}
        return made.model_copy(update=update)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[AnyTool] | None = None
    ) -> int:
        """Return the estimated tokens of a request, including the bound tools.

        Args:
            messages: The conversation.
            tools: Further tools.
        """
        bound: BoundModel = self.structure.applied(self.model)
        return bound.get_num_tokens_from_messages(messages, tools)

    def _with(self, model: BoundModel) -> "StructuredModel":
        made = self.of(model, self.structure)
        update = {"config": self.config, "config_factories": self.config_factories}
        return made.model_copy(update=update)


class BindingMixin(BaseChatModel):
    """Methods of a chat model that return a `BoundModel`; a mixin."""

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> BoundModel:
        """Return a model with a configuration; see `Runnable.with_config`."""
        return self._bound().with_config(config, **kwargs)

    def with_listeners(self, **listeners: Any) -> BoundModel:
        """Return a model with listeners; see `Runnable.with_listeners`."""
        return self._bound().with_listeners(**listeners)

    def with_alisteners(self, **listeners: Any) -> BoundModel:
        """Return a model with async listeners; see `Runnable.with_alisteners`."""
        return self._bound().with_alisteners(**listeners)

    def with_types(self, *, input_type: Any = None, output_type: Any = None) -> BoundModel:
        """Return a model with these input and output types; see `Runnable.with_types`."""
        return self._bound().with_types(input_type=input_type, output_type=output_type)

    def bind(self, **kwargs: Any) -> BoundModel:
        """Return a model that sends these fields with each request.

        Args:
            **kwargs: Fields of the request body, and options of a call, see
                https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#instantiation

        Raises:
            ConfigurationError: One looks like a credential or a connection setting, or is a
                misspelt option.
        """
        return self._bound().bind(**kwargs)

    def with_usable_answers(self, *, retries: int = 2) -> UsableModel:
        """Return a model that retries answers that would end an agent's run without a result.

        For agents without middleware; see `BoundModel.with_usable_answers`.

        Args:
            retries: Maximum number of further calls of the model.

        Raises:
            ValueError: `retries` is negative.
            UnusableAnswerError: On a call: the answer is unusable after all retries.
        """
        return self._bound().with_usable_answers(retries=retries)

    def _bound(self) -> BoundModel:
        return BoundModel(bound=self, kwargs={}, config={})


def _name(tool: JSON) -> str:
    return str(tool["function"]["name"]) if tool.get("type") == "function" else ""


def _format(form: Any, *, strict: bool | None) -> JSON | None:
    if form is None:
        return None
    from langchain_telnyx.chat_models.structured.bindings import response_format  # noqa: PLC0415 - seldom used

    return response_format(form, strict=strict)


# Their public names, which `help` and pickles show.
BoundModel.__module__ = StructuredModel.__module__ = "langchain_telnyx.types"
