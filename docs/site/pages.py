"""The pages of the site: those of `docs/`, files of the repository, notebooks and the reference."""

import json
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

REPOSITORY = "https://github.com/team-telnyx/langchain-telnyx"
LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(\))")
# On the site, `help(ChatTelnyx)` is a link to the reference.
HELP = re.compile(r"`help\((Telnyx\w*|ChatTelnyx|[a-z]+_\w+)\)`")

# Files of the repository that are pages of the site.
FILES = {"CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md", "README.md": "index.md"}


def write_pages(root: Path, pages: Path) -> None:
    """Write the pages of `docs/`, the files of the repository and the notebooks.

    Args:
        root: The root of the repository.
        pages: The folder to write to; it is replaced.
    """
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(root / "docs", pages)
    places = {f"docs/{path.relative_to(pages).as_posix()}": path for path in pages.rglob("*.md")}
    places |= {name: pages / page for name, page in FILES.items() if name != "README.md"}
    (pages / "notebooks").mkdir()
    for notebook in sorted((root / "notebooks").glob("*.ipynb")):
        places[f"notebooks/{notebook.name}"] = pages / "notebooks" / f"{notebook.stem}.md"
    for source, page in places.items():
        text = (root / source).read_text("utf-8")
        if source.endswith(".ipynb"):
            text = _notebook(json.loads(text), Path(source).name)
        text = HELP.sub(r"[`\1`][langchain_telnyx.\1]", text)
        page.write_text(with_links(text, source, page.relative_to(pages).as_posix(), root), "utf-8")


def with_links(text: str, source: str, page: str, root: Path) -> str:
    """Return the text of a page with its links changed from the repository to the site.

    Args:
        text: Markdown.
        source: The path of its file in the repository.
        page: The path of its page on the site.
        root: The root of the repository, to tell files from folders.
    """

    def changed(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2]))
        place = _place_of(target)
        if place is None:
            kind = "tree" if (root / target).is_dir() else "blob"
            link = f"{REPOSITORY}/{kind}/main/{target}"
        else:
            link = posixpath.relpath(place, posixpath.dirname(page) or ".")
        return f"{found[1]}{link}{found[3] or ''}{found[4]}"

    return LINK.sub(changed, text)


def _place_of(target: str) -> str | None:
    if target in FILES:
        return FILES[target]
    if target.startswith("notebooks/") and target.endswith(".ipynb"):
        return target.removesuffix(".ipynb") + ".md"
    return target.removeprefix("docs/") if target.startswith("docs/") else None


def _notebook(notebook: dict[str, Any], name: str) -> str:
    """Return a notebook with its stored outputs as Markdown."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
        elif cell["cell_type"] == "code":
            parts.append(f"```python\n{source}\n```")
            parts += [_output(output) for output in cell["outputs"]]
    link = f"[Open the notebook]({REPOSITORY}/blob/main/notebooks/{name})."
    return "\n\n".join([parts[0], link, *parts[1:]]) + "\n"


def _output(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        return f"![The figure](data:image/png;base64,{''.join(data['image/png']).strip()})"
    if "image/svg+xml" in data:
        return "".join(data["image/svg+xml"])
    text = "".join(output.get("text") or data.get("text/plain", ""))
    return f"```text\n{text.rstrip()}\n```"
