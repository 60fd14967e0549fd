"""Models with something bound: what is bound in any order holds, and nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import Field

from langchain_telnyx._shared.refused_options import refuse
from langchain_telnyx.chat_models.sending.bindings import Binding, ForwardingBinding
from langchain_telnyx.chat_models.sending.composition import merge_fields
from langchain_telnyx.chat_models.sending.parameters import Method
from langchain_telnyx.chat_models.sending.usable_answers import UsableModel
from langchain_telnyx.chat_models.tool_binding.tool_choice import ToolChoice, choose
from langchain_telnyx.chat_models.tool_binding.tools import AnyTool, to_tools, with_tools
from langchain_telnyx.client.call import JSON

if TYPE_CHECKING:
    # What `bind` returns in langchain-core: a binding that says what its streams of events are.
    from langchain_core.language_models.chat_models import _ChatModelBinding as _TypedStreams

    from langchain_telnyx.chat_models.structured.output_parsers import AnswerParser
else:
    _TypedStreams = object


class BoundModel(Binding, _TypedStreams):
    """A `ChatTelnyx` with fields, tools or a configuration bound.

    It has `bind`, `bind_tools`, `with_config` and `with_structured_output` as the model has them,
    in any order: of one field the value bound last holds, tools and configurations add up.
    """

    def bind(self, **kwargs: Any) -> "BoundModel":
        """Return a model that sends these fields too; see `ChatTelnyx.bind`.

        Args:
            **kwargs: Fields of the request.

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
        """Return a model that may call these tools too; see `ChatTelnyx.bind_tools`.

        Args:
            tools: The tools. One of the name of a tool bound before takes its place.
            tool_choice: Which to call, of all that are bound.
            strict: Whether arguments must fit the schemas of these tools exactly.
            parallel_tool_calls: Whether one answer may call several tools.
            response_format: What form the answer must have.
            **kwargs: Other fields of the request.

        Raises:
            ValueError: A tool cannot be converted, or `tool_choice` names none of them.
        """
        together = with_tools(self._tools(), to_tools(tools, strict=strict))
        choose(together, tool_choice)  # an unknown one is refused now, and not at the call
        fields: JSON = {
            "tools": together or None,
            "tool_choice": tool_choice,
            "parallel_tool_calls": parallel_tool_calls,
            "response_format": _format(response_format, strict=strict),
        }
        if response_format is not None:  # a draft that went out cannot be taken back
            fields["stream_json"] = self.kwargs.get("stream_json", False)
        given = {name: value for name, value in fields.items() if value is not None}
        return self.bind(**{**given, **kwargs})

    def with_structured_output(
        self,
        schema: Any,
        *,
        method: Method = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[AnyTool] = (),
        max_repair_attempts: int = 0,
        **kwargs: Any,
    ) -> "StructuredModel":
        """Return a model whose answers fit a schema, with all that is bound here.

        Args:
            schema: The schema; see `ChatTelnyx.with_structured_output`.
            method: How to ask for it.
            include_raw: Whether to return the message and the error, too.
            strict: Whether an answer that does not fit is to fail at the server.
            tools: Tools that the model may call instead of answering.
            max_repair_attempts: How many more requests to send for an answer that fits.
            **kwargs: Other fields of the request.

        Raises:
            ValueError: There is no JSON schema of it.
        """
        model = self.bind(**kwargs) if kwargs else self
        if tools:
            model = model.bind_tools(tools, strict=strict)
        structure = _Structure(
            schema, method, strict, max_repair_attempts=max_repair_attempts, include_raw=include_raw
        )
        made = StructuredModel.of(model._plain(), structure)  # noqa: SLF001 - of our own class
        return made.model_copy(update=self._configured())

    def with_usable_answers(self, *, retries: int = 2) -> UsableModel:
        """Return a model of which no answer ends an agent in silence.

        For agents without middleware, such as graphs of LangGraph. An answer without a word, one
        of whose calls none can be read, and one that calls tools that are not bound, goes back to
        the model with what is wrong with it, as by `TelnyxAnswerMiddleware`. What was streamed of
        it to callbacks is not taken back. A stream of the result gives the answer whole.

        Args:
            retries: How often to call the model again.

        Raises:
            ValueError: `retries` is negative.
            UnusableAnswerError: At a call: the last answer that is allowed is of no use either.
        """
        return UsableModel.of(self._plain(), retries).model_copy(update=self._configured())

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[AnyTool] | None = None
    ) -> int:
        """Return about how many tokens a request will have, with the tools bound here.

        Args:
            messages: The conversation.
            tools: What would be bound beside them.
        """
        together = with_tools(self._tools(), to_tools(tools or ()))
        tokens: int = self.bound.get_num_tokens_from_messages(messages, together or None)  # type: ignore[attr-defined]  # a chat model
        return tokens

    def _plain(self) -> "BoundModel":
        """Return the model without its configuration, which is that of what it becomes part of."""
        return self.model_copy(update={"config": RunnableConfig(), "config_factories": []})

    def _configured(self) -> JSON:
        return {"config": self.config, "config_factories": self.config_factories}

    def _tools(self) -> list[JSON]:
        return to_tools(self.kwargs.get("tools") or ())


@dataclass(frozen=True)
class _Structure:
    """The options of `with_structured_output`."""

    schema: Any
    method: Method
    strict: bool | None
    max_repair_attempts: int
    include_raw: bool

    @cached_property
    def bindings(self) -> "tuple[JSON, AnswerParser]":
        """What to bind, and what reads the answers."""
        from langchain_telnyx.chat_models.structured.bindings import structured_bindings  # noqa: PLC0415 - seldom used

        return structured_bindings(self.schema, self.method, strict=self.strict)

    def applied(self, model: BoundModel) -> BoundModel:
        """Return the model with the fields of such answers."""
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
    """What `with_structured_output` returns: a model, and the parser of its answers.

    `bind`, `bind_tools` and a second `with_structured_output` change the request to the model.
    """

    # Fields, as core's binding looks for private attributes on what is bound. `Any`, as a class
    # is not validated anew by its own fields. They are not written down: `bound` is made of them.
    model: Any = Field(default=None, exclude=True, repr=False)
    """The model, without the form of its answers."""

    structure: Any = Field(default=None, exclude=True, repr=False)
    """The form."""

    @classmethod
    def of(cls, model: BoundModel, structure: Any) -> Self:
        """Return a model's answers, in a form.

        Args:
            model: The model, without that form.
            structure: The form.
        """
        return cls(
            bound=structure.chain(structure.applied(model)),
            kwargs={},
            config={},
            model=model,
            structure=structure,
        )

    def bind(self, **kwargs: Any) -> "StructuredModel":
        """Return a model that sends these fields too; see `ChatTelnyx.bind`.

        Args:
            **kwargs: Fields of the request.
        """
        return self._with(self.model.bind(**kwargs))

    def bind_tools(self, tools: Sequence[AnyTool], **options: Any) -> "StructuredModel":
        """Return a model that may call tools instead of answering; see `ChatTelnyx.bind_tools`.

        Args:
            tools: The tools.
            **options: Those of `ChatTelnyx.bind_tools`.
        """
        return self._with(self.model.bind_tools(tools, **options))

    def with_structured_output(self, schema: Any, **options: Any) -> "StructuredModel":
        """Return a model whose answers fit another schema.

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
        """Return about how many tokens a request will have, with all that is bound.

        Args:
            messages: The conversation.
            tools: What would be bound beside them.
        """
        bound: BoundModel = self.structure.applied(self.model)
        return bound.get_num_tokens_from_messages(messages, tools)

    def _with(self, model: BoundModel) -> "StructuredModel":
        made = self.of(model, self.structure)
        update = {"config": self.config, "config_factories": self.config_factories}
        return made.model_copy(update=update)


class BindingMixin(BaseChatModel):
    """Makes what is bound to a chat model a `BoundModel`; a mixin."""

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> BoundModel:
        """Return a model that runs with this configuration; see `Runnable.with_config`."""
        return self._bound().with_config(config, **kwargs)

    def with_listeners(self, **listeners: Any) -> BoundModel:
        """Return a model whose runs are listened to; see `Runnable.with_listeners`."""
        return self._bound().with_listeners(**listeners)

    def with_alisteners(self, **listeners: Any) -> BoundModel:
        """Return a model whose runs are listened to; see `Runnable.with_alisteners`."""
        return self._bound().with_alisteners(**listeners)

    def with_types(self, *, input_type: Any = None, output_type: Any = None) -> BoundModel:
        """Return a model that is of these types to other runnables."""
        return self._bound().with_types(input_type=input_type, output_type=output_type)

    def bind(self, **kwargs: Any) -> BoundModel:
        """Return a model that sends these fields with each request.

        Args:
            **kwargs: Fields of the request, and options of a call: see `docs/chat.md`.

        Raises:
            ConfigurationError: One looks like a credential or a connection setting, or is a
                misspelt option.
        """
        return self._bound().bind(**kwargs)

    def with_usable_answers(self, *, retries: int = 2) -> UsableModel:
        """Return a model of which no answer ends an agent in silence.

        For agents without middleware; see `BoundModel.with_usable_answers`.

        Args:
            retries: How often to call the model again where its answer is of no use.

        Raises:
            ValueError: `retries` is negative.
            UnusableAnswerError: At a call: the last answer that is allowed is of no use either.
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
