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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_code_installs_what_the_notebook_needs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # it ships no types
    first, *others = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert first.source.startswith('%pip install -q "langchain-telnyx[')
    assert first.metadata["tags"] == ["skip-execution"]  # `make test-notebooks-clean` runs it
    assert not any(cell.source.startswith("%pip") for cell in others)


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in NOTEBOOKS}
    assert {name: size for name, size in sizes.items() if size > 150_000} == {}
