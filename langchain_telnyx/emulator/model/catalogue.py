"""The emulator's models: ids of the service, with the fields of the official schema.

Context lengths, caps and prices are the published ones. Where the service publishes none
(parameters, licence, languages of some), they are the publisher's figures or placeholders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

_REGISTERED = "2026-06-01T00:00:00Z"
_REGISTERED_UNIX = 1_780_272_000  # the same moment; embedding models give it as a number
_REGIONS = ["us-central-1", "us-east-1"]
_UNITS = {"T": 10**12, "B": 10**9, "M": 10**6}
_DEFAULT_CONTEXT = 131_072  # "128k class"; also the default

# Families with reasoning.
_REASONING_MODELS = (
    "moonshotai/Kimi",
    "zai-org/GLM",
    "MiniMaxAI/MiniMax",
    "Qwen/Qwen3",
    "deepseek-ai/DeepSeek-V4",
)

Tier = Literal["small", "medium", "large", "unlisted"]
Task = Literal["text-generation", "audio-text-to-text", "feature-extraction", "text generation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The catalogue's entry of one model.

    Attributes:
        id: Its id, `organization/name`.
        context: Tokens of prompt and answer together; for an embedding model, of one input.
        size: Its number of parameters, such as `70B`; empty when it is not published.
        tier: Its billing tier.
        price: USD per million tokens of prompt, completion and cached prompt, as decimal strings.
        output: Its largest output, in tokens.
        default_cap: The output cap of a request without one.
        license: Its licence.
        vision: Whether it takes images.
        task: Its task; proxied models spell it with a space.
        dimensions: Length of an embedding model's vectors.
        base: The model that it was fine-tuned from.
        trained: Returns the trained answer to a question, or None.
    """

    id: str
    context: int = _DEFAULT_CONTEXT
    size: str = "8B"
    tier: Tier = "unlisted"
    price: tuple[str, str, str] | None = None
    output: int | None = None
    default_cap: int | None = None
    license: str = "proprietary"
    vision: bool = False
    task: Task = "text-generation"
    dimensions: int | None = None
    base: str | None = None
    trained: Callable[[str], str | None] = lambda _: None

    @property
    def supports_chat(self) -> bool:
        """Whether the model supports chat."""
        return self.task != "feature-extraction"

    @property
    def supports_reasoning(self) -> bool:
        """Whether the model supports reasoning."""
        return self.supports_chat and (self.base or self.id).startswith(_REASONING_MODELS)

    @property
    def supports_audio(self) -> bool:
        """Whether the model takes recordings."""
        return self.task == "audio-text-to-text"

    @property
    def hosted(self) -> bool:
        """Whether Telnyx hosts the model; otherwise it forwards requests."""
        return self.task != "text generation"

    @property
    def is_fine_tunable(self) -> bool:
        """Whether the model can be fine-tuned."""
        return self.id.startswith("meta-llama/")

    def metadata(self) -> dict[str, Any]:
        """Describe the model as `GET /ai/openai/models` does."""
        organization = (self.base or self.id).split("/", 1)[0]
        tiers = {"service_tiers": ["default"], "regions_by_service_tier": {"default": _REGIONS}}
        return {
            "id": self.id,
            "object": "model",
            "created": _REGISTERED,
            "owned_by": "Telnyx" if self.hosted else organization,
            "organization": organization,
            "context_length": self.context,
            "max_completion_tokens": self.output,
            "languages": ["en"],
            "parameters": int(self.size[:-1]) * _UNITS[self.size[-1]] if self.size else 0,
            "parameters_str": self.size or None,
            "tier": self.tier,
            "license": self.license,
            "task": self.task,
            "is_vision_supported": self.vision,
            "is_fine_tunable": self.is_fine_tunable,
            "recommended_for_assistants": self.id == "moonshotai/Kimi-K2.6",
            "regions": _REGIONS,
            # The rows of external models have no tiers.
            **(tiers if self.hosted else {}),
            "base_model": self.base,
            "description": None,
            "pricing": self._pricing(),
        }

    def embedding_metadata(self) -> dict[str, Any]:
        """Describe the model as `GET /ai/openai/embeddings/models` does: `created` is a number."""
        return {
            "id": self.id,
            "object": "model",
            "created": _REGISTERED_UNIX,
            "owned_by": self.id.split("/", 1)[0],
        }

    def _pricing(self) -> dict[str, str]:
        if not self.hosted:
            # Observed: other keys and no unit; zero stands for a price that is not filled in.
            return {"input": "0.000000", "output": "0.000000"}
        if self.price is None:
            return {}
        prompt, completion, cached = self.price
        return {
            "prompt": prompt,
            "cached_prompt": cached,
            "completion": completion,
            "currency": "USD",
            "unit": "1M_tokens",
        }


_CARDS = (
    ModelCard(
        id="moonshotai/Kimi-K3",
        context=1_048_576,
        size="1T",
        tier="large",
        price=("2.700000", "13.500000", "0.270000"),
        output=64_000,
        license="modified-mit",
        vision=True,
    ),
    ModelCard(
        id="moonshotai/Kimi-K2.6",
        context=262_144,
        size="1T",
        tier="medium",
        price=("0.665000", "4.000000", "0.080000"),
        output=8192,
        license="modified-mit",
        vision=True,
    ),
    ModelCard(
        id="moonshotai/Kimi-K2.5",
        context=256_000,
        size="1T",
        tier="medium",
        price=("0.600000", "3.000000", "0.400000"),
        license="modified-mit",
        vision=True,
    ),
    ModelCard(
        id="zai-org/GLM-5.3",
        context=1_048_576,
        size="754B",
        tier="medium",
        price=("1.250000", "4.000000", "0.240000"),
        default_cap=8192,
        license="mit",
    ),
    ModelCard(
        id="zai-org/GLM-5.3-Flash",
        context=1_048_576,
        size="106B",
        tier="small",
        price=("0.135000", "0.450000", "0.027000"),
        default_cap=8192,
        license="mit",
    ),
    ModelCard(
        id="zai-org/GLM-5.2",
        context=1_048_576,
        size="754B",
        tier="medium",
        price=("1.000000", "4.000000", "0.200000"),
        output=131_072,
        license="mit",
    ),
    ModelCard(
        id="zai-org/GLM-5.1-FP8",
        context=202_752,
        size="754B",
        tier="medium",
        price=("0.980000", "4.400000", "0.130000"),
        license="mit",
    ),
    ModelCard(
        id="MiniMaxAI/MiniMax-M3-MXFP8",
        context=1_048_576,
        size="230B",
        tier="small",
        price=("0.270000", "1.100000", "0.080000"),
        license="mit",
    ),
    ModelCard(
        id="MiniMaxAI/MiniMax-M2.7",
        context=200_000,
        size="230B",
        tier="small",
        price=("0.210000", "1.200000", "0.030000"),
        license="mit",
    ),
    ModelCard(
        id="Qwen/Qwen3.8-27B",
        context=262_144,
        size="27B",
        tier="small",
        price=("0.400000", "3.000000", "0.050000"),
        license="apache-2.0",
        vision=True,
    ),
    ModelCard(
        id="Qwen/Qwen3-235B-A22B",
        context=32_768,
        size="235B",
        tier="medium",
        price=("0.600000", "2.000000", "0.600000"),
        license="apache-2.0",
    ),
    ModelCard(
        id="deepseek-ai/DeepSeek-V4.1-Flash",
        context=1_048_576,
        size="284B",
        tier="small",
        price=("0.300000", "1.200000", "0.006000"),
        default_cap=8192,
        license="mit",
    ),
    ModelCard(
        id="deepseek-ai/DeepSeek-V4-Flash-0731", context=1_048_576, size="284B", license="mit"
    ),
    ModelCard(id="google/gemma-4-26B-A4B-it", size="26B", tier="small", license="apache-2.0"),
    ModelCard(id="google/gemma-4-31B-it", size="31B", tier="small", license="apache-2.0"),
    ModelCard(id="google/gemma-2b-it", context=8192, size="2B", tier="small", license="gemma"),
    ModelCard(
        id="meta-llama/Llama-3.3-70B-Instruct", size="70B", tier="medium", license="llama3.3"
    ),
    ModelCard(
        id="meta-llama/Meta-Llama-3.1-70B-Instruct", size="70B", tier="medium", license="llama3.1"
    ),
    ModelCard(
        id="meta-llama/Meta-Llama-3.1-8B-Instruct", size="8B", tier="small", license="llama3.1"
    ),
    ModelCard(
        id="fixie-ai/ultravox-v0_4_1-llama-3_1-8b",
        size="8B",
        tier="small",
        license="mit",
        task="audio-text-to-text",
    ),
    *(
        ModelCard(id=id_, context=400_000, size="", vision=True, task="text generation")
        for id_ in (
            "openai/gpt-5.4",
            "openai/gpt-5.4-mini",
            "openai/gpt-5.2",
            "openai/gpt-5.1",
            "openai/gpt-5",
            "openai/gpt-4o",
            "openai/gpt-4o-mini",
            "openai/gpt-4.1",
            "anthropic/claude-haiku-4-5",
            "google/gemini-2.5-flash",
        )
    ),
    ModelCard(
        id="thenlper/gte-large",
        context=512,
        size="335M",
        license="mit",
        task="feature-extraction",
        dimensions=1024,
    ),
    ModelCard(
        id="intfloat/multilingual-e5-large",
        context=512,
        size="560M",
        license="mit",
        task="feature-extraction",
        dimensions=1024,
    ),
    ModelCard(
        id="Qwen/Qwen3-Embedding-8B",
        context=32_768,
        size="8B",
        license="apache-2.0",
        task="feature-extraction",
        dimensions=4096,
    ),
)

CATALOGUE: dict[str, ModelCard] = {card.id: card for card in _CARDS}
