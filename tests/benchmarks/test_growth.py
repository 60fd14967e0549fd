"""Growth is measured on stores whose documents are those of `TelnyxVectorStore`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytest_plugins = ["tests.benchmarks.script_fixtures"]


def test_a_filled_store_has_documents_that_are_listed_found_and_kept(program: Run) -> None:
    done = program("""
import growth, langchain_telnyx
with growth._emulator(30) as options:
    store = langchain_telnyx.TelnyxVectorStore(growth.BUCKET, **options)
    listed = list(store.list())
    print(sorted(document.id for document in listed)[:2], listed[0].metadata)
    print({hit.page_content for hit in store.similarity_search("ice", filter={"group": 3})})
    print([hit.metadata for hit in store.similarity_search("ice", k=2, filter={"group": 3})])
    growth._add(store, 5)
    print(len(list(store.list())))
""")
    assert done.stdout.splitlines() == [
        "['moon-0', 'moon-1'] {'group': 0}",
        "{'A moon is made of ice and rock.'}",
        "[{'group': 3}, {'group': 3}]",
        "35",
    ], done.stderr


def test_an_emulator_that_does_not_start_is_an_error(program: Run) -> None:
    done = program("""
import growth
with growth._emulator("many"):
    pass
""")
    assert done.returncode == 1
    assert "RuntimeError: The emulator failed; its error is above." in done.stderr


def test_the_tables_have_units(program: Run) -> None:
    growth = {
        "chunks": [{"chunks": 20000, "ours": 27.2e-6, "floor": 27.9e-6}],
        "memory": {"stream": 24 * 1024, "client": 12 * 1024, "loop": 15 * 1024},
        "documents": [
            {
                "documents": 10000,
                "added": 0.621,
                "listed": 73.3e-6,
                "found": 1.35e-3,
                "filtered": 5.77e-3,
            }
        ],
    }
    done = program(f"import growth_tables; print(growth_tables.markdown({growth!r}))")
    assert (
        done.stdout
        == """\
| chunks | ChatTelnyx | langchain-core alone | difference |
| --- | --- | --- | --- |
| 20,000 | 27.2 us | 27.9 us | -0.7 us |

| one more | memory |
| --- | --- |
| open async stream, with its connection | 24 KiB |
| client, with its connection | 12 KiB |
| event loop, with its connection | 15 KiB |

| documents | add 100 | list all, each | a search | with a filter |
| --- | --- | --- | --- | --- |
| 10,000 | 621 ms | 73.3 us | 1.35 ms | 5.77 ms |
"""
    )


@pytest.mark.slow
def test_growth_is_measured_for_chunks_and_documents(tmp_path: Path, run: Run) -> None:
    output, page = tmp_path / "growth.json", tmp_path / "page.md"
    page.write_text("<!-- growth: begin -->\n<!-- growth: end -->\n")
    done = run(
        *("growth.py", "--chunks", "10", "--documents", "10"),
        *("--output", str(output), "--page", str(page)),
    )
    assert done.returncode == 0, done.stderr
    growth = json.loads(output.read_text())
    assert [each["chunks"] for each in growth["chunks"]] == [10]
    assert [each["documents"] for each in growth["documents"]] == [10]
    assert min(growth["memory"].values()) > 1024
    assert done.stdout.strip() in page.read_text()
    first = [line.split(" | ")[0] for line in done.stdout.splitlines() if line.startswith("|")]
    assert first.count("| 10") == 2
    assert "| open async stream, with its connection" in first
