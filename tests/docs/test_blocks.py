"""Every code block of README, docs and docstrings runs, each page with an account of its own."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from langchain_telnyx.emulator import TelnyxEmulator
from tests.docs.blocks import PACKAGE, PAGES, ROOT, docstrings, evaluate, page, parsed
from tests.docs.seeds import seed_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sybil import Document

DOCSTRINGS = [
    pytest.param(name, document, id=f"{module.relative_to(PACKAGE)}:{name}")
    for module in sorted(PACKAGE.rglob("*.py"))
    for name, document in docstrings(module)
]


@pytest.fixture
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in a folder that has the README and the docs, as a checkout does."""
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)


@contextmanager
def own_account() -> Iterator[TelnyxEmulator]:
    """Yield a new account, as the fixture `telnyx_emulator` does for each test."""
    with TelnyxEmulator() as account, mock.patch.dict(os.environ, account.environment()):
        os.environ["TELNYX_API_BASE"] = account.base_url
        os.environ["TELNYX_PUBLIC_KEY"] = account.webhook_public_key
        yield account


@pytest.mark.usefixtures("_own_folder")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_code_of_a_page_runs(path: Path, telnyx_emulator: TelnyxEmulator) -> None:
    names = evaluate(page(path))
    telnyx_emulator.assert_all_used()
    for name, test in names.items():
        if name.startswith("test_"):
            with own_account() as account:
                test(account)
                account.assert_all_used()


@pytest.mark.usefixtures("_own_folder")
@pytest.mark.parametrize(("name", "document"), DOCSTRINGS)
def test_the_code_of_a_docstring_runs(
    name: str, document: Document, telnyx_emulator: TelnyxEmulator
) -> None:
    seed_for(name, telnyx_emulator)
    evaluate(document)


def test_the_example_of_the_readme_answers_its_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    evaluate(page(ROOT / "README.md"))  # without any settings in the environment
    assert "Titan is the largest moon of Saturn." in capsys.readouterr().out


# Names of languages under which a block would not run.
UNCHECKED = {"", "py", "py3", "python3", "pycon", "ipython", "shell", "sh", "zsh"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_block_names_its_language_so_that_it_is_checked(path: Path) -> None:
    fences = re.findall(r"^ *```(.*)$", path.read_text("utf-8"), re.MULTILINE)
    assert UNCHECKED.isdisjoint(fences[::2]), "write python, console, bash or text"
    assert set(fences[1::2]) <= {""}


def test_pages_and_docstrings_have_code() -> None:
    assert sum(len(list(page(path))) for path in PAGES) > 180
    assert len(DOCSTRINGS) > 50


def blocks(tmp_path: Path, text: str) -> Document:
    return parsed(text, tmp_path / "page.md")


def test_the_blocks_of_a_page_share_names_also_hidden_ones(tmp_path: Path) -> None:
    text = (
        "<!-- invisible-code-block: python\nfound = [1]\n-->\n"
        "1. First\n\n   ```python\n   found.append(2)\n   ```\n\n"
        "```python\nfound.append(3)\n```\n"
    )
    assert evaluate(blocks(tmp_path, text))["found"] == [1, 2, 3]


def test_an_error_has_the_line_of_the_page(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        evaluate(blocks(tmp_path, "# Title\n\n```python\nx = 1\nx / 0\n```\n"))
    assert caught.traceback[-1].lineno == 4  # counted from 0
    assert str(caught.traceback[-1].path).endswith("page.md")


def test_a_skipped_block_does_not_run_and_needs_a_reason(tmp_path: Path) -> None:
    block = "```python\nraise AssertionError\n```\n"
    evaluate(blocks(tmp_path, '<!-- skip: next "needs the service" -->\n\n' + block))
    with pytest.raises(ValueError, match=r"page\.md:1: `skip` needs a reason"):
        evaluate(blocks(tmp_path, "<!-- skip: next -->\n\n" + block))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("langchain-telnyx emulate --port 1", "no command `emulate`"),
        ("cd x && langchain-telnyx emulator --prot 1", "no option `--prot`"),
        ("$ langchain-telnyx ask \\\n  --nothing", "no option `--nothing`"),
        ("langchain-telnyx --versoin", "no option `--versoin`"),
    ],
)
def test_a_command_that_does_not_exist_is_an_error(
    tmp_path: Path, command: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(blocks(tmp_path, f"```console\n{command}\n```\n"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_in_the_text_exist(path: Path) -> None:
    prose = re.sub(r"^ *```.*?^ *```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for command in re.findall(r"`(langchain-telnyx [^`]+)`", prose):
        evaluate(parsed(f"```console\n{command}\n```\n", path))
