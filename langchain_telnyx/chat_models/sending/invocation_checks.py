"""What a call is traced and cached by: its fields in the API's form, and no credentials."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import LLMResult

from langchain_telnyx._shared.refused_options import refuse
from langchain_telnyx.chat_models.sending.call_options import NOT_SENT
from langchain_telnyx.chat_models.sending.composition import merge_fields
from langchain_telnyx.client.loops import running_loop


class InvocationChecks(BaseChatModel):
    """Refuses calls that cannot work, and credentials in them; a mixin of a chat model.

    Before langchain-core has given the call to a tracer, or looked for its answer in a cache.
    """

    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        self._refuse_secrets(kwargs)
        fields = merge_fields({"stop": stop}, kwargs)
        return super()._get_invocation_params(stop=fields.pop("stop", None), **fields)

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        # What a cache knows an answer by: of a class its schema, and nothing of how it is sent.
        fields = merge_fields({"stop": stop}, kwargs)
        stop = fields.pop("stop", None)
        known = {name: value for name, value in fields.items() if name not in NOT_SENT}
        return super()._get_llm_string(stop=stop, **known)

    async def agenerate(self, *args: Any, **kwargs: Any) -> LLMResult:
        """Answer conversations; see `BaseChatModel.agenerate`.

        Raises:
            ConfigurationError: No event loop of asyncio is running, as under trio.
        """
        running_loop()  # langchain-core itself fails under others, in other words
        return await super().agenerate(*args, **kwargs)

    def _should_stream(self, *, async_api: bool, **kwargs: Any) -> bool:
        if async_api:  # a stream asks before it calls anybody back
            running_loop()
        return super()._should_stream(async_api=async_api, **kwargs)

    def _refuse_secrets(self, kwargs: dict[str, Any]) -> None:
        refuse(kwargs, type(self), "call")
        # Which may have been changed since they were checked.
        for fields in (getattr(self, "model_kwargs", None), getattr(self, "extra_body", None)):
            if fields:
                refuse(fields, type(self), "field")
