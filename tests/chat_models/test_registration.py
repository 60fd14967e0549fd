"""`register_provider()` lets LangChain build models by name."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from langchain.chat_models import base as chat_models
from langchain.chat_models import init_chat_model
from langchain.embeddings import base as embeddings
from langchain.embeddings import init_embeddings

import langchain_telnyx
from langchain_telnyx import ChatTelnyx, ConfigurationError, TelnyxEmbeddings

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

CHAT_TABLE = "langchain.chat_models.base._BUILTIN_PROVIDERS"


@pytest.fixture(autouse=True)
def _tables_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (chat_models, embeddings):
        table = dict(module._BUILTIN_PROVIDERS)  # noqa: SLF001 - put back after each test
        table.pop("telnyx", None)  # an example of docs/chat.md may have run in this process
        monkeypatch.setattr(module, "_BUILTIN_PROVIDERS", table)
    chat_models._get_chat_model_creator.cache_clear()  # noqa: SLF001 - it remembers the table


def test_nothing_is_registered_before_the_call() -> None:
    with pytest.raises(ValueError, match="Unsupported provider"):
        init_chat_model("moonshotai/Kimi-K2.6", model_provider="telnyx")


def test_a_chat_model_is_built_by_its_name(emulator: TelnyxEmulator, mode: Mode) -> None:
    langchain_telnyx.register_provider()
    langchain_telnyx.register_provider()
    model: Any = init_chat_model("telnyx:moonshotai/Kimi-K2.6", temperature=0, **emulator.options())
    assert isinstance(model, ChatTelnyx)
    assert (model.model_name, model.temperature) == ("moonshotai/Kimi-K2.6", 0)
    emulator.say("Titan.")
    assert mode.invoke(model).text == "Titan."


def test_a_configurable_model_chooses_at_the_call(emulator: TelnyxEmulator, mode: Mode) -> None:
    langchain_telnyx.register_provider()
    model: Any = init_chat_model(configurable_fields=("model",), **emulator.options())
    chosen = {"configurable": {"model": "telnyx:zai-org/GLM-5.3"}}
    answer = mode.invoke(model, "Hi", config=chosen)
    assert answer.response_metadata["model_name"] == "zai-org/GLM-5.3"


def test_embeddings_are_built_by_their_name(emulator: TelnyxEmulator) -> None:
    langchain_telnyx.register_provider()
    built = init_embeddings("telnyx:thenlper/gte-large", **emulator.options())
    assert isinstance(built, TelnyxEmbeddings)
    assert len(built.embed_query("Hi")) == 1024


@pytest.mark.parametrize("table", [None, {}, {"openai": "langchain_openai"}])
def test_a_changed_langchain_is_an_error_and_not_modified(
    monkeypatch: pytest.MonkeyPatch, table: Any
) -> None:
    monkeypatch.setattr(embeddings, "_BUILTIN_PROVIDERS", table)
    with pytest.raises(ConfigurationError, match="use `ChatTelnyx"):
        langchain_telnyx.register_provider()
    assert "telnyx" not in chat_models._BUILTIN_PROVIDERS  # noqa: SLF001 - the table itself


def test_without_langchain_the_error_names_the_package() -> None:
    program = """
import sys
sys.modules["langchain"] = None
import langchain_telnyx
try:
    langchain_telnyx.register_provider()
except langchain_telnyx.ConfigurationError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install langchain" in done.stdout


def test_an_existing_provider_is_not_replaced() -> None:
    row = ("langchain_telnyx", "ChatTelnyx", types.SimpleNamespace)
    chat_models._BUILTIN_PROVIDERS["telnyx"] = row  # type: ignore[assignment]  # noqa: SLF001 - as a later LangChain may
    langchain_telnyx.register_provider()
    assert chat_models._BUILTIN_PROVIDERS["telnyx"] is row  # type: ignore[comparison-overlap]  # noqa: SLF001 - as above
