"""The list of models, validated by the official schema if that file is beside the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from langchain_telnyx.emulator.model.catalogue import CATALOGUE

SPEC = Path(__file__).parents[4] / "shared" / "telnyx-ai-openapi.json"


def test_both_paths_list_the_same_models(api: Any) -> None:
    models = api.data("GET", "/ai/openai/models")
    assert models == api.data("GET", "/ai/models")
    assert [model["id"] for model in models] == list(CATALOGUE)


def test_the_sdk_lists_the_models(sdk: Any) -> None:
    assert {"moonshotai/Kimi-K2.6", "Qwen/Qwen3-235B-A22B", "thenlper/gte-large"} <= set(
        sdk.models()
    )


if SPEC.exists():  # the official spec is not part of this repository

    @pytest.mark.parametrize(
        ("path", "schema"),
        [
            ("/ai/openai/models", "ModelsResponse"),
            ("/ai/models", "ModelsResponse"),
            ("/ai/openai/embeddings/models", "OpenAIEmbeddingModelsResponse"),
        ],
    )
    def test_listings_follow_the_official_schema(api: Any, path: str, schema: str) -> None:
        spec = json.loads(SPEC.read_text())
        judge = jsonschema.Draft202012Validator(
            {"$ref": f"#/components/schemas/{schema}", "components": spec["components"]},
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        )
        judge.validate(api.send("GET", path).json())


def test_a_model_is_described_in_full(api: Any) -> None:
    (kimi,) = [m for m in api.data("GET", "/ai/openai/models") if m["id"] == "moonshotai/Kimi-K2.6"]
    assert kimi == {
        "id": "moonshotai/Kimi-K2.6",
        "object": "model",
        "created": "2026-06-01T00:00:00Z",
        "owned_by": "Telnyx",
        "organization": "moonshotai",
        "context_length": 262144,
        "max_completion_tokens": 8192,
        "languages": ["en"],
        "parameters": 1_000_000_000_000,
        "parameters_str": "1T",
        "tier": "medium",
        "license": "modified-mit",
        "task": "text-generation",
        "is_vision_supported": True,
        "is_fine_tunable": False,
        "recommended_for_assistants": True,
        "regions": ["us-central-1", "us-east-1"],
        "service_tiers": ["default"],
        "regions_by_service_tier": {"default": ["us-central-1", "us-east-1"]},
        "base_model": None,
        "description": None,
        "pricing": {
            "prompt": "0.665000",
            "cached_prompt": "0.080000",
            "completion": "4.000000",
            "currency": "USD",
            "unit": "1M_tokens",
        },
    }


def test_a_proxied_model_has_other_price_keys_and_no_unit(api: Any) -> None:
    rows = api.data("GET", "/ai/openai/models")
    [proxied] = [row for row in rows if row["id"] == "openai/gpt-4o-mini"]
    assert proxied["task"] == "text generation"
    assert proxied["pricing"].keys() == {"input", "output"}


@pytest.mark.parametrize(
    ("model", "thinks"),
    [
        ("moonshotai/Kimi-K3", True),
        ("zai-org/GLM-5.3-Flash", True),
        ("MiniMaxAI/MiniMax-M2.7", True),
        ("Qwen/Qwen3-235B-A22B", True),
        ("deepseek-ai/DeepSeek-V4.1-Flash", True),
        ("meta-llama/Llama-3.3-70B-Instruct", False),
        ("openai/gpt-4o", False),
        ("Qwen/Qwen3-Embedding-8B", False),
    ],
)
def test_the_thinking_families_think(model: str, thinks: bool) -> None:  # noqa: FBT001 - a table's column
    assert CATALOGUE[model].supports_reasoning is thinks
