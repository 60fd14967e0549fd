"""LangGraph's store in key-value storage, compared with LangGraph's own in-memory store."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from langgraph.store.base import GetOp, ListNamespacesOp, MatchCondition, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

from langchain_telnyx import (
    TelnyxEmbeddings,
    TelnyxStore,
)
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

ANN = ("users", "ann")


class AnyStore:
    """A store called sync or async, each time on a new event loop."""

    def __init__(self, store: Any, *, awaited: bool) -> None:
        self.store = store
        self.awaited = awaited

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not self.awaited:
            method: Callable[..., Any] = getattr(self.store, name)
            return method
        amethod = getattr(self.store, f"a{name}")
        return lambda *args, **kwargs: asyncio.run(amethod(*args, **kwargs))


@pytest.fixture
def made(emulator: TelnyxEmulator, mode: Mode) -> Callable[..., AnyStore]:
    def store(name: str = "agent-memory", **options: Any) -> AnyStore:
        instance = TelnyxStore(name, **{**emulator.options(), **options})
        return AnyStore(instance, awaited=mode.awaited)

    return store


def keys(items: list[Any]) -> list[str]:
    return [item.key for item in items]


# Random operations, compared with LangGraph's own store.

LABELS = st.sampled_from(["a", "b", "a b", "ä/b", "_x", "=", "~", "-", "x=2Fy", "\U0001f600"])
KEYS = LABELS | st.sampled_from(["", ".", "..", "a.b", "\ud800", "a/b"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-2, 2, width=16)
    | st.sampled_from(["", "x", "ä\u2028", "\ud800", "2"])
)
VALUES = st.dictionaries(
    st.sampled_from(["n", "s", "deep"]),
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from("ab"), SCALARS),
    max_size=3,
)
NAMESPACES = st.lists(LABELS, min_size=1, max_size=3).map(tuple)
PATHS = st.lists(LABELS | st.just("*"), min_size=1, max_size=2).map(tuple)
FILTERS = st.none() | st.dictionaries(
    st.sampled_from(["n", "deep"]),
    SCALARS
    | st.builds(lambda value: {"$ne": value}, SCALARS)
    | st.builds(lambda value: {"$eq": value}, SCALARS)
    | st.dictionaries(st.sampled_from("ab"), SCALARS, min_size=1),
    max_size=2,
)
CONDITIONS = st.builds(MatchCondition, st.sampled_from(["prefix", "suffix"]), PATHS)
INDICES: Any = st.sampled_from([None, False, ["n"]])
PUTS = st.tuples(NAMESPACES, KEYS, VALUES | st.none(), INDICES).map(lambda parts: PutOp(*parts))
GETS = st.tuples(NAMESPACES, KEYS).map(lambda parts: GetOp(*parts))
QUERIES = st.sampled_from([None, "", "moons"])  # without an index, they have no effect
SEARCHES = st.tuples(st.lists(LABELS, max_size=2).map(tuple), FILTERS, QUERIES).map(
    lambda parts: SearchOp(parts[0], parts[1], limit=1000, query=parts[2])
)
LISTINGS = st.tuples(
    st.lists(CONDITIONS, max_size=2).map(tuple),
    st.none() | st.integers(1, 2),
    st.integers(1, 5),
    st.integers(0, 2),
).map(lambda parts: ListNamespacesOp(*parts))
OPS = PUTS | GETS | SEARCHES | LISTINGS


def comparable(result: Any) -> Any:
    """Return a result without times and, for a search, without order: LangGraph has none."""
    if isinstance(result, list):
        return sorted(map(comparable, result), key=repr)
    return (result.namespace, result.key, result.value) if hasattr(result, "key") else result


def clean(memory: InMemoryStore) -> InMemoryStore:
    """LangGraph's own store lists namespaces that were only read, or have become empty."""
    fresh = InMemoryStore()
    for item in memory.search((), limit=1000):
        fresh.batch([PutOp(item.namespace, item.key, item.value)])
    return fresh


NUMBERS = count()


@given(batches=st.lists(st.lists(OPS, max_size=6), min_size=1, max_size=6))
@settings(
    max_examples=examples(25),
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_results_equal_those_of_langgraphs_own_store(
    made: Callable[..., AnyStore], batches: list[list[Any]]
) -> None:
    ours, theirs = made(f"kv-{next(NUMBERS)}"), InMemoryStore()
    for ops in batches:
        before = clean(theirs)
        expected = [None if isinstance(op, PutOp) else clean(before).batch([op])[0] for op in ops]
        theirs.batch(ops)
        assert [*map(comparable, ours.batch(ops))] == [*map(comparable, expected)]


# Items.


def test_an_update_changes_updated_at_and_not_created_at(
    made: Callable[..., AnyStore],
) -> None:
    store = made()
    store.put(ANN, "tone", {"text": "short"})
    first = store.get(ANN, "tone")
    store.put(ANN, "tone", {"text": "long"})
    second = store.get(ANN, "tone")
    assert second.value == {"text": "long"}
    assert second.created_at == first.created_at == first.updated_at
    assert second.updated_at > second.created_at
    assert isinstance(second.created_at, datetime)
    assert second.created_at.tzinfo is not None


def test_reads_before_the_first_write_find_and_create_nothing(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store = made()
    assert store.get(ANN, "tone") is None
    assert store.search(()) == []
    assert store.list_namespaces() == []
    store.delete(ANN, "tone")
    assert {request.method for request in emulator.requests} == {"GET"}


def test_a_search_returns_the_newest_items_first_in_pages(
    made: Callable[..., AnyStore],
) -> None:
    store = made()
    for key in ("a", "b", "c", "d"):
        store.put(ANN, key, {"even": key in "bd"})
    store.put(ANN, "a", {"even": False})
    assert keys(store.search(ANN)) == ["a", "d", "c", "b"]
    assert keys(store.search(("users",), limit=2, offset=1)) == ["d", "c"]
    assert keys(store.search((), filter={"even": True}, limit=1)) == ["d"]
    assert keys(store.search((), filter={"even": True}, limit=1, offset=1)) == ["b"]
    assert store.search(("use",)) == []


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_search_without_a_filter_reads_only_what_it_returns(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    store = made()
    store.batch([PutOp(ANN, str(number), {"n": number}) for number in range(30)])
    emulator.requests.clear()
    assert len(store.search(ANN, limit=2, offset=20)) == 2
    assert len([one for one in emulator.requests if "/keys/" in one.path]) == 2


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"age": {"$gt": 30}}, ["b"]),
        ({"age": {"$gte": 30, "$lt": 40}}, ["a"]),
        ({"age": {"$lte": 30}}, ["a"]),
        ({"seen": {"$gte": "2026-02-01"}}, ["b"]),
        ({"name": {"first": "Ann"}}, ["a"]),
        ({"name": {"first": {"$ne": "Ann"}}}, ["b"]),
        ({"tags": ["x", {"$ne": "y"}]}, ["b"]),
        ({"tags": None}, ["c"]),
    ],
)
def test_filters_compare_numbers_texts_and_nested_values(
    made: Callable[..., AnyStore], conditions: Any, found: list[str]
) -> None:
    store = made()
    ann = {"age": 30, "seen": "2026-01-31", "name": {"first": "Ann"}, "tags": ["x", "y"]}
    bob = {"age": 40, "seen": "2026-02-01", "name": {"first": "Bob"}, "tags": ["x", "z"]}
    store.batch([PutOp(ANN, "a", ann), PutOp(ANN, "b", bob), PutOp(ANN, "c", {"age": None})])
    assert sorted(keys(store.search((), filter=conditions))) == found


def test_the_error_names_an_unknown_operator(made: Callable[..., AnyStore]) -> None:
    store = made()
    store.put(ANN, "a", {"n": 1})
    with pytest.raises(ValueError, match=r"Unknown operator '\$near' in the filter"):
        store.search((), filter={"n": {"$near": 1}})


# Search by meaning.


def test_a_query_ranks_by_meaning_within_filter_and_namespace(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    index = {"dims": 1024, "embed": TelnyxEmbeddings(**emulator.options()), "fields": ["text"]}
    store = made(index=index)
    store.put(ANN, "moon", {"text": "Titan is a moon of Saturn.", "kind": "fact"})
    store.put(ANN, "cake", {"text": "Ann bakes cakes on Sundays.", "kind": "fact"})
    store.put(ANN, "hidden", {"text": "Saturn's moons are many."}, index=False)
    store.put(ANN, "other", {"text": "none", "note": "Saturn's rings"}, index=["note"])
    store.put(("users", "bob"), "moon", {"text": "Bob likes Saturn's moons."})
    found = store.search(ANN, query="Which moons has Saturn?")
    assert keys(found)[0] == "moon"
    assert keys(found)[-1] == "hidden"
    scores = [item.score for item in found]
    assert scores[-1] is None
    assert scores[:-1] == sorted(scores[:-1], reverse=True)
    assert keys(store.search(ANN, query="Saturn's rings", limit=1)) == ["other"]
    only = store.search(ANN, query="moons of Saturn", filter={"kind": "fact"}, limit=1, offset=1)
    assert keys(only) == ["cake"]


def test_a_query_ranks_like_langgraphs_own_store(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    index: Any = {"dims": 1024, "embed": TelnyxEmbeddings(**emulator.options())}
    ours, theirs = made(index=index), InMemoryStore(index=index)
    for number, text in enumerate(
        ["Titan orbits Saturn.", "Phobos orbits Mars.", "Cake is sweet."]
    ):
        ours.put(ANN, str(number), {"text": text})
        theirs.put(ANN, str(number), {"text": text})
    mine, own = (store.search(ANN, query="What orbits Mars?") for store in (ours, theirs))
    assert keys(mine) == keys(own)
    assert [item.score for item in mine] == pytest.approx([item.score for item in own])


def test_a_query_without_an_index_has_no_effect(
    made: Callable[..., AnyStore], emulator: TelnyxEmulator
) -> None:
    ours, theirs = made(), InMemoryStore()
    for store in (ours, theirs):
        for number in range(4):
            store.put(ANN, f"{number}", {"even": number % 2 == 0}, index=["even"])
        store.put(("users", "bob"), "other", {"even": True})
    searches: list[dict[str, Any]] = [
        {"query": "moons"},
        {"query": "moons", "filter": {"even": True}},
        {"query": "moons", "limit": 9, "offset": 9},
    ]
    for options in searches:
        mine, own = (store.search(ANN, **options) for store in (ours, theirs))
        assert {item.key for item in mine} == {item.key for item in own}
        assert {item.score for item in mine} <= {None}
    assert keys(ours.search(ANN, query="moons", limit=2)) == ["3", "2"]
    assert all("embeddings" not in request.path for request in emulator.requests)


# What does not fit.
