"""The pages of the reference: directives for mkdocstrings, which reads the docstrings.

The names come from the exports in the source, so the package need not be installed.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The page and the title for the names of each package below `langchain_telnyx`.
TITLES = {
    "chat-models": "Chat models",
    "rate-limiters": "Rate limiters",
    "embeddings": "Embeddings",
    "vectorstores": "Vector store",
    "retrievers": "Retrievers",
    "document-loaders": "Document loaders",
    "conversations": "Conversations",
    "transcripts": "Transcripts",
    "speech": "Speech",
    "insights": "Insights",
    "assistants": "Assistants",
    "fine-tuning": "Fine tuning",
    "store": "Memory of agents: store",
    "tools": "Tools",
    "middleware": "Middleware",
    "serve": "Agents on the phone: serve",
    "webhooks": "Webhooks",
    "batch": "Batch jobs",
    "client": "Client",
    "areas": "Areas of the client",
    "errors": "Errors and warnings",
    "emulator": "Emulator",
    "doctor": "Doctor",
}

# What a page of an area leaves out.
_AREA_OPTIONS = ("inherited_members", "show_root_heading", "show_root_toc_entry")

# Public modules, in addition to the package itself, with the page for their exports.
MODULES = {
    "batch": "batch",
    "doctor": "doctor",
    "doctor.live": "doctor",
    "emulator": "emulator",
    "emulator.calls": "emulator",
    "middleware": "middleware",
    "rate_limiters": "rate-limiters",
    "serve": "serve",
    "webhooks": "webhooks",
}

# Names that are public in another way: modules of functions, methods that an emulator shares with
# its script, and fixtures of pytest.
OTHERS = {
    "batch": ("batch.ray",),
    "client": ("client.postgrest", "types"),
    "emulator": (
        "emulator.script.Script",
        "emulator.pytest_plugin.telnyx_emulator",
        "emulator.pytest_plugin.telnyx_quirks",
    ),
}


def write_reference(root: Path, pages: Path) -> None:
    """Write a page for each group of public names, and one for each area of the client."""
    folder = pages / "reference"
    (folder / "areas").mkdir(parents=True)
    found = groups(root)
    for page, title in TITLES.items():
        names = found.pop(page, [])
        if page == "areas":
            continue
        text = f"# {title}\n\n" + "\n".join(f"::: {name}\n" for name in names)
        (folder / f"{page}.md").write_text(text, "utf-8")
    if found:
        raise ValueError(f"Name these groups in `docs/site/reference.py`: {sorted(found)}.")
    _write_areas(root, folder)
    lines = [f"- [{title}]({page}.md)" for page, title in TITLES.items()]
    text = "# Reference\n\nEvery public name, from its docstring.\n\n" + "\n".join(lines) + "\n"
    (folder / "index.md").write_text(text, "utf-8")


def groups(root: Path) -> dict[str, list[str]]:
    """Return the public names by their page, each as the path that it is imported from."""
    found: dict[str, list[str]] = defaultdict(list)
    package = root / "langchain_telnyx"
    for module, name in exports(package):
        if name.startswith("__"):
            continue
        page = module.split(".")[1].replace("_", "-")
        if name.endswith(("Error", "Warning")):
            page = "errors"
        elif page == "transcription":
            page = "document-loaders"
        found[page].append(f"langchain_telnyx.{name}")
    for each, page in MODULES.items():
        names = exports(package / each.replace(".", "/"))
        found[page] += [f"langchain_telnyx.{each}.{name}" for _, name in names]
    for page, others in OTHERS.items():
        found[page] += [f"langchain_telnyx.{other}" for other in others]
    return found


def exports(package: Path) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each export of a package."""
    stub = package / "__init__.pyi"
    tree = ast.parse((stub if stub.exists() else package / "__init__.py").read_text("utf-8"))
    public = _literal(tree, "__all__")
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                name = alias.asname or alias.name
                if public is None or name in public:
                    imported.add(name)
                    yield node.module, name
    for name in public or ():
        if name not in imported:  # defined there
            yield f"langchain_telnyx.{package.name}", name


def areas(root: Path) -> dict[str, tuple[str, str]]:
    """Return the module and the class of each area of the client."""
    tree = ast.parse((root / "langchain_telnyx/client/namespaces.py").read_text("utf-8"))
    return dict(_literal(tree, "AREAS"))


def _literal(tree: ast.Module, name: str) -> Any:
    """Return the literal that a module assigns to a name, or None."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    return None


def _write_areas(root: Path, folder: Path) -> None:
    rows = []
    for area, (module, _) in areas(root).items():
        path = f"langchain_telnyx.client.api.{module}"
        options = "".join(f"      {option}: false\n" for option in _AREA_OPTIONS)
        text = f"# telnyx.{area}\n\n::: {path}\n    options:\n{options}"
        (folder / "areas" / f"{area}.md").write_text(text, "utf-8")
        source = (root / f"{path.replace('.', '/')}.py").read_text("utf-8")
        summary = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
        rows.append(f"| [`telnyx.{area}`](areas/{area}.md) | {summary} |")
    text = "# Areas of the client\n\n| area | |\n|---|---|\n" + "\n".join(rows) + "\n"
    (folder / "areas.md").write_text(text, "utf-8")
