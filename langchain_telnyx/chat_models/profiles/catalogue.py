"""Base class of chat models: the catalogue, profiles, prices, token counts."""

import difflib
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar, Unpack, overload

from langchain_core.language_models import BaseChatModel, LanguageModelInput, ModelProfile
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.prompt_values import PromptValue
from pydantic import Field, model_validator

from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx._shared.connect import Connected, connect
from langchain_telnyx._shared.errors import model_errors
from langchain_telnyx._shared.interruptible_batches import Interruptible
from langchain_telnyx._shared.warnings import to_the_caller
from langchain_telnyx.chat_models.profiles.prices import cost
from langchain_telnyx.chat_models.profiles.profiles import (
    Catalogue,
    merged,
    price_on,
    profile_of,
    shipped_profile,
)
from langchain_telnyx.chat_models.tool_binding.tools import AnyTool, to_tools
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.models import ModelInfo
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.server_state import is_anywhere
from langchain_telnyx.types import TelnyxOptions

if TYPE_CHECKING:
    from langchain_telnyx.chat_models.history_adapter.content_parts import Form

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

DEFAULT_MODEL = "moonshotai/Kimi-K2.6"
_PROFILE_KEYS = frozenset(ModelProfile.__annotations__)


class _OfOptions(Protocol[R_co]):
    def __call__(
        self, *, client: Telnyx | None = None, **options: Unpack[TelnyxOptions]
    ) -> R_co: ...


class _Listing(Generic[R]):
    """A method that works on the class, with connection options, and on a model, with its own."""

    def __init__(self, ask: Callable[[Telnyx], R]) -> None:
        self._ask = ask
        self.__doc__ = ask.__doc__

    @overload
    def __get__(self, model: None, kind: type) -> _OfOptions[R]: ...

    @overload
    def __get__(self, model: Connected, kind: type) -> Callable[[], R]: ...

    def __get__(self, model: Connected | None, kind: type) -> _OfOptions[R] | Callable[[], R]:
        if model is not None:
            return lambda: self._ask(model.telnyx)

        def listing(*, client: Telnyx | None = None, **options: Unpack[TelnyxOptions]) -> R:
            return self._ask(connect(client, **options))

        listing.__doc__ = self.__doc__  # for `help`
        return listing


def _list_models(telnyx: Telnyx) -> Rows[ModelInfo]:
    """List the available models: `ChatTelnyx.list_models(api_key=…)`.

    The rows are cached; profiles and costs use them from then on.
    """
    with model_errors():
        models = telnyx.models.list()
    telnyx.server_state.get(Catalogue).store(models)
    return models


async def _alist_models(telnyx: Telnyx) -> Rows[ModelInfo]:
    """List the available models: `await ChatTelnyx.alist_models(api_key=…)`.

    The rows are cached; profiles and costs use them from then on.
    """
    with model_errors():
        models = await telnyx.aio.models.list()
    telnyx.server_state.get(Catalogue).store(models)
    return models


class CatalogueModel(Interruptible[LanguageModelInput, AIMessage], Connected, BaseChatModel):
    """A model of Telnyx's catalogue."""

    model_name: str = Field(default=DEFAULT_MODEL, alias="model")
    """The name of the model."""

    calibrate_tokens: bool = True
    """Whether token counts are corrected by the server's counts of earlier requests."""

    image_url_as_string: bool = False
    """Whether to send images as plain URLs, as in the official schema, not as objects."""

    replay_reasoning: bool = False
    """Whether to send the model's reasoning of earlier turns."""

    list_models: ClassVar[_Listing[Rows[ModelInfo]]] = _Listing(_list_models)
    alist_models: ClassVar[_Listing[Awaitable[Rows[ModelInfo]]]] = _Listing(_alist_models)

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.model_name

    def info(self, *, refresh: bool = False) -> ModelInfo:
        """Return the model's row in the catalogue: context, price, regions, tiers.

        Args:
            refresh: Whether to read the catalogue again.

        Raises:
            ConfigurationError: The catalogue does not list the model.
        """
        if refresh or self._listed() is None:
            self.list_models()
        return self._listed() or self._unlisted()

    async def ainfo(self, *, refresh: bool = False) -> ModelInfo:
        """Return the model's row in the catalogue; see `info`."""
        if refresh or self._listed() is None:
            await self.alist_models()
        return self._listed() or self._unlisted()

    def refresh_profiles(self) -> dict[str, ModelProfile]:
        """Read the catalogue, and return the profile of each of its chat models.

        This model uses its profile from the catalogue, unless one was passed to the constructor; so
        do models that are built later.
        """
        was = self._resolve_model_profile()
        return self._profiled(self.list_models(), was)

    async def arefresh_profiles(self) -> dict[str, ModelProfile]:
        """Read the catalogue, and return the profile of each model; see `refresh_profiles`."""
        was = self._resolve_model_profile()
        return self._profiled(await self.alist_models(), was)

    def get_token_ids(self, text: str) -> list[int]:
        """Return the ids of a text's tokens, without network.

        If tiktoken's vocabulary is available, the ids are tiktoken's. Otherwise the text is split
        into estimated tokens, and the ids only distinguish them.
        """
        if self.custom_get_token_ids is not None:
            return self.custom_get_token_ids(text)
        from langchain_telnyx._shared.vocabulary import token_ids  # noqa: PLC0415 - not to build one

        return token_ids(text)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[AnyTool] | None = None
    ) -> int:
        """Return the estimated tokens of a request, without network.

        The count includes names, tool calls, tools, and images at a flat rate. After the first
        count, answers of the model correct later counts by the server's counts;
        `calibrate_tokens=False` disables that.

        Args:
            messages: The conversation.
            tools: Tools, as for `bind_tools`.
        """
        from langchain_telnyx.chat_models.history_adapter.messages import to_wire  # noqa: PLC0415 - not to build one
        from langchain_telnyx.chat_models.history_adapter.tokens import (  # noqa: PLC0415 - likewise
            Calibration,
            calibrated,
            request_tokens,
        )

        wires = to_wire(messages, self._form(), refusing="nothing")
        declared = to_tools(tools or ())
        if (custom := self.custom_get_token_ids) is not None:
            return request_tokens(wires, declared, lambda text: len(custom(text)))
        estimate = request_tokens(wires, declared)
        if not self.calibrate_tokens:
            return estimate
        return calibrated(estimate, self.telnyx.server_state.get(Calibration), self.model_name)

    def _convert_input(self, model_input: LanguageModelInput) -> PromptValue:
        from langchain_telnyx.chat_models.history_adapter.prompts import acceptable  # noqa: PLC0415 - not to build one

        return acceptable(super()._convert_input(model_input))

    def _form(self, model: str | None = None, telnyx: Telnyx | None = None) -> "Form":
        from langchain_telnyx.chat_models.history_adapter.content_parts import Form  # noqa: PLC0415 - for a call

        model = model or self.model_name
        known = (telnyx or self.telnyx).server_state.get(CapabilityCache).of(model)
        replayed = self.replay_reasoning or known.requires_reasoning
        return Form(model, self.image_url_as_string, replayed)

    def _account(self, telnyx: Telnyx, request: Mapping[str, Any], answer: BaseMessage) -> None:
        """Add the cost to an answer, and calibrate token counts."""
        usage = answer.usage_metadata if isinstance(answer, AIMessage) else None
        if usage is None:
            return
        metadata, state = answer.response_metadata, telnyx.server_state
        catalogue = state.find(Catalogue)
        # Another server with the same model has other prices, or none.
        shipped = not telnyx.config.openai_compatible
        # A server may use another name of the model than the catalogue.
        names = (metadata.get("model_name") or "", request["model"])
        prices = (price_on(catalogue, name, shipped=shipped) for name in names)
        price = next(filter(None, prices), None)
        # The response need not name the tier.
        tier = metadata.get("service_tier") or request.get("service_tier")
        amount = cost(price, usage, tier)
        if amount is not None:
            metadata["cost"] = amount
        remembered = request.get("conversation") or request.get("previous_response_id")
        # Messages that the service stores are counted, too, but are not in the request.
        if self.calibrate_tokens and not remembered:
            from langchain_telnyx.chat_models.history_adapter.tokens import Calibration, calibrate  # noqa: PLC0415

            calibrate(state.find(Calibration), request, usage["input_tokens"])

    def _resolve_model_profile(self) -> ModelProfile | None:
        if not is_anywhere(Catalogue):  # without a client, the constructor is faster
            return shipped_profile(self.model_name)
        return profile_of(self.telnyx.server_state.find(Catalogue), self.model_name)

    @model_validator(mode="after")
    def _check_profile_keys(self) -> Self:
        # Replaces langchain-core's check, which inspects its type at each construction: that takes
        # longer than the rest of the constructor.
        if self.profile and (extra := self.profile.keys() - _PROFILE_KEYS):
            warnings.warn(
                f"The model profile has keys that this langchain-core does not support: "
                f"{sorted(extra)}. Check their spelling, or upgrade langchain-core.",
                stacklevel=to_the_caller(),
            )
        return self

    def _listed(self) -> ModelInfo | None:
        catalogue = self.telnyx.server_state.find(Catalogue)
        return None if catalogue is None else catalogue.info(self.model_name)

    def _unlisted(self) -> ModelInfo:
        names = self.telnyx.server_state.get(Catalogue).names()
        near = difflib.get_close_matches(self.model_name, names, n=3, cutoff=0.4)
        hint = f" Similar names: {', '.join(near)}." if near else ""
        raise ConfigurationError(
            f"The catalogue does not list {self.model_name!r}; see `ChatTelnyx.list_models()`."
            f"{hint}"
        )

    def _profiled(
        self, models: Sequence[ModelInfo], was: ModelProfile | None
    ) -> dict[str, ModelProfile]:
        if self.profile == was:  # not a custom profile
            self.profile = self._resolve_model_profile()
        profiles = {info.id: merged(info) for info in models}
        return {name: profile for name, profile in profiles.items() if profile is not None}
