"""`TelnyxStore` and the service: limits, TTLs, failures, agents and graphs."""

from __future__ import annotations

import importlib
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.tools import tool
from langgraph.config import get_store
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime  # noqa: TC002 - the node's signature is read at run time
from langgraph.store.base import GetOp, PutOp

from langchain_telnyx import (
    ChatTelnyx,
    PartialError,
    ServerError,
    Telnyx,
    TelnyxStore,
    ValueTooLargeError,
)
from langchain_telnyx.emulator import after_polls

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode
from tests.store.test_store import ANN, AnyStore, keys


@pytest.fixture
def made(emulator: TelnyxEmulator, mode: Mode) -> Callable[..., AnyStore]:
    def store(name: str = "agent-memory", **options: Any) -> AnyStore:
        opened = TelnyxStore(name, **{**emulator.options(), **options})
        return AnyStore(opened, awaited=mode.awaited)

    return store


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": (1, 2)}, "use lists for tuples"),
        ({"a": {1: 2}}, "strings for the keys of dicts"),
        ({"a": object()}, "cannot be stored"),
        ({"a": float("nan")}, "cannot be stored"),
    ],
)
def test_a_value_that_json_would_change_is_refused(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator, value: Any, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        made().put(ANN, "a", value)
    assert not emulator.requests


def test_a_name_that_is_too_long_is_refused_before_anything_is_sent(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store = made()
    with pytest.raises(ValueTooLargeError, match=r"need 267 characters, but .* allows 256"):
        store.put(ANN, "x" * 257, {})
    assert not emulator.requests
    store.put(ANN, "x" * 246, {"a": 1})
    assert store.get(ANN, "x" * 246).value == {"a": 1}


def test_a_value_that_is_too_large_is_refused_and_its_batch_not_written(
    made: Callable[..., AnyStore],
) -> None:
    store = made()
    store.put(ANN, "a", {"text": "x" * 1_000_000})
    with pytest.raises(ValueTooLargeError, match="but key-value storage allows 1,048,576"):
        store.batch([PutOp(ANN, "b", {}), PutOp(ANN, "a", {"text": "x" * 1_050_000})])
    assert store.get(ANN, "b") is None
    assert len(store.get(ANN, "a").value["text"]) == 1_000_000


# Time to live.


def test_an_item_expires_after_its_ttl(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store = made(ttl={"default_ttl": 10})
    store.put(ANN, "short", {}, ttl=0.5)
    store.put(ANN, "usual", {})
    store.put(ANN, "ever", {}, ttl=None)
    clock: Any = emulator.account.clock
    clock.advance(31)
    assert sorted(keys(store.search(ANN))) == ["ever", "usual"]
    clock.advance(600)
    assert keys(store.search(ANN)) == ["ever"]


@pytest.mark.parametrize("how", ["get", "search"])
def test_reading_refreshes_the_ttl_on_request(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator, how: str
) -> None:
    store = made(ttl={"refresh_on_read": True})
    store.put(ANN, "read", {"a": 1}, ttl=1)
    before = store.get(ANN, "read", refresh_ttl=False)
    clock: Any = emulator.account.clock
    clock.advance(45)
    assert store.get(ANN, "read") if how == "get" else store.search(ANN)
    clock.advance(45)
    assert store.get(ANN, "read") == before
    clock.advance(61)
    assert store.get(ANN, "read") is None


def test_reading_alone_writes_nothing(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store = made()
    store.put(ANN, "a", {}, ttl=1)
    emulator.requests.clear()
    store.get(ANN, "a")
    store.search(ANN)
    assert {request.method for request in emulator.requests} == {"GET"}


@pytest.mark.parametrize("ttl", [0, -1, 1e9])
def test_an_invalid_ttl_is_refused(made: Callable[..., AnyStore], ttl: float) -> None:
    with pytest.raises(ValueError, match="must be more than 0 minutes"):
        made().put(ANN, "a", {}, ttl=ttl)


# Other programs, and failures.


def test_a_write_waits_for_a_new_key_value_namespace(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    emulator.account.jobs.pace = after_polls(1)
    store = made()
    store.put(ANN, "a", {"n": 1})
    assert made().get(ANN, "a").value == {"n": 1}


@pytest.mark.default_quirks(
    "One of many concurrent calls may be refused more often than it is retried.",
    "rate_limited_share",
)
def test_concurrent_first_writes_share_one_key_value_namespace(
    emulator: TelnyxEmulator,
) -> None:
    stores = [TelnyxStore("agent-memory", **emulator.options()) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda pair: pair[1].put(ANN, str(pair[0]), {}), enumerate(stores)))
    assert len(stores[0].search(ANN)) == 8
    assert [each.name for each in Telnyx(**emulator.options()).kvs.list()] == ["agent-memory"]


def test_a_deleted_key_value_namespace_is_created_again(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store, telnyx = made(), Telnyx(**emulator.options())
    store.put(ANN, "a", {})
    [space] = telnyx.kvs.list()
    telnyx.kvs.delete(space.id)
    list(telnyx.kvs.list())
    assert store.search(ANN) == []
    store.put(ANN, "b", {})
    assert keys(store.search(ANN)) == ["b"]


def test_values_of_other_programs_are_skipped(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store, telnyx = made(), Telnyx(**emulator.options())
    store.put(ANN, "a", {})
    [space] = telnyx.kvs.list()
    for key in ("users/ann/b", "users/ann/x=zz", "plain"):
        telnyx.kvs.put_key(space.id, key, b'{"verified": true}')
    assert keys(store.search(())) == ["a"]
    assert store.get(ANN, "b") is None


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_failed_writes_are_reported_by_name(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store = made(max_retries=0)
    store.put(ANN, "a", {"n": 1})
    emulator.fail(500, times=2, path="two")
    with pytest.raises(PartialError, match="1 of 3 items could not be written") as failure:
        # The existing item is read first: if that fails, it is not overwritten.
        store.batch([PutOp(ANN, "one", {}), PutOp(ANN, "a", None), PutOp(ANN, "two", None)])
    assert failure.value.done == ["users/ann/one", "users/ann/a"]
    assert isinstance(failure.value.failed["users/ann/two"], ServerError)
    assert keys(store.search(ANN)) == ["one"]


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_a_single_write_fails_with_its_own_error(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    emulator.fail(500, times=1)
    with pytest.raises(ServerError):
        made(max_retries=0).put(ANN, "a", {})


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_a_failed_read_is_an_error_and_not_a_missing_item(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store = made(max_retries=0)
    store.put(ANN, "a", {"n": 1})
    emulator.fail(500, times=1, path="/keys/")
    with pytest.raises(ServerError):
        store.batch([GetOp(ANN, "a"), PutOp(ANN, "a", {"n": 2})])
    assert store.get(ANN, "a").value == {"n": 1}


# Building, pickling, and use by LangGraph.


def test_a_store_can_be_pickled_without_its_key(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TelnyxStore("agent-memory", api_key="KEY0190_neverToBeSeen")
    pickled = pickle.dumps(store)
    assert b"neverToBeSeen" not in pickled
    assert "neverToBeSeen" not in repr(store)
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    assert pickle.loads(pickled).name == "agent-memory"  # noqa: S301 - made two lines above


def test_building_a_store_sends_nothing(emulator: TelnyxEmulator) -> None:
    TelnyxStore("agent-memory", **emulator.options())
    assert not emulator.requests


def test_the_error_without_langgraph_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("langchain_telnyx.store", "langchain_telnyx.store.base"):
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "langgraph.store.base", None)
    with pytest.raises(ImportError, match=r"pip install \"langchain-telnyx\[langgraph\]\""):
        importlib.import_module("langchain_telnyx.store")


@tool
def remember(text: str) -> str:
    """Remember something of the user."""
    get_store().put(ANN, "likes", {"text": text})
    return "Remembered."


@tool
async def aremember(text: str) -> str:
    """Remember something of the user."""
    await get_store().aput(ANN, "likes", {"text": text})
    return "Remembered."


def test_an_agents_tools_write_to_it(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator, mode: Mode
) -> None:
    store = made()
    writing = aremember if mode.awaited else remember
    model = ChatTelnyx(**emulator.options())
    agent: Any = create_agent(model, [writing], store=store.store)
    emulator.call_tool(writing.name, {"text": "moons"})
    emulator.say("I shall remember.")
    answer = mode.invoke(agent, {"messages": [("user", "I like moons.")]})
    assert answer["messages"][-1].text == "I shall remember."
    assert store.get(ANN, "likes").value == {"text": "moons"}


def recall(_: MessagesState, runtime: Runtime) -> dict[str, Any]:
    assert runtime.store is not None
    [item] = runtime.store.search(ANN)
    return {"messages": [("ai", item.value["text"])]}


async def arecall(_: MessagesState, runtime: Runtime) -> dict[str, Any]:
    assert runtime.store is not None
    [item] = await runtime.store.asearch(ANN)
    return {"messages": [("ai", item.value["text"])]}


def test_a_graphs_nodes_read_from_it(made: Callable[..., AnyStore], mode: Mode) -> None:
    store = made()
    store.put(ANN, "likes", {"text": "moons"})
    graph: Any = StateGraph(MessagesState)
    graph.add_node("recall", arecall if mode.awaited else recall)
    graph.add_edge(START, "recall")
    compiled: Any = graph.compile(store=store.store)
    answer = mode.invoke(compiled, {"messages": [("user", "What do I like?")]})
    assert answer["messages"][-1].text == "moons"
