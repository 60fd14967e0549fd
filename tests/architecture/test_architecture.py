"""The arrows between the parts are the ones that docs/architecture.md draws, file by file."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.architecture import draw
from tests.architecture.draw import TOUR
from tests.architecture.imports import FILES, PACKAGE, ROOT, imported, path_of

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 400

# What the document's table calls the parts, in the order in which they are told apart.
PARTS: dict[str, str | tuple[str, ...]] = {
    "client/http": "langchain_telnyx/client/http/",
    "client": "langchain_telnyx/client/",
    "emulator": "langchain_telnyx/emulator/",
    "cli": ("langchain_telnyx/cli/", "langchain_telnyx/__main__.py"),
    "adapters": "langchain_telnyx/",
}
# Whose use the table rules, by the names under which Python imports them.
LIBRARIES = {
    "httpcore": "httpcore",
    "httpcore2": "httpcore",
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
    """What the document says of one part."""

    may: set[str]
    never: set[str]
    only_in: dict[str, str]


def part_of(path: str) -> str:
    """Return the part that a file or a module (with slashes) is of."""
    return next(part for part, folder in PARTS.items() if f"{path}/".startswith(folder))


@functools.cache
def uses(file: Path) -> set[str]:
    """Return the parts and ruled libraries that a file imports, its own part left out."""
    used: set[str] = set()
    for module in imported(file):
        first = module.partition(".")[0]
        if first == "langchain_telnyx":
            used.add(part_of(module.replace(".", "/")))
        elif first in LIBRARIES:
            used.add(LIBRARIES[first])
    return used - {part_of(path_of(file))}


def drawn() -> dict[str, Row]:
    """Return the table "The arrows" of the document."""
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
    # Who speaks of the client means all of it.
    return found | {"client/http"} if "client" in found else found


ARROWS = drawn()


def test_the_picture_shows_the_imports() -> None:
    text = TOUR.read_text("utf-8")
    assert draw.drawn(text) == text, "run `python tests/architecture/draw.py`"


def test_the_document_draws_every_part() -> None:
    assert ARROWS.keys() == PARTS.keys()


def test_files_import_only_what_their_part_may() -> None:
    wrong: dict[str, set[str]] = {}
    for file in FILES:
        row = ARROWS[part_of(path_of(file))]
        # Pydantic is a requirement of every part, and an arrow only where it is drawn.
        wrong[path_of(file)] = (uses(file) & row.never) | (uses(file) - row.may - {"pydantic"})
    assert {file: used for file, used in wrong.items() if used} == {}


def test_every_arrow_that_is_drawn_is_there() -> None:
    found: dict[str, set[str]] = {part: set() for part in PARTS}
    for file in FILES:
        found[part_of(path_of(file))] |= uses(file)
    for part in ("adapters", "client/http", "emulator"):
        assert ARROWS[part].may - {part} <= found[part] | {"client", "client/http"}


def test_a_library_of_one_place_is_used_there_and_nowhere_else() -> None:
    confined = ARROWS["emulator"].only_in
    assert confined.keys() == {"httpx", "networkx", "Pillow"}
    for library, place in confined.items():
        users = {path_of(file) for file in FILES if library in uses(file)}
        strays = {file for file in users if part_of(file) == "emulator" and f"/{place}" not in file}
        assert strays == set(), library


def test_httpx_is_known_in_the_shell_and_the_mirror_only() -> None:
    users = {part_of(path_of(file)) for file in FILES if "httpx" in uses(file)}
    assert users == {"client/http", "emulator"}


def test_the_library_of_our_own_connections_is_imported_in_one_file() -> None:
    users = {path_of(file) for file in FILES if "httpcore" in uses(file)}
    assert users == {"langchain_telnyx/client/http/core.py"}
    assert ARROWS["client/http"].only_in == {"httpcore": "http/core.py"}


def test_the_emulator_is_loaded_by_the_command_line_only() -> None:
    users = {part_of(path_of(file)) for file in FILES if "emulator" in uses(file)}
    assert users == {"cli"}


def test_every_module_says_its_idea() -> None:
    silent = [path_of(f) for f in FILES if not ast.get_docstring(ast.parse(f.read_text("utf-8")))]
    assert silent == []


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {path_of(file): len(file.read_text("utf-8").splitlines()) for file in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_every_file_the_document_points_to_is_there() -> None:
    text = TOUR.read_text("utf-8")
    links = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    assert len(links) >= 6
    assert [target for target in links if not (TOUR.parent / target).exists()] == []


def test_every_file_the_document_names_is_there() -> None:
    names = set(re.findall(r"`((?:[\w*]+/)*[\w*]+\.py)`", TOUR.read_text("utf-8")))
    folders = (ROOT, PACKAGE, PACKAGE / "client", PACKAGE / "emulator")
    missing = [name for name in names if not any(list(folder.glob(name)) for folder in folders)]
    assert missing == []
