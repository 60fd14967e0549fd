"""Every notebook runs on the emulator, and its stored outputs are up to date."""

from pathlib import Path

import nbformat
import pytest

from tests.notebooks.execute import NOTEBOOKS, executed, outputs


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_stored_outputs_are_up_to_date(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # it ships no types
    assert outputs(executed(path)) == outputs(stored), "run `make notebooks`"


def test_notebooks_are_found() -> None:
    assert NOTEBOOKS
