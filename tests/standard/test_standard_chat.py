"""The suites of langchain-tests for chat models, with every supported capability.

No test is overridden, skipped or expected to fail.
"""

from __future__ import annotations

import io
import struct
import wave
import zlib
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest
from fpdf import FPDF
from langchain_core.load.load import ALL_SERIALIZABLE_MAPPINGS
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    from langchain_telnyx.emulator import Quirks, TelnyxEmulator

SEEING = "moonshotai/Kimi-K2.6"
RECORDED_AT = "http://emulator.localhost/v2"
HEARING = "fixie-ai/ultravox-v0_4_1-llama-3_1-8b"


class Claims:
    """The capabilities of `ChatTelnyx`."""

    has_tool_calling = True
    has_tool_choice = True
    has_structured_output = True
    supports_json_mode = True
    supports_image_inputs = True
    supports_image_urls = True
    supports_image_tool_message = True
    supports_pdf_inputs = True
    supports_pdf_tool_message = True
    supports_audio_inputs = True
    supports_anthropic_inputs = True
    returns_usage_metadata = True
    supports_model_override = True
    model_override_value = "zai-org/GLM-5.3"
    enable_vcr_tests = True

    @property
    def chat_model_class(self) -> type[ChatTelnyx]:
        return ChatTelnyx

    @pytest.fixture(autouse=True)
    def _known_to_the_loader(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # The suite uses langchain-core's fixed table of classes. Users pass
        # `allowed_objects=[ChatTelnyx]` instead: see test_pickles_and_event_loops.py.
        where = ("langchain_telnyx", "chat_models", "ChatTelnyx")
        monkeypatch.setitem(ALL_SERIALIZABLE_MAPPINGS, where, where)


class TestChatTelnyx(Claims, ChatModelUnitTests):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "KEY1"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"TELNYX_API_KEY": "KEY1", "TELNYX_BASE_URL": "http://127.0.0.1:1/v2"},
            {},
            {"telnyx_api_key": "KEY1", "telnyx_api_base": "http://127.0.0.1:1/v2"},
        )


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    return {"allow_playback_repeats": True}


class TestChatTelnyxAtTheEmulator(Claims, ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _point(
        self,
        emulator: TelnyxEmulator,
        request: pytest.FixtureRequest,
        monkeypatch: pytest.MonkeyPatch,
        telnyx_quirks: Quirks,
    ) -> None:
        self._params: dict[str, Any] = {"model": SEEING, **emulator.options()}
        if telnyx_quirks.image_url == "string":
            self._params["image_url_as_string"] = True
        if request.function.__name__ == "test_audio_inputs":
            # No model of the service supports both images and audio.
            self._params["model"] = HEARING
        if request.function.__name__ == "test_stream_time":
            # Uses a cassette, which replaces a connection, not a client.
            self._params = {"model": SEEING, "base_url": RECORDED_AT, "api_key": "KEY1"}
        # The suite downloads its images, audio and documents by URL.
        monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "langchain-telnyx")
        monkeypatch.setattr(httpx, "get", fetched)

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return self._params

    @property
    def supported_usage_metadata_details(
        self,
    ) -> dict[
        Literal["invoke", "stream"],
        list[
            Literal[
                "audio_input",
                "audio_output",
                "reasoning_output",
                "cache_read_input",
                "cache_creation_input",
            ]
        ],
    ]:
        return {
            "invoke": ["reasoning_output", "cache_read_input"],
            "stream": ["reasoning_output", "cache_read_input"],
        }

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self._answer([("human", "How many moons has Mars?")], stream=stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        moons = "A moon? " * 40
        history = [("human", moons), ("ai", "Titan."), ("human", "Another?")]
        return self._answer(history, stream=stream)

    def _answer(self, messages: list[tuple[str, str]], *, stream: bool) -> AIMessage:
        model = ChatTelnyx(**self._params)
        if not stream:
            return model.invoke(messages)
        first, *others = model.stream(messages)
        return first.__add__(others)


def fetched(url: str, **_: Any) -> httpx.Response:
    content = {".png": picture, ".wav": recording, ".pdf": paper}[url[-4:]]()
    return httpx.Response(200, content=content)


def picture() -> bytes:
    """Return a PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\0")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def recording() -> bytes:
    """Return a WAV of a tenth of a second of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 800)
    return file.getvalue()


def paper() -> bytes:
    """Return a PDF with a line of text."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(text="Dummy PDF file")
    return bytes(document.output())
