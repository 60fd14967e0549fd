"""Token counts without network, including tools and images, calibrated by answers."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import tiktoken
import tiktoken.registry
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolCall, ToolMessage
from langchain_core.messages.utils import trim_messages
from langchain_core.tools import tool
from pydantic import BaseModel
from pytest_socket import disable_socket

from langchain_telnyx import ChatTelnyx
from langchain_telnyx._shared import vocabulary
from langchain_telnyx.chat_models.history_adapter.tokens import Calibration

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

PROSE = "The quick brown fox jumps over the lazy dog. " * 20  # 201 tokens by o200k_base


@pytest.fixture(autouse=True)
def _no_vocabulary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "no-vocabulary-here"))
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})


@pytest.fixture
def model() -> ChatTelnyx:
    return ChatTelnyx(api_key="KEY1", base_url="http://127.0.0.1:9")


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return city


class Moon(BaseModel):
    """A moon and what it turns around."""

    name: str
    planet: str


def test_counting_opens_no_socket(model: ChatTelnyx) -> None:
    disable_socket()  # undone by pytest-socket after each test
    assert model.get_num_tokens(PROSE) > 0
    assert model.get_num_tokens_from_messages([HumanMessage(PROSE)], tools=[weather]) > 0


def test_counting_does_not_even_load_tiktoken_where_it_has_no_vocabulary(tmp_path: Path) -> None:
    program = """
import sys
from langchain_telnyx import ChatTelnyx
ChatTelnyx(api_key="KEY1").get_num_tokens("Hello")
print("tiktoken" in sys.modules)
"""
    environment = {"TIKTOKEN_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.split() == ["False"]


def test_estimates_of_prose_are_close_to_vocabularies(model: ChatTelnyx) -> None:
    assert 170 <= model.get_num_tokens(PROSE) <= 230


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("Привет, как твои дела сегодня?", 6, 16),
        ("こんにちは世界、今日は天気がいいですね", 10, 22),
        ('{"city": "Oslo", "days": [1, 2, 3]}', 14, 26),
        ("\ud800", 1, 1),
    ],
)
def test_estimates_support_any_script(model: ChatTelnyx, text: str, least: int, most: int) -> None:
    assert least <= model.get_num_tokens(text) <= most
    assert len(model.get_token_ids(text)) == model.get_num_tokens(text)


def test_equal_pieces_have_equal_ids(model: ChatTelnyx) -> None:
    ids = model.get_token_ids("moon moon moon sun")
    assert ids[1] == ids[2] != ids[3]


def bytes_encoding(name: str) -> tiktoken.Encoding:
    """Return an encoding in which each byte is a token."""
    ranks = {bytes([number]): number for number in range(256)}
    return tiktoken.Encoding(name, pat_str=r".", mergeable_ranks=ranks, special_tokens={})


def test_tiktoken_counts_where_its_vocabulary_is_loaded(
    model: ChatTelnyx, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = {"o200k_base": bytes_encoding("o200k_base")}
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", loaded)
    assert model.get_token_ids("moon") == [109, 111, 111, 110]
    assert model.get_num_tokens(PROSE) == len(PROSE)


def test_a_vocabulary_is_used_from_the_cache_only_when_it_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disable_socket()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    known = vocabulary._VOCABULARIES[0]  # noqa: SLF001 - tiktoken's names for its own files
    file = tmp_path / hashlib.sha1(known.source.encode()).hexdigest()  # noqa: S324 - likewise
    file.write_bytes(b"half a vocab")
    # tiktoken would throw the file away and download another.
    assert vocabulary.count("moon") == 1
    assert file.exists()
    vocabulary._is_cached.cache_clear()  # noqa: SLF001 - as if in a new process
    whole = known._replace(sha256=hashlib.sha256(b"half a vocab").hexdigest())
    assert vocabulary._is_cached(str(tmp_path), whole)  # noqa: SLF001 - the file as it should be


def test_a_cache_that_is_switched_off_holds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disable_socket()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    assert vocabulary.count("moon") == 1


def test_a_custom_counter_takes_precedence(model: ChatTelnyx) -> None:
    own = model.model_copy(update={"custom_get_token_ids": lambda text: [0] * len(text)})
    assert own.get_num_tokens("moon") == 4
    assert own.get_num_tokens_from_messages([HumanMessage("moon")]) == 4 + 4 + 3


def test_everything_sent_is_counted(model: ChatTelnyx) -> None:
    count = model.get_num_tokens_from_messages
    plain = count([HumanMessage("Weather?")])
    image = {"type": "image", "url": "https://x/a.png"}
    small = {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}}
    call = ToolCall(name="weather", args={"city": "Longyearbyen"}, id="c")
    assert count([HumanMessage("Weather?", name="ada")]) > plain
    assert count([SystemMessage("Be kind."), HumanMessage("Weather?")]) > plain
    assert count([HumanMessage("Weather?"), AIMessage("", tool_calls=[call])]) > plain + 8
    assert count([HumanMessage("Weather?"), ToolMessage("12 C", tool_call_id="c")]) > plain + 4
    assert count([HumanMessage(["Weather?", image])]) > plain + 500
    assert count([HumanMessage(["Weather?", small])]) < plain + 200
    assert count([HumanMessage([{"type": "audio", "url": "https://x/a.ogg"}])]) > 100


@pytest.mark.parametrize(
    "declared",
    [
        weather,
        Moon,
        {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}},
        {"title": "weather", "description": "Tell.", "type": "object", "properties": {}},
        lambda: None,
    ],
    ids=["tool", "pydantic", "openai", "schema", "lambda"],
)
def test_tools_of_every_form_are_counted(model: ChatTelnyx, declared: Any) -> None:
    if not isinstance(declared, dict) and not hasattr(declared, "name"):
        declared.__doc__ = declared.__doc__ or "Do nothing."
    messages: list[Any] = [HumanMessage("Weather?")]
    with_it = model.get_num_tokens_from_messages(messages, tools=[declared])
    assert with_it > model.get_num_tokens_from_messages(messages) + 8


def test_a_model_trims_a_history_by_its_count(model: ChatTelnyx) -> None:
    history: list[Any] = [HumanMessage(PROSE), HumanMessage("Weather?")]
    trimmed = trim_messages(history, max_tokens=50, token_counter=model, strategy="last")
    assert [message.content for message in trimmed] == ["Weather?"]


@pytest.mark.default_quirks("The answer has usage.", "usage_absent", "stream_usage")
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_counts_are_calibrated_by_the_server(
    emulator: TelnyxEmulator, mode: Mode, *, streamed: bool
) -> None:
    model = ChatTelnyx(**emulator.options())
    history: list[Any] = [SystemMessage("Extraordinarily circumstantial."), HumanMessage(PROSE)]
    before = model.get_num_tokens_from_messages(history)
    answer = (mode.whole if streamed else mode.invoke)(model, history)
    assert answer.usage_metadata is not None
    reported = answer.usage_metadata["input_tokens"]
    assert before != reported
    assert abs(model.get_num_tokens_from_messages(history) - reported) <= 1


@pytest.mark.default_quirks("The answer has usage.", "usage_absent")
def test_counts_of_requests_with_tools_are_calibrated_too(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(**emulator.options())
    model.get_num_tokens_from_messages([HumanMessage("Hi")], tools=[weather])
    answer = mode.invoke(model.bind_tools([weather]), "Say hello.")
    assert answer.usage_metadata is not None
    counted = model.get_num_tokens_from_messages([HumanMessage("Say hello.")], tools=[weather])
    assert abs(counted - answer.usage_metadata["input_tokens"]) <= 1


def test_calibration_can_be_disabled(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(calibrate_tokens=False, **emulator.options())
    history: list[Any] = [HumanMessage(PROSE)]
    before = model.get_num_tokens_from_messages(history)
    mode.invoke(model, history)
    assert model.get_num_tokens_from_messages(history) == before


def test_models_are_calibrated_separately(emulator: TelnyxEmulator, mode: Mode) -> None:
    one, other = (
        ChatTelnyx(model=name, **emulator.options())
        for name in ("moonshotai/Kimi-K2.6", "zai-org/GLM-5.3")
    )
    history: list[Any] = [SystemMessage("Circumstantial."), HumanMessage(PROSE)]
    before = other.get_num_tokens_from_messages(history)
    one.get_num_tokens_from_messages(history)
    mode.invoke(one, history)
    assert other.get_num_tokens_from_messages(history) == before


@pytest.mark.default_quirks("Images are sent as objects.", "image_url")
def test_requests_with_images_do_not_calibrate(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(**emulator.options())
    before = model.get_num_tokens_from_messages([HumanMessage(PROSE)])
    image = {"type": "image", "base64": "aGk=", "mime_type": "image/png"}
    mode.invoke(model, [HumanMessage(["Look:", image])])
    assert model.get_num_tokens_from_messages([HumanMessage(PROSE)]) == before


def test_a_ratio_settles_on_the_latest_requests() -> None:
    calibration = Calibration()
    calibration.ratio("m")
    for _ in range(50):
        calibration.learn("m", reported=150, estimated=100)
    assert calibration.ratio("m") == pytest.approx(1.5)
    for _ in range(50):
        calibration.learn("m", reported=90, estimated=100)
    assert calibration.ratio("m") == pytest.approx(0.9, abs=0.01)
    calibration.learn("m", reported=100_000, estimated=100)  # the prompt was another
    assert calibration.ratio("m") == pytest.approx(0.9, abs=0.01)


def test_ratios_are_bounded_and_safe_for_threads() -> None:
    calibration = Calibration(size=10)

    def use(number: int) -> None:
        calibration.ratio(f"m{number % 40}")
        calibration.learn(f"m{number % 40}", reported=120, estimated=100)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(2000)))
    assert sum(calibration.watches(f"m{number}") for number in range(40)) == 10
