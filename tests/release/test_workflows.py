"""The workflows try all supported versions of Python, and the files of .github lead somewhere.

`make workflows` checks their schemas, and that every action is pinned to a commit.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
DOCUMENTS = sorted(FOLDER.rglob("*.md"))


def classified() -> list[str]:
    """Return the versions of Python that the classifiers name."""
    ending = re.compile(r"Programming Language :: Python :: (3\.\d+)")
    return [match[1] for each in PROJECT["classifiers"] if (match := ending.fullmatch(each))]


def test_a_release_is_tried_on_every_version_of_the_classifiers() -> None:
    text = (FOLDER / "workflows" / "release.yml").read_text("utf-8")
    [matrix] = re.findall(r"^ +python: (\[.*\])$", text, re.MULTILINE)
    assert tomllib.loads(f"python = {matrix}")["python"] == classified()
    assert PROJECT["requires-python"] == f">={classified()[0]}"


def test_the_release_target_tries_every_version_of_the_classifiers() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    [versions] = re.findall(r"^PYTHONS \?= (.*)$", text, re.MULTILINE)
    assert versions.split() == classified()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_what_a_workflow_runs_exists(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    targets = re.findall(r"run: make ([a-z-]+)", text)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert [name for name in targets if f"\n{name}:" not in makefile] == []
    files = re.findall(r"(?:python |run: )((?:tests|\.ci)/\S+)", text)
    assert targets + files
    assert [name for name in files if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
