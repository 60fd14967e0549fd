"""docs/api-coverage.md is up to date, and its script rewrites a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import api_coverage
import pytest

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_is_current() -> None:
    page = api_coverage.PAGE.read_text("utf-8")
    current = api_coverage.rewritten(page, api_coverage.markdown())
    assert page == current, f"Run {api_coverage.__file__}."


def test_the_script_rewrites_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Above.\n{api_coverage.BEGIN}\nold\n{api_coverage.END}\nBelow.\n")
    api_coverage.main([str(page)])
    before, _, after = page.read_text("utf-8").partition(api_coverage.markdown())
    assert before == f"Above.\n{api_coverage.BEGIN}\n\n"
    assert after == f"\n\n{api_coverage.END}\nBelow.\n"


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="no block between"):
        api_coverage.rewritten("No markers.\n", "")
