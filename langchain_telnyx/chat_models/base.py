"""`ChatTelnyx`: Telnyx's chat completions as a LangChain chat model."""

import inspect
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import model_validator

from langchain_telnyx._shared.capabilities import MEMORY
from langchain_telnyx._shared.connect import Serialised
from langchain_telnyx._shared.errors import model_errors
from langchain_telnyx._shared.migration.chat import CHAT
from langchain_telnyx._shared.migration.options import DEFAULT_API_BASE, KeepsOldNames
from langchain_telnyx._shared.migration.rules import OldNames
from langchain_telnyx._shared.options import KeepsUnknown
from langchain_telnyx._version import __version__
from langchain_telnyx.chat_models.output import standard_blocks
from langchain_telnyx.chat_models.output.chunks import PROVIDER
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
from langchain_telnyx.chat_models.profiles.catalogue import DEFAULT_MODEL, CatalogueModel
from langchain_telnyx.chat_models.sending.bound import BindingMixin, BoundModel, StructuredModel
from langchain_telnyx.chat_models.sending.call_options import PreparedRequest, pop_call_options
from langchain_telnyx.chat_models.sending.composition import merge_fields
from langchain_telnyx.chat_models.sending.invocation_checks import InvocationChecks
from langchain_telnyx.chat_models.sending.parameters import Method, Parameters
from langchain_telnyx.chat_models.sending.responses_options import ResponsesOptions, exchange_of
from langchain_telnyx.chat_models.sending.streaming import StreamedAnswer
from langchain_telnyx.chat_models.tool_binding.tool_choice import ToolChoice, settle_tools
from langchain_telnyx.chat_models.tool_binding.tools import AnyTool
from langchain_telnyx.chat_models.tool_binding.wire_names import use_wire_names
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import JSON, Flow, StreamTimeouts
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.redaction import Redactor

__all__ = ["DEFAULT_API_BASE", "DEFAULT_MODEL", "ChatTelnyx"]


class ChatTelnyx(
    Serialised,
    KeepsOldNames,
    KeepsUnknown,
    Parameters,
    ResponsesOptions,
    InvocationChecks,
    BindingMixin,
    CatalogueModel,
):
    """A chat model served by Telnyx.

    Building one does no I/O; connections open on first use and are shared by all models of the
    same options. A model can be pickled, copied, and used from threads and many event loops of
    asyncio; trio is not supported.

    API page: https://developers.telnyx.com/api-reference/chat/create-a-chat-completion

    Example:
        ```python
        from langchain_telnyx import ChatTelnyx

        model = ChatTelnyx(model="moonshotai/Kimi-K2.6")
        model.invoke("Name a moon of Saturn.").text
        for chunk in model.stream("Name them all."):
            print(chunk.text, end="")
        ```

    Raises:
        AuthenticationError: At a call: the key is missing, wrong or revoked. As every error of a
            call it is langchain-core's class (`ModelAuthenticationError`) too.
        ConfigurationError: There is no key, or an option cannot work.
        StreamError: A stream broke off; `partial` holds the message so far.
    """

    _old_names: ClassVar[OldNames] = CHAT

    streaming: bool = False
    """Whether `invoke` streams too, for callbacks that want tokens."""

    stream_usage: bool = True
    """Whether to ask for token counts in streams."""

    stream_idle_timeout: float | None = None
    """Seconds to wait for the next event of a stream that has begun. Default: `timeout`."""

    stream_timeout: float | None = None
    """Seconds to wait for a stream as a whole, from its headers on. Default: for ever."""

    comments_keep_alive: bool = False
    """Whether a comment counts as an event: servers send them while the model is at work."""

    think_tags: ThinkTagsOption = False
    """Whether the model writes its reasoning into the text, between `<think>` and `</think>`;
    `"opened"` where its prompt's template ends in the opening tag, so that only the other comes."""

    include_response_headers: bool = False
    """Whether the headers of the response stand in `response_metadata["headers"]`."""

    @model_validator(mode="after")
    def _langchain_telnyx_version(self) -> Self:
        self._add_version("langchain-telnyx", __version__)
        return self

    def bind_tools(
        self,
        tools: Sequence[AnyTool],
        *,
        tool_choice: ToolChoice | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        response_format: Any = None,
        **kwargs: Any,
    ) -> BoundModel:
        """Return a model that may call tools.

        Args:
            tools: Functions, LangChain tools, pydantic, `TypedDict` or dataclass classes, JSON
                schemas, dicts of OpenAI, Anthropic, MCP, Bedrock or Gemini, and tools that Telnyx
                runs, such as `TelnyxRetrievalTool`.
            tool_choice: `"auto"`, `"none"`, `"any"` or `"required"`; `True` for any; a tool's
                name, or several; OpenAI's object, also of `allowed_tools`. As the API has no
                choice by name, the tools that are not named are not sent.
            strict: Whether arguments must fit the tools' schemas exactly.
            parallel_tool_calls: Whether one answer may call several tools.
            response_format: What form the answer must have: the API's object, or a schema as
                `with_structured_output` takes it. Every call takes it, too.
            **kwargs: Other fields of the request.

        Raises:
            ValueError: A tool cannot be converted, or `tool_choice` names none of them.
        """
        return self._bound().bind_tools(
            tools,
            tool_choice=tool_choice,
            strict=strict,
            parallel_tool_calls=parallel_tool_calls,
            response_format=response_format,
            **kwargs,
        )

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
    ) -> StructuredModel:
        """Return a model whose answers fit a schema.

        Args:
            schema: A type that pydantic knows, of which instances are returned: a pydantic class,
                a dataclass, an `Enum` class, a type such as `list[Moon]`, `Moon | Star` or
                `Literal["a", "b"]`; or, for dicts, a `TypedDict` class, a function, or a JSON
                schema, bare or in the form of OpenAI, Anthropic, MCP, Bedrock or Gemini. What is
                no object travels as the `value` of one.
            method: How to ask for it. `json_schema` has the server see to it, in the newest
                dialect that it knows, and works on all servers: see `docs/chat.md`.
                `function_calling` has the model call a function; `json_mode` asks for JSON, of
                what form the prompt must say; `guided_json` is the servers' word for a schema
                until August 2026, as are `guided_choice`, for the values of an `Enum` class, and
                `guided_regex`, for a regular expression.
            include_raw: Whether to return a dict of `raw`, the message, `parsed`, and
                `parsing_error`, instead of raising it.
            strict: Whether an answer that does not fit is to fail at the server.
            tools: Tools that the model may call instead of answering.
            max_repair_attempts: Requests at most after an answer that does not fit, each with
                the error. A stream then yields the answer whole.
            **kwargs: Other fields of the request.

        Raises:
            ValueError: There is no JSON schema of it.
            OutputParserException: At a call: the answer does not fit, was cut, or is not there.
            ModelRefusalError: At a call: the model refused. langchain-core has it since 1.7.5.
        """
        return self._bound().with_structured_output(
            schema,
            method=method,
            include_raw=include_raw,
            strict=strict,
            tools=tools,
            max_repair_attempts=max_repair_attempts,
            **kwargs,
        )

    def forget_refusals(self) -> None:
        """Forget what this server was found to refuse, for it may have learnt it since.

        What a server refuses of a model is remembered for the life of the process, for all
        `ChatTelnyx` that ask it: see `docs/chat.md`.
        """
        MEMORY.forget(self.telnyx.config.base_url)

    @property
    def _llm_type(self) -> str:
        return "telnyx-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        # The cache key too: everything that changes the answer.
        return {"base_url": self.telnyx.config.base_url, **self._parameters()}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = PROVIDER
        params["ls_model_name"] = kwargs.get("model") or self.model_name
        return params

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        totals: dict[str, int] = {}
        for output in llm_outputs:
            for name, count in ((output or {}).get("token_usage") or {}).items():
                if isinstance(count, int):
                    totals[name] = totals.get(name, 0) + count
        return {"token_usage": totals, "model_name": self.model_name}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - core passes it
        **kwargs: Any,
    ) -> ChatResult:
        telnyx = self.telnyx  # which is looked for at each read
        request = self._request(telnyx, messages, stop, kwargs)
        exchange = exchange_of(request)
        with model_errors(exchange.partial(request, self.think_tags)):
            body = telnyx.send(self._with_fallbacks(telnyx, request))
            answer: ChatResult = exchange.read(body, request, self.think_tags)
        self._complete(telnyx, request, body.headers, *(g.message for g in answer.generations))
        return answer

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - core passes it
        **kwargs: Any,
    ) -> ChatResult:
        telnyx = self.telnyx  # which is looked for at each read
        request = self._request(telnyx, messages, stop, kwargs)
        exchange = exchange_of(request)
        with model_errors(exchange.partial(request, self.think_tags)):
            body = await telnyx.aio.send(self._with_fallbacks(telnyx, request))
            answer: ChatResult = exchange.read(body, request, self.think_tags)
        self._complete(telnyx, request, body.headers, *(g.message for g in answer.generations))
        return answer

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request = self._stream_request(telnyx := self.telnyx, messages, stop, kwargs)
        answer = StreamedAnswer(self, telnyx, request)
        try:
            with telnyx.send(self._with_fallbacks(telnyx, request, streams=True)) as stream:
                answer.begin(stream.headers, stream.redactor)
                for events in stream.batches():
                    for chunk in answer.feed(events):
                        if run_manager is not None:
                            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                for chunk in answer.finish():
                    if run_manager is not None:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        except TelnyxError as error:
            raise answer.with_partial(error) from error.__cause__

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = self._stream_request(telnyx := self.telnyx, messages, stop, kwargs)
        answer = StreamedAnswer(self, telnyx, request)
        try:
            steps = self._with_fallbacks(telnyx, request, streams=True)
            async with await telnyx.aio.send(steps) as stream:
                answer.begin(stream.headers, stream.redactor)
                async for events in stream.batches():
                    for chunk in answer.feed(events):
                        if run_manager is not None:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                for chunk in answer.finish():
                    if run_manager is not None:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        except TelnyxError as error:
            raise answer.with_partial(error) from error.__cause__

    def _complete(
        self,
        telnyx: Telnyx,
        request: PreparedRequest,
        headers: Mapping[str, str],
        *answers: BaseMessage,
    ) -> None:
        """Account for answers that are whole, and show their headers where that is an option."""
        self._account(telnyx, request.fields, answers[0])
        if self.include_response_headers:
            # A gateway may repeat the key, and metadata is traced.
            shown = dict(Redactor(self.telnyx.config.key()).headers(headers))
            for answer in answers:
                answer.response_metadata["headers"] = {**shown}

    def _parameters(self) -> JSON:
        fields = {"model": self.model_name, **self._given_parameters()}
        return {**fields, "conversation": self.conversation} if self.conversation else fields

    def _request(
        self, telnyx: Telnyx, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: JSON
    ) -> PreparedRequest:
        over = {**kwargs} if stop is None else {"stop": stop, **kwargs}
        request = merge_fields(merge_fields({}, self._parameters()), over)
        form = self._form(request["model"], telnyx)
        about: JSON = {}
        if is_response := self._asks_for_response(request):
            about = {**self._take_turn(request, messages, form).about}
        else:
            from langchain_telnyx.chat_models.history_adapter.messages import to_wire  # noqa: PLC0415 - for the first call

            request["messages"] = to_wire(messages, form)
        # Switches of ours, or of langchain-core's, that the API does not know.
        for name in ("stream", "stream_usage", "ls_structured_output_format"):
            request.pop(name, None)
        options = pop_call_options(request)
        settle_tools(request)
        return PreparedRequest(request, options, use_wire_names(request), about, is_response)

    def _with_fallbacks(
        self, telnyx: Telnyx, request: PreparedRequest, *, streams: bool = False
    ) -> Flow[Any]:
        exchange = exchange_of(request)
        patience = self._patience(request.options.of_streams) if streams else None
        flow: Flow[Any] = exchange.with_fallbacks(
            request.options.applied(exchange.declared(telnyx.calls, patience)),
            request.fields,
            telnyx.config.base_url,
            streams=streams,
        )
        return flow

    def _patience(self, options: JSON) -> StreamTimeouts:
        return StreamTimeouts(
            options.get("stream_idle_timeout", self.stream_idle_timeout),
            options.get("stream_timeout", self.stream_timeout),
            comments_count=options.get("comments_keep_alive", self.comments_keep_alive),
        )

    def _stream_request(self, telnyx: Telnyx, *given: Any) -> PreparedRequest:
        request, kwargs = self._request(telnyx, *given), given[-1]
        # A stream is one message: the words of several would be mixed.
        request.fields.pop("n", None)
        if kwargs.get("stream_usage", self.stream_usage):
            request.fields.setdefault("stream_options", {"include_usage": True})
        return request


# langchain-core asks for the signature at every call, which costs as much as the rest of it.
for _method in (ChatTelnyx._generate, ChatTelnyx._agenerate):  # noqa: SLF001 - our own class
    vars(_method)["__signature__"] = inspect.signature(_method)

standard_blocks.register()
