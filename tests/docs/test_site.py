"""The site has every page in its navigation, every public name in its reference, and guides."""

import importlib
import tomllib
from pathlib import Path

import pytest

import langchain_telnyx
from docs.site.check import broken_links
from docs.site.llms import sections, write_llms
from docs.site.pages import with_links
from docs.site.reference import MODULES, TITLES, areas, groups
from langchain_telnyx.client.namespaces import AREAS
from tests.docs.blocks import ROOT
from tests.docs.test_links import REPOSITORY

CONFIG = tomllib.loads((ROOT / "docs" / "site" / "zensical.toml").read_text("utf-8"))["project"]
PAGES = {name for _, names in sections(CONFIG["nav"]) for name in names}


def test_every_document_is_in_the_navigation() -> None:
    documents = {path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/**/*.md")}
    missing = documents - PAGES
    assert missing == set(), "add them to `nav` in docs/site/zensical.toml"
    notebooks = {f"notebooks/{path.stem}.md" for path in ROOT.glob("notebooks/*.ipynb")}
    reference = {f"reference/{page}.md" for page in (*TITLES, "index")}
    assert documents | notebooks | reference | {"changelog.md", "security.md"} == PAGES


def test_the_reference_has_every_public_name() -> None:
    found = groups(ROOT)
    assert set(found) <= set(TITLES)
    documented = {name for names in found.values() for name in names}
    public = {name for name in langchain_telnyx.__all__ if not name.startswith("__")}
    assert documented >= {f"langchain_telnyx.{name}" for name in public}
    for each in MODULES:
        module = importlib.import_module(f"langchain_telnyx.{each}")
        assert documented >= {f"{module.__name__}.{name}" for name in module.__all__}
    assert set(areas(ROOT)) == set(AREAS)


ENTRIES = [
    *(name for name in langchain_telnyx.__all__ if name.startswith(("ChatTelnyx", "Telnyx"))),
    "emulator.Quirks",
    "emulator.TelnyxEmulator",
    "middleware.TelnyxAnswerMiddleware",
    "middleware.TelnyxHistoryMiddleware",
    "middleware.TelnyxModelRouterMiddleware",
    "serve.TextMessages",
    "serve.create_app",
    "webhooks.verify",
]


@pytest.mark.parametrize("name", ENTRIES)
def test_the_docstring_of_an_entry_point_links_to_its_guide(name: str) -> None:
    module, _, last = f"langchain_telnyx.{name}".rpartition(".")
    assert f"Guide: {REPOSITORY}docs/" in getattr(importlib.import_module(module), last).__doc__


@pytest.mark.parametrize(
    ("link", "changed"),
    [
        ("client.md#errors", "client.md#errors"),
        ("../notebooks/chat.ipynb", "notebooks/chat.md"),
        ("../CHANGELOG.md", "changelog.md"),
        ("../README.md", "index.md"),
        ("../tests/test_package.py", f"{REPOSITORY}tests/test_package.py"),
        ("../notebooks", f"{REPOSITORY.replace('/blob/', '/tree/')}notebooks"),
        ("https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_links_are_changed_from_the_repository_to_the_site(link: str, changed: str) -> None:
    assert with_links(f"[x]({link})", "docs/chat.md", "chat.md", ROOT) == f"[x]({changed})"
    assert with_links("[x](docs/chat.md)", "CHANGELOG.md", "changelog.md", ROOT) == "[x](chat.md)"


def test_broken_links_of_a_built_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    links = ["a/", "a/#here", "a/#there", "#top", "b/", "https://example.com/", "https://s.io/c/"]
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    (tmp_path / "index.html").write_text(f'<h1 id="top">T</h1>{anchors}')
    (tmp_path / "a" / "index.html").write_text('<h1 id="here">A</h1><a href="../#top">x</a>')
    assert broken_links(tmp_path, "https://s.io/") == [
        "index.html: a/#there: no such anchor",
        "index.html: b/: no such file",
        "index.html: https://s.io/c/: no such file",
    ]


def test_llms_txt_lists_the_pages_with_their_first_sentence(tmp_path: Path) -> None:
    pages, site = tmp_path / "pages", tmp_path / "site"
    pages.mkdir()
    site.mkdir()
    (pages / "chat.md").write_text("# Chat\n\n```console\nx\n```\n\nAn [A](b.md) model. More.\n")
    config = {
        "site_name": "S",
        "site_description": "D.",
        "site_url": "https://s.io/",
        "nav": [{"Start": [{"Models": ["chat.md"]}]}],
    }
    write_llms(config, pages, site)
    listed = (site / "llms.txt").read_text("utf-8")
    assert listed == "# S\n\n> D.\n\n## Start\n\n- [Chat](https://s.io/chat.md): An A model.\n"
    assert "More." in (site / "llms-full.txt").read_text("utf-8")
    assert (site / "chat.md").read_text("utf-8").startswith("# Chat")
