"""What a store observes of the service is used by later searches and writes of the process."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import AssumptionWarning, TelnyxVectorStore, UnprocessableEntityError
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from tests.support.fixtures import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Opener = Callable[..., Store]

NUMBERS = range(30)
QUERY = "The moon 7 is icy."


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False, quirks=request.param) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def opened(request: pytest.FixtureRequest, emulator: TelnyxEmulator) -> Opener:
    def store(name: str = "moons", **options: Any) -> Store:
        made = TelnyxVectorStore(name, **{**emulator.options(), **options})
        return Store(made, awaited=request.param == "async")

    return store


def on(quirks: Quirks) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("emulator", [quirks], indirect=True, ids=[""])


def filled(store: Store) -> Store:
    store.add_texts(
        [f"The moon {n} is icy." for n in NUMBERS],
        [{"number": n} for n in NUMBERS],
        ids=[str(n) for n in NUMBERS],
    )
    return store


def requested_counts(emulator: TelnyxEmulator) -> list[int]:
    return [
        json.loads(request.body)["num_of_docs"]
        for request in emulator.requests
        if request.path.endswith("/similarity-search")
    ]


def embeddings_started(emulator: TelnyxEmulator) -> int:
    return sum((r.method, r.path) == ("POST", "/v2/ai/embeddings") for r in emulator.requests)


@on(Quirks(search_cap=10))
def test_a_search_beyond_the_cap_returns_what_the_service_can_give(
    opened: Opener, emulator: TelnyxEmulator
) -> None:
    store = filled(opened())
    emulator.requests.clear()
    with pytest.warns(AssumptionWarning, match="`search_cap`") as caught:
        assert len(store.similarity_search(QUERY, k=20)) == 10
    assert len(caught) == 1
    assert requested_counts(emulator) == [20, 10]
    emulator.requests.clear()
    # Another store of the process uses the cap; warnings are errors here.
    assert len(opened().similarity_search(QUERY, k=20)) == 10
    assert len(opened().similarity_search(QUERY, k=3)) == 3
    assert requested_counts(emulator) == [10, 3]


@on(Quirks(search_cap=10))
def test_a_known_cap_is_reported_for_each_bucket_that_it_limits(opened: Opener) -> None:
    with pytest.warns(AssumptionWarning, match="bucket 'moons'"):
        filled(opened()).similarity_search(QUERY, k=20)
    with pytest.warns(AssumptionWarning, match="bucket 'others'"):
        filled(opened("others")).similarity_search(QUERY, k=20)


@on(Quirks(search_cap=3))
@pytest.mark.filterwarnings("ignore:The assumption .search_cap.")
@pytest.mark.filterwarnings("ignore:The search of bucket")
def test_fetching_more_passages_than_the_cap_raises_nothing(opened: Opener) -> None:
    store = filled(opened())
    for _ in range(2):
        assert len(store.similarity_search(QUERY, k=5, filter={"number": {"$lt": 25}})) <= 3
        assert len(store.similarity_search(QUERY, k=2, per_document=True)) == 2
        assert len(store.similarity_search(QUERY, k=4, whole_documents=True)) == 3
        assert len(store.max_marginal_relevance_search(QUERY, k=5, fetch_k=20)) == 3


@on(Quirks())
def test_a_refusal_without_a_field_reduces_a_large_number_only(
    opened: Opener, emulator: TelnyxEmulator
) -> None:
    store = filled(opened())
    emulator.requests.clear()
    emulator.fail(422, path="/similarity-search", times=1)
    with pytest.raises(UnprocessableEntityError):
        store.similarity_search(QUERY, k=4)
    assert requested_counts(emulator) == [4]
    emulator.requests.clear()
    emulator.fail(422, path="/similarity-search", times=2)
    with pytest.raises(UnprocessableEntityError):
        store.similarity_search(QUERY, k=20)
    # Nothing was served, so a later search is not limited.
    assert len(store.similarity_search(QUERY, k=20)) == 20
    assert requested_counts(emulator) == [20, 10, 20]


@on(Quirks())
def test_a_number_between_a_guessed_cap_and_a_refused_one_is_requested(
    opened: Opener, emulator: TelnyxEmulator
) -> None:
    store = filled(opened())
    emulator.fail(422, path="/similarity-search", times=1)
    with pytest.warns(AssumptionWarning, match="`search_cap`"):
        assert len(store.similarity_search(QUERY, k=24)) == 12
    assert len(store.similarity_search(QUERY, k=18)) == 18


@on(Quirks(automatic_embedding=False))
def test_writes_after_the_first_one_start_the_embedding_at_once(
    opened: Opener, emulator: TelnyxEmulator
) -> None:
    opened().add_texts(["Io."])
    with pytest.warns(AssumptionWarning, match="`automatic_embedding`"):
        opened(embed_after=0.1).add_texts(["Titan."])
    emulator.requests.clear()
    # Without the observation, this write waits for its timeout, and fails.
    opened(embed_after=3600, wait_timeout=30).add_texts(["Rhea."])
    assert embeddings_started(emulator) == 1
    opened(embed_after=3600, wait=False).add_texts(["Dione."])
    assert embeddings_started(emulator) == 2


@on(Quirks(automatic_embedding=False))
def test_other_buckets_and_stores_that_never_embed_are_not_affected(
    opened: Opener, emulator: TelnyxEmulator
) -> None:
    for name in ("moons", "others"):
        opened(name).add_texts(["Io."])
    with pytest.warns(AssumptionWarning, match="`automatic_embedding`"):
        opened(embed_after=0.1).add_texts(["Titan."])
    emulator.requests.clear()
    opened(embed_after=None, wait=False).add_texts(["Rhea."])
    opened("others", wait=False).add_texts(["Rhea."])
    assert embeddings_started(emulator) == 0


@on(Quirks.pessimistic())
def test_a_store_with_a_search_delay_on_a_pessimistic_service(opened: Opener) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AssumptionWarning)
        store = opened(search_delay=0.4, embed_after=0)
        store.add_texts(["Titan is small.", "Io is hot."], ids=["titan", "io"])
        assert {d.id for d in store.similarity_search("a moon", k=20)} == {"titan", "io"}
        store.add_texts(["Titan is large."], ids=["titan"])
        found = store.similarity_search("Titan", k=20)
        assert {d.page_content for d in found} == {"Titan is large.", "Io is hot."}
        store.delete(["io"])
        assert [d.id for d in store.max_marginal_relevance_search("Titan", k=20)] == ["titan"]
