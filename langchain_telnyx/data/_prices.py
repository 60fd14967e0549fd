"""Prices of models: USD per million tokens of prompt, completion and cached prompt.

Published figures of June to October 2026. The providers of proxied models bill them.
"""

_PRICES: dict[str, tuple[str, str, str]] = {
    "moonshotai/Kimi-K3": ("2.70", "13.50", "0.27"),
    "moonshotai/Kimi-K2.6": ("0.665", "4.00", "0.08"),
    "moonshotai/Kimi-K2.5": ("0.60", "3.00", "0.40"),
    "zai-org/GLM-5.3": ("1.25", "4.00", "0.24"),
    "zai-org/GLM-5.3-Flash": ("0.135", "0.45", "0.027"),
    "zai-org/GLM-5.2": ("1.00", "4.00", "0.20"),
    "zai-org/GLM-5.1-FP8": ("0.98", "4.40", "0.13"),
    "MiniMaxAI/MiniMax-M3-MXFP8": ("0.27", "1.10", "0.08"),
    "MiniMaxAI/MiniMax-M2.7": ("0.21", "1.20", "0.03"),
    "Qwen/Qwen3.8-27B": ("0.40", "3.00", "0.05"),
    # The price of cached prompts is not published: the price of prompts applies.
    "Qwen/Qwen3-235B-A22B": ("0.60", "2.00", "0.60"),
    "deepseek-ai/DeepSeek-V4.1-Flash": ("0.30", "1.20", "0.006"),
}
