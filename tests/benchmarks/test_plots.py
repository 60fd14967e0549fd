"""The plots of docs/performance.md: equal for equal figures, and readable in every mode."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytest_plugins = ["tests.benchmarks.script_fixtures"]

DOCS = Path(__file__).parents[2] / "docs"
NAMES = ("performance-chunks", "performance-peers", "performance-store")
SVG = "{http://www.w3.org/2000/svg}"
GROWTH = {
    "chunks": [
        {"chunks": 1000, "ours": 20e-6, "floor": 14e-6},
        {"chunks": 20000, "ours": 27e-6, "floor": 28e-6},
    ],
    "memory": {"stream": 1, "client": 1, "loop": 1},
    "documents": [
        {"documents": 10, "added": 0.2, "listed": 7e-5, "found": 1e-3, "filtered": 5e-3},
        {"documents": 1000, "added": 0.6, "listed": 8e-5, "found": 2e-3, "filtered": 6e-3},
    ],
}


def turn(contender: str, cpu: float) -> dict[str, object]:
    about = {"contender": contender, "row": "invoke", "round": 1, "versions": {}}
    return {**about, "cpu": cpu, "wall": cpu, "rss": 0, "modules": 0}


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own file


@pytest.fixture
def drawn(tmp_path: Path, run: Run) -> Callable[[], dict[str, str]]:
    """Draw all plots, and return their texts by name."""
    peers, growth = tmp_path / "peers.json", tmp_path / "growth.json"
    turns = [turn("openai", 0.004), turn("ours", 0.001), turn("groq", 0.008)]
    peers.write_text(json.dumps({"where": {}, "turns": turns, "absent": []}))
    growth.write_text(json.dumps(GROWTH))

    def draw() -> dict[str, str]:
        arguments = (str(tmp_path), "--peers", str(peers), "--growth", str(growth))
        done = run("plots.py", *arguments)
        assert done.returncode == 0, done.stderr
        return {path.stem: path.read_text() for path in tmp_path.glob("*.svg")}

    return draw


def test_equal_figures_have_equal_plots_that_tell_them_in_words(
    drawn: Callable[[], dict[str, str]],
) -> None:
    plots = drawn()
    assert sorted(plots) == sorted(NAMES)
    assert drawn() == plots
    described = {name: parsed(text).findtext(f"{SVG}desc") for name, text in plots.items()}
    assert described == {
        "performance-peers": "Ratios of CPU time to ChatOpenAI; less is better. "
        "ChatGroq: invoke 2.00. ChatTelnyx: invoke 0.25.",
        "performance-chunks": "ChatTelnyx: 20 microseconds at 1,000 chunks, "
        "27 microseconds at 20,000 chunks. langchain-core alone: 14 microseconds at 1,000 chunks, "
        "28 microseconds at 20,000 chunks.",
        "performance-store": "add 100: 200 milliseconds at 10 documents, "
        "600 milliseconds at 1,000 documents. a search with a filter: 5 milliseconds at 10 "
        "documents, 6 milliseconds at 1,000 documents. a search: 1 milliseconds at 10 documents, "
        "2 milliseconds at 1,000 documents. list all, each: 0.07 milliseconds at 10 documents, "
        "0.08 milliseconds at 1,000 documents.",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_plot_of_the_documentation_has_words_and_colors_for_both_modes(name: str) -> None:
    text = (DOCS / "images" / f"{name}.svg").read_text()
    picture = parsed(text)
    assert picture.get("role") == "img"
    named = (picture.get("aria-labelledby") or "").split()
    assert [
        part.get("id") for part in (*picture.iter(f"{SVG}title"), *picture.iter(f"{SVG}desc"))
    ] == named
    assert "@media (prefers-color-scheme: dark)" in text
    # Every text has a color that the rules of the dark mode change.
    for part in picture.iter(f"{SVG}text"):
        assert "fill: #1f2328" in (part.get("style") or "")
    assert not re.search(r"<dc:date>", text)
    page = (DOCS / "performance.md").read_text()
    (alternative,) = re.findall(rf"!\[(.*)\]\(images/{name}\.svg\)", page)
    assert len(alternative.split()) >= 5


def test_what_is_not_a_picture_is_refused(program: Run) -> None:
    done = program("import svg; svg.readable('<p>', 'a', 'b')")
    assert "ValueError: This is not an SVG." in done.stderr
