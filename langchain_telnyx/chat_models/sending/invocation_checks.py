"""Checks of a call before it is traced or cached, and the parameters for both."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import LLMResult

from langchain_telnyx._shared.refused_options import refuse
from langchain_telnyx.chat_models.sending.call_options import NOT_SENT
from langchain_telnyx.chat_models.sending.composition import merge_fields
from langchain_telnyx.client.loops import running_loop


class InvocationChecks(BaseChatModel):
    """Refuses invalid calls and credentials in them; a mixin of a chat model.

    The checks run before langchain-core passes the call to a tracer, or looks it up in a cache.
    """

    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        self._refuse_secrets(kwargs)
        fields = merge_fields({"stop": stop}, kwargs)
        return super()._get_invocation_params(stop=fields.pop("stop", None), **fields)

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        # The cache key: a class is represented by its schema, and options of the call are left out.
        fields = merge_fields({"stop": stop}, kwargs)
        stop = fields.pop("stop", None)
        known = {name: value for name, value in fields.items() if name not in NOT_SENT}
        return super()._get_llm_string(stop=stop, **known)

    async def agenerate(self, *args: Any, **kwargs: Any) -> LLMResult:
        """Answer conversations; see `BaseChatModel.agenerate`.

        Raises:
            ConfigurationError: No asyncio event loop is running, for example under trio.
        """
        running_loop()  # under other loops langchain-core fails with a less clear error
        return await super().agenerate(*args, **kwargs)

    def _should_stream(self, *, async_api: bool, **kwargs: Any) -> bool:
        if async_api:  # called before any callback
            running_loop()
        return super()._should_stream(async_api=async_api, **kwargs)

    def _refuse_secrets(self, kwargs: dict[str, Any]) -> None:
        refuse(kwargs, type(self), "call")
        # They may have changed since the constructor checked them.
        for fields in (getattr(self, "model_kwargs", None), getattr(self, "extra_body", None)):
            if fields:
                refuse(fields, type(self), "field")
