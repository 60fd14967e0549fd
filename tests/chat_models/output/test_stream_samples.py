"""Every kind of stream that servers send, or could send: `samples/*.sse`.

Next to each sample is the expected message, as `.json`. It must result from every version of
content and events, for sync and async, in any split of the bytes.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core import exceptions as core
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

import langchain_telnyx
from langchain_telnyx import ChatTelnyx, StreamError
from langchain_telnyx.client.api.chat import Chunks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.messages import AIMessage

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.sse"))
# As chunks of both versions of content, as events, and as a merged stream.
VERSIONS = ("v0", "v1", "v3", "invoke", "invoke v1")
LONG = 800  # bytes: longer samples are split at some offsets, all others at each
SILENT = {"text": "", "reasoning": "", "tool_calls": [], "invalid_tool_calls": [], "refusal": ""}

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives in these pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def model_of(body: Pieces, **options: Any) -> ChatTelnyx:
    """Return a model with a server that returns this body."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=body)

    transport = httpx.MockTransport(answer)
    return ChatTelnyx(
        api_key="KEY1",
        max_retries=0,
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
        **options,
    )


def read(model: ChatTelnyx, version: str, *, awaited: bool) -> AIMessage:
    """Return the complete message of a stream in one of the versions."""
    if version == "v3":
        return asyncio.run(_aevents(model)) if awaited else _events(model)
    if version.startswith("invoke"):
        return asyncio.run(model.ainvoke("Hi")) if awaited else model.invoke("Hi")
    chunks = asyncio.run(_achunks(model)) if awaited else list(model.stream("Hi"))
    whole: AIMessage = chunks[0].__add__(chunks[1:])
    return whole


def _events(model: ChatTelnyx) -> AIMessage:
    stream = model.stream_events("Hi", version="v3")
    assert_valid_event_stream(list(stream))
    output: AIMessage = stream.output
    return output


async def _aevents(model: ChatTelnyx) -> AIMessage:
    stream = await model.astream_events("Hi", version="v3")
    assert_valid_event_stream([event async for event in stream])
    output: AIMessage = await stream.output
    return output


async def _achunks(model: ChatTelnyx) -> list[Any]:
    return [chunk async for chunk in model.astream("Hi")]


def contents(message: AIMessage) -> dict[str, Any]:
    """Return the contents of a message, with the keys of the records."""
    blocks: list[Any] = message.content_blocks
    record = {
        "text": str(message.text),
        "reasoning": "".join(_each(blocks, "reasoning", "reasoning")),
        "tool_calls": [_call(call) for call in message.tool_calls],
        "invalid_tool_calls": [
            {"name": call["name"], "args": call["args"], "id": call["id"]}
            for call in message.invalid_tool_calls
        ],
        "refusal": "".join(_each(blocks, "refusal", "refusal")),
        "server_tools": [_call(block) for block in blocks if block["type"] == "server_tool_call"],
        "usage": message.usage_metadata,
        "finish_reason": message.response_metadata.get("finish_reason"),
        "logprobs": message.response_metadata.get("logprobs"),
    }
    assert [block["type"] for block in blocks].count("text") <= 1
    assert "".join(_each(blocks, "text", "text")) == record["text"]
    return record


def _each(blocks: list[Any], kind: str, field: str) -> Iterator[str]:
    for block in blocks:
        # The format of a refusal in langchain-core before 1.7.5.
        standard = block.get("value", block)
        if standard["type"] == kind:
            yield standard[field]


def _call(call: Any) -> dict[str, Any]:
    return {"name": call["name"], "args": call["args"], "id": call["id"]}


def expected_of(sample: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(sample.with_suffix(".json").read_text("utf-8"))
    return record


def assert_says(message: AIMessage, record: dict[str, Any]) -> None:
    """Assert that a message equals a record; a null id means a generated one."""
    found = contents(message)
    ids = [call["id"] for call in found["tool_calls"]]
    assert len(set(ids)) == len(ids)
    for call, expected in zip(found["tool_calls"], record["tool_calls"], strict=False):
        if expected["id"] is None:
            assert call["id"].startswith("call_")
            assert len(call["id"]) > len("call_")
            call["id"] = None
    full = {**SILENT, "server_tools": [], "logprobs": None, **record}
    assert found == {name: full[name] for name in found}


def assert_parsed(sample: Path, pieces: list[bytes], version: str, *, awaited: bool) -> None:
    record = expected_of(sample)
    body = Pieces(pieces)
    options = record.get("options", {})
    options |= {"output_version": "v1" if version.endswith("v1") else "v0"}
    if version.startswith("invoke"):
        options |= {"streaming": True}
    model = model_of(body, **options)
    expected = record.get("error")
    if expected is None:
        assert_says(read(model, version, awaited=awaited), record)
    else:
        with pytest.raises(StreamError, match=expected["says"]) as caught:
            read(model, version, awaited=awaited)
        error = caught.value
        assert isinstance(error, getattr(langchain_telnyx, expected["type"]))
        assert error.is_retryable is expected["retryable"]
        assert error.code == expected.get("code", error.code)
        assert_says(error.partial, record)
    assert body.closed


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.stem)
def sample(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def at_random(data: bytes) -> list[bytes]:
    """Split a body at some offsets, the same in every run."""
    chance = random.Random(len(data))
    places = sorted(chance.sample(range(1, len(data)), 5))
    return [data[start:end] for start, end in zip([0, *places], [*places, None], strict=True)]


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]


@pytest.mark.parametrize("awaited", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_sample_is_parsed_equally_in_every_version_and_split(
    sample: Path, version: str, *, awaited: bool
) -> None:
    for cut in (at_random, byte_by_byte):
        assert_parsed(sample, cut(sample.read_bytes()), version, awaited=awaited)


def test_a_sample_is_parsed_equally_in_any_two_parts(sample: Path) -> None:
    data = sample.read_bytes()
    whole = decoded(data)
    places = range(1, len(data))
    for place in places if len(data) < LONG else random.Random(0).sample(places, LONG // 4):
        assert decoded(data[:place], data[place:]) == whole


def decoded(*pieces: bytes) -> tuple[list[Any], str]:
    chunks = Chunks()
    found = [chunk for piece in pieces for chunk in chunks.feed(piece)]
    return found + chunks.end(), str(chunks.failure)


def test_every_sample_names_its_source_and_has_a_record() -> None:
    for sample in SAMPLES:
        assert sample.read_bytes().removeprefix(b"\xef\xbb\xbf").startswith(b": ")
        assert expected_of(sample)
    assert len(SAMPLES) >= 70


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cut", core.ModelConnectionError),
        ("error_of_telnyx", core.ModelAPIError),
        ("error_of_openai", core.ModelAPIError),
        ("error_that_lasts", core.ModelInvalidRequestError),
        ("error_of_rate_limit", core.ModelRateLimitError),
        ("error_of_context", core.ContextOverflowError),
    ],
)
def test_an_error_inside_a_stream_is_langchain_cores_for_it(
    name: str, kind: type[core.ModelError]
) -> None:
    body = next(sample for sample in SAMPLES if sample.stem == name).read_bytes()
    with pytest.raises(kind) as caught:
        list(model_of(Pieces([body])).stream("Hi"))
    assert isinstance(caught.value, StreamError)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - bytes of our own making
    assert (type(again), str(again)) == (type(caught.value), str(caught.value))
