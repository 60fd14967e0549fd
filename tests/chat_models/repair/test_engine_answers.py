"""Markup that engines leave in answers becomes calls, complete or streamed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly
from langchain_telnyx.client.call import ResponseBody
from tests.support.engine_answer import Sample
from tests.support.engine_answers import SAMPLES
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")


def request_of(sample: Sample) -> dict[str, Any]:
    return {"model": sample.model, **({"tools": sample.tools} if sample.tools else {})}


def message_of(sample: Sample) -> dict[str, Any]:
    found = {"content": sample.content, "reasoning_content": sample.reasoning_content}
    return {"role": "assistant", **{name: text for name, text in found.items() if text}}


def body_of(sample: Sample) -> dict[str, Any]:
    choice = {"index": 0, "message": message_of(sample), "finish_reason": sample.finish}
    return {"id": "c", "model": "m", "choices": [choice]}


def events_of(deltas: list[dict[str, Any]], finish: str = "stop") -> list[dict[str, Any]]:
    pieces = [*deltas, {}]
    return [
        {
            "id": "c",
            "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None if delta else finish}],
        }
        for delta in pieces
    ]


def assembled(
    events: list[dict[str, Any]], request: dict[str, Any], **options: Any
) -> AIMessageChunk:
    assembly = StreamAssembly({}, "m", request=request, **options)
    chunks = [chunk for event in events if (chunk := assembly.feed(event)) is not None]
    chunks += assembly.finish()
    whole: Any = chunks[0].message.__add__([chunk.message for chunk in chunks[1:]])
    return whole  # type: ignore[no-any-return]  # chunks of this kind


def meaning(message: AIMessage) -> dict[str, Any]:
    """Return the contents of a message without ids, which are generated."""
    blocks: list[Any] = message.content_blocks
    thoughts = [block["reasoning"] for block in blocks if block["type"] == "reasoning"]
    return {
        "text": str(message.text),
        "reasoning": "".join(thoughts),
        "calls": [(call["name"], call["args"]) for call in message.tool_calls],
        "invalid": [(call["name"], unmarked(call["args"])) for call in message.invalid_tool_calls],
        "finish": message.response_metadata.get("finish_reason"),
        "raw": message.response_metadata.get("raw"),
    }


def unmarked(args: str | None) -> str:
    """Return invalid arguments without the brackets by which a stream marks them as invalid."""
    return (args or "").rstrip('\\"]}')


def expected(sample: Sample) -> dict[str, Any]:
    wrote = bool(sample.calls or sample.invalid) and sample.finish == "stop"
    return {
        "text": sample.text,
        "reasoning": sample.reasoning,
        "calls": sample.calls,
        "invalid": sample.invalid,
        "finish": "tool_calls" if wrote else sample.finish,
        "raw": {"choice": {"finish_reason": "stop"}} if wrote else None,
    }


def pieces_of(data: Any, text: str) -> list[str]:
    """Split a text at drawn offsets."""
    places = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=12)))
    cuts = [text[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]
    return [cut for cut in cuts if cut]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_gives_the_expected_message(
    sample: Sample, caplog: pytest.LogCaptureFixture
) -> None:
    [generation] = result(
        ResponseBody(body_of(sample), {}), "m", request=request_of(sample)
    ).generations
    message: Any = generation.message
    assert meaning(message) == expected(sample)
    ids = [call["id"] for call in message.tool_calls]
    assert all(ids)
    assert len(set(ids)) == len(ids)
    warnings = [record for record in caplog.records if "remains text" in record.getMessage()]
    assert len(warnings) == int(sample.warns)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
@settings(max_examples=examples(25), deadline=None)
@given(data=st.data())
def test_any_split_of_a_sample_gives_the_same_message(sample: Sample, data: Any) -> None:
    deltas = [{"reasoning_content": piece} for piece in pieces_of(data, sample.reasoning_content)]
    deltas += [{"content": piece} for piece in pieces_of(data, sample.content)]
    whole = assembled(events_of(deltas, sample.finish), request_of(sample))
    assert meaning(whole) == expected(sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_gives_the_same_message_character_by_character(sample: Sample) -> None:
    deltas = [{"reasoning_content": letter} for letter in sample.reasoning_content]
    deltas += [{"content": letter} for letter in sample.content]
    whole = assembled(events_of(deltas, sample.finish), request_of(sample))
    assert meaning(whole) == expected(sample)


MARKS = st.sampled_from(
    ["<", ">", "|", "<|", "|>", "]", "]<]minimax[>[", "\n", " ", "a", "{", "}", '"']
    + ["analysis", "assistant", "commentary", "final", "to=functions.weather", "json", "ist", "W"]
    + [sample.content[:cut] for sample in SAMPLES for cut in (7, 15, 30, 60, 200)]
)


@settings(max_examples=examples(300), deadline=None)
@given(
    data=st.data(),
    thoughts=st.lists(MARKS, max_size=3),
    parts=st.lists(MARKS, max_size=5),
    tags=st.sampled_from([False, False, True, "opened"]),
    model=st.sampled_from(["m", "openai/gpt-oss-120b"]),
)
def test_any_split_of_mixed_marks_gives_the_same_message(
    data: Any, thoughts: list[str], parts: list[str], tags: Any, model: str
) -> None:
    sample = Sample("mixture", "".join(parts), reasoning_content="".join(thoughts), model=model)
    request = request_of(sample)
    found = result(ResponseBody(body_of(sample), {}), "m", think_tags=tags, request=request)
    whole: Any = found.generations[0].message
    deltas = [{"reasoning_content": piece} for piece in pieces_of(data, sample.reasoning_content)]
    deltas += [{"content": piece} for piece in pieces_of(data, sample.content)]
    streamed = assembled(events_of(deltas), request, think_tags=tags)
    assert meaning(streamed) == meaning(whole)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.text("xy []\n.,`", min_size=1, max_size=6), min_size=1, max_size=12))
def test_text_without_marks_is_streamed(pieces: list[str]) -> None:
    assembly = StreamAssembly(
        {}, "m", request={"model": "m", "tools": [{"function": {"name": "f"}}]}
    )
    out = came = ""
    for piece in pieces:
        [event, _] = events_of([{"content": piece}])
        chunk = assembly.feed(event)
        out += chunk.text if chunk else ""
        came += piece
        # White space is buffered until the first word, a bracket until the next character.
        known = came.removesuffix("]")
        assert out == (known if known.strip() else "")
    rest = assembly.rest()
    assert out + (rest.text if rest else "") == came


def model_of(body: bytes, kind: str, **options: Any) -> ChatTelnyx:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": kind}, content=body)

    transport = httpx.MockTransport(answer)
    return ChatTelnyx(
        api_key="KEY1",
        max_retries=0,
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
        **options,
    )


def sse(events: list[dict[str, Any]]) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(e).encode() for e in events) + b"data: [DONE]\n\n"


def ways(sample: Sample) -> dict[str, Any]:
    """Return every method to read a sample, by name."""
    size = 7
    deltas = [
        {name: text[at : at + size]}
        for name, text in (
            ("reasoning_content", sample.reasoning_content),
            ("content", sample.content),
        )
        for at in range(0, len(text), size)
    ]
    streamed = sse(events_of(deltas, sample.finish))
    whole = json.dumps(body_of(sample)).encode()

    def model(*, streams: bool, **options: Any) -> Any:
        kind = "text/event-stream" if streams else "application/json"
        body = streamed if streams else whole
        made = model_of(body, kind, **{"model": sample.model, **options})
        return made.bind(tools=sample.tools) if sample.tools else made

    def added(chunks: list[Any]) -> Any:
        return chunks[0].__add__(chunks[1:])

    async def alisted(made: Any) -> list[Any]:
        return [chunk async for chunk in made.astream("Hi")]

    async def aevents(made: Any) -> Any:
        stream = await made.astream_events("Hi", version="v3")
        async for _ in stream:
            pass
        return await stream.output

    found: dict[str, Any] = {}
    for version in ("v0", "v1"):
        options = {"output_version": version}
        whole_model, stream_model = (model(streams=s, **options) for s in (False, True))
        found[f"invoke {version}"] = lambda m=whole_model: m.invoke("Hi")
        found[f"ainvoke {version}"] = lambda m=whole_model: asyncio.run(m.ainvoke("Hi"))
        found[f"stream {version}"] = lambda m=stream_model: added(list(m.stream("Hi")))
        found[f"astream {version}"] = lambda m=stream_model: added(asyncio.run(alisted(m)))
        found[f"stream of a whole answer {version}"] = lambda m=whole_model: added(
            list(m.stream("Hi"))
        )
    events = model(streams=True)
    found["events"] = lambda: events.stream_events("Hi", version="v3").output
    found["aevents"] = lambda: asyncio.run(aevents(events))
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_gives_the_same_message_with_every_method(sample: Sample) -> None:
    for way, have in ways(sample).items():
        assert (way, meaning(have())) == (way, expected(sample))
