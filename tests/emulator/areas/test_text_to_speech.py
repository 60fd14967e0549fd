"""The emulator's speech: valid files, judged by wave and FFmpeg; refusals; broken streams."""

import base64
import io
import wave
from collections.abc import Iterator
from typing import Any

import av
import httpx
import pytest

from langchain_telnyx.emulator.areas.text_to_speech import encoding
from langchain_telnyx.emulator.server import TelnyxEmulator

TEXT = "Saturn has many moons."
SECONDS = 0.06 * len(TEXT)
VOICE = "Telnyx.KokoroTTS.af_heart"


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as emulator:
        yield emulator


def post(emulator: TelnyxEmulator, **body: Any) -> httpx.Response:
    options = emulator.options()
    response: httpx.Response = options["http_client"].post(
        f"{options['base_url']}/text-to-speech/speech",
        json=body,
        headers={"authorization": f"Bearer {options['api_key']}"},
        timeout=60,
    )
    return response


def decoded(content: bytes) -> tuple[str, int, int, float]:
    """Return what FFmpeg decodes: the codec, rate and channels, and the seconds of sound."""
    with av.open(io.BytesIO(content), "r") as container:
        [stream] = container.streams.audio
        frames = [frame.samples for frame in container.decode(stream)]
        codec = stream.codec_context
        return codec.codec.name, codec.sample_rate, codec.channels, sum(frames) / codec.sample_rate


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
def test_wav_is_as_long_as_the_text(emulator: TelnyxEmulator, rate: int) -> None:
    options = {"response_format": "wav", "sampling_rate": rate}
    response = post(emulator, text=TEXT, voice=VOICE, telnyx=options)
    assert response.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(response.content)) as audio:
        assert (audio.getnchannels(), audio.getsampwidth(), audio.getframerate()) == (1, 2, rate)
        samples = audio.readframes(audio.getnframes())
    assert len(samples) / 2 / rate == pytest.approx(SECONDS, rel=0.01)
    assert any(samples)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
def test_mp3_is_valid_with_and_without_an_encoder(emulator: TelnyxEmulator, rate: int) -> None:
    response = post(emulator, text=TEXT, voice=VOICE, telnyx={"sampling_rate": rate})
    assert response.headers["content-type"] == "audio/mpeg"
    silent = b"".join(encoding.silent_mp3(int(SECONDS * rate), rate))
    for content in (response.content, silent):
        codec, found_rate, channels, seconds = decoded(content)
        assert (codec.removesuffix("float"), found_rate, channels) == ("mp3", rate, 1)
        assert seconds == pytest.approx(SECONDS, abs=0.3)


def test_the_same_request_has_the_same_bytes_and_another_voice_has_others(
    emulator: TelnyxEmulator,
) -> None:
    pcm = {"response_format": "pcm"}
    first = post(emulator, text=TEXT, voice=VOICE, telnyx=pcm).content
    assert post(emulator, text=TEXT, voice=VOICE, telnyx=pcm).content == first
    other = post(emulator, text=TEXT, voice="Telnyx.KokoroTTS.am_adam", telnyx=pcm).content
    assert (len(other), other != first) == (len(first), True)
    fast = post(emulator, text=TEXT, voice=VOICE, telnyx={**pcm, "voice_speed": 2.0}).content
    assert len(fast) == pytest.approx(len(first) / 2, rel=0.01)


@pytest.mark.parametrize(
    ("voice", "options", "kind", "rate"),
    [
        ("azure.en-US-AvaMultilingualNeural", {"output_format": "riff-16khz-16bit-mono-pcm"},
         "audio/wav", 16000),
        ("aws.Polly.Generative.Lucia", {"output_format": "pcm", "sample_rate": "8000"},
         "application/octet-stream", 8000),
        ("xai.eve", {"voice_id": "eve", "output_format": "wav"}, "audio/wav", 24000),
        ("humain.sara-en", {"voice_id": "sara-en"}, "application/octet-stream", 24000),
        ("elevenlabs.Default.x", {}, "audio/mpeg", 24000),
    ],
)  # fmt: skip
def test_each_provider_names_its_format(
    emulator: TelnyxEmulator, voice: str, options: dict[str, Any], kind: str, rate: int
) -> None:
    response = post(emulator, text=TEXT, voice=voice, **{voice.partition(".")[0]: options})
    assert response.headers["content-type"] == kind
    if kind == "audio/wav":
        with wave.open(io.BytesIO(response.content)) as audio:
            assert audio.getframerate() == rate
    elif kind != "audio/mpeg":
        assert len(response.content) / 2 / rate == pytest.approx(SECONDS, rel=0.01)


def test_base64_has_the_same_audio(emulator: TelnyxEmulator) -> None:
    wav = {"response_format": "wav"}
    binary = post(emulator, text=TEXT, voice=VOICE, telnyx=wav)
    encoded = post(emulator, text=TEXT, voice=VOICE, telnyx=wav, output_type="base64_output")
    assert base64.b64decode(encoded.json()["base64_audio"]) == binary.content


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"voice": VOICE}, 400, "10004", "/text"),
        ({"text": " ", "voice": VOICE}, 400, "10004", "/text"),
        ({"text": "Hi"}, 400, "10004", "/voice"),
        ({"text": "Hi", "voice": "acme.x"}, 422, "10027", "/voice"),
        ({"text": "Hi", "voice": "telnyx"}, 422, "10015", "/voice"),
        ({"text": "Hi", "voice": "Telnyx.Nope.x"}, 422, "10027", "/voice"),
        ({"text": "Hi", "voice": "Telnyx.Ultra.x", "telnyx": {"voice_speed": 1.6}}, 422, "10033",
         "/telnyx/voice_speed"),
        ({"text": "Hi", "voice": "Telnyx.Ultra.x", "telnyx": {"volume": True}}, 422, "10033",
         "/telnyx/volume"),
        ({"text": "Hi", "voice": VOICE, "telnyx": {"response_format": "opus"}}, 422, "10027",
         "/telnyx/response_format"),
        ({"text": "Hi", "voice": VOICE, "telnyx": {"sampling_rate": 12345}}, 422, "10033",
         "/telnyx/sampling_rate"),
        ({"text": "Hi", "voice": "Telnyx.Sukhan.x", "telnyx": {"response_format": "wav"}}, 422,
         "10015", "/telnyx/response_format"),
        ({"text": "<speak/>", "voice": VOICE, "text_type": "ssml"}, 400, "10015", "/text_type"),
        ({"text": "Hi", "voice": "xai.eve", "xai": {"output_format": "wav"}}, 400, "10004",
         "/xai/voice_id"),
    ],
)  # fmt: skip
def test_refusals_are_in_the_form_of_telnyx(
    emulator: TelnyxEmulator, body: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    response = post(emulator, **body)
    [error] = response.json()["errors"]
    assert (response.status_code, error["code"]) == (status, code)
    assert error["source"]["pointer"] == pointer


def test_a_key_is_required(emulator: TelnyxEmulator) -> None:
    options = emulator.options()
    url = f"{options['base_url']}/text-to-speech/voices"
    response = options["http_client"].get(url, headers={"authorization": "Bearer KEYwrong"})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (401, "10009")


def test_voices_are_listed_by_provider(emulator: TelnyxEmulator) -> None:
    options = emulator.options()
    key = {"authorization": f"Bearer {options['api_key']}"}

    def get(query: str) -> httpx.Response:
        url = f"{options['base_url']}/text-to-speech/voices{query}"
        response: httpx.Response = options["http_client"].get(url, headers=key)
        return response

    voices = get("").json()["voices"]
    assert {voice["hosted"] for voice in voices} == {True, False}
    assert [voice["name"] for voice in get("?provider=humain").json()["voices"]] == ["Sara"]
    assert get("?provider=elevenlabs").json()["errors"][0]["code"] == "10004"
    assert get("?provider=elevenlabs&api_key=x").json() == {"voices": []}
    assert get("?provider=acme").status_code == 422


def test_scripted_faults(emulator: TelnyxEmulator) -> None:
    emulator.fail(503, when="moons")
    assert post(emulator, text="Hello", voice=VOICE).status_code == 200
    assert post(emulator, text=TEXT, voice=VOICE).status_code == 503
    emulator.script.raw_stream([b"RIFF", b"junk"])
    assert post(emulator, text=TEXT, voice=VOICE).content == b"RIFFjunk"
    emulator.script.stall_stream(after=1, seconds=0)
    assert post(emulator, text=TEXT, voice=VOICE).content


@pytest.mark.parametrize("after", [1, 1000])
def test_a_cut_stream_closes_the_connection(after: int) -> None:
    with TelnyxEmulator() as emulator:
        emulator.cut_stream(after=after)
        options = emulator.options()
        received: list[bytes] = []
        with (
            httpx.stream(
                "POST",
                f"{options['base_url']}/text-to-speech/speech",
                json={"text": TEXT, "voice": VOICE, "telnyx": {"response_format": "pcm"}},
                headers={"authorization": f"Bearer {options['api_key']}"},
                timeout=60,
            ) as response,
            pytest.raises(httpx.RemoteProtocolError),
        ):
            received.extend(response.iter_raw())
        assert received
        assert len(b"".join(received)) % encoding.PIECE == 0


@pytest.mark.slow
def test_flite_speaks_what_the_recogniser_understands() -> None:
    with TelnyxEmulator(synthesizer="flite", sockets=False) as emulator:
        wav = {"response_format": "wav", "sampling_rate": 16000}
        speech = post(emulator, text="-Hello there, world.", voice=VOICE, telnyx=wav).content
        options = emulator.options()
        found = options["http_client"].post(
            f"{options['base_url']}/ai/audio/transcriptions",
            data={"model": "openai/whisper-large-v3-turbo"},
            files={"file": ("speech.wav", speech)},
            headers={"authorization": f"Bearer {options['api_key']}"},
            timeout=120,
        )
    assert found.json()["text"] == "hello there world"
