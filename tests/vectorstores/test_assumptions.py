"""A store compares the service with its assumptions, and warns once of what differs."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import logging
import pickle
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import AssumptionWarning, PartialWriteError, TelnyxVectorStore
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.vectorstores import deletion, unwaited
from tests.support.fixtures import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Opener = Callable[..., Store]

WORDS = [f"Moon number {n}." for n in range(30)]
LARGE = {"note": hashlib.sha512(b"moons").hexdigest()}


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False, quirks=Quirks(**request.param)) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def opened(request: pytest.FixtureRequest, emulator: TelnyxEmulator) -> Opener:
    def store(**options: Any) -> Store:
        made = TelnyxVectorStore("moons", **{**emulator.options(), **options})
        return Store(made, awaited=request.param == "async")

    return store


def quirk(**quirks: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("emulator", [quirks], indirect=True, ids=str)


def warned_of(run: Callable[[], Any]) -> list[AssumptionWarning]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    found = [each.message for each in caught]
    assert all(isinstance(each, AssumptionWarning) for each in found)
    return [each for each in found if isinstance(each, AssumptionWarning)]


def the_warning_of(run: Callable[[], Any], assumption: str, switch: str) -> AssumptionWarning:
    """Return the only warning of a function, and check that it names assumption and switch."""
    [found] = warned_of(run)
    assert found.assumption == assumption
    assert f"`{assumption}`" in str(found)
    assert "bucket 'moons'" in str(found)
    assert switch in str(found)
    return found


@quirk(automatic_embedding=False)
def test_objects_that_are_not_embedded_automatically(opened: Opener) -> None:
    opened().add_texts(["Io."])
    store = opened(embed_after=0.1)
    found = the_warning_of(
        lambda: store.add_texts(["Titan."]), "automatic_embedding", "`embed_after=0`"
    )
    assert "1 new or replaced objects 0.1 s after their upload" in found.seen
    store.add_texts(["Rhea."])  # warnings are errors here
    opened(embed_after=0.1).add_texts(["Dione."])
    assert len(store.similarity_search("a moon", k=9)) == 4


@quirk(automatic_embedding=False)
@pytest.mark.parametrize("wait", [True, False])
def test_a_store_that_embeds_at_once_does_not_assume_automatic_embedding(
    opened: Opener, emulator: TelnyxEmulator, *, wait: bool
) -> None:
    opened().add_texts(["Io."])
    store = opened(embed_after=0, wait=wait)
    emulator.requests.clear()
    store.add_texts(["Titan."])
    posts = [r for r in emulator.requests if (r.method, r.path) == ("POST", "/v2/ai/embeddings")]
    assert len(posts) == 1


@quirk(automatic_embedding=False)
def test_objects_of_a_write_that_did_not_wait(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwaited, "GRACE", 0.0)
    opened().add_texts(["Io."])
    store = opened(embed_after=0.001, wait=False)
    store.add_texts(["Titan."])
    time.sleep(0.01)  # at least; more does not matter
    the_warning_of(lambda: store.add_texts(["Rhea."]), "automatic_embedding", "`embed_after=0`")
    store.add_texts(["Dione."])


@quirk(automatic_embedding=False)
def test_a_replaced_file_that_is_not_embedded_again(opened: Opener, tmp_path: Path) -> None:
    file = tmp_path / "moons.md"
    file.write_text("Io.")
    opened().add_files(file)
    file.write_text("Titan.")
    store = opened(embed_after=0.1)
    found = the_warning_of(lambda: store.add_files(file), "automatic_embedding", "`embed_after=0`")
    assert "1 new or replaced objects" in found.seen
    assert [d.page_content for d in store.similarity_search("a moon")] == ["Titan."]


@quirk(file_words={"success": "vectorised"})
def test_an_unknown_state_of_a_file(opened: Opener) -> None:
    store = opened()
    found = the_warning_of(lambda: store.add_texts(["Titan."]), "file_words", "`status_words=")
    assert "'vectorised'" in found.seen
    store.add_texts(["Rhea."])


@quirk(task_words={"success": "sealed", "processing": "at work"})
def test_an_unknown_state_of_a_task(opened: Opener) -> None:
    store = opened()
    found = the_warning_of(lambda: store.add_texts(["Titan."]), "task_words", "`status_words=")
    assert "'sealed'" in found.seen or "'at work'" in found.seen
    store.delete_bucket()
    store.add_texts(["Rhea."])


@quirk(
    file_words={"success": "vectorised", "failure": "sad", "deleted": "purged"},
    task_words={"success": "sealed"},
    deleted_files="listed",
)
def test_states_whose_meaning_is_given_are_known(opened: Opener) -> None:
    store = opened(
        status_words={
            "vectorised": "success",
            "sealed": "success",
            "sad": "failure",
            "purged": "deleted",
        }
    )
    store.add_texts(["Titan."], ids=["titan"])
    with pytest.raises(PartialWriteError, match="not embedded"):
        store.add_texts(["torn \0\0 text"])
    store.delete(["titan"])
    assert store.similarity_search("a moon") == []


@quirk(deleted_files="listed", file_words={"deleted": "purged"})
def test_deleted_files_that_stay_listed_in_an_unknown_state(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "GRACE", 0.1)
    store = opened()
    store.add_texts(["Titan.", "Rhea."], ids=["titan", "rhea"])
    found = the_warning_of(lambda: store.delete(["titan"]), "deleted_files", "`wait=False`")
    assert "'purged'" in found.seen
    store.delete(["rhea"])


@quirk(deleted_files="listed")
def test_deleted_files_that_stay_listed_as_deleted_are_only_logged(
    opened: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "langchain_telnyx._shared.assumptions")
    store = opened()
    store.add_texts(["Titan."], ids=["titan"])
    store.delete(["titan"])
    assert "`deleted_files`" in caplog.text


@quirk(filename_form="with_bucket")
def test_names_of_files_that_are_not_their_keys(opened: Opener, tmp_path: Path) -> None:
    for name in ("io.md", "titan.md"):
        (tmp_path / name).write_text(f"{name} is about a moon.")
    store = opened()
    found = the_warning_of(
        lambda: store.add_files(tmp_path / "io.md"), "filename_form", "which `add_files` and `list`"
    )
    assert "'io.md' is listed as 'moons/io.md'" in found.seen
    store.add_files(tmp_path / "titan.md")


@pytest.mark.parametrize(
    "emulator",
    [{"filename_form": form} for form in ("with_bucket", "lower", "without_suffix")],
    indirect=True,
    ids=str,
)
def test_names_of_documents_that_are_not_their_keys_are_only_logged(
    opened: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "langchain_telnyx._shared.assumptions")
    store = opened()
    store.add_texts(["Titan."], [{"Planet": 6}], ids=["Titan"])
    assert "`filename_form`" in caplog.text
    [found] = store.similarity_search("a moon")
    assert (found.id, found.metadata) == ("Titan", {"Planet": 6})


@quirk(search_delay=3600)
def test_a_search_that_does_not_find_what_is_embedded(
    opened: Opener, emulator: TelnyxEmulator
) -> None:
    store = opened()
    store.add_texts(["Titan.", "Rhea."])
    store.similarity_search("a moon")  # one search may lack documents by chance
    found = the_warning_of(
        lambda: store.similarity_search("a moon"), "search_delay", "`search_delay=`"
    )
    assert "2 documents" in found.seen
    heads = sum(r.method == "HEAD" and r.path.endswith(".txt") for r in emulator.requests)
    assert heads == 1
    store.similarity_search("a moon")
    store.add_texts(["Dione."])
    store.similarity_search("a moon")
    assert heads == sum(r.method == "HEAD" and r.path.endswith(".txt") for r in emulator.requests)


@quirk(search_delay=0.2)
def test_a_write_waits_for_the_delay_of_the_search(opened: Opener) -> None:
    store = opened(search_delay=0.6)
    store.add_texts(["Titan is small."], ids=["titan"])
    store.add_texts(["Titan is large."], ids=["titan"])
    assert [d.page_content for d in store.similarity_search("Titan")] == ["Titan is large."]


@quirk()
def test_documents_deleted_by_another_program_are_not_reported(
    opened: Opener, emulator: TelnyxEmulator
) -> None:
    store = opened()
    store.add_texts(["Titan."], ids=["titan"])
    opened().delete(["titan"])
    assert store.similarity_search("a moon") == []
    assert store.similarity_search("a moon") == []
    store.add_texts(["Rhea."], ids=["rhea"])
    store.delete(["rhea"])
    emulator.requests.clear()
    assert store.similarity_search("a moon") == []
    assert [r.method for r in emulator.requests] == ["POST"]


@quirk(search_cap=10)
def test_a_search_for_more_passages_than_the_service_returns(opened: Opener) -> None:
    store = opened()
    store.add_texts(WORDS, [{"moon": True}] * len(WORDS))

    def search(**options: Any) -> None:
        assert len(store.similarity_search("a moon", k=2, filter={"moon": True}, **options)) == 2

    search(fetch_k=10)
    found = the_warning_of(search, "search_cap", "`fetch_k`")
    assert "20 passages is refused, one for 10 is not" in found.seen
    search()


@quirk(search_cap=10, search_cap_form="capped")
def test_a_search_that_returns_fewer_passages_than_the_bucket_has(opened: Opener) -> None:
    store = opened()
    store.add_texts(WORDS)
    store.similarity_search("a moon", k=20)
    found = the_warning_of(
        lambda: store.similarity_search("a moon", k=20), "search_cap", "up to this number"
    )
    assert "20 passages returns 10" in found.seen
    store.similarity_search("a moon", k=20)


@pytest.mark.parametrize(
    "emulator", [{"key_limit": 130}, {"segment_limit": 130}], indirect=True, ids=str
)
def test_keys_that_are_too_long_for_the_service(opened: Opener) -> None:
    store = opened()

    def write() -> None:
        with pytest.raises(PartialWriteError, match="not stored"):
            store.add_texts(["Titan."], [LARGE], ids=["titan"])

    the_warning_of(write, "key_limit", "`max_key_bytes=`")
    write()
    store = opened(max_key_bytes=130)
    store.add_texts(["Titan.", "Rhea."], [LARGE, {}], ids=["titan", "r" * 500])
    documents = store.similarity_search("a moon")
    assert {(d.id, *d.metadata.values()) for d in documents} == {
        ("titan", LARGE["note"]),
        ("r" * 500,),
    }


@quirk(file_words={"success": "vectorised"})
def test_one_of_many_threads_warns(emulator: TelnyxEmulator) -> None:
    start = threading.Barrier(8)

    def write(number: int) -> None:
        store = TelnyxVectorStore("moons", **emulator.options())
        start.wait(30)
        store.add_texts([f"Moon {number}."])

    def run() -> None:
        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    TelnyxVectorStore("moons", **emulator.options()).create_bucket()
    the_warning_of(run, "file_words", "`status_words=")


def test_a_copy_of_a_store_checks_and_does_not_repeat_warnings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quirks = Quirks(file_words={"success": "vectorised"}, search_delay=3600)
    with TelnyxEmulator(quirks=quirks) as served:
        monkeypatch.setenv("TELNYX_API_KEY", served.options()["api_key"])
        store = TelnyxVectorStore("moons", **served.options())
        the_warning_of(lambda: store.add_texts(["Titan."]), "file_words", "`status_words=")
        pickled: TelnyxVectorStore = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own
        for copied in (copy.copy(store), copy.deepcopy(store), pickled):
            copied.add_texts(["Rhea."])
        pickled.similarity_search("a moon")
        the_warning_of(lambda: pickled.similarity_search("a moon"), "search_delay", "that a write")
    found = AssumptionWarning("a", "b", "c", "d")
    assert str(pickle.loads(pickle.dumps(found))) == str(found)  # noqa: S301 - our own


@quirk(file_words={"success": "vectorised"})
def test_the_outcomes_of_a_write_are_raised_where_warnings_are_errors(opened: Opener) -> None:
    store = opened()
    with pytest.raises(PartialWriteError) as caught:
        store.add_texts(["Titan.", "torn \0\0 text"], ids=["titan", "torn"])
    assert caught.value.done == ["titan"]


@quirk(file_words={"success": "vectorised"})
def test_a_write_is_complete_where_warnings_are_errors(opened: Opener) -> None:
    store = opened()
    with pytest.raises(AssumptionWarning):
        store.add_texts(["Titan."], ids=["titan"])
    assert [d.id for d in store.similarity_search("a moon")] == ["titan"]


@quirk(file_words={"success": "state of KEY0123456789_emulator"})
def test_a_warning_has_no_key(emulator: TelnyxEmulator) -> None:
    key = emulator.options()["api_key"]
    assert key == "KEY0123456789_emulator"
    store = TelnyxVectorStore("moons", **emulator.options())
    found = the_warning_of(lambda: store.add_texts(["Titan."]), "file_words", "`status_words=")
    assert "state of ***" in found.seen
    assert key not in repr(found)


@quirk()
def test_nothing_is_reported_of_a_service_that_behaves_as_assumed(opened: Opener) -> None:
    store = opened()
    store.add_texts(WORDS[:20], ids=[str(n) for n in range(20)])
    store.add_texts(WORDS[10:], ids=[str(n) for n in range(20)])
    assert len(store.similarity_search("a moon", k=100)) == 20
    store.delete(["1", "2"])
    assert len(store.similarity_search("a moon", k=100)) == 18


def test_a_search_beside_writes_reports_nothing() -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        store = TelnyxVectorStore("moons", **emulator.options())
        store.add_texts(["Io."])
        done = threading.Event()

        def search() -> None:
            while not done.is_set():
                asyncio.run(store.asimilarity_search("a moon", k=100))

        thread = threading.Thread(target=search)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            thread.start()
            for number in range(12):
                store.add_texts([f"Titan {number}."], ids=["titan"])
                store.add_texts([f"Rhea {number}."])
            done.set()
            thread.join(60)
        assert caught == []
