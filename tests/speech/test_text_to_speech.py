"""`TelnyxTextToSpeech`: speech of text, messages and streams, sync and async."""

import asyncio
import io
import json
import pickle
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.load import dumps, load
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableGenerator

from langchain_telnyx import ChatTelnyx, TelnyxSpeech, TelnyxTextToSpeech
from langchain_telnyx.client.errors import (
    BadRequestError,
    ConfigurationError,
    InvalidTextError,
    RateLimitError,
    StreamError,
)
from langchain_telnyx.client.speech_errors import PartialSpeechError
from langchain_telnyx.emulator.server import TelnyxEmulator
from langchain_telnyx.transcription import TelnyxTranscriptionParser

ANSWER = "Saturn has many moons. Dr. Cassini found four of them. The largest one is Titan."
SENTENCES = [
    "Saturn has many moons.",
    "Dr. Cassini found four of them.",
    "The largest one is Titan.",
]
BYTES_PER_CHARACTER = 2 * 1440  # 0.06 s at 24 kHz


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as emulator:
        yield emulator


@pytest.fixture
def speak(emulator: TelnyxEmulator) -> TelnyxTextToSpeech:
    return TelnyxTextToSpeech(audio_format="wav", **emulator.options())


class Mode:
    """Runs a runnable, sync or async."""

    def __init__(self, mode: str) -> None:
        self.is_async = mode == "async"

    def invoke(self, runnable: Any, value: Any, **options: Any) -> Any:
        if self.is_async:
            return asyncio.run(runnable.ainvoke(value, **options))
        return runnable.invoke(value, **options)

    def stream(self, runnable: Any, value: Any, **options: Any) -> list[bytes]:
        async def collected() -> list[bytes]:
            return [data async for data in runnable.astream(value, **options)]

        return asyncio.run(collected()) if self.is_async else [*runnable.stream(value, **options)]


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> Mode:
    return Mode(request.param)


def texts(emulator: TelnyxEmulator) -> list[str]:
    """Return the texts of the requests for speech."""
    bodies = [each.body for each in emulator.requests if each.path.endswith("/speech")]
    return [json.loads(body)["text"] for body in bodies]


def samples_of(content: bytes) -> int:
    """Return how many samples a WAV file, or stream, has."""
    with wave.open(io.BytesIO(content)) as audio:
        audio.readframes(1)
    return (len(content) - content.index(b"data") - 8) // 2


@pytest.mark.parametrize(
    "value",
    [
        "Hello, Ann!",
        AIMessage("Hello, Ann!"),
        AIMessage([{"type": "reasoning", "reasoning": "Hm."}, "Hello, Ann!"]),
        [HumanMessage("Greet Ann."), AIMessage("Hello, Ann!")],
        ChatPromptTemplate.from_messages([("system", "Greet."), ("ai", "Hello, Ann!")]).invoke({}),
    ],
)  # fmt: skip
def test_the_last_text_of_an_input_is_spoken(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode, value: Any, tmp_path: Path
) -> None:
    speech = mode.invoke(speak, value)
    assert texts(emulator) == ["Hello, Ann!"]
    assert isinstance(speech, TelnyxSpeech)
    assert speech.media_type == "audio/wav"
    assert speech.metadata == {"voice": "Telnyx.KokoroTTS.af_heart"}
    assert samples_of(speech.content) * 2 == len("Hello, Ann!") * BYTES_PER_CHARACTER
    assert speech.save(tmp_path / "hello.wav").read_bytes() == speech.content
    assert str(speech) == f"TelnyxSpeech(audio/wav, {len(speech.content):,} bytes)"
    assert mode.stream(speak, value) != []
    assert b"".join(mode.stream(speak, value)) == speech.content


def test_speech_is_a_content_block_and_a_blob(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech
) -> None:
    speech = speak.invoke("Hello, Ann!")
    block = speech.as_content_block()
    assert (block["type"], block["mime_type"]) == ("audio", "audio/wav")
    parser = TelnyxTranscriptionParser(**emulator.options())
    parser.parse(speech)
    assert emulator.requests[-1].path == "/v2/ai/audio/transcriptions"


def test_the_options_of_a_call_replace_those_of_the_object(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    speak = TelnyxTextToSpeech(
        voice="Telnyx.Ultra.abc", language="en-US", provider_options={"emotion": "happy"},
        **emulator.options(),
    )  # fmt: skip
    mode.invoke(speak, "Hi", voice="xai.eve", sample_rate=8000, provider_options={"language": "en"})
    mode.stream(speak.bind(language="de"), "Hi")
    first, second = (json.loads(each.body) for each in emulator.requests)
    assert first == {
        "text": "Hi",
        "voice": "xai.eve",
        "language": "en-US",
        "xai": {"voice_id": "eve", "sample_rate": 8000, "language": "en"},
    }
    assert second == {
        "text": "Hi",
        "voice": "Telnyx.Ultra.abc",
        "language": "de",
        "telnyx": {"emotion": "happy"},
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"speed": 2, "voise": "x"}, (TypeError, "Unknown option: speed, voise")),
        ({"voice": "af_heart"}, (ValueError, "does not begin with its provider")),
        ({"voice": "humain.sara-en"}, (ConfigurationError, "no option `audio_format`")),
        ({"provider_options": {"api_key": "KEYsecret"}}, (ConfigurationError, "api_key")),
    ],
)
def test_wrong_options_are_refused_by_name(
    emulator: TelnyxEmulator,
    speak: TelnyxTextToSpeech,
    mode: Mode,
    options: dict[str, Any],
    expected: tuple[type[Exception], str],
) -> None:
    error, reason = expected
    for call in (mode.invoke, mode.stream):
        with pytest.raises(error, match=reason) as raised:
            call(speak, "Hi", **options)
        assert "KEYsecret" not in str(raised.value)
    assert not emulator.requests


@pytest.mark.parametrize(
    "options",
    [{"speed": 2}, {"voice": "af_heart"}, {"provider_options": {"api_key": "KEYsecret"}}],
)
def test_wrong_options_are_refused_by_the_constructor(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))) as raised:
        TelnyxTextToSpeech(api_key="KEY1", **options)
    assert "KEYsecret" not in str(raised.value)


def test_input_without_text_is_refused(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode
) -> None:
    call = {"name": "weather", "args": {}, "id": "1"}
    for run in (mode.invoke, mode.stream):
        with pytest.raises(InvalidTextError, match="no text to speak"):
            run(speak, " \n")
        with pytest.raises(InvalidTextError, match="only tool calls"):
            run(speak, AIMessage("", tool_calls=[call]))
        with pytest.raises(TypeError, match="not a list of int"):
            run(speak, [1])
        with pytest.raises(TypeError, match="not dict"):
            run(speak, {"text": "Hi"})
    assert not emulator.requests


def test_a_chain_speaks_each_sentence_of_a_streaming_model(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode
) -> None:
    emulator.say(ANSWER)
    chain = ChatTelnyx(**emulator.options()) | speak
    audio = b"".join(mode.stream(chain, "Tell me about Saturn."))
    assert texts(emulator) == SENTENCES
    assert samples_of(audio) * 2 == len("".join(SENTENCES)) * BYTES_PER_CHARACTER
    assert audio.count(b"RIFF") == 1


def test_a_chain_that_is_invoked_speaks_with_one_request(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode
) -> None:
    emulator.say(ANSWER)
    speech = mode.invoke(ChatTelnyx(**emulator.options()) | speak, "Tell me about Saturn.")
    assert texts(emulator) == [ANSWER]
    assert samples_of(speech.content) * 2 == len(ANSWER) * BYTES_PER_CHARACTER


def test_audio_begins_before_the_model_ends(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode
) -> None:
    spoken_before: list[list[str]] = []

    def write(_: Iterator[Any]) -> Iterator[AIMessageChunk]:
        yield AIMessageChunk(content="Saturn has many moons. Titan ")
        spoken_before.append(texts(emulator))
        yield AIMessageChunk(content="is the largest. ")
        spoken_before.append(texts(emulator))
        yield AIMessageChunk(content="The end comes last.")

    async def awrite(_: AsyncIterator[Any]) -> AsyncIterator[AIMessageChunk]:
        for chunk in write(iter(())):
            yield chunk

    mode.stream(RunnableGenerator(write, awrite) | speak, "Go on.")
    # The first two chunks show that the text is streamed.
    assert spoken_before[1] == ["Saturn has many moons."]
    assert texts(emulator)[1:] == ["Titan is the largest.", "The end comes last."]


def test_a_broken_stream_has_the_bytes_received(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode
) -> None:
    whole = mode.invoke(speak, "Hello, Ann!").content
    for run in (mode.invoke, mode.stream):
        emulator.cut_stream(after=2)
        with pytest.raises(StreamError) as raised:
            run(speak, "Hello, Ann!")
        assert raised.value.partial == whole[: 2 * 4096]


def test_a_failed_sentence_loses_neither_audio_nor_text(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode
) -> None:
    emulator.say(ANSWER, chunks=["Saturn has many moons. Dr. ", ANSWER[27:]])
    emulator.fail(400, path="/speech", when="Cassini")
    with pytest.raises(PartialSpeechError) as raised:
        mode.stream(ChatTelnyx(**emulator.options()) | speak, "Tell me about Saturn.")
    error = raised.value
    assert "".join([*error.done, error.unspoken]) == ANSWER
    assert [text.strip() for text in error.done] == SENTENCES[:1]
    assert [type(each) for each in error.failed.values()] == [BadRequestError]
    assert samples_of(error.partial) * 2 == len(SENTENCES[0]) * BYTES_PER_CHARACTER
    assert not error.is_retryable
    assert pickle.loads(pickle.dumps(error)).unspoken == error.unspoken  # noqa: S301 - our own


def test_a_failure_before_any_audio_is_the_error_of_the_request(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    speak = TelnyxTextToSpeech(max_retries=0, **emulator.options())
    for run in (mode.invoke, mode.stream):
        emulator.fail(429, path="/speech")
        with pytest.raises(RateLimitError):
            run(speak, "Hello, Ann!")


def test_an_error_of_the_model_is_not_changed(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech, mode: Mode
) -> None:
    emulator.say(ANSWER)
    emulator.script.stream_error(after=8)
    with pytest.raises(StreamError) as raised:
        mode.stream(ChatTelnyx(**emulator.options()) | speak, "Tell me about Saturn.")
    assert isinstance(raised.value.partial, AIMessage)


def test_a_batch_speaks_each_input(speak: TelnyxTextToSpeech) -> None:
    inputs = ["One", "Three", "Eleven"]
    expected = [len(text) * BYTES_PER_CHARACTER for text in inputs]
    found = speak.batch(inputs, {"max_concurrency": 2})
    assert [samples_of(speech.content) * 2 for speech in found] == expected
    found = asyncio.run(speak.abatch(inputs))
    assert [samples_of(speech.content) * 2 for speech in found] == expected


def test_a_closed_stream_ends_the_request(
    emulator: TelnyxEmulator, speak: TelnyxTextToSpeech
) -> None:
    emulator.script.stall_stream(after=1, seconds=600)
    stream = speak.stream("Hello, Ann!")
    assert next(stream)
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert speak.invoke("Hello, Ann!")


async def test_events_show_the_chunks(speak: TelnyxTextToSpeech) -> None:
    names = {event["event"] async for event in speak.astream_events("Hello, Ann!")}
    assert names == {"on_chain_start", "on_chain_stream", "on_chain_end"}


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_it_is_serialized_and_pickled_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    speak = TelnyxTextToSpeech(
        voice="azure.en-US-AvaMultilingualNeural", language="en-US", api_key="KEYsecret"
    )
    for text in (dumps(speak), repr(speak), str(pickle.dumps(speak))):
        assert "KEYsecret" not in text
    monkeypatch.setenv("TELNYX_API_KEY", "KEYother")
    options: dict[str, Any] = {"secrets_from_env": True, "valid_namespaces": ["langchain_telnyx"]}
    loaded = load(json.loads(dumps(speak)), allowed_objects=[TelnyxTextToSpeech], **options)
    assert loaded.voice == speak.voice
    assert loaded.telnyx_api_key.get_secret_value() == "KEYother"
    assert pickle.loads(pickle.dumps(speak)).language == "en-US"  # noqa: S301 - our own
