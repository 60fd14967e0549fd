"""Every notebook runs top to bottom on the emulator, and says what is stored in it."""

from pathlib import Path

import nbformat
import pytest

from tests.notebooks.execute import NOTEBOOKS, executed, said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_is_stored_in_it(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # it ships no types
    assert said(executed(path)) == said(stored), "run `make notebooks`"


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS
