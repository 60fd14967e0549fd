"""`TelnyxEmbeddings`: batches, order, both forms of vectors, and answers that do not add up."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import struct
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core import exceptions as core

from langchain_telnyx import (
    APIResponseError,
    BadRequestError,
    ConfigurationError,
    RateLimitError,
    TelnyxEmbeddings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator

    Embed = Callable[[TelnyxEmbeddings, list[str]], list[list[float]]]


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest) -> Embed:
    def run(embeddings: TelnyxEmbeddings, texts: list[str]) -> list[list[float]]:
        if request.param == "async":
            return asyncio.run(embeddings.aembed_documents(texts))
        return embeddings.embed_documents(texts)

    return run


def bodies(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


def test_texts_go_out_as_strings_in_batches_and_come_back_in_order(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=3, **emulator.options())
    texts = [f"moon number {n}" for n in range(8)]
    together = embed(embeddings, texts)
    assert sorted(len(body["input"]) for body in bodies(emulator)) == [2, 3, 3]
    assert all(isinstance(text, str) for body in bodies(emulator) for text in body["input"])
    assert together == [embed(embeddings, [text])[0] for text in texts]
    assert {len(vector) for vector in together} == {1024}


def test_nothing_to_embed_asks_nothing(emulator: TelnyxEmulator, embed: Embed) -> None:
    assert embed(TelnyxEmbeddings(**emulator.options()), []) == []
    assert len(emulator.requests) == 0


async def test_a_query_is_embedded_as_a_document_is(emulator: TelnyxEmulator) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    [document] = embeddings.embed_documents(["moon"])
    assert embeddings.embed_query("moon") == document
    assert await embeddings.aembed_query("moon") == document


def test_model_and_dimensions_are_sent(emulator: TelnyxEmulator) -> None:
    model = "intfloat/multilingual-e5-large"
    TelnyxEmbeddings(model=model, **emulator.options()).embed_query("moon")
    assert bodies(emulator)[0]["model"] == model
    assert "dimensions" not in bodies(emulator)[0]


def test_words_in_common_make_vectors_alike(emulator: TelnyxEmulator) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    query, near, far = embeddings.embed_documents(
        ["icy moons", "Europa is an icy moon.", "The train leaves at nine."]
    )

    def alike(other: list[float]) -> float:
        return sum(a * b for a, b in zip(query, other, strict=True))

    assert alike(near) > alike(far) + 0.1


def answering(payload: dict[str, Any]) -> TelnyxEmbeddings:
    """Return embeddings whose server gives this answer."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=payload))
    return TelnyxEmbeddings(api_key="KEY1", http_client=httpx.Client(transport=transport))


def test_both_forms_of_vectors_are_read_and_sorted_by_index() -> None:
    packed = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()
    rows = [{"index": 1, "embedding": packed}, {"index": 0, "embedding": [1.0, 2.0]}]
    assert answering({"data": rows}).embed_documents(["a", "b"]) == [[1.0, 2.0], [0.5, -1.0]]


@pytest.mark.parametrize(
    "payload",
    [{"data": []}, {"data": None}, {}, {"data": [{"index": 0, "embedding": [1.0]}]}],
    ids=json.dumps,
)
def test_an_answer_with_too_few_vectors_is_an_error(payload: dict[str, Any]) -> None:
    with pytest.raises(APIResponseError, match=r"2 texts were sent .* but [01] vectors") as caught:
        answering(payload).embed_documents(["a", "b"])
    assert isinstance(caught.value, core.ModelAPIError)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"embedding": None},
        {"embedding": "not base64!"},
        {"embedding": "AAA="},
        {"embedding": 7},
    ],
    ids=json.dumps,
)
def test_a_vector_that_cannot_be_read_is_an_error(row: dict[str, Any]) -> None:
    with pytest.raises(APIResponseError, match="vector"):
        answering({"data": [row]}).embed_documents(["a"])


def test_errors_are_ours_and_langchain_cores(emulator: TelnyxEmulator, embed: Embed) -> None:
    embeddings = TelnyxEmbeddings(max_retries=0, **emulator.options())
    emulator.fail(429)
    with pytest.raises(RateLimitError) as limited:
        embed(embeddings, ["a"])
    assert isinstance(limited.value, core.ModelRateLimitError)
    with pytest.raises(BadRequestError) as too_long:
        embed(embeddings, ["word " * 2000])
    assert isinstance(too_long.value, core.ModelInvalidRequestError | core.ContextOverflowError)


def test_one_failed_batch_fails_the_whole_after_its_retries(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=1, max_concurrency=1, **emulator.options())
    emulator.fail(503, retry_after=0.01)
    assert len(embed(embeddings, ["a", "b"])) == 2
    assert len(emulator.requests) == 3


def test_without_a_key_building_works_and_calling_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="TELNYX_API_KEY"):
        TelnyxEmbeddings(base_url="http://127.0.0.1:9").embed_query("moon")


def test_embeddings_travel_through_a_pickle(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    embeddings = TelnyxEmbeddings(chunk_size=5, **emulator.options())
    embeddings.embed_query("moon")
    again = pickle.loads(pickle.dumps(embeddings))  # noqa: S301 - bytes of our own making
    assert (again.chunk_size, again.telnyx_api_base) == (5, emulator.base_url)
