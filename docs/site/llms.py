"""`llms.txt`, a list of the pages for language models, and `llms-full.txt`, their whole text.

The form is that of https://llmstxt.org. The links lead to the pages' Markdown, which is on the
site, too.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PICTURE = re.compile(r"!\[[^\]]*\]\(data:[^)]*\)")


def write_llms(config: dict[str, Any], pages: Path, site: Path) -> None:
    """Write both files, and the Markdown of all pages, to the site.

    Args:
        config: The project's table of `zensical.toml`.
        pages: The folder of the pages.
        site: The folder of the site.
    """
    listed = [f"# {config['site_name']}", f"> {config['site_description']}"]
    full = list(listed)
    for section, names in sections(config["nav"]):
        lines = [f"## {section}", ""]
        for name in names:
            text = (pages / name).read_text("utf-8")
            title, summary = _head(text)
            lines.append(f"- [{title}]({config['site_url']}{name}): {summary}".rstrip(": "))
            if not name.startswith("reference/"):
                full.append(_PICTURE.sub("", text).strip())
        listed.append("\n".join(lines))
    for page in pages.rglob("*.md"):
        shutil.copy(page, site / page.relative_to(pages))
    (site / "llms.txt").write_text("\n\n".join(listed) + "\n", "utf-8")
    (site / "llms-full.txt").write_text("\n\n".join(full) + "\n", "utf-8")


def sections(nav: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each section of the navigation with the pages in it and below it."""
    for entry in nav:
        for title, entries in entry.items():
            yield title, list(_names(entries))


def _names(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for below in entry.values():
                yield from _names(below)


def _head(text: str) -> tuple[str, str]:
    """Return the title of a page, and the first sentence of its first paragraph."""
    title, _, rest = text.strip().partition("\n")
    paragraph = next(
        (part for part in rest.split("\n\n") if re.match(r"\s*(?!```)[A-Z`\[*]", part)), ""
    )
    sentence = re.split(r"(?<=\.)\s", " ".join(paragraph.split()), maxsplit=1)[0]
    return title.removeprefix("# "), re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence)
