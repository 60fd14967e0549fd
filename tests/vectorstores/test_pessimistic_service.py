"""A store on a service that is less convenient than assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import TelnyxVectorStore
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.vectorstores.keys import key_of_file
from tests.support.fixtures import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "docs/a moon.md"
SOURCE = "https://us-central-1.telnyxstorage.com/moons/docs/a%20moon.md"


@pytest.fixture(params=["sync", "async"])
def store_on(request: pytest.FixtureRequest) -> Iterator[Callable[..., Store]]:
    """Start an emulator with quirks; return a store on it."""
    running: list[TelnyxEmulator] = []

    def start(options: dict[str, Any] | None = None, **quirks: Any) -> Store:
        running.append(TelnyxEmulator(sockets=False, quirks=Quirks(**quirks)).start())
        made = TelnyxVectorStore("moons", **{**running[-1].options(), **(options or {})})
        return Store(made, awaited=request.param == "async")

    yield start
    for emulator in running:
        emulator.stop()


@pytest.mark.parametrize(
    "filename",
    [KEY, "docs%2Fa%20moon.md", f"moons/{KEY}", "docs/a moon", "a moon.md"],
)
def test_the_key_of_a_file_is_read_from_its_source(filename: str) -> None:
    assert key_of_file("moons", filename, SOURCE) == KEY


@pytest.mark.parametrize(
    ("filename", "source"),
    [
        ("docs%2Fb.md", SOURCE),  # another file
        ("docs%2Fb.md", None),
        ("docs%2Fb.md", "https://example.com/docs/b.md"),  # of a crawled page
        ("100%25.md", "https://us-central-1.telnyxstorage.com/moons/100%2525.md"),
    ],
)
def test_a_name_that_the_source_does_not_explain_stays(filename: str, source: str | None) -> None:
    assert key_of_file("moons", filename, source) == filename


@pytest.mark.filterwarnings("ignore:The assumption .filename_form.")
@pytest.mark.parametrize("form", ["encoded", "with_bucket", "without_suffix", "basename"])
def test_a_file_is_found_by_its_key_in_every_form_of_filenames(
    store_on: Callable[..., Store], tmp_path: Path, form: str
) -> None:
    file = tmp_path / "a.md"
    file.write_text("Titan is a moon of Saturn.")
    store = store_on(filename_form=form)
    store.add_files({KEY: file})
    [found] = store.similarity_search("Saturn", k=1)
    assert (found.id, found.metadata) == (KEY, {"source": KEY})


@pytest.mark.filterwarnings("ignore:The assumption .automatic_embedding.")
def test_a_replaced_file_is_embedded_by_a_service_that_does_not_do_so_itself(
    store_on: Callable[..., Store], tmp_path: Path
) -> None:
    file = tmp_path / "a.md"
    store = store_on({"embed_after": 0.1}, automatic_embedding=False)
    for text in ("Titan is a moon of Saturn.", "Io is a moon of Jupiter."):
        file.write_text(text)
        store.add_files({KEY: file})
        [found] = store.similarity_search("moon", k=1)
        assert found.page_content == text


def test_a_failed_file_that_the_bucket_does_not_have_does_not_fail_an_embedding(
    store_on: Callable[..., Store],
) -> None:
    store = store_on(foreign_failing_file=True)
    store.add_texts(["Titan is a moon of Saturn."])
    with pytest.warns(UserWarning, match=r"'import-2025\.parquet', which the bucket does not have"):
        store.reembed()
    assert len(store.similarity_search("moon", k=3)) == 1
