"""Base classes of models with bound fields."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.base import RunnableBinding
from langchain_core.runnables.config import merge_configs

from langchain_telnyx.client.call import JSON


class Binding(RunnableBinding[LanguageModelInput, Any]):
    """A `RunnableBinding` that merges configurations."""

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """Return a model with this configuration merged over its own.

        Args:
            config: Tags, metadata, callbacks and so on, in addition to those bound before.
            **kwargs: The same as keyword arguments.
        """
        given: Any = kwargs
        return self.model_copy(update={"config": merge_configs(self.config, config, given)})

    def with_listeners(self, **listeners: Any) -> Self:
        """Return a model with listeners; see `Runnable.with_listeners`."""
        return self._with_listener_config(Runnable.with_listeners(self, **listeners))

    def with_alisteners(self, **listeners: Any) -> Self:
        """Return a model with async listeners; see `Runnable.with_alisteners`."""
        return self._with_listener_config(Runnable.with_alisteners(self, **listeners))

    def with_types(self, input_type: Any = None, output_type: Any = None) -> Self:
        """Return a model with these input and output types; see `Runnable.with_types`."""
        given = {"custom_input_type": input_type, "custom_output_type": output_type}
        return self.model_copy(update={name: kind for name, kind in given.items() if kind})

    def with_retry(self, **options: Any) -> Runnable[LanguageModelInput, Any]:
        """Return a model that retries after an error; see `Runnable.with_retry`."""
        return Runnable.with_retry(self, **options)

    def _with_listener_config(self, made: Any) -> Self:
        return self.model_copy(
            update={"config_factories": [*made.config_factories, *self.config_factories]}
        )

    def _merge_configs(self, *configs: RunnableConfig | None) -> RunnableConfig:
        # Skips a merge with nothing, which costs a twentieth of a call.
        if not self.config and not self.config_factories and len(configs) == 1:
            return configs[0] or RunnableConfig()
        return super()._merge_configs(*configs)

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the name for serialization: that of `RunnableBinding`."""
        return RunnableBinding.lc_id()


class ForwardingBinding(Binding):
    """A binding of a chain that passes keyword arguments of a call on to the model in the chain."""

    def bind(self, **kwargs: Any) -> Self:
        """Return a chain whose model sends these fields, too.

        Args:
            **kwargs: Fields of the request body.
        """
        raise NotImplementedError

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - core's
        """Return the answer to a conversation."""
        return RunnableBinding.invoke(self._with_call_fields(kwargs), input, config)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - core's
        """Return the answer to a conversation."""
        return await RunnableBinding.ainvoke(self._with_call_fields(kwargs), input, config)

    def batch(self, inputs: Any, config: Any = None, **options: Any) -> list[Any]:
        """Return the answers to many conversations."""
        own, kwargs = _split(options)
        return RunnableBinding.batch(self._with_call_fields(kwargs), inputs, config, **own)

    async def abatch(self, inputs: Any, config: Any = None, **options: Any) -> list[Any]:
        """Return the answers to many conversations."""
        own, kwargs = _split(options)
        return await RunnableBinding.abatch(self._with_call_fields(kwargs), inputs, config, **own)

    def stream(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Yield the answer to a conversation in parts."""
        yield from RunnableBinding.stream(self._with_call_fields(kwargs), input, config)

    async def astream(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Yield the answer to a conversation in parts."""
        async for each in RunnableBinding.astream(self._with_call_fields(kwargs), input, config):
            yield each

    def _with_call_fields(self, kwargs: JSON) -> Self:
        return self.bind(**kwargs) if kwargs else self


def _split(options: JSON) -> tuple[JSON, JSON]:
    own = {name: options.pop(name) for name in ("return_exceptions",) if name in options}
    return own, options
