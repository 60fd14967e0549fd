"""A model with tools bound, which asks for structured output without losing them."""

from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.base import RunnableBinding

from langchain_telnyx._models.refused import refuse


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

    def bind(self, **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """Return a model that sends these fields too; see `ChatTelnyx.bind`.

        Args:
            **kwargs: Fields of the request.

        Raises:
            ConfigurationError: One looks like a credential or a connection setting, or is a
                misspelt option.
        """
        refuse(kwargs, type(self.bound), "call")  # type: ignore[arg-type]  # a chat model
        return super().bind(**kwargs)

    def _merge_configs(self, *configs: RunnableConfig | None) -> RunnableConfig:
        # Merging with nothing costs a twentieth of a call.
        if not self.config and not self.config_factories and len(configs) == 1:
            return configs[0] or RunnableConfig()
        return super()._merge_configs(*configs)

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the name under which it is serialised: that of a plain binding."""
        return RunnableBinding.lc_id()


# Its public name, which `help` and pickles show.
BoundModel.__module__ = "langchain_telnyx.types"
