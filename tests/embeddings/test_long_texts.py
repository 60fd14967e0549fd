"""Texts that are too long for a model: by estimate, or because the server refuses them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import (
    BadRequestError,
    ContextOverflowError,
    PartialEmbeddingsError,
    TelnyxEmbeddings,
    TextTooLongError,
)
from langchain_telnyx.embeddings import lengths
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator

    Embed = Callable[[TelnyxEmbeddings, list[str]], list[list[float]]]

# One token each by our estimate; two by the emulator's.
UNDERESTIMATED = "shoulder " * 300


def inputs(emulator: TelnyxEmulator) -> list[list[str]]:
    return [json.loads(request.body)["input"] for request in emulator.requests]


def alike(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("model", ["thenlper/gte-large", "intfloat/multilingual-e5-large"])
def test_the_error_names_long_texts_before_anything_is_sent(
    emulator: TelnyxEmulator, embed: Embed, model: str
) -> None:
    long = "word " * 600
    embeddings = TelnyxEmbeddings(model=model, **emulator.options())
    with pytest.raises(TextTooLongError, match="603 at position 1, 603 at position 3") as caught:
        embed(embeddings, ["short", long, "short too", long])
    assert (caught.value.positions, caught.value.tokens) == ([1, 3], [603, 603])
    assert caught.value.limit == 512
    assert "allows 512 tokens" in str(caught.value)
    assert len(emulator.requests) == 0


def test_many_long_texts_make_a_short_message() -> None:
    long = [f"{number} " * 600 for number in range(50)]
    with pytest.raises(TextTooLongError, match=r"at position 4, 45 more\.") as caught:
        TelnyxEmbeddings(api_key="KEY1").embed_documents(long)
    assert len(str(caught.value)) < 600
    assert caught.value.positions == [*range(50)]


def test_max_input_tokens_overrides_the_known_limit(emulator: TelnyxEmulator, embed: Embed) -> None:
    strict = TelnyxEmbeddings(max_input_tokens=20, **emulator.options())
    with pytest.raises(TextTooLongError, match="allows 20 tokens"):
        embed(strict, ["word " * 30])
    lax = TelnyxEmbeddings(max_input_tokens=10_000, **emulator.options())
    with pytest.raises(TextTooLongError, match="The server refused"):
        embed(lax, ["word " * 600])


def test_texts_for_a_model_of_unknown_limit_are_sent(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(model="Qwen/Qwen3-Embedding-8B", **emulator.options())
    assert len(embed(embeddings, ["word " * 5000])[0]) == 4096


def test_truncate_embeds_the_beginning_up_to_a_whole_word(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    text = " ".join(f"international-{number}" for number in range(400))
    embeddings = TelnyxEmbeddings(on_long_text="truncate", **emulator.options())
    [vector] = embed(embeddings, [text])
    [sent] = inputs(emulator)[-1]
    assert text.startswith(f"{sent} ")
    assert vector == embed(embeddings, [sent])[0]


def test_average_embeds_the_weighted_mean_of_all_parts(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    text = " ".join(f"crater number {number} is deep." for number in range(300))
    embeddings = TelnyxEmbeddings(on_long_text="average", **emulator.options())
    vectors = embed(embeddings, ["short", text])
    parts = inputs(emulator)[0][1:]
    assert "".join(parts) == text
    assert len(parts) > 2
    weights = [lengths.tokens(part) for part in parts]
    assert max(weights) <= 512
    assert min(weights) > 0.9 * max(weights)
    of_parts = embed(embeddings, parts)
    sums = [
        sum(weight * vector[place] for weight, vector in zip(weights, of_parts, strict=True))
        for place in range(1024)
    ]
    norm = math.hypot(*sums)
    assert vectors[1] == pytest.approx([value / norm for value in sums])
    assert math.hypot(*vectors[1]) == pytest.approx(1)


def test_average_includes_the_end_of_a_long_text(
    emulator: TelnyxEmulator,
) -> None:
    text = "bread and flour, " * 300 + "Titan orbits Saturn"
    options = emulator.options()
    query = TelnyxEmbeddings(**options).embed_query("Titan orbits Saturn")
    short = TelnyxEmbeddings(on_long_text="truncate", **options).embed_query(text)
    long = TelnyxEmbeddings(on_long_text="average", **options).embed_query(text)
    assert alike(query, long) > alike(query, short)


@pytest.mark.parametrize("policy", ["truncate", "average"])
def test_a_refused_text_is_shortened(emulator: TelnyxEmulator, embed: Embed, policy: Any) -> None:
    embeddings = TelnyxEmbeddings(on_long_text=policy, **emulator.options())
    texts = [f"moon {number}" for number in range(6)] + [UNDERESTIMATED, "word " * 700]
    vectors = embed(embeddings, texts)
    assert len(vectors) == 8
    assert all(math.hypot(*vector) == pytest.approx(1, abs=1e-5) for vector in vectors)
    assert vectors[:6] == embed(embeddings, texts[:6])
    assert alike(vectors[6], embed(embeddings, ["shoulder"])[0]) > 0.9


def test_the_vector_of_a_text_does_not_depend_on_its_batch(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(on_long_text="truncate", **emulator.options())
    texts = [f"{'word ' * 400}{number}" for number in range(5)]
    beside = embed(embeddings, [*texts, UNDERESTIMATED])
    assert beside == [*embed(embeddings, texts), *embed(embeddings, [UNDERESTIMATED])]


def test_the_error_names_a_refused_text_and_has_the_other_vectors(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    texts = [f"moon {number}" for number in range(20)]
    texts[13] = UNDERESTIMATED
    with pytest.raises(PartialEmbeddingsError, match="303 at position 13") as caught:
        embed(embeddings, texts)
    error = caught.value
    assert error.failed.keys() == {"13"}
    assert error.done == [str(at) for at in range(20) if at != 13]
    assert error.vectors.keys() == {at for at in range(20) if at != 13}
    assert error.vectors[19] == embed(embeddings, [texts[19]])[0]
    refusal = error.failed["13"]
    assert isinstance(refusal, TextTooLongError)
    assert (refusal.positions, refusal.tokens, refusal.limit) == ([13], [303], 512)
    assert isinstance(error.__cause__, TextTooLongError)
    assert isinstance(error.__cause__.__cause__, ContextOverflowError)


def test_texts_that_are_all_refused_are_all_named(emulator: TelnyxEmulator, embed: Embed) -> None:
    texts = [f"{UNDERESTIMATED}{number}" for number in range(3)]
    with pytest.raises(TextTooLongError, match="refused 3 of the texts") as caught:
        embed(TelnyxEmbeddings(**emulator.options()), texts)
    assert caught.value.positions == [0, 1, 2]


def test_of_many_refused_texts_only_some_are_isolated(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    texts = [f"{UNDERESTIMATED}{number}" for number in range(128)]
    embeddings = TelnyxEmbeddings(max_concurrency=1, **emulator.options())
    with pytest.raises(ContextOverflowError):
        embed(embeddings, texts)
    assert len(emulator.requests) < 30


class Terse:
    """A server that refuses texts of more than `longest` words, without a reason."""

    def __init__(self, longest: int = 100, *, dimensions: int = 2) -> None:
        self.longest = longest
        self.dimensions = dimensions
        self.requests: list[list[str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.requests.append(body["input"])
        refused = any(len(text.split()) > self.longest for text in body["input"])
        if refused or body.get("dimensions") not in {None, self.dimensions}:
            detail = "The request failed because it was not well-formed."
            error = {"code": "10015", "title": "Bad Request", "detail": detail}
            return httpx.Response(400, json={"errors": [error]})
        rows = [
            {"index": index, "embedding": [1.0] * self.dimensions}
            for index in range(len(body["input"]))
        ]
        return httpx.Response(200, json={"data": rows})

    def embeddings(self, **options: Any) -> TelnyxEmbeddings:
        transport = httpx.MockTransport(self)
        return TelnyxEmbeddings(
            api_key="KEY1",
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
            max_retries=0,
            **options,
        )


def test_an_unexplained_refusal_after_successes_counts_as_length(embed: Embed) -> None:
    server = Terse()
    with pytest.raises(PartialEmbeddingsError) as caught:
        embed(server.embeddings(), ["a", "b", "word " * 300, "c"])
    assert [*caught.value.failed] == ["2"]
    assert isinstance(caught.value.failed["2"], TextTooLongError)


@pytest.mark.parametrize("policy", ["truncate", "average"])
def test_a_text_refused_without_a_reason_is_shortened(embed: Embed, policy: Any) -> None:
    server = Terse()
    embeddings = server.embeddings(on_long_text=policy, max_input_tokens=200)
    vectors = embed(embeddings, ["a", "b", "word " * 150, "c"])
    assert [len(vector) for vector in vectors] == [2, 2, 2, 2]


def test_a_request_refused_for_another_reason_is_not_repeated(
    embed: Embed,
) -> None:
    server = Terse()
    texts = [f"{'word ' * 90}{number}" for number in range(64)]
    embeddings = server.embeddings(dimensions=7, max_input_tokens=100, on_long_text="truncate")
    with pytest.raises(BadRequestError, match="not well-formed"):
        embed(embeddings, texts)
    assert len(server.requests) < 25  # halves of halves, in either form of vectors


def test_a_server_that_refuses_everything_is_not_called_again(embed: Embed) -> None:
    server = Terse(longest=0)
    embeddings = server.embeddings(max_input_tokens=100, on_long_text="average")
    with pytest.raises((BadRequestError, TextTooLongError)):
        embed(embeddings, ["word " * 95])
    assert len(server.requests) < 20


TEXTS = st.text(st.sampled_from("ab .,-\n7é漢я\ud800") | st.characters(), max_size=400)


@settings(max_examples=examples(200), deadline=None)
@given(TEXTS)
def test_a_bound_is_never_below_the_count(text: str) -> None:
    for few in (0, 16, 64, 512):
        bound = lengths.tokens_or_more(text, few)
        assert bound == lengths.tokens(text) or lengths.tokens(text) <= bound <= few


@settings(max_examples=examples(200), deadline=None)
@given(TEXTS, st.integers(4, 100))
def test_parts_are_short_enough_and_add_up(text: str, limit: int) -> None:
    if lengths.tokens(text) > limit:
        parts = lengths.parts_of(text, limit)
        assert "".join(parts) == text
        assert max(map(lengths.tokens, parts)) <= limit
        start = lengths.start_of(text, limit)
        assert text.startswith(start)
        assert 0 < lengths.tokens(start) <= limit
