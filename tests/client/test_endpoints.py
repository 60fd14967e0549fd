"""Chat, models and vectors: every endpoint sync and async, against the emulator."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call
from langchain_telnyx.client.decode import check_empty
from langchain_telnyx.client.errors import AuthenticationError, BadRequestError
from langchain_telnyx.emulator.server import TelnyxEmulator

MODEL = "moonshotai/Kimi-K2.6"
HELLO = [{"role": "user", "content": "What is the capital of France?"}]


def last_path(emulator: TelnyxEmulator) -> str:
    return emulator.requests[-1].path


def last_json(emulator: TelnyxEmulator) -> Any:
    return json.loads(emulator.requests[-1].body)


async def test_chat_returns_a_completion(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("Paris.")
    answer = await api.chat.create(HELLO, model=MODEL, temperature=0.0, seed=None)
    assert answer["choices"][0]["message"]["content"] == "Paris."
    assert answer["model"] == MODEL
    assert answer["usage"]["total_tokens"] > 0
    assert answer.headers["x-request-id"]
    assert last_path(emulator) == "/v2/ai/openai/chat/completions"
    assert last_json(emulator) == {"messages": HELLO, "model": MODEL, "temperature": 0.0}


async def test_chat_is_streamed_in_chunks(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("It is Paris.")
    chunks = await api.chat.stream(HELLO, model=MODEL)
    deltas = [choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta or "" for delta in deltas) == "It is Paris."
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert last_json(emulator) == {"messages": HELLO, "model": MODEL, "stream": True}


async def test_chat_works_on_the_deprecated_path(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("Paris.")
    answer = await api.chat.create_deprecated(HELLO, model=MODEL)
    assert answer["choices"][0]["message"]["content"] == "Paris."
    assert last_path(emulator) == "/v2/ai/chat/completions"
    emulator.say("Paris.")
    chunks = await api.chat.stream_deprecated(HELLO, model=MODEL)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert last_path(emulator) == "/v2/ai/chat/completions"


async def test_fields_without_a_keyword_are_sent_too(api: Any, emulator: TelnyxEmulator) -> None:
    await api.chat.create(HELLO, model=MODEL, max_tokens=5, extra_body={"novelty": [1]})
    assert last_json(emulator) == {
        "messages": HELLO,
        "model": MODEL,
        "max_tokens": 5,
        "novelty": [1],
    }


async def test_half_of_a_surrogate_pair_in_json_is_sent(api: Any, emulator: TelnyxEmulator) -> None:
    with pytest.raises(BadRequestError, match="half of a surrogate pair"):
        await api.chat.create([{"role": "user", "content": "cut \ud83d"}], model=MODEL)
    assert last_json(emulator)["messages"][0]["content"] == "cut \ud83d"


async def test_the_models_are_listed_on_both_paths(api: Any, emulator: TelnyxEmulator) -> None:
    models = {model.id: model for model in await api.models.list()}
    assert models[MODEL].context_length == 262144
    assert isinstance(models[MODEL].created, datetime)
    assert last_path(emulator) == "/v2/ai/openai/models"
    assert {model.id for model in await api.models.list_deprecated()} == models.keys()
    assert last_path(emulator) == "/v2/ai/models"


async def test_texts_are_embedded(api: Any) -> None:
    answer = await api.text_embeddings.create(["a", "b"], model="thenlper/gte-large")
    assert [row["index"] for row in answer["data"]] == [0, 1]
    assert [len(row["embedding"]) for row in answer["data"]] == [1024, 1024]
    one = await api.text_embeddings.create(
        "a", model="thenlper/gte-large", encoding_format="base64"
    )
    assert isinstance(one["data"][0]["embedding"], str)


async def test_the_embedding_models_are_listed(api: Any) -> None:
    models = await api.text_embeddings.models()
    assert "thenlper/gte-large" in [model.id for model in models]


async def test_a_call_without_a_method_can_be_sent(api: Any, emulator: TelnyxEmulator) -> None:
    assert (
        await api.send(Call("GET", "/ai/openai/models", check_empty, query=(("a", "b c"),))) is None
    )
    assert last_path(emulator) == "/v2/ai/openai/models"


async def test_a_wrong_key_is_refused(
    as_async: Callable[[Telnyx], Any], emulator: TelnyxEmulator
) -> None:
    api = as_async(Telnyx(**{**emulator.options(), "api_key": "KEY_wrong"}))
    with pytest.raises(AuthenticationError) as caught:
        await api.models.list()
    assert caught.value.code == "10009"
    assert "KEY_wrong" not in repr(caught.value)


async def test_a_request_to_a_busy_server_is_retried(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.fail(429, times=2, retry_after=0)
    emulator.say("Paris.")
    answer = await api.chat.create(HELLO, model=MODEL)
    assert answer["choices"][0]["message"]["content"] == "Paris."
