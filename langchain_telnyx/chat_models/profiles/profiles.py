"""What is known of models: shipped with the package, and told by the API's catalogue when asked.

Nothing here asks: the catalogue is read when somebody calls `list_models`, `info` or
`refresh_profiles`, and what it said is kept for the life of the process, for each base URL.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from langchain_core.language_models import ModelProfile

from langchain_telnyx.chat_models.profiles.prices import Price, price_of
from langchain_telnyx.client.api.models import ModelInfo
from langchain_telnyx.data._prices import _PRICES
from langchain_telnyx.data._profiles import _PROFILES, _TEXT

# Families that think, for models that came after this package.
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
    """What the API told of its models, for each base URL; safe to use from many threads.

    Args:
        size: Base URLs to know at most; the one told of longest ago is forgotten first.
    """

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._lock = Lock()
        self._told: OrderedDict[str, dict[str, tuple[ModelInfo, Price | None]]] = OrderedDict()

    @property
    def silent(self) -> bool:
        """Whether nothing was told yet."""
        return not self._told

    def note(self, base_url: str, models: Iterable[ModelInfo]) -> None:
        """Keep what a catalogue said, instead of what it said before."""
        rows = {info.id: (info, price_of(info.pricing)) for info in models}
        with self._lock:
            self._told[base_url] = rows
            self._told.move_to_end(base_url)
            if len(self._told) > self._size:
                self._told.popitem(last=False)

    def info(self, base_url: str, model: str) -> ModelInfo | None:
        """Return what was told of a model."""
        row = self._told.get(base_url, {}).get(model)
        return None if row is None else row[0]

    def names(self, base_url: str) -> list[str]:
        """Return the models that were told of."""
        return list(self._told.get(base_url, ()))

    def price(self, base_url: str, model: str, *, shipped: bool = True) -> Price | None:
        """Return what a model costs, as the catalogue has it, else as shipped.

        Args:
            base_url: The API's root.
            model: The model.
            shipped: Whether the prices that Telnyx publishes hold there.
        """
        row = self._told.get(base_url, {}).get(model)
        listed = None if row is None else row[1]
        return listed or (_SHIPPED.get(model) if shipped else None)

    def forget(self) -> None:
        """Forget everything told."""
        with self._lock:
            self._told.clear()


CATALOGUE = Catalogue()


def shipped_profile(model: str) -> ModelProfile | None:
    """Return what a model can do as far as this package knows; `None` for a model it does not."""
    profile = _PROFILES.get(model)
    return None if profile is None else profile.copy()


def profile_of(base_url: str, model: str) -> ModelProfile | None:
    """Return what a model can do, as the catalogue told and, for what it does not say, shipped."""
    info = CATALOGUE.info(base_url, model)
    return shipped_profile(model) if info is None else merged(info)


def merged(info: ModelInfo) -> ModelProfile | None:
    """Return what a row of the catalogue says that a model can do; `None` if it does not chat."""
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
