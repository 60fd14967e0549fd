"""Profiles and prices of models: shipped with the package, or read from the API's catalogue.

The catalogue is read by `list_models`, `info` and `refresh_profiles` only. Its rows are stored for
the life of the process, for each base URL.
"""

from collections.abc import Iterable

from langchain_core.language_models import ModelProfile

from langchain_telnyx.chat_models.profiles.prices import Price, price_of
from langchain_telnyx.client.api.models import ModelInfo
from langchain_telnyx.data._prices import _PRICES
from langchain_telnyx.data._profiles import _PROFILES, _TEXT

# Families of reasoning models, for models that are newer than this package.
_THINKING = (
    "moonshotai/Kimi",
    "zai-org/GLM",
    "MiniMaxAI/MiniMax",
    "Qwen/Qwen3",
    "deepseek-ai/DeepSeek-V4",
)
_SHIPPED = {
    model: price_of({"prompt": prompt, "completion": completion, "cached_prompt": cached})
    for model, (prompt, completion, cached) in _PRICES.items()
}


class Catalogue:
    """The rows of a server's catalogue that was read last.

    `telnyx.server_state.get(Catalogue)` is the one that all models share.
    """

    def __init__(self) -> None:
        self._rows: dict[str, tuple[ModelInfo, Price | None]] = {}

    def store(self, models: Iterable[ModelInfo]) -> None:
        """Replace the rows."""
        self._rows = {info.id: (info, price_of(info.pricing)) for info in models}

    def info(self, model: str) -> ModelInfo | None:
        """Return the row of a model."""
        row = self._rows.get(model)
        return None if row is None else row[0]

    def names(self) -> list[str]:
        """Return the models."""
        return list(self._rows)

    def price(self, model: str) -> Price | None:
        """Return the price of a model, where the catalogue has one."""
        row = self._rows.get(model)
        return None if row is None else row[1]


def price_on(catalogue: Catalogue | None, model: str, *, shipped: bool = True) -> Price | None:
    """Return the price of a model: the catalogue's, else the shipped one.

    Args:
        catalogue: The server's catalogue; `None` where it was not read.
        model: The model.
        shipped: Whether the prices that Telnyx publishes are valid for the server.
    """
    listed = None if catalogue is None else catalogue.price(model)
    return listed or (_SHIPPED.get(model) if shipped else None)


def shipped_profile(model: str) -> ModelProfile | None:
    """Return the profile of a model that is shipped; `None` where there is none."""
    profile = _PROFILES.get(model)
    return None if profile is None else profile.copy()


def profile_of(catalogue: Catalogue | None, model: str) -> ModelProfile | None:
    """Return the profile of a model: the catalogue's over the shipped one.

    Args:
        catalogue: The server's catalogue; `None` where it was not read.
        model: The model.
    """
    info = None if catalogue is None else catalogue.info(model)
    return shipped_profile(model) if info is None else merged(info)


def merged(info: ModelInfo) -> ModelProfile | None:
    """Return the profile in a row of the catalogue; `None` for a model that does not chat."""
    task = info.task or ""
    if task.startswith("feature"):
        return None
    profile = shipped_profile(info.id)
    if profile is None:
        profile = _TEXT.copy()
        profile["reasoning_output"] = info.id.startswith(_THINKING)
    if info.context_length:
        profile["max_input_tokens"] = info.context_length
    if info.max_completion_tokens:
        profile["max_output_tokens"] = info.max_completion_tokens
    if info.is_vision_supported is not None:
        profile["image_inputs"] = info.is_vision_supported
        profile["image_url_inputs"] = info.is_vision_supported
        profile["image_tool_message"] = info.is_vision_supported
    if task.startswith("audio"):
        profile["audio_inputs"] = True
    return profile
