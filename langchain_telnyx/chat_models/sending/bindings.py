"""What models with something bound to them have in common."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.base import RunnableBinding
from langchain_core.runnables.config import merge_configs

from langchain_telnyx.client.call import JSON


class Binding(RunnableBinding[LanguageModelInput, Any]):
    """A binding whose configurations add up."""

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """Return a model that runs with this configuration, over the one that it has.

        Args:
            config: Tags, metadata, callbacks and the like, which are added to those bound before.
            **kwargs: The same, by name.
        """
        given: Any = kwargs
        return self.model_copy(update={"config": merge_configs(self.config, config, given)})

    def with_listeners(self, **listeners: Any) -> Self:
        """Return a model whose runs are listened to; see `Runnable.with_listeners`."""
        return self._listened(Runnable.with_listeners(self, **listeners))

    def with_alisteners(self, **listeners: Any) -> Self:
        """Return a model whose runs are listened to; see `Runnable.with_alisteners`."""
        return self._listened(Runnable.with_alisteners(self, **listeners))

    def with_types(self, input_type: Any = None, output_type: Any = None) -> Self:
        """Return a model that is of these types to other runnables."""
        given = {"custom_input_type": input_type, "custom_output_type": output_type}
        return self.model_copy(update={name: kind for name, kind in given.items() if kind})

    def with_retry(self, **options: Any) -> Runnable[LanguageModelInput, Any]:
        """Return a model that is called again where it fails; see `Runnable.with_retry`."""
        return Runnable.with_retry(self, **options)

    def _listened(self, made: Any) -> Self:
        return self.model_copy(
            update={"config_factories": [*made.config_factories, *self.config_factories]}
        )

    def _merge_configs(self, *configs: RunnableConfig | None) -> RunnableConfig:
        # Merging with nothing costs a twentieth of a call.
        if not self.config and not self.config_factories and len(configs) == 1:
            return configs[0] or RunnableConfig()
        return super()._merge_configs(*configs)

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the name under which it is serialised: that of a plain binding."""
        return RunnableBinding.lc_id()


class ForwardingBinding(Binding):
    """A binding of a chain: fields that come with a call reach the model in it."""

    def bind(self, **kwargs: Any) -> Self:
        """Return a chain whose model sends these fields too.

        Args:
            **kwargs: Fields of the request.
        """
        raise NotImplementedError

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - core's
        """Return the answer to a conversation."""
        return RunnableBinding.invoke(self._called(kwargs), input, config)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - core's
        """Return the answer to a conversation."""
        return await RunnableBinding.ainvoke(self._called(kwargs), input, config)

    def batch(self, inputs: Any, config: Any = None, **options: Any) -> list[Any]:
        """Return the answers to many conversations."""
        own, kwargs = _split(options)
        return RunnableBinding.batch(self._called(kwargs), inputs, config, **own)

    async def abatch(self, inputs: Any, config: Any = None, **options: Any) -> list[Any]:
        """Return the answers to many conversations."""
        own, kwargs = _split(options)
        return await RunnableBinding.abatch(self._called(kwargs), inputs, config, **own)

    def stream(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Yield the answer to a conversation, as far as it is there."""
        yield from RunnableBinding.stream(self._called(kwargs), input, config)

    async def astream(
        self,
        input: Any,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Yield the answer to a conversation, as far as it is there."""
        async for each in RunnableBinding.astream(self._called(kwargs), input, config):
            yield each

    def _called(self, kwargs: JSON) -> Self:
        return self.bind(**kwargs) if kwargs else self


def _split(options: JSON) -> tuple[JSON, JSON]:
    own = {name: options.pop(name) for name in ("return_exceptions",) if name in options}
    return own, options
