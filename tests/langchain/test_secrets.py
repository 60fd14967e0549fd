"""The key and the headers show up on the wire, and nowhere else."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps

from langchain_telnyx import (
    ChatTelnyx,
    TelnyxEmbeddings,
    TelnyxError,
    TelnyxInsights,
    TelnyxRetriever,
    TelnyxVectorStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.langchain.conftest import Face

KEY = "KEY0190_neverToBeSeen"
TOKEN = "tokenInAHeader"
SECRETS = (KEY, TOKEN)


def model(emulator: TelnyxEmulator, **options: Any) -> ChatTelnyx:
    """Return a model whose key the account refuses, so that calls fail with it in hand."""
    return ChatTelnyx(
        **{**emulator.options(), "api_key": KEY, "max_retries": 0, **options},
        default_headers={"x-token": TOKEN},
    )


@pytest.mark.parametrize("show", [repr, str, dumps, lambda thing: repr(thing.telnyx.config)])
@pytest.mark.parametrize(
    "make",
    [
        model,
        lambda _: TelnyxEmbeddings(api_key=KEY, default_headers={"x": TOKEN}),
        lambda _: TelnyxRetriever(bucket="b-1", api_key=KEY, default_headers={"x": TOKEN}),
        lambda _: TelnyxInsights(insights="Why?", api_key=KEY, default_headers={"x": TOKEN}),
    ],
    ids=["chat", "embeddings", "retriever", "insights"],
)
def test_no_adapter_shows_them(
    emulator: TelnyxEmulator, make: Callable[[Any], Any], show: Callable[[Any], str]
) -> None:
    shown = show(make(emulator))
    assert not [secret for secret in SECRETS if secret in shown]


def test_no_store_shows_them() -> None:
    store = TelnyxVectorStore("documents", api_key=KEY, headers={"x": TOKEN})
    shown = repr(store) + str(store) + repr(store.as_retriever()) + dumps(store.as_retriever())
    assert not [secret for secret in SECRETS if secret in shown]


def test_no_pickle_holds_the_key(emulator: TelnyxEmulator) -> None:
    used = model(emulator)
    assert used.telnyx.config.key() == KEY
    for thing in (used, copy.deepcopy(used), used.telnyx, used.telnyx.config):
        assert KEY.encode() not in pickle.dumps(thing)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", ["refused", "dropped", "quoted"])
def test_no_error_shows_them(
    emulator: TelnyxEmulator, face: Face, fault: str, *, streamed: bool
) -> None:
    asked = model(emulator)
    if fault != "refused":
        asked = model(emulator, api_key=emulator.api_key)
    if fault == "dropped":
        emulator.script.drop_connection()
    if fault == "quoted":
        emulator.fail(401, detail=f"The key {emulator.api_key} is unknown.")
    with pytest.raises(TelnyxError) as caught:
        (face.stream if streamed else face.invoke)(asked)
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert not [secret for secret in (*SECRETS, emulator.api_key) if secret in shown]


def test_no_log_line_holds_them(
    emulator: TelnyxEmulator, face: Face, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(TelnyxError):
        face.invoke(model(emulator))
    assert caplog.text
    assert not [secret for secret in SECRETS if secret in caplog.text]


class Tracer(BaseCallbackHandler):
    """Keeps everything that a tracer such as LangSmith's is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.told.append((args, kwargs))

    def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
        self.told.append((args, kwargs))

    def on_llm_error(self, *args: Any, **kwargs: Any) -> None:
        self.told.append((args, kwargs))


def test_no_trace_holds_them(emulator: TelnyxEmulator, face: Face) -> None:
    tracer = Tracer()
    with pytest.raises(TelnyxError):
        face.invoke(model(emulator), config={"callbacks": [tracer]})
    asked = model(emulator, api_key=emulator.api_key)
    face.invoke(asked, config={"callbacks": [tracer]})
    shown = repr(tracer.told)
    assert len(tracer.told) == 4
    assert not [secret for secret in (*SECRETS, emulator.api_key) if secret in shown]


def test_a_trace_names_provider_and_model(emulator: TelnyxEmulator, face: Face) -> None:
    tracer = Tracer()
    asked = ChatTelnyx(temperature=0.5, **emulator.options())
    face.invoke(asked, model="zai-org/GLM-5.3", config={"callbacks": [tracer]})
    metadata = tracer.told[0][1]["metadata"]
    assert metadata["ls_provider"] == "telnyx"
    assert metadata["ls_model_name"] == "zai-org/GLM-5.3"
    assert metadata["ls_temperature"] == 0.5


class Watched(InMemoryCache):
    """Keeps the keys it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    def lookup(self, prompt: str, llm_string: str) -> Any:
        self.keys += [prompt, llm_string]
        return super().lookup(prompt, llm_string)


def test_no_cache_key_holds_them(emulator: TelnyxEmulator, face: Face) -> None:
    cache = Watched()
    face.invoke(model(emulator, api_key=emulator.api_key, cache=cache))
    assert len(cache.keys) == 2
    shown = "".join(cache.keys)
    assert not [secret for secret in (*SECRETS, emulator.api_key) if secret in shown]
