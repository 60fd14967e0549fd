from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    import httpx

PATH = "/ai/openai/embeddings"
GTE = "thenlper/gte-large"
QWEN = "Qwen/Qwen3-Embedding-8B"


def cosine(first: list[float], second: list[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


def test_the_sdk_gets_one_unit_vector_for_each_text(sdk: Any) -> None:
    response = sdk.embed(["a cat", "a dog", "cats"])
    assert [item.index for item in response.data] == [0, 1, 2]
    assert [len(item.embedding) for item in response.data] == [1024, 1024, 1024]
    cat, dog, cats = (item.embedding for item in response.data)
    assert cosine(cat, cat) == pytest.approx(1, abs=1e-5)
    assert cosine(cat, cats) > cosine(cat, dog)
    assert response.usage.prompt_tokens == response.usage.total_tokens == 5


def test_a_single_text_is_embedded_alike(sdk: Any) -> None:
    assert sdk.embed("a cat").data[0].embedding == sdk.embed(["a cat"]).data[0].embedding


def test_base64_and_floats_are_the_same_numbers(api: Any) -> None:
    body = {"model": GTE, "input": "a cat"}
    floats = api.data("POST", PATH, json=body)[0]["embedding"]
    packed = api.data("POST", PATH, json={**body, "encoding_format": "base64"})[0]["embedding"]
    assert list(struct.unpack("<1024f", base64.b64decode(packed))) == floats


def test_qwen_has_4096_dimensions_and_can_be_cut(api: Any) -> None:
    body = {"model": QWEN, "input": "a cat"}
    assert len(api.data("POST", PATH, json=body)[0]["embedding"]) == 4096
    assert len(api.data("POST", PATH, json={**body, "dimensions": 256})[0]["embedding"]) == 256


@pytest.mark.parametrize(
    "body",
    [
        {"model": GTE, "input": [1, 2, 3]},
        {"model": GTE, "input": [[1, 2], [3]]},
        {"model": GTE},
        {"input": "a"},
        {"model": GTE, "input": "a", "encoding_format": "hex"},
        {"model": GTE, "input": "a", "dimensions": "4"},
        {"model": GTE, "input": "a", "user": None},
    ],
)
def test_input_other_than_text_is_422(api: Any, body: dict[str, Any]) -> None:
    assert api.send("POST", PATH, json=body).status_code == 422


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"model": "no/such", "input": "a"}, 404, "does not exist"),
        ({"model": "openai/gpt-4o", "input": "a"}, 400, "does not make embeddings"),
        ({"model": GTE, "input": []}, 400, "must not be empty"),
        ({"model": GTE, "input": "a", "dimensions": 256}, 400, "does not make 256 dimensions"),
        ({"model": GTE, "input": "a", "dimensions": 0}, 400, "does not make 0 dimensions"),
        ({"model": QWEN, "input": "a", "dimensions": 5000}, 400, "does not make 5000 dimensions"),
        ({"model": GTE, "input": ["short", "long " * 513]}, 400, "position 1 has 514 tokens"),
    ],
)
def test_invalid_input_is_refused(api: Any, body: dict[str, Any], status: int, words: str) -> None:
    response: httpx.Response = api.send("POST", PATH, json=body)
    assert response.status_code == status
    assert words in response.json()["errors"][0]["detail"]


def test_the_sdk_sees_a_bad_request_for_a_text_that_is_too_long(sdk: Any) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.embed("word " * 600)
    assert "maximum context length" in refused.value.response.text


def test_the_embedding_models_are_listed_with_a_unix_time(api: Any) -> None:
    assert api.data("GET", "/ai/openai/embeddings/models") == [
        {"id": id_, "object": "model", "created": 1780272000, "owned_by": id_.split("/")[0]}
        for id_ in (GTE, "intfloat/multilingual-e5-large", QWEN)
    ]
