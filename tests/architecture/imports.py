"""The imports of every file of the package."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "langchain_telnyx"
FILES = sorted(PACKAGE.rglob("*.py"))


def path_of(file: Path) -> str:
    """Return a file's path from the root of the repository."""
    return file.relative_to(ROOT).as_posix()


@functools.cache
def imported(file: Path) -> frozenset[str]:
    """Return every module that a file imports, at its top, in functions, or for type checkers."""
    modules: set[str] = set()
    stub = file.with_suffix(".pyi")  # the exports of a package, which are imported on first use
    text = file.read_text("utf-8") + (stub.read_text("utf-8") if stub.exists() else "")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(modules - {"langchain_telnyx._version.__version__"})
