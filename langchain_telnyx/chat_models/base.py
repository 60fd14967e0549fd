"""`ChatTelnyx`: Telnyx's chat completions as a LangChain chat model."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Self

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import model_validator

from langchain_telnyx._shared.capabilities import CapabilityCache, StructuredOutputMethod
from langchain_telnyx._shared.connect import Serialised
from langchain_telnyx._shared.errors import model_errors
from langchain_telnyx._shared.migration.chat import CHAT
from langchain_telnyx._shared.migration.options import DEFAULT_API_BASE, OldOptionsMixin
from langchain_telnyx._shared.migration.rules import OldNames
from langchain_telnyx._shared.options import UnknownOptionsMixin
from langchain_telnyx._shared.signatures import compute_signatures
from langchain_telnyx._version import __version__
from langchain_telnyx.chat_models.output import standard_blocks
from langchain_telnyx.chat_models.output.standard_blocks import PROVIDER
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
from langchain_telnyx.chat_models.profiles.catalogue import DEFAULT_MODEL, CatalogueModel
from langchain_telnyx.chat_models.sending.bound import BindingMixin, BoundModel, StructuredModel
from langchain_telnyx.chat_models.sending.call_options import PreparedRequest, pop_call_options
from langchain_telnyx.chat_models.sending.composition import merge_fields
from langchain_telnyx.chat_models.sending.invocation_checks import InvocationChecks
from langchain_telnyx.chat_models.sending.parameters import Parameters
from langchain_telnyx.chat_models.sending.responses_options import ResponsesOptions, exchange_of
from langchain_telnyx.chat_models.tool_binding.tool_choice import ToolChoice, convert_tool_choice
from langchain_telnyx.chat_models.tool_binding.tools import AnyTool
from langchain_telnyx.chat_models.tool_binding.wire_names import use_wire_names
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import JSON, Flow, StreamTimeouts
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.redaction import Redactor

__all__ = ["DEFAULT_API_BASE", "DEFAULT_MODEL", "ChatTelnyx"]


class ChatTelnyx(
    Serialised,
    OldOptionsMixin,
    UnknownOptionsMixin,
    Parameters,
    ResponsesOptions,
    InvocationChecks,
    BindingMixin,
    CatalogueModel,
):
    """Chat model for Telnyx's chat completions and Responses APIs.

    The constructor does no I/O. Connections open on first use and are shared by all models with
    equal options. A model can be pickled, copied, and used from several threads and asyncio event
    loops; trio is not supported.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md

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
        AuthenticationError: On a call: the API key is missing, wrong or revoked. Like every error
            of a call, it is also an instance of langchain-core's class
            (`ModelAuthenticationError`).
        ConfigurationError: The API key is missing, or an option is invalid.
        StreamError: A stream ended early; `partial` is the message so far.
    """

    _old_names: ClassVar[OldNames] = CHAT

    streaming: bool = False
    """Whether `invoke` streams, too, for callbacks that need tokens."""

    stream_usage: bool = True
    """Whether to request token counts in streams."""

    stream_idle_timeout: float | None = None
    """Seconds to wait for the next event of a stream. Default: `timeout`."""

    stream_timeout: float | None = None
    """Seconds that a stream may take as a whole, from its headers on. Default: no limit."""

    comments_keep_alive: bool = False
    """Whether a comment resets `stream_idle_timeout`; servers send comments while the model
    works."""

    think_tags: ThinkTagsOption = False
    """Whether to read text between `<think>` and `</think>` as reasoning; `"opened"` for models
    whose prompt template ends in the opening tag, so that only the closing tag follows."""

    include_response_headers: bool = False
    """Whether to store the response headers in `response_metadata["headers"]`."""

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
        """Bind tools to the model.

        Args:
            tools: Functions, LangChain tools, pydantic, `TypedDict` or dataclass classes, JSON
                schemas, dicts in the format of OpenAI, Anthropic, MCP, Bedrock or Gemini, and tools
                that Telnyx runs, such as `TelnyxRetrievalTool`.
            tool_choice: `"auto"`, `"none"`, `"any"` or `"required"`; `True` for any; a tool's name,
                or several; OpenAI's object, including `allowed_tools`. The API has no choice by
                name, so only the named tools are sent, with `"required"`.
            strict: Whether arguments must fit the tools' schemas exactly.
            parallel_tool_calls: Whether one answer may call several tools.
            response_format: The format of the answer: the API's object, or a schema as for
                `with_structured_output`. Also accepted by `invoke`, `stream` and `bind`.
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
        method: StructuredOutputMethod = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[AnyTool] = (),
        max_repair_attempts: int = 0,
        **kwargs: Any,
    ) -> StructuredModel:
        """Return a runnable whose output conforms to a schema.

        Args:
            schema: For instances as output, a type that pydantic supports: a pydantic class, a
                dataclass, an `Enum` class, or a type such as `list[Moon]`, `Moon | Star` or
                `Literal["a", "b"]`. For dicts as output, a `TypedDict` class, a function, or a JSON
                schema, bare or in the format of OpenAI, Anthropic, MCP, Bedrock or Gemini. A schema
                of something other than an object is sent as the property `value` of an object.
            method: `json_schema` sends the schema as `response_format`, with fallbacks for servers
                without it, so that it works on all servers (see the guide). `function_calling`
                sends it as a function to call. `json_mode` requests any JSON; the prompt must
                describe it. `guided_json`, `guided_choice` (the values of an `Enum` class) and
                `guided_regex` (a regular expression) are the parameters of servers until August
                2026.
            include_raw: Whether to return a dict with `raw` (the message), `parsed` and
                `parsing_error`, instead of raising the error.
            strict: Whether the server must enforce the schema.
            tools: Tools that the model may call before its final answer.
            max_repair_attempts: Maximum number of further requests after an answer that does not
                conform, each with the error. A stream then yields the answer as one chunk.
            **kwargs: Other fields of the request.

        Raises:
            ValueError: The schema cannot be converted to a JSON schema.
            OutputParserException: On a call: the answer does not conform, is truncated, or is
                missing.
            ModelRefusalError: On a call: the model refused. Part of langchain-core since 1.7.5.
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
        """Forget which parameters this server refused, so that they are sent again.

        Refusals are cached per server and model for the life of the process.

        Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#request-fallbacks
        """
        self.telnyx.server_state.get(CapabilityCache).clear()

    @property
    def _llm_type(self) -> str:
        return "telnyx-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        # Also the cache key: everything that changes the answer.
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
        telnyx = self.telnyx  # a lookup, so once per call
        request = self._request(telnyx, messages, stop, kwargs)
        exchange = exchange_of(request)
        with request.admission, model_errors(exchange.partial(request, self.think_tags)):
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
        telnyx = self.telnyx  # a lookup, so once per call
        request = self._request(telnyx, messages, stop, kwargs)
        exchange = exchange_of(request)
        async with request.admission:
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
        from langchain_telnyx.chat_models.sending.streaming import StreamedAnswer  # noqa: PLC0415 - for the first stream

        request = self._stream_request(telnyx := self.telnyx, messages, stop, kwargs)
        complete = partial(self._complete, telnyx, request)
        answer = StreamedAnswer(request, self.think_tags, complete)
        try:
            steps = self._with_fallbacks(telnyx, request, streams=True)
            with request.admission, telnyx.send(steps) as stream:
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
        from langchain_telnyx.chat_models.sending.streaming import StreamedAnswer  # noqa: PLC0415 - for the first stream

        request = self._stream_request(telnyx := self.telnyx, messages, stop, kwargs)
        complete = partial(self._complete, telnyx, request)
        answer = StreamedAnswer(request, self.think_tags, complete)
        try:
            steps = self._with_fallbacks(telnyx, request, streams=True)
            async with request.admission, await telnyx.aio.send(steps) as stream:
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
        """Add the cost, and the response headers if requested, to complete answers."""
        self._account(telnyx, request.fields, answers[0])
        if request.limit is not None:
            request.limit.complete(answers[0])
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
        if is_response := self._uses_responses_api(request):
            about = {**self._add_turn(request, messages, form).about}
        else:
            from langchain_telnyx.chat_models.history_adapter.messages import to_wire  # noqa: PLC0415 - for the first call

            request["messages"] = to_wire(messages, form)
        # Options of this class or of langchain-core that are not fields of the API.
        for name in ("stream", "stream_usage", "ls_structured_output_format"):
            request.pop(name, None)
        options = pop_call_options(request)
        convert_tool_choice(request)
        names, limit = use_wire_names(request), None
        if self.rate_limiter is not None:
            from langchain_telnyx.chat_models.sending.rate_limits import limit_of  # noqa: PLC0415 - seldom used

            limit = limit_of(self.rate_limiter, request, telnyx)
        return PreparedRequest(request, options, names, about, is_response, limit)

    def _with_fallbacks(
        self, telnyx: Telnyx, request: PreparedRequest, *, streams: bool = False
    ) -> Flow[Any]:
        exchange = exchange_of(request)
        timeouts = self._timeouts(request.options.of_streams) if streams else None
        flow: Flow[Any] = exchange.with_fallbacks(
            request.options.applied(exchange.declared(telnyx.calls, timeouts), request.limit),
            request.fields,
            telnyx.server_state.get(CapabilityCache),
            streams=streams,
        )
        return flow

    def _timeouts(self, options: JSON) -> StreamTimeouts:
        return StreamTimeouts(
            options.get("stream_idle_timeout", self.stream_idle_timeout),
            options.get("stream_timeout", self.stream_timeout),
            comments_count=options.get("comments_keep_alive", self.comments_keep_alive),
        )

    def _stream_request(self, telnyx: Telnyx, *given: Any) -> PreparedRequest:
        request, kwargs = self._request(telnyx, *given), given[-1]
        # A stream is merged into one message, which would mix several answers.
        request.fields.pop("n", None)
        if kwargs.get("stream_usage", self.stream_usage):
            request.fields.setdefault("stream_options", {"include_usage": True})
        return request


compute_signatures(ChatTelnyx, "_generate", "_agenerate")

standard_blocks.register()
