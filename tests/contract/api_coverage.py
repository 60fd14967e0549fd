"""Write docs/api-coverage.md: operations with method and route, exceptions, and assumptions.

`python tests/contract/api_coverage.py` rewrites the tables between the markers of the page.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import spec
from assumptions import unconfirmed
from declarations import FOR_OTHER_CLIENTS, declarations, endpoint_of, routes
from exceptions import EXCEPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PAGE = spec.ROOT / "docs" / "api-coverage.md"
BEGIN, END = "<!-- coverage: begin -->", "<!-- coverage: end -->"


def markdown() -> str:
    """Return the tables: operations of the schema, other endpoints, exceptions, assumptions."""
    return "\n".join(
        [
            f"## The {len(spec.operations())} operations of the official OpenAPI schema",
            "",
            *table(("operation", "request", "client", "emulator", "exceptions"), _operations()),
            "",
            "## Endpoints outside of the schema",
            "",
            "The official SDK has these endpoints, and validates the emulator's responses.",
            "",
            *table(("request", "client", "emulator"), _beyond()),
            "",
            "## Exceptions",
            "",
            *table(("", "exception", "overrides", "why", "source"), _exceptions()),
            "",
            "## Assumptions without a recorded exchange of the service",
            "",
            "`langchain-telnyx doctor --live --cassette FILE` records one: see",
            "[contributing.md](contributing.md#record-what-the-real-service-does).",
            "The oldest evidence is first.",
            "",
            *table(("since", "assumption", "statement", "source", "evidence"), unconfirmed()),
        ]
    )


def rewritten(page: str, tables: str) -> str:
    """Return a page with the tables between its markers replaced."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has no block between {BEGIN!r} and {END!r}.")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _operations() -> Iterator[tuple[str, ...]]:
    for operation in spec.operations().values():
        numbers = [
            f"[{number}](#exceptions)"
            for number, deviation in enumerate(EXCEPTIONS, 1)
            if operation.id in deviation.operations
        ]
        deprecated = " (deprecated)" if operation.deprecated else ""
        yield (
            f"`{operation.id}`{deprecated}",
            f"`{operation.method} {operation.path}`",
            _methods(operation.endpoint),
            _route(operation.endpoint),
            ", ".join(numbers),
        )


def _beyond() -> Iterator[tuple[str, ...]]:
    for declaration in declarations():
        if " " in declaration.claim:
            endpoint = endpoint_of(declaration.claim)
            yield f"`{declaration.claim}`", _methods(endpoint), _route(endpoint)
    for endpoint in sorted(FOR_OTHER_CLIENTS):
        yield f"`{endpoint}`", "other packages' clients", _route(endpoint)


def _exceptions() -> Iterator[tuple[str, ...]]:
    for number, deviation in enumerate(EXCEPTIONS, 1):
        yield str(number), deviation.what, deviation.overrides, deviation.why, deviation.source


def _methods(endpoint: str) -> str:
    return ", ".join(
        f"[`{each.method}`]({_link(each.file)})"
        for each in declarations()
        if endpoint_of(each.claim) == endpoint
    )


def _route(endpoint: str) -> str:
    return ", ".join(
        f"[{each.file.parent.name}/{each.file.name}]({_link(each.file)})"
        for each in routes()
        if each.endpoint == endpoint
    )


def _link(file: Path) -> str:
    return f"../{file.as_posix()}"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Return the lines of a table."""
    for row in (head, ("---",) * len(head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables into the page."""
    parser = argparse.ArgumentParser(description="Write the coverage of the API into a page.")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, metavar="PAGE.md")
    page = parser.parse_args(arguments).page
    page.write_text(rewritten(page.read_text("utf-8"), markdown()), "utf-8")


if __name__ == "__main__":
    main()
