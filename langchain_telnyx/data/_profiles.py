"""Features of models, as langchain-core's model profiles.

Published figures of June to October 2026. Rounded figures are rounded down, because agents trim
their history to them. `ChatTelnyx.refresh_profiles` fetches the API's current figures.
"""

from langchain_core.language_models import ModelProfile

_TEXT: ModelProfile = {
    "text_inputs": True,
    "image_inputs": False,
    "image_url_inputs": False,
    "image_tool_message": False,
    "audio_inputs": False,
    "video_inputs": False,
    "pdf_inputs": False,
    "text_outputs": True,
    "image_outputs": False,
    "audio_outputs": False,
    "video_outputs": False,
    "reasoning_output": False,
    "tool_calling": True,
    "tool_choice": True,
    "tool_call_streaming": True,
    "structured_output": True,
    "temperature": True,
}
_THINKING: ModelProfile = {**_TEXT, "reasoning_output": True}
_IMAGE_INPUTS: ModelProfile = {
    "image_inputs": True,
    "image_url_inputs": True,
    "image_tool_message": True,
}
# Ultravox: speech to text; its documentation does not mention tools and schemas.
_SPEECH_INPUTS: ModelProfile = {
    **_TEXT,
    "audio_inputs": True,
    "tool_calling": False,
    "tool_choice": False,
    "tool_call_streaming": False,
    "structured_output": False,
}
_PROXIED: ModelProfile = {**_THINKING, **_IMAGE_INPUTS}

_PROFILES: dict[str, ModelProfile] = {
    "moonshotai/Kimi-K3": {
        **_THINKING,
        **_IMAGE_INPUTS,
        "max_input_tokens": 1_000_000,
        "max_output_tokens": 64_000,
    },
    "moonshotai/Kimi-K2.6": {
        **_THINKING,
        **_IMAGE_INPUTS,
        "max_input_tokens": 262_144,
        "max_output_tokens": 8192,
    },
    "moonshotai/Kimi-K2.5": {**_THINKING, **_IMAGE_INPUTS, "max_input_tokens": 256_000},
    "zai-org/GLM-5.3": {**_THINKING, "max_input_tokens": 1_000_000},
    "zai-org/GLM-5.3-Flash": {**_THINKING, "max_input_tokens": 1_000_000},
    "zai-org/GLM-5.2": {
        **_THINKING,
        "max_input_tokens": 1_000_000,
        "max_output_tokens": 131_072,
    },
    "zai-org/GLM-5.1-FP8": {**_THINKING, "max_input_tokens": 202_752},
    "MiniMaxAI/MiniMax-M3-MXFP8": {**_THINKING, "max_input_tokens": 1_000_000},
    "MiniMaxAI/MiniMax-M2.7": {**_THINKING, "max_input_tokens": 200_000},
    "Qwen/Qwen3.8-27B": {**_THINKING, **_IMAGE_INPUTS, "max_input_tokens": 256_000},
    "Qwen/Qwen3-235B-A22B": {**_THINKING, "max_input_tokens": 32_768},
    "deepseek-ai/DeepSeek-V4.1-Flash": {**_THINKING, "max_input_tokens": 1_000_000},
    "deepseek-ai/DeepSeek-V4-Flash-0731": {**_THINKING, "max_input_tokens": 1_000_000},
    "google/gemma-4-26B-A4B-it": {**_TEXT},
    "google/gemma-4-31B-it": {**_TEXT},
    "google/gemma-2b-it": {**_TEXT, "max_input_tokens": 8192},
    "meta-llama/Llama-3.3-70B-Instruct": {**_TEXT, "max_input_tokens": 128_000},
    "meta-llama/Meta-Llama-3.1-70B-Instruct": {**_TEXT, "max_input_tokens": 128_000},
    "meta-llama/Meta-Llama-3.1-8B-Instruct": {**_TEXT, "max_input_tokens": 128_000},
    "fixie-ai/ultravox-v0_4_1-llama-3_1-8b": {**_SPEECH_INPUTS, "max_input_tokens": 128_000},
    "openai/gpt-5.4": {**_PROXIED, "max_input_tokens": 400_000},
    "openai/gpt-5.4-mini": {**_PROXIED, "max_input_tokens": 400_000},
    "openai/gpt-5.2": {**_PROXIED, "max_input_tokens": 400_000},
    "openai/gpt-5.1": {**_PROXIED, "max_input_tokens": 400_000},
    "openai/gpt-5": {**_PROXIED, "max_input_tokens": 400_000},
    "openai/gpt-4o": {**_PROXIED, "reasoning_output": False, "max_input_tokens": 128_000},
    "openai/gpt-4o-mini": {**_PROXIED, "reasoning_output": False, "max_input_tokens": 128_000},
    "openai/gpt-4.1": {**_PROXIED, "reasoning_output": False, "max_input_tokens": 1_000_000},
    "anthropic/claude-haiku-4-5": {**_PROXIED, "max_input_tokens": 200_000},
    "google/gemini-2.5-flash": {**_PROXIED, "max_input_tokens": 1_000_000},
}
