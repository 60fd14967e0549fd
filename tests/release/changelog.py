"""Check the changelog's form, and print the section of a version for its release on GitHub.

Usage: `changelog.py TAG`, such as `v2.0.0`. The form is that of https://keepachangelog.com/en/1.1.0.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parents[2]
FILE = ROOT / "CHANGELOG.md"
UNRELEASED = "Unreleased"
KINDS = frozenset(("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"))
_RELEASED = re.compile(r"\[([^\]]+)\] - (\d{4}-\d{2}-\d{2})( \[YANKED\])?")
_LINK = re.compile(r"^\[([^\]]+)\]: https://\S+\n?", re.MULTILINE)


class Section(NamedTuple):
    """What the changelog has about a version.

    Attributes:
        title: The text of its heading.
        body: What follows, without the heading, and without the links at the end of the file.
    """

    title: str
    body: str


def sections(text: str) -> list[Section]:
    """Return the sections of a changelog, in order."""
    parts = re.split(r"^## (?!#)", _LINK.sub("", text), flags=re.MULTILINE)[1:]
    return [Section(title, body.strip()) for title, _, body in (p.partition("\n") for p in parts)]


def problems(text: str) -> list[str]:
    """Return what differs from the form, in order."""
    first, *released = sections(text) or [Section("", "")]
    found = [] if first.title == f"[{UNRELEASED}]" else [f"the first section is {first.title!r}"]
    links = set(_LINK.findall(text))
    versions: list[tuple[Version, date]] = []
    for section in released:
        try:
            versions.append(_version(section.title))
        except ValueError as error:
            found.append(f"{section.title!r}: {error}")
    for (new, new_day), (old, old_day) in pairwise(versions):
        if new <= old or new_day < old_day:
            found.append(f"{new} ({new_day}) is listed before {old} ({old_day})")
    names = [UNRELEASED, *(str(version) for version, _ in versions)]
    found += [f"{name} has no link" for name in names if name not in links]
    for section in (first, *released):
        found += [f"{section.title!r}: {each}" for each in _problems_of_changes(section)]
    return found


def notes(text: str, tag: str, version: str) -> str:
    """Return the changes of a released version.

    Args:
        text: The changelog.
        tag: The tag of the release, such as `v2.0.0`.
        version: The version of the package.

    Raises:
        ValueError: The tag is not that of the version, or the changelog has no section of it.
    """
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag!r}, and the version {version!r} needs 'v{version}'")
    for section in sections(text):
        match = _RELEASED.fullmatch(section.title)
        if match and match[1] == version:
            return section.body
    raise ValueError(f"the changelog has no section '[{version}] - YYYY-MM-DD'")


def _version(title: str) -> tuple[Version, date]:
    match = _RELEASED.fullmatch(title)
    if match is None:
        raise ValueError("a released version is '[1.2.3] - YYYY-MM-DD'")
    try:
        return Version(match[1]), date.fromisoformat(match[2])
    except InvalidVersion:
        raise ValueError(f"{match[1]!r} is not a version") from None


def _problems_of_changes(section: Section) -> list[str]:
    parts = re.split(r"^### ", section.body, flags=re.MULTILINE)[1:]
    kinds = [part.partition("\n")[0] for part in parts]
    found = [
        f"{kind!r} is not one of {', '.join(sorted(KINDS))}" for kind in kinds if kind not in KINDS
    ]
    found += [f"{kind!r} occurs twice" for kind in sorted(set(kinds)) if kinds.count(kind) > 1]
    found += [
        f"{kind!r} lists nothing" for kind, p in zip(kinds, parts, strict=True) if "\n- " not in p
    ]
    if not kinds and section.title != f"[{UNRELEASED}]":
        found.append("lists no changes")
    return found


def main(tag: str) -> int:
    """Print the notes of a release, and return the exit code."""
    source = (ROOT / "langchain_telnyx" / "_version.py").read_text("utf-8")
    version = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    text = FILE.read_text("utf-8")
    wrong = problems(text)
    try:
        print(notes(text, tag, version[1] if version else ""))
    except ValueError as error:
        wrong.append(str(error))
    for each in wrong:
        print(f"CHANGELOG.md: {each}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
