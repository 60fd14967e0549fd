"""Run the notebooks, each in a new kernel, and store their outputs.

`make notebooks` runs this file; the test in this folder compares stored and new outputs.
"""

import asyncio
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
_CELL_TIMEOUT = 300
# The tag of cells that install requirements. nbclient, Jupyter Book and others know it.
_INSTALLS = "skip-execution"
# Written by the first process of a user that draws, while it waits.
_FONT_CACHE = "Matplotlib is building the font cache"


def executed(path: Path, *, kernel: str = "python3", install: bool = False) -> NotebookNode:
    """Return a notebook with the outputs of a run without any Telnyx settings.

    Args:
        path: The notebook.
        kernel: The kernel that runs it.
        install: Run the cells with the tag `skip-execution`, too: they install requirements.

    Raises:
        CellExecutionError: A cell raised.
    """
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # it ships no types
    for name in [name for name in os.environ if name.startswith("TELNYX_")]:
        del os.environ[name]  # the kernel inherits the rest
    where = {"metadata": {"path": FOLDER}}
    # The kernel splits printed output at random.
    client = NotebookClient(
        notebook,
        timeout=_CELL_TIMEOUT,
        kernel_name=kernel,
        resources=where,
        coalesce_streams=True,
        skip_cells_with_tag="" if install else _INSTALLS,
    )
    # The sync method leaves an event loop open.
    asyncio.run(client.async_execute())
    notebook.metadata["language_info"] = {"name": "python"}  # without the patch release
    for cell in notebook.cells:
        # No timestamps in the file.
        cell.metadata.pop("execution", None)
    return notebook


def outputs(notebook: NotebookNode) -> list[str]:
    """Return the output of each code cell as text, figures as their media type.

    What an installation prints is left out.
    """
    return [
        "".join(_shown(output) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code" and _INSTALLS not in cell.metadata.get("tags", ())
    ]


def _shown(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return "" if _FONT_CACHE in output.text else str(output.text)
    data = output.get("data", {})
    texts = [str(data.get(f"text/{kind}", "")) for kind in ("plain", "markdown")]
    return "".join(texts) + "".join(f"<{kind}>" for kind in sorted(data))


if __name__ == "__main__":
    for notebook_path in map(Path, sys.argv[1:]) if sys.argv[1:] else NOTEBOOKS:
        nbformat.write(executed(notebook_path), notebook_path)  # type: ignore[no-untyped-call]  # it ships no types
        print(f"{notebook_path.name} is up to date.")
