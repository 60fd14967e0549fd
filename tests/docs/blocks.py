"""Find and run the code blocks of pages and docstrings, with Sybil.

Three comments of HTML control a page; readers do not see them:

- `<!-- invisible-code-block: python`, lines of code, and `-->` are setup that a page does not show.
- `<!-- skip: next "reason" -->` excludes the next block. The reason is required.
- `<!-- skip: start "reason" -->` and `<!-- skip: end -->` exclude all blocks between them.
"""

import ast
import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from sybil import Document, Example
from sybil.evaluators.python import pad
from sybil.evaluators.skip import Skipper
from sybil.parsers.markdown import CodeBlockParser, SkipParser

from tests.docs.commands import check_commands

if TYPE_CHECKING:
    from sybil.typing import Parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PACKAGE = ROOT / "langchain_telnyx"

SHELLS = ("console", "bash")


def run_python(example: Example) -> None:
    """Run a block of Python in the namespace of its page, with the page's line numbers."""
    source = pad(example.parsed, example.line + example.parsed.line_offset)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if example.path.endswith(".py") else 0
    code = compile(source, example.path, "exec", flags=flags, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, example.namespace))  # noqa: S307 - our own documents
    else:
        exec(code, example.namespace)  # noqa: S102 - our own documents


def check_shell(example: Example) -> None:
    """Check the commands of this package in a block of shell commands."""
    check_commands(example.parsed)


def page(path: Path) -> Document:
    """Return a page with its blocks."""
    return parsed(path.read_text("utf-8"), path)


def docstrings(module: Path) -> Iterator[tuple[str, Document]]:
    """Yield the name and the blocks of each docstring of a module that has blocks."""
    source = module.read_text("utf-8")
    for node in ast.walk(ast.parse(source if "```" in source else "")):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = ast.get_docstring(node)
        if text is not None and "```" in text:
            lines = node.body[0].lineno - 1
            yield getattr(node, "name", ""), parsed("\n" * lines + text, module)


def parsed(text: str, path: Path) -> Document:
    """Return a text with its blocks."""
    document = Document(text, str(path))
    document.namespace["__name__"] = "__main__"
    parsers: list[Parser] = [
        SkipParser(),
        CodeBlockParser("python", run_python),
        *(CodeBlockParser(shell, check_shell) for shell in SHELLS),
    ]
    for parser in parsers:
        for region in parser(document):
            document.add(region)
    return document


def evaluate(document: Document) -> dict[str, Any]:
    """Run all blocks of a page in order, and return the namespace that they leave.

    Raises:
        ValueError: A block is skipped without a reason.
    """
    for example in document.examples():
        if isinstance(example.region.evaluator, Skipper):
            action, reason = example.parsed
            if action != "end" and not reason:
                raise ValueError(f"{example.path}:{example.line}: `skip` needs a reason.")
        try:
            example.evaluate()
        except SkipTest:
            continue
    return document.namespace
