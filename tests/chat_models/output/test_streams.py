"""Streams of a model: early ends, stalls, content blocks, metadata."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core import exceptions as core
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_telnyx import ChatTelnyx, StreamError, StreamTimeoutError
from langchain_telnyx.chat_models.output import chunks, standard_blocks
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fixtures import Mode

beta = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")


@pytest.fixture
def served() -> Iterator[TelnyxEmulator]:
    """An account behind a socket, because only a socket can time out while it is read."""
    with TelnyxEmulator() as running:
        yield running


def test_a_stalled_stream_is_a_timeout_with_the_partial_message(
    served: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(stream_idle_timeout=0.2, **served.options())
    served.say("one two three four")
    served.script.stall_stream(after=3, seconds=2)
    with pytest.raises(StreamTimeoutError, match="is silent") as caught:
        mode.stream(model)
    error = caught.value
    assert isinstance(error, core.ModelTimeoutError)
    assert isinstance(error, StreamError)
    assert error.is_retryable
    assert error.partial.text == "one two"
    assert len(served.requests) == 1


def test_a_stream_that_takes_too_long_as_a_whole_is_a_timeout(
    served: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(stream_timeout=0.2, **served.options())
    served.say("one two three four")
    served.script.stall_stream(after=3, seconds=2)
    with pytest.raises(StreamTimeoutError, match=r"did not end within 0\.2 s"):
        mode.stream(model)


@beta
def test_a_reader_of_events_that_stops_early_does_not_wait_for_the_rest(
    emulator: TelnyxEmulator,
) -> None:
    model = ChatTelnyx(**emulator.options())
    emulator.say("one two three four")
    emulator.script.stall_stream(after=2, seconds=60)
    begun = time.monotonic()
    stream = model.stream_events("Hi", version="v3")
    for text in stream.text:
        assert text == "one"
        break
    del stream  # it has no `close`, so the garbage collector ends it
    gc.collect()
    assert model.invoke("Hi").text
    assert time.monotonic() - begun < 20


@beta
async def test_an_awaiting_reader_of_events_that_stops_early_does_not_wait_for_the_rest(
    emulator: TelnyxEmulator,
) -> None:
    model = ChatTelnyx(**emulator.options())
    emulator.say("one two three four")
    emulator.script.stall_stream(after=2, seconds=60)
    begun = time.monotonic()
    stream = await model.astream_events("Hi", version="v3")
    async for text in stream.text:
        assert text == "one"
        break
    await stream.aclose()
    assert (await model.ainvoke("Hi")).text
    assert time.monotonic() - begun < 20


@beta
def test_a_broken_stream_of_events_has_the_partial_message(emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(**emulator.options())
    emulator.say("one two three four")
    emulator.cut_stream(after=3)
    with pytest.raises(StreamError) as caught:
        list(model.stream_events("Hi", version="v3"))
    assert caught.value.partial.text == "one two"


@pytest.mark.default_quirks("The answer has log probabilities.", "logprobs")
def test_every_key_of_the_metadata_is_in_one_chunk(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(logprobs=True, **emulator.options())
    emulator.say("Titan is big.", reasoning="Hm.")
    metadata_of_chunks = [chunk.response_metadata for chunk in mode.stream(model)]
    keys = [key for metadata in metadata_of_chunks for key in metadata if key != "model_provider"]
    assert sorted(set(keys)) == sorted(keys)
    assert {"model_name", "finish_reason", "id", "request_id", "logprobs"} <= set(keys)


def test_calls_and_text_are_blocks_of_their_own_in_every_version(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    for version in ("v0", "v1"):
        model = ChatTelnyx(output_version=version, **emulator.options())
        for _ in range(2):
            emulator.script.call_tools(("size", {"moon": "Titan"}), ("mass", {}), text="I look.")
        for answer in (mode.invoke(model), mode.whole(model)):
            found: list[Any] = answer.content_blocks
            assert [block["type"] for block in found] == ["text", "tool_call", "tool_call"]
            assert [block["args"] for block in found[1:]] == [{"moon": "Titan"}, {}]


def test_blocks_of_chunks_have_matching_indices() -> None:
    chunk = AIMessageChunk(
        content="I look.",
        additional_kwargs={"reasoning_content": "Hm."},
        tool_call_chunks=[tool_call_chunk(name="size", args="{", id="call_a", index=0)],
        response_metadata={"model_provider": "telnyx"},
    )
    found: list[Any] = chunk.content_blocks
    assert [block["index"] for block in found] == ["lc_rs_0", "lc_txt_0", "lc_tc_0"]


def test_list_content_is_left_to_langchain() -> None:
    message = AIMessage(
        content=[{"type": "text", "text": "Titan."}],
        response_metadata={"model_provider": "telnyx"},
    )
    assert message.content_blocks == [{"type": "text", "text": "Titan."}]


def test_server_side_tool_calls_are_blocks() -> None:
    used = {"id": "r1", "type": "retrieval", "retrieval": {"bucket_ids": ["m"]}, "output": ["x"]}
    message = AIMessage(content="Titan.", additional_kwargs={"server_tool_calls": [used]})
    called, found = standard_blocks.blocks_of_message(message)[1:]
    assert called == {
        "type": "server_tool_call",
        "id": "r1",
        "name": "retrieval",
        "args": {"bucket_ids": ["m"]},
    }
    assert found == {
        "type": "server_tool_result",
        "tool_call_id": "r1",
        "output": ["x"],
        "status": "success",
    }


@pytest.mark.parametrize("args", ["", "{", '{"a": [1', '": 1}', "[1]", "7", '{"a": 1}', " {"])
def test_fast_chunks_equal_langchains(args: str) -> None:
    calls = [tool_call_chunk(name="f", args=args, id="1", index=0)]
    made = chunks.call_chunk(calls, "text", "hm")
    message = AIMessageChunk(
        content="text",
        additional_kwargs={"reasoning_content": "hm"},
        response_metadata={"model_provider": "telnyx"},
        tool_call_chunks=calls,
    )
    assert made == ChatGenerationChunk(message=message)
    assert made.message.model_dump() == message.model_dump()
