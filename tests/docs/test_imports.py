"""The code in README, docs and notebooks imports public names only."""

import ast
import json
from pathlib import Path

import pytest

from tests.docs.blocks import NOTEBOOKS, PAGES, page, run_python

DOCUMENTS = [*PAGES, *NOTEBOOKS]


def code_of(document: Path) -> list[str]:
    """Return the Python code blocks or cells of a document."""
    if document.suffix == ".md":
        examples = page(document).examples()
        return [each.parsed for each in examples if each.region.evaluator is run_python]
    cells = json.loads(document.read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]).splitlines() for cell in cells if cell["cell_type"] == "code"]
    return ["\n".join(line for line in lines if not line.startswith(("%", "!"))) for lines in code]


def imported(code: str) -> set[str]:
    """Return every imported module, or name of a module."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


def is_private(module: str) -> bool:
    parts = module.split(".")
    ours = parts[0] == "langchain_telnyx"
    return ours and (parts[1:2] == ["cli"] or any(part.startswith("_") for part in parts))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_document_imports_neither_private_names_nor_the_command_line(document: Path) -> None:
    found = {module for code in code_of(document) for module in imported(code)}
    assert [module for module in sorted(found) if is_private(module)] == []


def test_the_documents_import_this_package() -> None:
    found = {
        each for document in DOCUMENTS for code in code_of(document) for each in imported(code)
    }
    assert {"langchain_telnyx.ChatTelnyx", "langchain_telnyx.client.postgrest.eq"} <= found
    assert is_private("langchain_telnyx.cli.chain.answer_chain")
    assert is_private("langchain_telnyx.cli")
