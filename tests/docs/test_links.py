"""Links of documents, notebooks and docstrings lead to files and anchors that exist; no network."""

import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.docs.blocks import NOTEBOOKS, PACKAGE, PAGES, ROOT

DOCUMENTS = [*PAGES, *(ROOT / f"{name}.md" for name in ("CHANGELOG", "SECURITY")), *NOTEBOOKS]
DOCUMENTS += sorted(PACKAGE.rglob("*.md"))
REPOSITORY = "https://github.com/team-telnyx/langchain-telnyx/blob/main/"
"""How docstrings, messages and notebooks link to documents: a wheel has none."""


@cache
def tokens_of(document: Path) -> list[Token]:
    text = document.read_text("utf-8")
    if document.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return MarkdownIt().enable("table").parse(text)


def links_of(document: Path) -> list[str]:
    """Return the targets of all links and images."""
    inline = [child for token in tokens_of(document) for child in token.children or ()]
    return [
        str(child.attrs[name])
        for child in inline
        for name in ("href", "src")
        if name in child.attrs
    ]


@cache
def anchors_of(document: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub and the site have them."""
    found: list[str] = []
    tokens = tokens_of(document)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            texts = [child.content for child in inline.children or () if child.content]
            found.append(re.sub(r"[^\w\- ]", "", "".join(texts).lower()).replace(" ", "-"))
    # A repeated heading has a number on GitHub and another on the site, so it is not a target.
    return {anchor for anchor in found if found.count(anchor) == 1}


def broken(link: str, folder: Path, document: Path) -> bool:
    path, _, anchor = link.partition("#")
    target = (folder / path).resolve() if path else document
    if not target.is_relative_to(ROOT) or not target.exists():
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in anchors_of(target)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_to_a_file_and_an_anchor(document: Path) -> None:
    links = [link for link in links_of(document) if not re.match(r"(?!file:)[a-z]+:", link)]
    assert [link for link in links if broken(link, document.parent, document)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_the_repository_leads_to_a_file_and_an_anchor(document: Path) -> None:
    links = [link for link in links_of(document) if link.startswith(REPOSITORY)]
    targets = [link.removeprefix(REPOSITORY) for link in links]
    assert [target for target in targets if broken(target, ROOT, document)] == []


MENTION = re.compile(r"(\S*?)(docs/[a-z0-9-]+\.md(?:#[\w-]+)?)")


def test_the_package_links_to_documents_by_addresses_that_users_of_a_wheel_can_open() -> None:
    wrong = []
    count = 0
    for module in sorted(PACKAGE.rglob("*.py")):
        for found in MENTION.finditer(module.read_text("utf-8")):
            count += 1
            if not found[1].endswith(REPOSITORY) or broken(found[2], ROOT, module):
                wrong.append(f"{module.relative_to(ROOT)}: {found[0]}")
    assert wrong == []
    assert count > 30


def test_a_link_to_a_missing_file_or_anchor_is_found() -> None:
    page = ROOT / "docs" / "chat.md"
    assert not broken("#request-fallbacks", page.parent, page)
    assert not broken("client.md#keys-and-secrets", page.parent, page)
    assert broken("#request-fallback", page.parent, page)
    assert broken("klient.md", page.parent, page)
    assert broken("../../elsewhere.md", page.parent, page)
    assert "chataudio.md" not in links_of(page)
    assert "client.md#keys-and-secrets" in links_of(page)
