"""Build the corpora of `answers.py` from what a Debian machine has; no text is in the repository.

Each builder writes plain files into a folder, and raises `MissingTextError` where the machine does
not have the texts.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path
from pydoc_data.topics import topics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]

_MANUALS = (
    "curl date find git-stash gzip less make nice sort split ssh strace tail tar timeout wget xz"
)
_MODULES = (
    "argparse bisect csv datetime functools heapq itertools json logging pathlib queue random re "
    "shutil statistics subprocess tempfile textwrap threading zipfile"
)
_PACKAGES = (
    "bzip2 coreutils curl dash flite git grep gzip jq less libfreetype6 libpng16-16 "
    "libsqlite3-0 mawk openssl perl sed tar tzdata unzip xz-utils zip zlib1g"
)
_NOVELS = "r-cran-janeaustenr"
_NOVEL = "Persuasion"


class MissingTextError(Exception):
    """The machine does not have the texts of a corpus."""


def manuals(folder: Path) -> None:
    """Write manual pages, as `man` shows them."""
    if not shutil.which("man"):
        raise MissingTextError("install the package man-db.")
    for name in _MANUALS.split():
        shown = subprocess.run(
            ["man", "-P", "cat", name],  # noqa: S607 - Debian's program
            env={**os.environ, "MANWIDTH": "90", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        if shown.stdout.strip():
            folder.joinpath(f"{name}.txt").write_text(shown.stdout)
    if not any(folder.iterdir()):
        raise MissingTextError("the manual pages are not installed: run `unminimize`.")


def python(folder: Path) -> None:
    """Write Python's language reference, from pydoc, and docstrings of its library."""
    for topic, text in topics.items():
        folder.joinpath(f"{topic}.txt").write_text(text)
    for name in _MODULES.split():
        folder.joinpath(f"module-{name}.txt").write_text("\n\n".join(_docstrings(name)))


def _docstrings(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    yield inspect.getdoc(module) or name
    for member in getattr(module, "__all__", dir(module)):
        found = getattr(module, member)
        if not member.startswith("_") and callable(found) and (text := inspect.getdoc(found)):
            yield f"{name}.{member}\n\n{text}"


def copyrights(folder: Path) -> None:
    """Write the copyright files of Debian packages."""
    for name in _PACKAGES.split():
        file = Path("/usr/share/doc", name, "copyright")
        if file.exists():
            folder.joinpath(f"{name}.txt").write_bytes(file.read_bytes())
    if not any(folder.iterdir()):
        raise MissingTextError("this is not a Debian machine.")


def novel(folder: Path) -> None:
    """Write the chapters of Jane Austen's Persuasion, which Debian packages for R."""
    text = _novel()
    _, *chapters = re.split(r"^Chapter (?=\d+$)", text, flags=re.MULTILINE)
    for chapter in chapters:
        number = int(chapter.partition("\n")[0])
        folder.joinpath(f"chapter-{number:02}.txt").write_text(f"Chapter {chapter}")


def _novel() -> str:
    data = Path("usr/lib/R/site-library/janeaustenr/data/Rdata.rdb")
    if (installed := "/" / data).exists():
        return next(text for text in _r_texts(installed.read_bytes()) if text.startswith(_NOVEL))
    if not shutil.which("apt-get"):
        raise MissingTextError(f"install the package {_NOVELS}.")
    with tempfile.TemporaryDirectory() as place:
        for command in (
            ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", _NOVELS],
            ["sh", "-c", "dpkg -x *.deb ."],
        ):
            done = subprocess.run(command, cwd=place, capture_output=True, check=False)
            if done.returncode:
                raise MissingTextError(f"install the package {_NOVELS}.")
        stored = Path(place, data).read_bytes()
    return next(text for text in _r_texts(stored) if text.startswith(_NOVEL))


def _r_texts(stored: bytes) -> Iterator[str]:
    """Yield the texts in a database of R: a length, and compressed lines in XDR, for each."""
    mark = b"\x00\x04\x00\x09"  # the flags of a string in UTF-8 or ASCII
    while stored:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(stored[4:])
        stored = unpacker.unused_data
        at = raw.find(mark)
        lines = []
        while at >= 0 and raw.startswith(mark, at):
            (length,) = struct.unpack(">i", raw[at + 4 : at + 8])
            lines.append(raw[at + 8 : at + 8 + length].decode())
            at += 8 + length
        yield "\n".join(lines)


def own(folder: Path) -> None:
    """Copy this project's documents."""
    for file in [ROOT / "README.md", *sorted(ROOT.joinpath("docs").glob("*.md"))]:
        shutil.copy(file, folder)


CORPORA: Mapping[str, Callable[[Path], None]] = {
    "manuals": manuals,
    "python": python,
    "copyrights": copyrights,
    "novel": novel,
    "docs": own,
}
