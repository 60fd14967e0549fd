"""Writes retain the settings of a bucket, and every quirk of the service is handled."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import ConfigurationError, PartialWriteError, Telnyx, TelnyxVectorStore
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.fixtures import Store

pytestmark = pytest.mark.default_quirks(
    "It counts passages and embedding requests.",
    "search_cap",
    "automatic_embedding",
    "rate_limited_share",
)

E5 = "intfloat/multilingual-e5-large"
TEXT = "The harbour was built when the herring came. " * 30


def posts(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    """Return the bodies of the requests that embed a bucket."""
    return [
        json.loads(request.body)
        for request in emulator.requests
        if (request.method, request.path) == ("POST", "/v2/ai/embeddings")
    ]


def passages(emulator: TelnyxEmulator) -> tuple[set[str | None], int]:
    """Return the models of the passages of a bucket, and how many there are."""
    telnyx = Telnyx(**emulator.options())
    hits = telnyx.bucket_embeddings.similarity_search("moons", "herring", num_of_docs=500)
    return {hit.metadata.embedding for hit in hits}, len(hits)


def opened(store: Store, emulator: TelnyxEmulator, **options: Any) -> TelnyxVectorStore:
    if store.awaited:
        return asyncio.run(
            TelnyxVectorStore.afrom_existing("moons", **options, **emulator.options())
        )
    return TelnyxVectorStore.from_existing("moons", **options, **emulator.options())


@pytest.fixture
def harbour(make: Callable[..., Store]) -> Store:
    store = make(embedding_model=E5, chunk_size=300, chunk_overlap=0)
    store.add_texts([f"Part {n}. {TEXT}" for n in range(4)])
    return store


def test_an_existing_bucket_retains_its_model_and_sizes(
    harbour: Store, emulator: TelnyxEmulator
) -> None:
    before = passages(emulator)
    assert before == ({E5}, 20)
    emulator.requests.clear()
    opened(harbour, emulator).add_texts(["One more."])
    assert passages(emulator) == ({E5}, 21)
    assert posts(emulator) == []


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"embedding_model": "thenlper/gte-large"}, f"`embedding_model` is '{E5}' in the bucket"),
        ({"chunk_size": 500}, "`chunk_size` is 300 in the bucket, and 500 in the store"),
        ({"chunk_overlap": 10}, "`chunk_overlap` is 0 in the bucket, and 10 in the store"),
    ],
)
def test_other_settings_raise_an_error_that_lists_the_differences(
    harbour: Store,
    make: Callable[..., Store],
    emulator: TelnyxEmulator,
    options: dict[str, Any],
    match: str,
) -> None:
    for write in (
        lambda: make(**options).add_texts(["More."]),
        lambda: opened(harbour, emulator, **options),
    ):
        with pytest.raises(ConfigurationError, match=match) as caught:
            write()
        assert "`reembed()`" in str(caught.value)
    assert passages(emulator) == ({E5}, 20)


@pytest.mark.default_quirks("The foreign file is a warning.", "foreign_failing_file")
def test_reembed_embeds_the_bucket_with_new_settings(
    harbour: Store, make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(embedding_model="thenlper/gte-large", chunk_size=600, chunk_overlap=0)
    store.reembed()
    assert passages(emulator) == ({"thenlper/gte-large"}, 12)
    store.add_texts(["One more."])
    assert opened(harbour, emulator).count() == 5


@pytest.fixture
def quirky(request: pytest.FixtureRequest) -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False, quirks=Quirks(**request.param)) as emulator:
        yield emulator


QUIRKS: list[dict[str, Any]] = [
    {"automatic_embedding": False},
    {"file_words": {"success": "READY"}, "task_words": {"success": "Finished"}},
    {"task_visible_after": 2},
    {"filename_form": "lower"},
    {"filename_form": "encoded"},
    {"filename_form": "with_bucket"},
    {"filename_form": "without_suffix"},
    {"deleted_files": "listed"},
    {"key_limit": 255, "segment_limit": 255},
    {"embedding_delay": 0.3},
]


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("quirky", QUIRKS, indirect=True, ids=str)
@pytest.mark.filterwarnings("ignore::langchain_telnyx.AssumptionWarning")
def test_documents_are_written_updated_found_and_deleted_with_every_quirk(
    quirky: TelnyxEmulator, *, awaited: bool
) -> None:
    def run(store: TelnyxVectorStore, name: str, *args: Any, **kwargs: Any) -> Any:
        if awaited:
            return asyncio.run(getattr(store, f"a{name}")(*args, **kwargs))
        return getattr(store, name)(*args, **kwargs)

    first = TelnyxVectorStore("moons", **quirky.options())
    run(first, "add_texts", ["Titan."], [{"Planet": 6}], ids=["Titan"])
    store = TelnyxVectorStore("moons", **quirky.options())
    run(store, "add_texts", ["Titan has lakes.", "Io."], [{"Planet": 6}, {}], ids=["Titan", "io"])
    [found] = run(store, "similarity_search", "Titan lakes", k=1)
    assert (found.id, found.page_content, found.metadata) == (
        "Titan", "Titan has lakes.", {"Planet": 6},
    )  # fmt: skip
    run(store, "delete", ["Titan"])
    assert [d.id for d in run(store, "similarity_search", "Titan", k=9)] == ["io"]


@pytest.mark.parametrize(
    "quirky", [{"failed_file_in_success": True}, {"automatic_embedding": False}], indirect=True
)
def test_a_failed_file_is_reported_although_the_task_succeeds(quirky: TelnyxEmulator) -> None:
    store = TelnyxVectorStore("moons", **quirky.options())
    with pytest.raises(PartialWriteError, match="1 of 2 documents are stored but not embedded"):
        store.add_texts(["A moon.", "torn \0\0 text"])
    assert [d.page_content for d in store.similarity_search("moon")] == ["A moon."]
