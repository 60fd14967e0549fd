"""Imports follow docs/architecture.md, file by file, and the docs name files that exist."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.architecture import draw
from tests.architecture.draw import TOUR
from tests.architecture.imports import FILES, PACKAGE, ROOT, imported, path_of

if TYPE_CHECKING:
    from pathlib import Path

CONTRIBUTING = TOUR.with_name("contributing.md")
LONGEST = 400

# Names of the parts in the document's table. The first part whose folder matches a file applies.
PARTS: dict[str, str | tuple[str, ...]] = {
    "client/http": "langchain_telnyx/client/http/",
    "client": "langchain_telnyx/client/",
    "emulator": "langchain_telnyx/emulator/",
    "serve": "langchain_telnyx/serve/",
    "cli": ("langchain_telnyx/cli/", "langchain_telnyx/__main__.py"),
    "adapters": "langchain_telnyx/",
}
# Import names of the libraries that the table restricts, and their names in the table.
LIBRARIES = {
    "httpcore": "httpcore",
    "httpcore2": "httpcore",
    "httptools": "httptools",
    "httpx": "httpx",
    "httpx2": "httpx",
    "langchain_core": "langchain-core",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic",
    "fastapi": "FastAPI",
    "starlette": "FastAPI",
    "sqlite3": "SQLite",
    "numpy": "numpy",
    "networkx": "networkx",
    "PIL": "Pillow",
}
KNOWN = {*PARTS, *LIBRARIES.values()}


@dataclass(frozen=True)
class Row:
    """A row of the document's table: the imports of one part."""

    may: set[str]
    never: set[str]
    only_in: dict[str, str]


def part_of(path: str) -> str:
    """Return the part that a file, or a module written with slashes, belongs to."""
    return next(part for part, folder in PARTS.items() if f"{path}/".startswith(folder))


@functools.cache
def uses(file: Path) -> set[str]:
    """Return the other parts and the restricted libraries that a file imports."""
    used: set[str] = set()
    for module in imported(file):
        first = module.partition(".")[0]
        if first == "langchain_telnyx":
            used.add(part_of(module.replace(".", "/")))
        elif first in LIBRARIES:
            used.add(LIBRARIES[first])
    return used - {part_of(path_of(file))}


def documented() -> dict[str, Row]:
    """Return the rows of the document's table "The arrows"."""
    table = TOUR.read_text("utf-8").partition("## The arrows")[2].partition("\n## ")[0]
    rows: dict[str, Row] = {}
    for line in table.splitlines():
        if not line.startswith("| `"):
            continue
        subject, may, never = line.strip("|").split("|")
        part = next(name for name in PARTS if name in subject)
        rows[part] = Row(
            may=KNOWN if "all of them" in may else names_in(may),
            never=names_in(never),
            only_in={
                library: place[1]
                for clause in may.split(";")
                if (place := re.search(r"in `([\w/]+(?:\.py|/))` only", clause))
                for library in names_in(clause)
            },
        )
    return rows


def names_in(cell: str) -> set[str]:
    found = KNOWN & set(re.findall(r"[\w/-]+", cell))
    # "client" includes all of its packages.
    return found | {"client/http"} if "client" in found else found


ARROWS = documented()


def test_the_diagram_shows_the_imports() -> None:
    text = TOUR.read_text("utf-8")
    assert draw.drawn(text) == text, "run `python tests/architecture/draw.py`"


def test_the_table_has_a_row_for_every_part() -> None:
    assert ARROWS.keys() == PARTS.keys()


def test_files_import_only_what_their_part_may() -> None:
    wrong: dict[str, set[str]] = {}
    for file in FILES:
        row = ARROWS[part_of(path_of(file))]
        # Every part may import pydantic.
        wrong[path_of(file)] = (uses(file) & row.never) | (uses(file) - row.may - {"pydantic"})
    assert {file: used for file, used in wrong.items() if used} == {}


def test_every_allowed_import_is_used() -> None:
    found: dict[str, set[str]] = {part: set() for part in PARTS}
    for file in FILES:
        found[part_of(path_of(file))] |= uses(file)
    for part in ("adapters", "client/http", "emulator"):
        assert ARROWS[part].may - {part} <= found[part] | {"client", "client/http"}


def test_the_emulator_imports_restricted_libraries_in_one_folder_only() -> None:
    confined = ARROWS["emulator"].only_in
    assert confined.keys() == {"httpx", "networkx", "Pillow", "serve"}
    for library, place in confined.items():
        users = {path_of(file) for file in FILES if library in uses(file)}
        strays = {file for file in users if part_of(file) == "emulator" and f"/{place}" not in file}
        assert strays == set(), library


def test_only_the_http_client_and_the_emulator_import_httpx() -> None:
    users = {part_of(path_of(file)) for file in FILES if "httpx" in uses(file)}
    assert users == {"client/http", "emulator"}


def test_one_file_imports_httpcore() -> None:
    users = {path_of(file) for file in FILES if "httpcore" in uses(file)}
    assert users == {"langchain_telnyx/client/http/core.py"}
    only_in = {"httpcore": "http/core.py", "httptools": "http/http1.py"}
    assert ARROWS["client/http"].only_in == only_in


def test_one_file_imports_httptools() -> None:
    users = {path_of(file) for file in FILES if "httptools" in uses(file)}
    assert users == {"langchain_telnyx/client/http/http1.py"}


def test_only_the_command_line_imports_the_emulator() -> None:
    users = {part_of(path_of(file)) for file in FILES if "emulator" in uses(file)}
    assert users == {"cli"}


def test_every_module_has_a_docstring() -> None:
    undocumented = [
        path_of(f) for f in FILES if not ast.get_docstring(ast.parse(f.read_text("utf-8")))
    ]
    assert undocumented == []


def test_no_file_is_too_long() -> None:
    lengths = {path_of(file): len(file.read_text("utf-8").splitlines()) for file in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_the_package_table_lists_every_package() -> None:
    table = TOUR.read_text("utf-8").partition("## The packages")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE))
    packages = {file.parent.name for file in PACKAGE.glob("*/__init__.py")}
    assert listed == packages


@pytest.mark.parametrize("document", [TOUR, CONTRIBUTING], ids=lambda document: document.name)
class TestDocument:
    def test_links_lead_to_files(self, document: Path) -> None:
        text = document.read_text("utf-8")
        links = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
        assert len(links) >= 4
        assert [target for target in links if not (document.parent / target).exists()] == []

    def test_named_files_and_folders_exist(self, document: Path) -> None:
        text = document.read_text("utf-8")
        names = set(re.findall(r"`((?:[\w*]+/)*[\w*]+(?:\.pyi?|/))`", text))
        found = {name: [*ROOT.glob(name), *PACKAGE.rglob(name)] for name in names}
        assert [name for name, files in found.items() if not files] == []

    def test_named_classes_exist(self, document: Path) -> None:
        text = document.read_text("utf-8")
        names = set(re.findall(r"`([A-Z]\w*[a-z]\w*)`", text))
        code = "\n".join(file.read_text("utf-8") for file in FILES)
        defined = set(re.findall(r"^(?:class )?([A-Z]\w+)(?:\(|:| =|\[)", code, re.MULTILINE))
        assert names - defined == set()
