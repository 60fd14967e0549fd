"""`TelnyxEmbeddings`: batches, order, options, and invalid responses.

For texts that are too long see test_long_texts.py, for errors of servers test_server_errors.py.
"""

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
from langchain_core.load import dumpd, load
from langchain_core.vectorstores import InMemoryVectorStore

from langchain_telnyx import (
    APIResponseError,
    ConfigurationError,
    RateLimitError,
    TelnyxEmbeddings,
    TextTooLongError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator

    Embed = Callable[[TelnyxEmbeddings, list[str]], list[list[float]]]


def bodies(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


@pytest.mark.default_quirks("It counts requests.", "base64_embeddings", "rate_limited_share")
def test_texts_are_sent_as_strings_in_batches_and_vectors_are_in_order(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=3, **emulator.options())
    texts = [f"moon number {n}" for n in range(8)]
    together = embed(embeddings, texts)
    assert sorted(len(body["input"]) for body in bodies(emulator)) == [2, 3, 3]
    assert all(isinstance(text, str) for body in bodies(emulator) for text in body["input"])
    assert together == [embed(embeddings, [text])[0] for text in texts]
    assert {len(vector) for vector in together} == {1024}


def test_an_empty_list_sends_nothing(emulator: TelnyxEmulator, embed: Embed) -> None:
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


def test_common_words_make_vectors_similar(emulator: TelnyxEmulator) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    query, near, far = embeddings.embed_documents(
        ["icy moons", "Europa is an icy moon.", "The train leaves at nine."]
    )

    def alike(other: list[float]) -> float:
        return sum(a * b for a, b in zip(query, other, strict=True))

    assert alike(near) > alike(far) + 0.1


def answering(payload: dict[str, Any]) -> TelnyxEmbeddings:
    """Return embeddings whose server sends this response."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=payload))
    return TelnyxEmbeddings(api_key="KEY1", http_client=httpx.Client(transport=transport))


def test_both_forms_of_vectors_are_read_and_sorted_by_index() -> None:
    packed = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()
    rows = [{"index": 1, "embedding": packed}, {"index": 0, "embedding": [1.0, 2.0]}]
    assert answering({"data": rows}).embed_documents(["a", "b"]) == [[1.0, 2.0], [0.5, -1.0]]


@pytest.mark.parametrize(
    "payload",
    [{"data": []}, {"data": None}, {}, {"data": [{"embedding": [1.0]}]}],
    ids=json.dumps,
)
def test_a_response_with_too_few_vectors_is_an_error(payload: dict[str, Any]) -> None:
    with pytest.raises(APIResponseError, match=r"2 texts were sent .* but [01] vectors") as caught:
        answering(payload).embed_documents(["a", "b"])
    assert isinstance(caught.value, core.ModelAPIError)


def test_indexes_that_do_not_match_the_texts_are_an_error() -> None:
    rows = [{"index": 1, "embedding": [1.0]}, {"index": 1, "embedding": [2.0]}]
    with pytest.raises(APIResponseError, match="indexes"):
        answering({"data": rows}).embed_documents(["a", "b"])


def test_vectors_without_indexes_are_matched_by_order() -> None:
    rows = [{"embedding": [1.0]}, {"embedding": [2]}]
    assert answering({"data": rows}).embed_documents(["a", "b"]) == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"embedding": None},
        {"embedding": "not base64!"},
        {"embedding": "AAA="},
        {"embedding": 7},
        {"embedding": [0.5, None]},
        {"embedding": ["0.5"]},
        {"embedding": []},
        {"embedding": ""},
        "row",
    ],
    ids=json.dumps,
)
def test_a_vector_that_cannot_be_read_is_an_error(row: Any) -> None:
    with pytest.raises(APIResponseError, match="vector"):
        answering({"data": [row]}).embed_documents(["a"])


def test_errors_are_ours_and_langchain_cores(emulator: TelnyxEmulator, embed: Embed) -> None:
    embeddings = TelnyxEmbeddings(max_retries=0, **emulator.options())
    emulator.fail(429)
    with pytest.raises(RateLimitError) as limited:
        embed(embeddings, ["a"])
    assert isinstance(limited.value, core.ModelRateLimitError)
    with pytest.raises(TextTooLongError) as too_long:
        embed(embeddings, ["word " * 2000])
    assert isinstance(too_long.value, core.ContextOverflowError)


@pytest.mark.default_quirks("It counts requests.", "base64_embeddings", "rate_limited_share")
def test_one_failed_batch_fails_the_whole_after_its_retries(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=1, max_concurrency=1, **emulator.options())
    emulator.fail(503, retry_after=0.01)
    assert len(embed(embeddings, ["a", "b"])) == 2
    assert len(emulator.requests) == 3


def test_a_missing_key_is_reported_at_the_call() -> None:
    with pytest.raises(ConfigurationError, match="TELNYX_API_KEY"):
        TelnyxEmbeddings(base_url="http://127.0.0.1:9").embed_query("moon")


def test_embeddings_can_be_pickled(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    embeddings = TelnyxEmbeddings(chunk_size=5, **emulator.options())
    embeddings.embed_query("moon")
    again = pickle.loads(pickle.dumps(embeddings))  # noqa: S301 - bytes of our own making
    assert (again.chunk_size, again.telnyx_api_base) == (5, emulator.base_url)


@pytest.mark.default_quirks("It counts requests.", "base64_embeddings", "rate_limited_share")
def test_a_batch_holds_no_more_tokens_than_allowed(emulator: TelnyxEmulator, embed: Embed) -> None:
    embeddings = TelnyxEmbeddings(max_batch_tokens=100, **emulator.options())
    texts = ["moon " * 28 + str(number) for number in range(9)] + ["word " * 200]
    assert len(embed(embeddings, texts)) == 10
    inputs = [body["input"] for body in bodies(emulator)]
    assert sorted(map(len, inputs)) == [1, 3, 3, 3]
    assert [texts[-1]] in inputs


@pytest.mark.default_quirks("It counts requests.", "base64_embeddings", "rate_limited_share")
def test_equal_texts_are_sent_once_and_their_vectors_are_not_one_list(
    emulator: TelnyxEmulator, embed: Embed
) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    vectors = embed(embeddings, ["moon", "sun", "moon", "moon"])
    assert [body["input"] for body in bodies(emulator)] == [["moon", "sun"]]
    assert vectors[0] == vectors[2] == vectors[3] != vectors[1]
    vectors[2][0] = 7.0
    assert vectors[0][0] != 7.0 != vectors[3][0]


def test_other_names_of_options_are_understood() -> None:
    names: dict[str, Any] = {
        "api_key": "KEY1",
        "model_name": "m",
        "embedding_ctx_length": 100,
        "show_progress_bar": True,
    }
    embeddings = TelnyxEmbeddings(**names)
    assert (embeddings.model, embeddings.model_name) == ("m", "m")
    assert (embeddings.max_input_tokens, embeddings.show_progress) == (100, True)
    assert embeddings.model_kwargs == {}


def test_an_unknown_option_is_sent_with_a_warning(emulator: TelnyxEmulator) -> None:
    message = "`truncate` is not an option of TelnyxEmbeddings"
    with pytest.warns(UserWarning, match=message) as warned:
        embeddings = TelnyxEmbeddings(**{"truncate": True, "user": "u1", **emulator.options()})
    assert warned[0].filename == __file__
    embeddings.embed_query("moon")
    assert bodies(emulator)[0]["truncate"] is True
    assert bodies(emulator)[0]["user"] == "u1"


def test_on_usage_receives_the_tokens_of_the_server(emulator: TelnyxEmulator, embed: Embed) -> None:
    counts: list[int] = []
    embeddings = TelnyxEmbeddings(chunk_size=1, on_usage=counts.append, **emulator.options())
    embed(embeddings, ["a moon", "a moon", "a far moon"])
    embed(embeddings, [])
    assert counts == [5]
    assert pickle.loads(pickle.dumps(embeddings)).on_usage is None  # noqa: S301 - our own


def test_progress_is_shown_on_request(
    emulator: TelnyxEmulator, embed: Embed, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [str(number) for number in range(5)]
    embed(TelnyxEmbeddings(chunk_size=2, **emulator.options()), texts)
    assert capsys.readouterr().err == ""
    embed(TelnyxEmbeddings(chunk_size=2, show_progress=True, **emulator.options()), texts)
    assert "5/5" in capsys.readouterr().err


def test_an_in_memory_store_finds_embedded_texts(emulator: TelnyxEmulator) -> None:
    store = InMemoryVectorStore(TelnyxEmbeddings(**emulator.options()))
    store.add_texts(["Titan is a moon of Saturn.", "Bread needs flour.", "The train is late."])
    [found] = store.similarity_search("Saturn's moons", k=1)
    assert found.page_content == "Titan is a moon of Saturn."


async def test_an_in_memory_store_finds_embedded_texts_async(emulator: TelnyxEmulator) -> None:
    store = InMemoryVectorStore(TelnyxEmbeddings(**emulator.options()))
    await store.aadd_texts(["Titan is a moon of Saturn.", "Bread needs flour."])
    [found] = await store.asimilarity_search("Saturn's moons", k=1)
    assert found.page_content == "Titan is a moon of Saturn."


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_serialisation_round_trips_without_the_key(emulator: TelnyxEmulator) -> None:
    embeddings = TelnyxEmbeddings(chunk_size=5, on_long_text="average", **emulator.options())
    written = dumpd(embeddings)
    assert emulator.api_key not in str(written)
    again = load(
        written,
        allowed_objects=[TelnyxEmbeddings],
        valid_namespaces=["langchain_telnyx"],
        secrets_map={"TELNYX_API_KEY": "KEYfrom_the_map"},
    )
    assert (again.chunk_size, again.on_long_text) == (5, "average")
    assert again.telnyx_api_base == emulator.base_url
    assert again.telnyx.config.key() == "KEYfrom_the_map"


def test_the_key_is_not_shown(emulator: TelnyxEmulator) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    embeddings.embed_query("moon")
    assert emulator.api_key not in f"{embeddings!r} {embeddings} {vars(embeddings)}"


def test_one_object_embeds_on_several_event_loops(emulator: TelnyxEmulator) -> None:
    embeddings = TelnyxEmbeddings(**emulator.options())
    first = asyncio.run(embeddings.aembed_query("moon"))
    assert asyncio.run(embeddings.aembed_query("moon")) == first
