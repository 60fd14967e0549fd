"""Every retriever: the key is not shown, copies work, traces and errors are specific."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps
from langchain_core.runnables import ConfigurableField

from langchain_telnyx import (
    Telnyx,
    TelnyxCollectionRetriever,
    TelnyxConversationRetriever,
    TelnyxMemoryRetriever,
    TelnyxWebSearchRetriever,
)

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

KEY = "KEY0190_neverToBeSeen"
KINDS: list[tuple[Any, dict[str, Any]]] = [
    (TelnyxCollectionRetriever, {"collection": "calls"}),
    (TelnyxConversationRetriever, {}),
    (TelnyxMemoryRetriever, {"profile_id": "ann"}),
    (TelnyxWebSearchRetriever, {}),
]
each_kind = pytest.mark.parametrize(
    ("kind", "fields"), KINDS, ids=["knowledge", "conversations", "memory", "web"]
)


@pytest.fixture
def options(emulator: TelnyxEmulator) -> dict[str, Any]:
    """Add data for each retriever."""
    telnyx = Telnyx(**emulator.options())
    call = telnyx.conversations.create()
    telnyx.conversations.add_message(call.id, "user", "Ann likes tea.")
    telnyx.collections.create("Calls", sources=["voice"])
    telnyx.memory.wait(telnyx.memory.remember("ann", "Ann likes tea.").operation_id)
    emulator.add_web_page("https://tea.example/", "Tea", "Ann likes tea.")
    return emulator.options()


@each_kind
@pytest.mark.parametrize("show", [repr, str, dumps])
def test_no_retriever_shows_the_key(kind: Any, fields: dict[str, Any], show: Any) -> None:
    assert KEY not in show(kind(api_key=KEY, **fields))


@each_kind
def test_a_copy_searches_and_a_pickle_leaves_the_key_out(
    kind: Any,
    fields: dict[str, Any],
    options: dict[str, Any],
    mode: Mode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    retriever = kind(**fields, **options)
    assert len(mode.invoke(retriever, "tea")) == 1
    assert len(mode.invoke(copy.deepcopy(retriever), "tea")) == 1
    pickled = pickle.dumps(retriever)
    assert options["api_key"].encode() not in pickled
    monkeypatch.setenv("TELNYX_API_KEY", options["api_key"])
    loaded = pickle.loads(pickled)  # noqa: S301 - our own
    assert loaded.telnyx.config.key() == options["api_key"]


@each_kind
def test_a_trace_names_the_provider(
    kind: Any, fields: dict[str, Any], options: dict[str, Any], mode: Mode
) -> None:
    class Tracer(BaseCallbackHandler):
        def on_retriever_start(self, *_: Any, **kwargs: Any) -> None:
            traced.append(kwargs["metadata"])

    traced: list[dict[str, Any]] = []
    mode.invoke(kind(**fields, **options), "tea", config={"callbacks": [Tracer()]})
    assert traced[0]["ls_retriever_name"] == kind.__name__.removesuffix("Retriever").lower()
    assert traced[0]["ls_vector_store_provider"] == "telnyx"


@each_kind
def test_a_misspelt_option_of_a_call_is_an_error(
    kind: Any, fields: dict[str, Any], options: dict[str, Any], mode: Mode
) -> None:
    with pytest.raises(TypeError, match="'filters'"):
        mode.invoke(kind(**fields, **options), "tea", filters={"plan": "gold"})


@each_kind
def test_k_is_configurable_in_a_chain(
    kind: Any, fields: dict[str, Any], options: dict[str, Any], mode: Mode, emulator: TelnyxEmulator
) -> None:
    retriever = kind(**fields, **options).configurable_fields(k=ConfigurableField(id="k"))
    mode.invoke(retriever, "tea", config={"configurable": {"k": 17}})
    request = emulator.requests[-1]
    assert "17" in f"{request.query}{request.body!r}"
