"""`add_files` accepts paths of every form, and reports files that cannot be stored."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import FileReadError, InvalidDocumentsError, PartialWriteError
from tests.support.fixtures import keys_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    for name in ("a.md", "b.txt", "deep/c.md", "deep/deeper/d.md", ".hidden", ".git/config"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"The text of {name}.")
    return root


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        (lambda root: root, ["a.md", "b.txt", "deep/c.md", "deep/deeper/d.md"]),
        (lambda root: str(root / "a.md"), ["a.md"]),
        (lambda root: f"{root}/**/*.md", ["a.md", "deep/c.md", "deep/deeper/d.md"]),
        (lambda root: f"{root}/deep/*.md", ["c.md"]),
        (lambda root: [root / "a.md", str(root / "deep")], ["a.md", "c.md", "deeper/d.md"]),
        (lambda root: (path for path in [root / "b.txt"]), ["b.txt"]),
        (
            lambda root: {"kb": root / "deep", "x.md": root / "a.md"},
            ["kb/c.md", "kb/deeper/d.md", "x.md"],
        ),
    ],
    ids=["folder", "file", "pattern", "pattern in a folder", "list", "generator", "mapping"],
)
def test_every_form_of_path_is_accepted(
    make: Callable[..., Store],
    emulator: TelnyxEmulator,
    folder: Path,
    form: Callable[[Path], Any],
    keys: list[str],
) -> None:
    store = make()
    assert sorted(store.add_files(form(folder))) == keys
    assert keys_in(emulator, "moons") == keys
    assert {d.id for d in store.similarity_search("text", k=9)} == set(keys)


@pytest.mark.parametrize("wrong", [None, 7, b"a.md", [None], {"k": None}, {7: "a.md"}], ids=repr)
def test_what_is_not_a_path_is_refused(
    make: Callable[..., Store], emulator: TelnyxEmulator, wrong: Any
) -> None:
    with pytest.raises(TypeError, match="path"):
        make().add_files(wrong)
    assert len(emulator.requests) == 0


def test_a_missing_file_fails_alone(make: Callable[..., Store], folder: Path) -> None:
    store = make()
    with pytest.raises(PartialWriteError, match="1 of 3 documents are not stored") as caught:
        store.add_files([folder / "a.md", folder / "gone.md", folder / "b.txt"])
    assert caught.value.done == ["a.md", "b.txt"]
    [gone] = caught.value.not_stored
    assert (gone.position, gone.id, gone.source) == (1, "gone.md", str(folder / "gone.md"))
    assert isinstance(gone.error, FileReadError)
    assert {d.id for d in store.similarity_search("text", k=9)} == {"a.md", "b.txt"}


def test_nothing_is_sent_if_no_file_can_be_read(
    make: Callable[..., Store], emulator: TelnyxEmulator, folder: Path
) -> None:
    for wrong in (folder / "gone.md", f"{folder}/*.pdf"):
        with pytest.raises(FileNotFoundError):
            make().add_files(wrong)
    assert len(emulator.requests) == 0


def test_files_with_the_same_key_are_refused(
    make: Callable[..., Store], emulator: TelnyxEmulator, folder: Path
) -> None:
    (folder / "deep" / "a.md").write_text("Another.")
    with pytest.raises(InvalidDocumentsError, match=r"'a[.]md' is also that of") as caught:
        make().add_files([folder / "a.md", folder / "deep" / "a.md"])
    assert list(caught.value.problems) == [1]
    assert len(emulator.requests) == 0


def test_a_name_that_is_not_unicode_is_refused_by_position(
    make: Callable[..., Store], folder: Path
) -> None:
    odd = os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")
    with open(odd, "w") as file:  # noqa: PTH123 - the name is not a text that a Path would take
        file.write("Coffee.")
    with pytest.raises(InvalidDocumentsError, match=r"position 0 .*not Unicode"):
        make().add_files([odd])
    assert make().add_files({"cafe.md": odd}) == ["cafe.md"]


def test_a_replaced_file_is_found_with_its_new_text(
    make: Callable[..., Store], folder: Path
) -> None:
    store = make()
    store.add_files(folder / "a.md")
    (folder / "a.md").write_text("Quite another text.")
    store.add_files(folder / "a.md")
    assert [d.page_content for d in store.similarity_search("text")] == ["Quite another text."]
