"""Texts that cannot be embedded, and texts that a server refuses: each fails alone."""

from __future__ import annotations

import asyncio
import json
import math
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core import exceptions as core
from langchain_core.documents import Document

from langchain_telnyx import (
    APIResponseError,
    BadRequestError,
    InvalidTextError,
    PartialEmbeddingsError,
    TelnyxEmbeddings,
    TextTooLongError,
)
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator

    Embed = Callable[[TelnyxEmbeddings, Any], list[list[float]]]


def vector_of(text: str) -> list[float]:
    return [float(len(text)), float(sum(map(ord, text))), 1.0]


class Server:
    """Returns a distinct vector for each text, but refuses a request with a certain word.

    Args:
        names: How the refusal names the first such text, where it does; `{at}` is its position.
        dislikes: The word.
        vectors: Texts to what is given in place of their vectors.
    """

    def __init__(
        self, names: str = "Bad request.", *, dislikes: str = "bomb", vectors: Any = None
    ) -> None:
        self.names = names
        self.dislikes = dislikes
        self.vectors = vectors or {}
        self.requests: list[list[str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["input"]
        self.requests.append(texts)
        refused = [at for at, text in enumerate(texts) if self.dislikes in text]
        if refused:
            error = {"code": "10015", "title": "Bad Request"}
            detail = self.names.replace("{at}", str(refused[0]))
            return httpx.Response(400, json={"errors": [{**error, "detail": detail}]})
        rows = [
            {"index": at, "embedding": self.vectors.get(text, vector_of(text))}
            for at, text in enumerate(texts)
        ]
        # As httpx encodes it, but with NaN and infinity, as some servers do.
        return httpx.Response(200, content=json.dumps({"data": rows}))

    def embeddings(self, **options: Any) -> TelnyxEmbeddings:
        transport = httpx.MockTransport(self)
        return TelnyxEmbeddings(
            api_key="KEY1",
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
            max_retries=0,
            **options,
        )


UNFIT: dict[str, tuple[Any, str]] = {
    "empty": ("", "it is empty"),
    "blank": (" \n\t\u00a0", "it is blank"),
    "None": (None, "it is None, not text"),
    "bytes": (b"moon", "it is of type bytes, not text"),
    "int": (7, "it is of type int, not text"),
    "list": (["moon"], "it is of type list, not text"),
    "Document": (Document("moon"), "of type Document, not text; embed its `page_content`"),
    "surrogate": ("moon \ud83d", r"half of a surrogate pair, U\+D83D, at character 5"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_text_that_cannot_be_sent_is_named_and_the_others_are_embedded(
    emulator: TelnyxEmulator, embed: Embed, kind: str
) -> None:
    text, match = UNFIT[kind]
    embeddings = TelnyxEmbeddings(**emulator.options())
    moon, star = embed(embeddings, ["moon", "star"])
    with pytest.raises(PartialEmbeddingsError, match=f"at position 1.*{match}") as caught:
        embed(embeddings, ["moon", text, "star"])
    assert caught.value.vectors == {0: moon, 2: star}
    assert [*caught.value.failed] == ["1"]
    refusal = caught.value.failed["1"]
    assert isinstance(refusal, InvalidTextError)
    assert refusal.positions == [1]
    assert json.loads(emulator.requests[-1].body)["input"] == ["moon", "star"]


@pytest.mark.parametrize("kind", UNFIT)
async def test_a_query_that_cannot_be_sent_is_refused(emulator: TelnyxEmulator, kind: str) -> None:
    text, match = UNFIT[kind]
    embeddings = TelnyxEmbeddings(**emulator.options())
    with pytest.raises(InvalidTextError, match=match) as caught:
        embeddings.embed_query(text)
    assert isinstance(caught.value, core.ModelInvalidRequestError)
    with pytest.raises(InvalidTextError, match=match):
        await embeddings.aembed_query(text)
    assert len(emulator.requests) == 0


def test_the_error_names_all_invalid_texts(emulator: TelnyxEmulator, embed: Embed) -> None:
    with pytest.raises(InvalidTextError) as caught:
        embed(TelnyxEmbeddings(**emulator.options()), ["", None, "", *[" "] * 7])
    assert caught.value.positions == [*range(10)]
    assert str(caught.value) == (
        "Texts cannot be embedded: at positions 0, 2: it is empty; at position 1: it is None, not "
        "text; at positions 3, 4, 5, 6, 7 and 2 more: it is blank. These texts are not sent."
    )


def test_a_text_too_long_is_refused_with_those_that_cannot_be_sent(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    match = r"603 at position 2\. .*Others cannot be embedded: at position 1: it is empty\."
    with pytest.raises(TextTooLongError, match=match):
        embed(TelnyxEmbeddings(**emulator.options()), ["moon", "", "word " * 600])
    assert len(emulator.requests) == 0


@pytest.mark.parametrize(
    ("texts", "match"),
    [
        ("moon", r"not one text: write `\[text\]`"),
        (Document("moon"), r"not a Document: write `\[page_content\]`"),
        (b"moon", "not of type bytes"),
        ({"moon": 1}, "not of type dict"),
        (None, "not None"),
        (7, "not of type int"),
    ],
    ids=str,
)
def test_one_text_in_place_of_a_list_is_a_type_error(
    emulator: TelnyxEmulator, embed: Embed, texts: Any, match: str
) -> None:
    with pytest.raises(TypeError, match=f"A list of texts is expected, {match}"):
        embed(TelnyxEmbeddings(**emulator.options()), texts)
    assert len(emulator.requests) == 0


@pytest.mark.parametrize("kind", [tuple, iter, dict.fromkeys, lambda texts: (t for t in texts)])
def test_any_ordered_iterable_is_accepted(
    emulator: TelnyxEmulator, embed: Embed, kind: Any
) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=2, **emulator.options())
    texts = ["moon", "star", "sun"]
    given = dict.fromkeys(texts).keys() if kind == dict.fromkeys else kind(texts)
    assert embed(embeddings, given) == embed(embeddings, texts)


@pytest.mark.parametrize(
    ("names", "most"),
    [
        ("Bad request.", 20),
        ("The input at position {at} was refused.", 5),
        ('{"loc": ["body", "input", {at}], "msg": "refused"}', 5),
        ("/input/{at} is not allowed", 5),
        ("item 0 is not allowed", 20),
        ("The text 99999999999 is not allowed", 20),
    ],
)
def test_a_text_that_a_server_refuses_is_isolated(embed: Embed, names: str, most: int) -> None:
    server = Server(names)
    texts = [f"moon {number}" for number in range(100)]
    texts[37] = "bomb"
    match = r"1 of 100 texts .* at position 37 "
    with pytest.raises(PartialEmbeddingsError, match=match) as caught:
        embed(server.embeddings(chunk_size=100), texts)
    assert caught.value.vectors == {at: vector_of(texts[at]) for at in range(100) if at != 37}
    refusal = caught.value.failed["37"]
    assert isinstance(refusal, BadRequestError)
    assert isinstance(refusal, core.ModelInvalidRequestError)
    assert len(server.requests) <= most


def test_a_request_that_is_refused_for_any_text_is_not_repeated(embed: Embed) -> None:
    server = Server(dislikes="")
    with pytest.raises(BadRequestError, match="Bad request"):
        embed(server.embeddings(max_concurrency=1), [f"moon {number}" for number in range(640)])
    assert len(server.requests) <= 4  # each in both forms of vectors


def test_refusals_of_many_texts_cost_no_more_than_two_requests_each(embed: Embed) -> None:
    server = Server()
    texts = [f"{'bomb' if number < 60 else 'moon'} {number}" for number in range(64)]
    with pytest.raises(PartialEmbeddingsError) as caught:
        embed(server.embeddings(), texts)
    assert sorted(caught.value.vectors) == [60, 61, 62, 63]
    assert len(server.requests) <= 2 * 64


def outcome(
    run: Callable[[], list[list[float]]], count: int
) -> tuple[dict[int, list[float]], dict[int, Exception]]:
    """Return the vectors of the texts that have some, and the errors of the others."""
    try:
        return dict(enumerate(run())), {}
    except PartialEmbeddingsError as error:
        return error.vectors, {int(position): one for position, one in error.failed.items()}
    except (InvalidTextError, APIResponseError, BadRequestError) as error:
        return {}, dict.fromkeys(range(count), error)


BAD_VECTORS: dict[str, tuple[Any, str]] = {
    "NaN": ([1.0, math.nan, 1.0], "the vector holds NaN"),
    "infinity": ([-math.inf, 0.0, 1.0], "the vector holds an infinite value"),
    "both infinities": ([-math.inf, math.inf, 1.0], "the vector holds an infinite value"),
    "zeros": ([0.0, -0.0, 0], "the vector is all zeros"),
    "base64 zeros": ("AAAAAAAAAAAAAAAA", "the vector is all zeros"),
    "base64 NaN": ("AADAfwAAgD8AAIA/", "the vector holds NaN"),
    "empty": ([], "the vector is empty"),
    "null": (None, "the vector is null"),
    "null inside": ([1.0, None, 1.0], "the vector cannot be read"),
    "texts": (["1", "2", "3"], "the vector cannot be read"),
    "too large": ([10**400, 1, 1], "the vector cannot be read"),
    "shorter": ([1.0, 2.0], r"the vectors of one response have different lengths: \[2, 3\]"),
}


@pytest.mark.parametrize("kind", BAD_VECTORS)
def test_an_unusable_vector_fails_only_its_text(embed: Embed, kind: str) -> None:
    vector, match = BAD_VECTORS[kind]
    texts = ["moon", "star", "", "dark", "star"]
    embeddings = Server(vectors={"star": vector}).embeddings()
    with pytest.raises(PartialEmbeddingsError, match=f"at positions 1, 2, 4 .*{match}") as caught:
        embed(embeddings, texts)
    assert caught.value.vectors == {0: vector_of("moon"), 3: vector_of("dark")}
    assert [*caught.value.failed] == ["1", "2", "4"]
    for position in ("1", "4"):
        error = caught.value.failed[position]
        assert isinstance(error, APIResponseError)
        assert isinstance(error, core.ModelAPIError)
        assert f"at position {position}: " in str(error)


@pytest.mark.parametrize("kind", [kind for kind in BAD_VECTORS if kind != "shorter"])
async def test_an_unusable_vector_of_a_query_is_an_error(kind: str) -> None:
    vector, match = BAD_VECTORS[kind]
    embeddings = Server(vectors={"star": vector}).embeddings()
    with pytest.raises(APIResponseError, match=match):
        embeddings.embed_query("star")
    with pytest.raises(APIResponseError, match=match):
        await embeddings.aembed_query("star")


def test_large_numbers_are_not_infinity(embed: Embed) -> None:
    vector = [1.5e308, 1.5e308, 1.0]
    assert embed(Server(vectors={"star": vector}).embeddings(), ["star"]) == [vector]


def test_an_unusable_mean_is_an_error(embed: Embed) -> None:
    class Opposites(Server):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            texts = json.loads(request.content)["input"]
            rows = [{"embedding": [1.0 if "one" in text else -1.0]} for text in texts]
            return httpx.Response(200, json={"data": rows})

    text = " ".join(["one"] * 15 + ["two"] * 15)
    embeddings = Opposites().embeddings(on_long_text="average", max_input_tokens=17)
    match = "at position 1: the vector is all zeros: the mean of its parts"
    with pytest.raises(PartialEmbeddingsError, match=match):
        embed(embeddings, ["one", text])


@pytest.mark.parametrize("policy", ["truncate", "average"])
def test_space_within_a_long_text_is_not_embedded_alone(embed: Embed, policy: Any) -> None:
    class Strict(Server):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            assert all(text.strip() for text in json.loads(request.content)["input"])
            return super().__call__(request)

    texts = ["- " * 9 + "\n" * 5, " \n \t" * 300 + "moon " * 9 + " \n \t" * 300]
    embeddings = Strict().embeddings(on_long_text=policy, max_input_tokens=16)
    assert len(embed(embeddings, texts)) == 2


def row(index: Any, value: float) -> dict[str, Any]:
    return {"index": index, "embedding": [value]}


@pytest.mark.parametrize(
    ("rows", "vectors"),
    [
        ([row(2, 3.0), row(0, 1.0), row(1, 2.0)], {0: 1.0, 1: 2.0, 2: 3.0}),
        ([row("2", 3.0), row("0", 1.0), row(1.0, 2.0)], {0: 1.0, 1: 2.0, 2: 3.0}),
        ([row(None, 1.0), row(1, 2.0), row(None, 3.0)], {0: 1.0, 1: 2.0, 2: 3.0}),
        # A row is missing.
        ([row(0, 1.0), row(2, 3.0)], {0: 1.0, 2: 3.0}),
        ([row(1, 2.0), row(2, 3.0)], {1: 2.0, 2: 3.0}),
        ([row(0, 1.0), None, row(2, 3.0)], {0: 1.0, 2: 3.0}),
        ([row(0, 1.0), {"index": 1}, row(2, 3.0)], {0: 1.0, 2: 3.0}),
        # An index is wrong.
        ([row(0, 1.0), row(1, 2.0), row(7, 3.0)], {0: 1.0, 1: 2.0}),
        ([row(3, 1.0), row(1, 2.0), row(2, 3.0)], {1: 2.0, 2: 3.0}),
        ([row(0, 1.0), row(-1, 2.0), row(2, 3.0)], {0: 1.0, 2: 3.0}),
        ([row(0, 1.0), row([1], 2.0), row(2, 3.0)], {0: 1.0, 2: 3.0}),
        ([row(0, 1.0), row("one", 2.0), row(2, 3.0)], {0: 1.0, 2: 3.0}),
        ([row(0, 1.0), row(0, 2.0), row(2, 3.0)], {2: 3.0}),
        # There is a row too many, and one text has two.
        ([row(0, 1.0), row(1, 2.0), row(1, 9.0), row(2, 3.0)], {0: 1.0, 2: 3.0}),
        # These rows cannot be matched: they may be numbered from 1, or be shifted.
        ([row(1, 1.0), row(2, 2.0), row(3, 3.0)], {}),
        ([row(2, 1.0), row(3, 2.0), row(4, 3.0)], {}),
        ([row(0, 1.0), row(1, 2.0), row(2, 3.0), row(3, 4.0)], {}),
        ([row(None, 1.0), row(None, 2.0)], {}),
        ([row(None, 1.0), row(None, 2.0), row(None, 3.0), row(None, 4.0)], {}),
        ({"0": [1.0]}, {}),
    ],
    ids=str,
)
def test_a_row_is_never_assigned_to_another_text(
    embed: Embed, rows: Any, vectors: dict[int, float]
) -> None:
    class Odd(Server):
        def __call__(self, _: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"data": rows, "usage": "none"})

    found, failed = outcome(lambda: embed(Odd().embeddings(), ["a", "b", "c"]), 3)
    assert found == {position: [value] for position, value in vectors.items()}
    assert {*found} | {*failed} == {0, 1, 2}


ITEMS = st.one_of(
    st.tuples(st.just("good"), st.sampled_from([f"moon {n}" for n in range(40)])),
    st.tuples(st.just("bad"), st.sampled_from([text for text, _ in UNFIT.values()])),
    st.tuples(st.just("bad"), st.sampled_from([f"bomb {n}" for n in range(40)])),
    st.tuples(st.just("bad"), st.sampled_from([*BAD_VECTORS])),
)


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(ITEMS, min_size=1, max_size=60),
    st.integers(1, 20),
    st.sampled_from(["Bad request.", "position {at}", "position 0"]),
)
@pytest.mark.parametrize("awaited", [False, True])
def test_each_valid_text_has_its_vector_and_each_invalid_one_an_error(
    awaited: bool,  # noqa: FBT001 - a parameter of the test
    items: list[tuple[str, Any]],
    batch: int,
    names: str,
) -> None:
    vectors = {kind: vector for kind, (vector, _) in BAD_VECTORS.items() if kind != "shorter"}
    vectors["shorter"] = [math.nan]
    embeddings = Server(names, vectors=vectors).embeddings(chunk_size=batch)
    texts = [text for _, text in items]
    good = {at: vector_of(text) for at, (kind, text) in enumerate(items) if kind == "good"}
    found, failed = outcome(
        lambda: (
            asyncio.run(embeddings.aembed_documents(texts))
            if awaited
            else embeddings.embed_documents(texts)
        ),
        len(texts),
    )
    assert found == good
    assert {*found} | {*failed} == {*range(len(texts))}
    # Of a single error for all of them, the message has the first positions.
    for position, error in list(failed.items())[:5]:
        if not isinstance(error, BadRequestError):
            assert re.search(rf"positions? .*\b{position}\b", str(error))
