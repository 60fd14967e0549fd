"""`ChatTelnyx`: complete and streamed answers, batches, metadata."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

CHAT = "/v2/ai/openai/chat/completions"


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    """Return the body of the last request."""
    request = emulator.requests[-1]
    assert (request.method, request.path) == ("POST", CHAT)
    body: dict[str, Any] = json.loads(request.body)
    return body


def test_a_question_is_answered(emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode) -> None:
    emulator.say("Titan.")
    answer = mode.invoke(model, "Name a moon.")
    assert isinstance(answer, AIMessage)
    assert answer.text == "Titan."
    assert sent(emulator) == {
        "model": "moonshotai/Kimi-K2.6",
        "messages": [{"role": "user", "content": "Name a moon."}],
    }


def test_a_conversation_goes_out_in_order(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    conversation: list[BaseMessage] = [
        SystemMessage("Be brief."),
        HumanMessage("A moon?"),
        AIMessage("Titan."),
        HumanMessage("Another?"),
    ]
    mode.invoke(model, conversation)
    assert [message["role"] for message in sent(emulator)["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]


def test_a_stream_yields_the_pieces_of_the_answer(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("Titan, Rhea.", chunks=["Tit", "an, ", "Rhea."])
    chunks = mode.stream(model)
    assert [chunk.text for chunk in chunks if chunk.text] == ["Tit", "an, ", "Rhea."]
    assert chunks[-1].chunk_position == "last"
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)


def test_reasoning_is_separate_from_the_text(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    for _ in range(2):
        emulator.say("Titan.", reasoning="The largest one.")
    for answer in (mode.invoke(model), mode.whole(model)):
        assert answer.content == "Titan."
        assert answer.additional_kwargs["reasoning_content"] == "The largest one."


@pytest.mark.default_quirks("It checks the token counts.", "usage_absent", "stream_usage")
def test_a_stream_counts_usage_once_and_as_invoke_does(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    for _ in range(3):
        emulator.say("Titan, Rhea, Iapetus.", reasoning="Three will do.")
    whole = mode.whole(model)
    counted = [chunk for chunk in mode.stream(model) if chunk.usage_metadata]
    assert len(counted) == 1
    assert whole.usage_metadata == mode.invoke(model).usage_metadata
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["total_tokens"] == (
        whole.usage_metadata["input_tokens"] + whole.usage_metadata["output_tokens"]
    )


@pytest.mark.default_quirks("It checks the value of a header.", "rate_limit_reset")
def test_metadata_is_the_same_whole_and_streamed(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    for _ in range(2):
        emulator.say("Titan.")
    for answer in (mode.invoke(model), mode.whole(model)):
        metadata = answer.response_metadata
        assert metadata["model_name"] == "moonshotai/Kimi-K2.6"
        assert metadata["model_provider"] == "telnyx"
        assert metadata["finish_reason"] == "stop"
        assert metadata["id"].startswith("chatcmpl-")
        assert len(metadata["request_id"]) == 36
        assert metadata["rate_limit"]["x-ratelimit-limit"] == "40000000"
        assert metadata["rate_limit"]["x-ratelimit-reset"] == "60"


def test_stream_usage_can_be_switched_off_for_good_or_for_a_call(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    mode.stream(model)
    assert sent(emulator)["stream_options"] == {"include_usage": True}
    mode.stream(model, stream_usage=False)
    assert "stream_options" not in sent(emulator)
    mode.stream(model.model_copy(update={"stream_usage": False}))
    assert "stream_options" not in sent(emulator)
    mode.invoke(model)
    assert "stream_options" not in sent(emulator)


def test_every_parameter_is_sent_under_the_vendors_name(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(
        model="zai-org/GLM-5.3",
        temperature=0.5,
        top_p=0.9,
        max_tokens=50,
        stop=["END"],
        seed=7,
        n=2,
        model_kwargs={"min_p": 0.1},
        extra_body={"region": "EU"},
        **emulator.options(),
    )
    mode.invoke(model, "Hi")
    assert sent(emulator) == {
        "model": "zai-org/GLM-5.3",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 50,
        "stop": ["END"],
        "seed": 7,
        "n": 2,
        "min_p": 0.1,
        "region": "EU",
    }


def test_a_call_overrides_the_model(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(temperature=0.5, stop=["END"], **emulator.options())
    answer = mode.invoke(model, "Hi", model="zai-org/GLM-5.3", temperature=0, stop=["."])
    body = sent(emulator)
    assert (body["model"], body["temperature"], body["stop"]) == ("zai-org/GLM-5.3", 0, ["."])
    assert answer.response_metadata["model_name"] == "zai-org/GLM-5.3"
    streamed = mode.whole(model, "Hi", model="zai-org/GLM-5.3")
    assert streamed.response_metadata["model_name"] == "zai-org/GLM-5.3"


def test_an_answer_ends_before_its_stop_text(model: ChatTelnyx, mode: Mode) -> None:
    whole = mode.invoke(model, "Who are you?")
    assert "language model" in whole.text
    cut = mode.invoke(model, "Who are you?", stop=["language model"])
    assert cut.text == whole.text.partition("language model")[0]
    assert cut.response_metadata["finish_reason"] == "stop"


@pytest.mark.default_quirks("It checks the token counts.", "usage_absent", "stream_usage")
def test_max_tokens_truncates_the_answer_with_finish_reason_length(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(max_tokens=2, **emulator.options())
    for answer in (mode.invoke(model, "Tell me a lot."), mode.whole(model, "Tell me a lot.")):
        assert answer.response_metadata["finish_reason"] == "length"
        assert answer.usage_metadata is not None
        assert answer.usage_metadata["output_tokens"] == 2


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_batch_keeps_the_order(emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode) -> None:
    answers = mode.batch(model, [f"Say {n}!" for n in range(12)])  # the model quotes the message
    assert [f"“Say {n}!”" in answer.text for n, answer in enumerate(answers)] == [True] * 12
    assert len(emulator.requests) == 12


@pytest.mark.default_quirks("It checks the token counts.", "usage_absent")
def test_several_answers_come_as_several_generations(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(n=2, **emulator.options())
    emulator.say("Titan.")
    if mode.awaited:
        result = asyncio.run(model.agenerate([[HumanMessage("A moon?")]]))
    else:
        result = model.generate([[HumanMessage("A moon?")]])
    assert [generation.text for generation in result.generations[0]] == ["Titan.", "Titan."]
    assert result.llm_output is not None
    assert result.llm_output["token_usage"]["total_tokens"] > 0


def test_a_stream_requests_one_answer(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(n=2, **emulator.options())
    emulator.say("Titan is a moon.")
    assert mode.whole(model).text == "Titan is a moon."
    assert "n" not in sent(emulator)


class TokenRecorder(BaseCallbackHandler):
    """Collects tokens."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.tokens.append(token)


def test_streaming_gives_invoke_its_tokens_for_callbacks(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(streaming=True, **emulator.options())
    emulator.say("Titan is big.")
    recorder = TokenRecorder()
    answer = mode.invoke(model, config={"callbacks": [recorder]})
    assert answer.text == "Titan is big."
    assert "".join(recorder.tokens) == "Titan is big."
    assert sent(emulator)["stream"] is True


def test_callbacks_get_tokens_of_a_stream_once(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("Titan is big.")
    recorder = TokenRecorder()
    mode.stream(model, config={"callbacks": [recorder]})
    assert "".join(recorder.tokens) == "Titan is big."


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_events_follow_langchains_protocol(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    emulator.say("Titan.", reasoning="The largest.")
    stream = model.stream_events("Hi", version="v3")
    assert_valid_event_stream(list(stream))
    assert stream.output.text == "Titan."


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
async def test_events_follow_langchains_protocol_awaited(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.say("Titan.", reasoning="The largest.")
    stream = await model.astream_events("Hi", version="v3")
    assert_valid_event_stream([event async for event in stream])
    assert (await stream.output).text == "Titan."


async def test_events_of_the_older_version_carry_the_chunks(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.say("Titan is big.")
    events: list[Any] = [event async for event in model.astream_events("Hi", version="v2")]
    chunks = [
        event["data"]["chunk"].text for event in events if event["event"] == "on_chat_model_stream"
    ]
    assert "".join(chunks) == "Titan is big."
    assert events[-1]["event"] == "on_chat_model_end"


def test_a_reader_that_stops_early_does_not_wait_for_the_rest(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.say("one two three four")
    emulator.script.stall_stream(after=2, seconds=60)
    for chunk in model.stream("Hi"):
        assert chunk.text == "one"
        break
    assert model.invoke("Hi").text


async def test_an_awaiting_reader_that_stops_early_does_not_wait_for_the_rest(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.say("one two three four")
    emulator.script.stall_stream(after=2, seconds=60)
    async for chunk in model.astream("Hi"):
        assert chunk.text == "one"
        break
    assert (await model.ainvoke("Hi")).text


def test_a_rate_limiter_is_used_once_per_call(emulator: TelnyxEmulator, mode: Mode) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=1000, max_bucket_size=3)
    limiter.available_tokens = 3
    model = ChatTelnyx(rate_limiter=limiter, **emulator.options())
    mode.invoke(model)
    left = limiter.available_tokens
    assert 2 <= left < 3


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({"model_name": "zai-org/GLM-5.3"}, {"model": "zai-org/GLM-5.3"}),
        ({"stop_sequences": ["END"]}, {"stop": ["END"]}),
        ({"stop": "END"}, {"stop": "END"}),
    ],
)
def test_options_may_be_called_by_their_other_names(
    emulator: TelnyxEmulator, options: dict[str, Any], body: dict[str, Any]
) -> None:
    ChatTelnyx(**options, **emulator.options()).invoke("Hi")
    assert sent(emulator).items() >= body.items()


def test_an_unknown_option_warns_where_it_was_written_and_is_sent(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    expected = "`repetition_penalty` is not an option of ChatTelnyx"
    with pytest.warns(UserWarning, match=expected) as warned:
        model = ChatTelnyx(**{"repetition_penalty": 0.5, **emulator.options()})
    assert warned[0].filename == __file__
    mode.invoke(model)
    assert sent(emulator)["repetition_penalty"] == 0.5
