"""Check the links of the built site: every page and every anchor on it exists. No network."""

import posixpath
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"id", "name"} and value:
                self.anchors.add(value)
            elif value and (name == "href" or (name == "src" and tag in {"img", "script"})):
                self.links.append(value)


def broken_links(site: Path, address: str) -> list[str]:
    """Return the links of a site to files or anchors that do not exist.

    Args:
        site: The folder of the site.
        address: Its URL; links to it are checked, links to other hosts are not.
    """
    pages = {path.relative_to(site).as_posix(): _read(path) for path in site.rglob("*.html")}
    broken = []
    for name, page in pages.items():
        if name == "404.html":
            continue
        for link in page.links:
            parts = urlsplit(link.removeprefix(address) if link.startswith(address) else link)
            if parts.scheme or parts.netloc:
                continue
            base = "" if link.startswith(address) else posixpath.dirname(name)
            target = posixpath.normpath(posixpath.join(base, unquote(parts.path))).lstrip("/")
            if not parts.path:
                target = name
            if (site / target).is_dir():
                target = posixpath.normpath(posixpath.join(target, "index.html"))
            anchor = unquote(parts.fragment)
            known = pages[target].anchors if target in pages else set()
            if not (site / target).is_file():
                broken.append(f"{name}: {link}: no such file")
            elif anchor and target in pages and anchor not in known and anchor != "__":
                broken.append(f"{name}: {link}: no such anchor")
    return broken


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page
