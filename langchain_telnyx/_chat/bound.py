"""A model with tools bound, which asks for structured output without losing them."""

from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_core.runnables.base import RunnableBinding


class BoundModel(RunnableBinding[LanguageModelInput, AIMessage]):
    """What `ChatTelnyx.bind_tools` returns.

    langchain-core's own binding hands `with_structured_output` to the model inside, and what was
    bound is gone. Here it stays.
    """

    def with_structured_output(
        self, schema: Any, **options: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Return a model whose answers fit a schema, with all that is bound here.

        Args:
            schema: The schema.
            **options: See `ChatTelnyx.with_structured_output`.
        """
        structured: Runnable[LanguageModelInput, Any] = self.bound.with_structured_output(  # type: ignore[attr-defined]  # a chat model
            schema, **{**self.kwargs, **options}
        )
        return structured.with_config(self.config) if self.config else structured

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the name under which it is serialised: that of a plain binding."""
        return RunnableBinding.lc_id()
