"""The tables of a run: figures, ratios, and what has none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytest_plugins = ["tests.benchmarks.script_fixtures"]


def turn(contender: str, number: int, row: str, cpu: float, wall: float) -> dict[str, object]:
    figures = {"cpu": cpu, "wall": wall, "rss": 0, "modules": 0}
    versions = {"langchain-core": "1.8.2"}
    return {"contender": contender, "row": row, "round": number, "versions": versions, **figures}


def absence(contender: str, row: str, reason: str, *, failed: bool = False) -> dict[str, object]:
    return {"contender": contender, "row": row, "reason": reason, "failed": failed}


WHERE = {"python": "CPython 3.11.7", "system": "Linux x86_64", "cores": 2}


def test_a_page_has_the_medians_and_ratios_of_a_run(tmp_path: Path, run: Run) -> None:
    # In the second turn of round 1 the machine is half as fast, but the ratio is the same.
    turns = [
        turn("ours", 1, "stream", 50e-6, 1),
        turn("openai", 1, "stream", 250e-6, 1),
        turn("ours", 1, "stream", 100e-6, 1),
        turn("openai", 1, "stream", 500e-6, 1),
        turn("ours", 2, "stream", 60e-6, 1),
        turn("openai", 2, "stream", 250e-6, 1),
        turn("ours", 3, "stream", 45e-6, 1),
        turn("openai", 3, "stream", 300e-6, 1),
        turn("ours", 1, "abatch_100_wide", 0.003, 0.0006),
        turn("openai", 1, "abatch_100_wide", 0.006, 0.006),
    ]
    (tmp_path / "results.json").write_text(json.dumps({"where": WHERE, "turns": turns}))
    page = tmp_path / "page.md"
    page.write_text("Above.\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nBelow.\n")

    assert run("report.py", str(tmp_path / "results.json"), str(page)).returncode == 0

    assert (
        page.read_text()
        == """\
Above.
<!-- figures: begin -->

| row | figure | ChatOpenAI | ChatTelnyx | ratio | must |
| --- | --- | --- | --- | --- | --- |
| `stream` | CPU per chunk | 300 us | 60 us | **0.20** (0.15-0.24) | <= 0.20, met |
| `abatch_100_wide` | CPU per call | 6 ms | 3 ms | **0.50** (0.50-0.50) | <= 0.40, missed |
| `abatch_100_wide` | wall time per call | 6 ms | 600 us | **0.10** (0.10-0.10) | <= 0.40, met |

Rounds: 3; a figure is the median of the rounds, and brackets have the lowest and the highest \
ratio of a round. CPython 3.11.7, Linux x86_64, 2 cores.

- ChatTelnyx: langchain-core 1.8.2
- ChatOpenAI: langchain-core 1.8.2

<!-- figures: end -->
Below.
"""
    )


def test_rows_of_the_store_have_their_own_table(tmp_path: Path, run: Run) -> None:
    turns = [
        turn("ours", 1, "stream", 50e-6, 1),
        turn("openai", 1, "stream", 250e-6, 1),
        turn("ours", 1, "search_wide", 600e-6, 0.002),
        turn("httpx", 1, "search_wide", 0.004, 0.008),
    ]
    (tmp_path / "results.json").write_text(json.dumps({"where": WHERE, "turns": turns}))
    page = tmp_path / "page.md"
    page.write_text("<!-- figures: begin -->\n<!-- figures: end -->\n")

    assert run("report.py", str(tmp_path / "results.json"), str(page)).returncode == 0

    assert """\
| row | figure | ChatOpenAI | ChatTelnyx | ratio | must |
| --- | --- | --- | --- | --- | --- |
| `stream` | CPU per chunk | 250 us | 50 us | **0.20** (0.20-0.20) | <= 0.20, met |

| row | figure | raw httpx | TelnyxVectorStore | ratio | must |
| --- | --- | --- | --- | --- | --- |
| `search_wide` | CPU per search | 4 ms | 600 us | **0.15** (0.15-0.15) | <= 0.20, met |
| `search_wide` | wall time per search | 8 ms | 2 ms | **0.25** (0.25-0.25) | <= 0.30, met |

Rounds: 1;""" in page.read_text()


def test_a_page_without_markers_is_unchanged(tmp_path: Path, run: Run) -> None:
    turns = [turn("openai", 1, "stream", 250e-6, 1)]
    (tmp_path / "results.json").write_text(json.dumps({"where": WHERE, "turns": turns}))
    page = tmp_path / "page.md"
    page.write_text("No markers.\n")

    done = run("report.py", str(tmp_path / "results.json"), str(page))

    assert done.returncode != 0
    assert "no block between '<!-- figures: begin -->'" in done.stderr
    assert page.read_text() == "No markers.\n"


def test_figures_with_the_extra_have_a_must_and_a_goal_of_their_own(
    tmp_path: Path, run: Run
) -> None:
    turns = [
        turn("ours", 1, "invoke", 0.45, 1),
        turn("ours-fast", 1, "invoke", 0.30, 1),
        turn("openai", 1, "invoke", 1, 1),
        turn("ours", 1, "stream", 0.2, 1),
        turn("ours-fast", 1, "stream", 0.15, 1),
        turn("openai", 1, "stream", 1, 1),
    ]
    (tmp_path / "results.json").write_text(json.dumps({"where": WHERE, "turns": turns}))
    page = tmp_path / "page.md"
    page.write_text("<!-- figures: begin -->\n<!-- figures: end -->\n")

    assert run("report.py", str(tmp_path / "results.json"), str(page)).returncode == 0

    lines = page.read_text().splitlines()
    assert lines[2].endswith("| ChatTelnyx | ratio | must | with `fast` | ratio | must |")
    assert lines[4].endswith("| **0.30** (0.30-0.30) | <= 0.32, met; goal 0.26 |")
    assert "| <= 0.20, met |" in lines[5]
    assert lines[5].endswith("| **0.15** (0.15-0.15) | <= 0.11, missed |")


def test_the_table_of_peers_has_the_ratio_of_each_contender(tmp_path: Path, run: Run) -> None:
    turns = [
        turn("openai", 1, "invoke", 0.004, 1),
        turn("ours", 1, "invoke", 0.001, 1),
        turn("httpx2", 1, "invoke", 0.0005, 1),
        turn("openai", 1, "bind_tools", 0.002, 1),
        turn("ours", 1, "bind_tools", 0.001, 1),
        turn("httpx", 1, "add_5000_documents", 0.002, 0.002),
        turn("ours", 1, "add_5000_documents", 0.001, 0.001),
        turn("postgres", 1, "add_5000_documents", 0.001, 0.004),
    ]
    absent = [
        absence("httpx2", "bind_tools", "not a chat model of LangChain"),
        absence("litellm", "invoke", "ValueError: no", failed=True),
        absence("litellm", "bind_tools", "ValueError: no", failed=True),
        absence("groq", "add_5000_documents", "has no vector store"),
    ]
    results = {"where": WHERE, "turns": turns, "absent": absent}
    (tmp_path / "results.json").write_text(json.dumps(results))
    page = tmp_path / "page.md"
    page.write_text("<!-- peers: begin -->\n<!-- peers: end -->\n")

    assert run("report.py", str(tmp_path / "results.json"), str(page), "--peers").returncode == 0

    assert (
        page.read_text()
        == """\
<!-- peers: begin -->

| row | figure | ChatTelnyx | raw httpx2 |
| --- | --- | --- | --- |
| `invoke` | CPU per call | 0.25 | 0.12 |
| `bind_tools` | CPU per bind | 0.50 | - |

| row | figure | TelnyxVectorStore | PGVector |
| --- | --- | --- | --- |
| `add_5000_documents` | CPU per document | 0.50 | 0.50 |
| `add_5000_documents` | wall time per document | 0.50 | - |

Without a figure:

- raw httpx2: not a chat model of LangChain (`bind_tools`)
- ChatLiteLLM: fails: ValueError: no (`invoke`, `bind_tools`)

Rounds: 1; a ratio is the median of the rounds. CPython 3.11.7, Linux x86_64, 2 cores.

- ChatOpenAI: langchain-core 1.8.2
- ChatTelnyx: langchain-core 1.8.2
- raw httpx2: langchain-core 1.8.2
- raw httpx: langchain-core 1.8.2
- PGVector: langchain-core 1.8.2

<!-- peers: end -->
"""
    )
