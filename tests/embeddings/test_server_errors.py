"""What embedding servers return and refuse: base64, dimensions, errors of some requests."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core import exceptions as core

from langchain_telnyx import (
    AuthenticationError,
    DimensionError,
    PartialEmbeddingsError,
    ServerError,
    TelnyxEmbeddings,
)
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable

    Embed = Callable[[TelnyxEmbeddings, list[str]], list[list[float]]]

QWEN = "Qwen/Qwen3-Embedding-8B"


def formats(emulator: TelnyxEmulator) -> list[str | None]:
    return [json.loads(request.body).get("encoding_format") for request in emulator.requests]


@pytest.mark.default_quirks("It lists the requests.", "base64_embeddings", "rate_limited_share")
def test_vectors_are_requested_as_base64(emulator: TelnyxEmulator, embed: Embed) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    embed(embeddings, ["moon"])
    embed(embeddings, ["sun"])
    assert formats(emulator) == ["base64", "base64"]


@pytest.mark.parametrize(
    ("habit", "requested"),
    [("refused", ["base64", None, None]), ("ignored", ["base64", None])],
)
def test_numbers_are_requested_after_base64_is_refused_and_that_is_cached(
    emulator: TelnyxEmulator, embed: Embed, habit: Any, requested: list[str | None]
) -> None:
    [expected] = TelnyxEmbeddings(**emulator.options()).embed_documents(["moon"])
    TelnyxEmbeddings(**emulator.options()).forget_refusals()
    with TelnyxEmulator(sockets=False, quirks=Quirks(base64_embeddings=habit)) as other:
        assert embed(TelnyxEmbeddings(**other.options()), ["moon"]) == [expected]
        assert embed(TelnyxEmbeddings(**other.options()), ["moon"]) == [expected]
        assert formats(other) == requested
        TelnyxEmbeddings(**other.options()).forget_refusals()
        embed(TelnyxEmbeddings(**other.options()), ["moon"])
        assert formats(other)[len(requested)] == "base64"


def test_a_refusal_is_cached_for_one_model_only(embed: Embed) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(base64_embeddings="refused")) as emulator:
        embed(TelnyxEmbeddings(**emulator.options()), ["moon"])
        embed(TelnyxEmbeddings(model=QWEN, **emulator.options()), ["moon"])
        assert formats(emulator) == ["base64", None, "base64", None]


def test_a_first_request_refused_without_a_reason_is_repeated_with_numbers(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    emulator.fail(422, detail="Bad value.")
    assert len(embed(TelnyxEmbeddings(**emulator.options()), ["moon"])[0]) == 1024
    assert formats(emulator) == ["base64", None]


def test_dimensions_are_requested_and_returned(emulator: TelnyxEmulator, embed: Embed) -> None:
    embeddings = TelnyxEmbeddings(model=QWEN, dimensions=256, **emulator.options())
    assert [len(vector) for vector in embed(embeddings, ["a", "b"])] == [256, 256]
    assert json.loads(emulator.requests[0].body)["dimensions"] == 256


def serving(answers: list[list[list[float]]], **options: Any) -> TelnyxEmbeddings:
    """Return embeddings whose server returns these vectors, one list per response."""
    left = iter(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        rows = [{"index": index, "embedding": vector} for index, vector in enumerate(next(left))]
        return httpx.Response(200, json={"data": rows})

    transport = httpx.MockTransport(answer)
    return TelnyxEmbeddings(
        api_key="KEY1",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
        **options,
    )


def test_vectors_of_one_response_must_have_one_length(embed: Embed) -> None:
    with pytest.raises(DimensionError, match=r"different lengths: \[1, 2\]") as caught:
        embed(serving([[[1.0], [1.0, 2.0]]]), ["a", "b"])
    assert isinstance(caught.value, core.ModelAPIError)
    assert not caught.value.is_retryable


def test_vectors_must_have_the_requested_length(embed: Embed) -> None:
    with pytest.raises(DimensionError, match="3 dimensions were requested, but the vectors have 2"):
        embed(serving([[[1.0, 2.0]]], dimensions=3), ["a"])


def test_vectors_must_have_the_length_of_earlier_ones(embed: Embed) -> None:
    embeddings = serving([[[1.0, 2.0]], [[1.0, 2.0, 3.0]], [[3.0, 4.0]]])
    assert embed(embeddings, ["a"]) == [[1.0, 2.0]]
    with pytest.raises(DimensionError, match="have 3 dimensions, but earlier ones have 2"):
        embed(embeddings, ["a"])
    assert embed(embeddings, ["a"]) == [[3.0, 4.0]]


def test_another_model_may_have_other_dimensions() -> None:
    embeddings = serving([[[1.0, 2.0]], [[1.0, 2.0, 3.0]]])
    embeddings.embed_query("a")
    embeddings.model = "another"
    assert len(embeddings.embed_query("a")) == 3


def test_the_error_has_the_vectors_of_the_other_texts(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(
        chunk_size=2, max_concurrency=1, max_retries=0, **emulator.options()
    )
    texts = ["a", "b", "c", "b", "d", "e"]
    expected = embed(embeddings, texts)
    emulator.fail(500)
    with pytest.raises(PartialEmbeddingsError, match="3 of 6 texts") as caught:
        embed(embeddings, texts)
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - bytes of our own making
    assert (error.done, [*error.failed]) == (["2", "4", "5"], ["0", "1", "3"])
    assert error.vectors == {2: expected[2], 4: expected[4], 5: expected[5]}
    assert isinstance(error.failed["3"], ServerError)
    assert isinstance(error.failed["3"], core.ModelAPIError)
    assert error.is_retryable
    assert isinstance(caught.value.__cause__, ServerError)


def test_if_nothing_was_embedded_the_error_is_the_servers(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=1, max_retries=0, **emulator.options())
    emulator.fail(500, times=3)
    with pytest.raises(ServerError):
        embed(embeddings, ["a", "b", "c"])


def test_a_wrong_key_is_not_tried_for_every_batch(emulator: TelnyxEmulator, embed: Embed) -> None:
    options = {**emulator.options(), "api_key": "KEYwrong"}
    embeddings = TelnyxEmbeddings(chunk_size=1, max_concurrency=2, **options)
    with pytest.raises(AuthenticationError):
        embed(embeddings, [str(number) for number in range(50)])
    assert len(emulator.requests) <= 4
