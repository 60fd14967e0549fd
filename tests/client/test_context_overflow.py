"""Messages of servers for an input that is longer than the context, quoted from them."""

import json

import pytest

from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.error_mapping import error_for, error_in_stream
from langchain_telnyx.client.errors import ContextOverflowError

# Name: status, message, and below it where the text is from.
WORDINGS: dict[str, tuple[int, str]] = {
    # vllm-project/vllm, issue 20409 (0.9)
    "vLLM, messages and completion": (
        400,
        (
            "This model's maximum context length is 16384 tokens. However, you requested 122946 "
            "tokens (112946 in the messages, 10000 in the completion). Please reduce the length "
            "of the messages or completion."
        ),
    ),
    # opendatalab/MinerU, issue 4868 (vLLM 0.11.2)
    "vLLM, output cap": (
        400,
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum "
            "context length is 8192 tokens and your request has 1210 input tokens (8192 > 8192 - "
            "1210)."
        ),
    ),
    # UKGovernmentBEIS/inspect_ai, issue 2634 (vLLM, October 2025)
    "vLLM, input tokens": (
        400,
        (
            "This model's maximum context length is 200 tokens. However, your request has 203 "
            "input tokens. Please reduce the length of the input messages."
        ),
    ),
    # vLLM 0.16, its renderer: `VLLMValidationError` of `input_tokens`
    "vLLM, tokens passed": (
        400,
        (
            "You passed 65537 input tokens and requested 0 output tokens. However, the model's "
            "context length is only 65536 tokens, resulting in a maximum input length of 65536 "
            "tokens."
        ),
    ),
    # vllm-project/vllm, issue 12165 (0.6)
    "vLLM, total length": (
        400,
        (
            "The prompt (total length 25938) is too long to fit into the model (context length "
            "4096). Make sure that `max_model_len` is no smaller than the number of text tokens "
            "plus multimodal tokens."
        ),
    ),
    # vllm-project/vllm, issue 20241 (0.9.1)
    "vLLM, decoder prompt": (
        400,
        (
            "The decoder prompt (length 18425) is longer than the maximum model length of 12288. "
            "Make sure that `max_model_len` is no smaller than the number of text tokens plus "
            "multimodal tokens."
        ),
    ),
    # vllm-project/vllm, issue 10440 (0.6)
    "vLLM, scheduler": (400, "Input prompt (36893 tokens) is too long and exceeds limit of 1000"),
    # QwenLM/Qwen3, issue 1321
    "SGLang, input": (
        400,
        "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
    ),
    # anomalyco/opencode, pull request 25230
    "SGLang, input and output": (
        400,
        (
            "Requested token count exceeds the model's maximum context length of 202752 tokens. "
            "You requested a total of 202941 tokens: 170941 tokens from the input messages and "
            "32000 tokens for the completion. Please reduce the number of tokens in the input "
            "messages or the completion to fit within the limit."
        ),
    ),
    # sgl-project/sglang, issue 4048, and `validate_input_length` in its managers
    "SGLang, scheduler": (
        400,
        (
            "Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens). Use "
            "a shorter input or enable --allow-auto-truncate."
        ),
    ),
    # sgl-project/sglang, its multimodal processors
    "SGLang, images": (
        400,
        (
            "Multimodal prompt is too long after expanding multimodal tokens. After expanding "
            "len(req.origin_input_ids_unpadded)=9 => 40000 >= 32768."
        ),
    ),
    # BerriAI/litellm, issue 4934
    "Together": (
        422,
        (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: "
            "80125 `inputs` tokens and 4096 `max_new_tokens`"
        ),
    ),
    # Together since 2025, which serves by SGLang
    "Together, today": (
        400,
        "The input (516368 tokens) is longer than the model's context length (262144 tokens).",
    ),
    # Together's answer to a completion, as benchmarks have recorded it
    "Together, sum": (
        400,
        (
            "Input validation error: The sum of 'inputs' tokens and 'max_new_tokens' must not "
            "exceed 4096."
        ),
    ),
    # huggingface/text-generation-inference, issue 628
    "TGI, input and output": (
        422,
        (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: "
            "1244 `inputs` tokens and 1000 `max_new_tokens`"
        ),
    ),
    # huggingface/text-generation-inference, issue 695
    "TGI, input": (
        422,
        "Input validation error: `inputs` must have less than 1024 tokens. Given: 1168.",
    ),
    # ggml-org/llama.cpp, pull request 15780
    "llama.cpp, 500": (
        500,
        (
            "the request exceeds the available context size. try increasing the context size or "
            "enable context shift"
        ),
    ),
    # ggml-org/llama.cpp, issue 17284
    "llama.cpp": (400, "the request exceeds the available context size, try increasing it"),
    # ggml-org/llama.cpp, its server since pull request 16486
    "llama.cpp, with numbers": (
        400,
        "request (1407 tokens) exceeds the available context size (256 tokens), try increasing it",
    ),
    # ggml-org/llama.cpp, its server, when the answer fills what is left
    "llama.cpp, while it answers": (500, "Context size has been exceeded."),
    # ggml-org/llama.cpp, issue 11105
    "llama.cpp, embeddings": (
        500,
        "input is too large to process. increase the physical batch size",
    ),
    # lemonade-sdk/lemonade, issue 3591 (llama.cpp, 2026)
    "llama.cpp, embeddings with numbers": (
        500,
        (
            "input (992 tokens) is too large to process. increase the physical batch size "
            "(current batch size: 512)"
        ),
    ),
    # fedora-copr/logdetective-website, pull request 193
    "llama-cpp-python": (400, "Requested tokens (2285) exceed context window of 2048"),
    # nano-step/nano-brain, issue 208
    "Ollama, embeddings": (400, "the input length exceeds the context length"),
    # n8n-io/n8n, issue 11144
    "Ollama, older": (400, "input length exceeds maximum context length"),
    # ollama/ollama, its cloud models
    "Ollama, chat": (400, "prompt too long; exceeded max context length by 4 tokens"),
    # LM Studio, which is built on llama.cpp
    "LM Studio": (
        400,
        "The number of tokens to keep from the initial prompt is greater than the context length.",
    ),
    # Moonshot, the maker of Kimi
    "Kimi": (400, "Your request exceeded model token limit: 262144 (requested: 300000)"),
    # Zhipu, the maker of GLM: code 1261
    "GLM": (400, "Prompt exceeds max length"),
}


def shapes(message: str, status: int) -> list[object]:
    """Return a message as each of the engines wraps it."""
    return [
        {"error": {"message": message, "type": "BadRequestError", "code": status}},
        {"object": "error", "message": message, "type": "BadRequestError", "code": status},
        {"error": message},
        {"detail": message},
    ]


@pytest.mark.parametrize(("status", "message"), WORDINGS.values(), ids=list(WORDINGS))
def test_an_overflow_is_recognised_in_every_wording(status: int, message: str) -> None:
    for body in shapes(message, status):
        error = error_for(Reply(status, {}, json.dumps(body).encode()))
        assert type(error) is ContextOverflowError
        assert not error.is_retryable
        assert "Shorten the input, or choose a model with a larger context." in str(error)


@pytest.mark.parametrize("message", [message for _, message in WORDINGS.values()])
def test_an_overflow_is_recognised_in_a_stream(message: str) -> None:
    error = error_in_stream({"error": {"message": message, "code": 500}})
    assert error.overflows
    assert not error.is_retryable


def test_llama_cpps_error_type_is_enough() -> None:
    body = {"error": {"code": 500, "message": "Nope.", "type": "exceed_context_size_error"}}
    assert type(error_for(Reply(500, {}, json.dumps(body).encode()))) is ContextOverflowError


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "max_completion_tokens is too large: 99999.This model supports at most 8192."),
        (422, "`max_new_tokens` must be strictly positive"),
        (422, "Input validation error: `inputs` cannot be empty"),
        (400, "`name` exceeds the maximum allowed length of 64 characters"),
        (400, "String should have at most 64 characters"),
        (413, "Request Entity Too Large"),
        (429, "The input (5 tokens) is longer than the model's context length (4 tokens)."),
        (500, "The input (5 tokens) is longer than the model's context length (4 tokens)."),
        (503, "the request exceeds the available context size, try increasing it"),
    ],
)
def test_another_limit_is_not_an_overflow(status: int, message: str) -> None:
    for body in shapes(message, status):
        error = error_for(Reply(status, {}, json.dumps(body).encode()))
        assert not isinstance(error, ContextOverflowError)
