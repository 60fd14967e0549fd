"""Rate limits of models: tokens per minute of an organization, by model and region.

Published figures of October 2026: all input, input that is not cached, output. There are none for
other models, and none for requests.
"""

_SMALL = (100_000_000, 20_000_000, 1_000_000)
_MEDIUM = (40_000_000, 8_000_000, 400_000)
_LARGE = (20_000_000, 4_000_000, 200_000)

_RATE_LIMITS: dict[str, tuple[int, int, int]] = {
    "zai-org/GLM-5.3-Flash": _SMALL,
    "deepseek-ai/DeepSeek-V4.1-Flash": _SMALL,
    "google/gemma-4-26B-A4B-it": _SMALL,
    "google/gemma-4-31B-it": _SMALL,
    "MiniMaxAI/MiniMax-M3-MXFP8": _SMALL,
    "Qwen/Qwen3.8-27B": _SMALL,
    "zai-org/GLM-5.3": _MEDIUM,
    "zai-org/GLM-5.2": _MEDIUM,
    "moonshotai/Kimi-K2.6": _MEDIUM,
    "moonshotai/Kimi-K3": _LARGE,
}
