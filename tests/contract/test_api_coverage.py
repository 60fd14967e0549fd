"""docs/api-coverage.md is up to date, and its script rewrites a page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import api_coverage
import assumptions
import pytest

from langchain_telnyx.doctor.live.assumptions import ORIGINS

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


def test_each_assumption_has_an_origin() -> None:
    assert assumptions.assumptions().keys() - ORIGINS.keys() == set()
    for origin in ORIGINS.values():
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", origin.since)
        assert origin.where


def test_assumptions_are_listed_by_age() -> None:
    since = [row[0] for row in assumptions.unconfirmed()]
    assert since == sorted(since)
    assert len(since) == len(assumptions.assumptions().keys() - assumptions.recorded())


def test_a_live_cassette_removes_its_assumptions_from_the_list(tmp_path: Path) -> None:
    def write(name: str, source: str, *names: str) -> None:
        entry = {"assumptions": names, "provenance": {"source": source}}
        (tmp_path / name).write_text(json.dumps(entry) + "\n")

    def listed() -> set[str]:
        return {row[1].strip("`") for row in assumptions.unconfirmed(tmp_path)}

    assert listed() == assumptions.assumptions().keys()
    write("seen.jsonl", "observation", "stream.done")
    assert "stream.done" in listed()
    write("run.jsonl", "live", "stream.done", "tools.calls")
    assert listed() == assumptions.assumptions().keys() - {"stream.done", "tools.calls"}


def test_observations_are_of_known_assumptions() -> None:
    assert assumptions.recorded(source="observation") <= assumptions.assumptions().keys()
