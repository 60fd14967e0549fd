"""`ChatTelnyx`: Telnyx's chat completions as a LangChain chat model."""

import inspect
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import cache
from typing import Any, Self

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import AliasChoices, Field, model_validator

from langchain_telnyx._chat.messages import to_wire
from langchain_telnyx._chat.replies import PROVIDER, Assembly, result
from langchain_telnyx._connect import Connected
from langchain_telnyx._errors import as_model_error, model_errors
from langchain_telnyx._version import __version__
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import StreamError, TelnyxError

DEFAULT_MODEL = "moonshotai/Kimi-K2.6"


class ChatTelnyx(Connected, BaseChatModel):
    """A chat model served by Telnyx.

    Building one does no I/O; connections open on first use and are shared by all models of the
    same options. A model can be pickled, copied, and used from threads and many event loops.

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
        ConfigurationError: At the first call: there is no key, or an option cannot work.
        StreamError: A stream broke off; `partial` holds the message so far.
    """

    model_name: str = Field(default=DEFAULT_MODEL, alias="model")
    """The model to ask."""

    temperature: float | None = None
    """Randomness, from 0."""

    top_p: float | None = None
    """Share of the probability mass to draw from, 0 to 1."""

    max_tokens: int | None = None
    """Tokens of reasoning and answer together, at most."""

    # Not `alias=`, which would be the one name that type checkers know.
    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    """Texts at which the answer ends, four at most."""

    seed: int | None = None
    """Makes sampling repeatable, as far as the model can."""

    n: int | None = None
    """How many answers to make."""

    streaming: bool = False
    """Whether `invoke` streams too, for callbacks that want tokens."""

    stream_usage: bool = True
    """Whether to ask for token counts in streams."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Fields of the request that have no field here."""

    extra_body: dict[str, Any] | None = None
    """Fields to put into the request last, over all others."""

    @model_validator(mode="before")
    @classmethod
    def _keep_unknown_options(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not (unknown := values.keys() - _field_names(cls)):
            return values
        names = ", ".join(f"`{name}`" for name in sorted(unknown))
        warnings.warn(
            f"{names} is no field of {cls.__name__} and goes to `model_kwargs`, from where it is "
            f"sent as it is. Check the spelling, or pass it in `model_kwargs`.",
            stacklevel=4,  # past this, pydantic and langchain-core, to the line that built it
        )
        extra = {name: values[name] for name in unknown}
        known = {name: value for name, value in values.items() if name not in unknown}
        return {**known, "model_kwargs": {**extra, **(values.get("model_kwargs") or {})}}

    @model_validator(mode="after")
    def _langchain_telnyx_version(self) -> Self:
        self._add_version("langchain-telnyx", __version__)
        return self

    @property
    def model(self) -> str:
        """The model to ask."""
        return self.model_name

    @property
    def _llm_type(self) -> str:
        return "telnyx-chat"

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Which field holds which secret, for serialisation."""
        return {"telnyx_api_key": "TELNYX_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether LangChain can serialise it: yes, without the key."""
        return True

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """What serialisation takes along beside the fields."""
        # A client cannot be written down, but where it points can. It is in the cache key, too.
        return {} if self.client is None else {"telnyx_api_base": self.client.config.base_url}

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
        request = self._request(messages, stop, kwargs)
        with model_errors():
            return result(self.telnyx.chat.create(**request), request["model"])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - core passes it
        **kwargs: Any,
    ) -> ChatResult:
        request = self._request(messages, stop, kwargs)
        with model_errors():
            return result(await self.telnyx.aio.chat.create(**request), request["model"])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request = self._stream_request(messages, stop, kwargs)
        told: list[ChatGenerationChunk] = []
        try:
            with self.telnyx.chat.stream(**request) as stream:
                assembly = Assembly(stream.headers, request["model"])
                for events in stream.batches():
                    for event in events:
                        chunk = assembly.add(event)
                        if chunk is None:
                            continue
                        told.append(chunk)
                        if run_manager is not None:
                            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                yield assembly.last()
        except TelnyxError as error:
            raise _with_partial(error, told) from error.__cause__

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = self._stream_request(messages, stop, kwargs)
        told: list[ChatGenerationChunk] = []
        try:
            async with await self.telnyx.aio.chat.stream(**request) as stream:
                assembly = Assembly(stream.headers, request["model"])
                async for events in stream.batches():
                    for event in events:
                        chunk = assembly.add(event)
                        if chunk is None:
                            continue
                        told.append(chunk)
                        if run_manager is not None:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                yield assembly.last()
        except TelnyxError as error:
            raise _with_partial(error, told) from error.__cause__

    def _parameters(self) -> JSON:
        fields = {
            "model": self.model_name,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
            "stop": self.stop,
            "seed": self.seed,
            "n": self.n,
            "extra_body": self.extra_body,
        }
        return {
            **{name: value for name, value in fields.items() if value is not None},
            **self.model_kwargs,
        }

    def _request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: JSON
    ) -> Any:
        request = {**self._parameters(), **kwargs, "messages": to_wire(messages)}
        if stop is not None:
            request["stop"] = stop
        # Switches of ours, or of langchain-core's, that the API does not know.
        for name in ("stream", "stream_usage", "ls_structured_output_format"):
            request.pop(name, None)
        return request

    def _stream_request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: JSON
    ) -> Any:
        request = self._request(messages, stop, kwargs)
        request.pop("n", None)  # a stream is one message: the words of several would be mixed
        if kwargs.get("stream_usage", self.stream_usage):
            request.setdefault("stream_options", {"include_usage": True})
        return request


@cache
def _field_names(model: type[ChatTelnyx]) -> frozenset[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names |= {name, field.alias or name}
        if isinstance(field.validation_alias, AliasChoices):
            names |= {
                choice for choice in field.validation_alias.choices if isinstance(choice, str)
            }
    return frozenset(names)


def _with_partial(error: TelnyxError, told: list[ChatGenerationChunk]) -> TelnyxError:
    """Return the error as langchain-core's too, with the message that had arrived."""
    error = as_model_error(error)
    if isinstance(error, StreamError) and told:
        error.partial = (told[0] + told[1:]).message
    return error


# langchain-core asks for the signature at every call, which costs as much as the rest of it.
for _method in (ChatTelnyx._generate, ChatTelnyx._agenerate):  # noqa: SLF001 - our own class
    vars(_method)["__signature__"] = inspect.signature(_method)
