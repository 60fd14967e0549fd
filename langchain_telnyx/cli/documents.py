"""The documents of `ask`: which files are uploaded, in which form, and where a passage is.

The service reads text in UTF-8, Markdown, HTML, PDF and recordings. Files of other formats, and
text in other encodings, are converted, one at a time, into a temporary folder. A file that cannot
be read costs that file only.
"""

import codecs
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from langchain_telnyx._shared.progress import progress
from langchain_telnyx.cli.files import (
    RECORDINGS,
    NoFilesError,
    is_manifest_of,
    object_key,
    walk,
)
from langchain_telnyx.cli.reading import (
    CONVERTED,
    Document,
    UnreadableFileError,
    read_document,
)

_OLD = (".doc", ".xls", ".ppt")
# They declare their encoding, which a conversion would contradict.
_DECLARED = (".html", ".htm", ".xhtml", ".xml")
_MARKDOWN = ".md"
_PIECE = 1 << 20
_REMEMBERED = 4
"""Documents in memory, to find places in."""
_MAX_LOCATED = 32 * 1024 * 1024
"""The largest file, in bytes, in which places are looked up."""
_SHOWN = 10
"""Skipped files that are listed one by one."""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not uploaded, and why."""

    file: str
    reason: str


class Documents:
    """The documents of one command.

    Args:
        paths: Files and folders.
        folder: An empty folder for converted files.

    Attributes:
        files: The files to upload, by object key.
        skipped: The files that are not uploaded.

    Raises:
        NoFilesError: A path does not exist, or no file can be read.
    """

    def __init__(self, paths: Sequence[Path], folder: Path) -> None:
        self.files: dict[str, Path] = {}
        self.skipped: list[SkippedFile] = []
        self._folder = folder
        self._originals: dict[str, Path] = {}
        self._taken: dict[str, Path] = {}
        self._read: OrderedDict[str, Document | None] = OrderedDict()
        found = list(self._found(paths))
        with progress("Reading", len(found), show=False) as bar:
            for number, (path, file) in enumerate(found, 1):
                self._add(path, file)
                bar.to(number)
        if paths and not self.files:
            names = ", ".join(repr(str(path)) for path in paths)
            title, *lines = skipped_lines(self.skipped) or ["no files."]
            why = " ".join([title[0].lower() + title[1:], "; ".join(map(str.strip, lines))]).strip()
            raise NoFilesError(f"Nothing to read in {names}: {why}")

    def place(self, key: str, passage: str) -> str | None:
        """Return the place of a passage in its file, such as `lines 3-9`, if it is found."""
        original = self._originals.get(key)
        if original is None:
            return None
        if key not in self._read:
            self._read[key] = _located(original)
            if len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        document = self._read[key]
        return document.place(passage) if document else None

    def skip(self, key: str, reason: str) -> None:
        """Add a file that the service refused."""
        self.skipped.append(SkippedFile(source_name(key), reason))

    def _found(self, paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
        for path in paths:
            if not path.exists():
                raise NoFilesError(f"{str(path)!r} does not exist.")
            yield from ((path, file) for file in self._below(path))

    def _below(self, path: Path) -> list[Path]:
        def skip(error: OSError) -> None:
            self.skipped.append(SkippedFile(str(error.filename), f"{error.strerror}"))

        return sorted(walk(path, skip)) if path.is_dir() else [path]

    def _add(self, path: Path, file: Path) -> None:
        try:
            if is_manifest_of(file, None):
                return
            converted = _converted(file)
        except UnreadableFileError as error:
            self.skipped.append(SkippedFile(str(file), str(error)))
            return
        except OSError as error:
            reason = getattr(error.__cause__ or error, "strerror", None) or error
            self.skipped.append(SkippedFile(str(file), f"cannot be read: {reason}"))
            return
        key = object_key(path, file, self._taken)
        self._taken[key] = file
        if file.suffix.lower() in CONVERTED:
            # The service selects its reader by the extension.
            key += _MARKDOWN
        self._originals[key] = file
        self.files[key] = file
        if converted is not None:
            target = self._folder / f"{len(self.files)}.txt"
            target.write_text(converted, "utf-8", "replace")
            self.files[key] = target


def source_name(key: str) -> str:
    """Return the name of a file by its object key: a converted one has another extension."""
    bare = key.removesuffix(_MARKDOWN)
    return bare if Path(bare).suffix.lower() in CONVERTED else key


def skipped_lines(skipped: Sequence[SkippedFile]) -> list[str]:
    """Return lines about skipped files: each one, or if there are many, each reason."""
    if not skipped:
        return []
    title = f"Skipped {len(skipped)} {'file' if len(skipped) == 1 else 'files'}:"
    if len(skipped) <= _SHOWN:
        return [title, *(f"  {each.file}: {each.reason}" for each in skipped)]
    reasons: dict[str, list[str]] = {}
    for each in skipped:
        reasons.setdefault(each.reason, []).append(each.file)
    by_count = sorted(reasons.items(), key=lambda item: -len(item[1]))
    lines = [f"  {len(files)} {reason}, such as {files[0]}" for reason, files in by_count[:_SHOWN]]
    if rest := sum(len(files) for _, files in by_count[_SHOWN:]):
        lines.append(f"  {rest} for other reasons")
    return [title, *lines, "  `--json` lists all."]


def _converted(file: Path) -> str | None:
    """Return the text of a file that is converted, or `None` for one that is uploaded as it is.

    Raises:
        UnreadableFileError: It has no text.
        OSError: It cannot be read.
    """
    extension = file.suffix.lower()
    if not file.is_file():
        raise UnreadableFileError("no regular file")
    if not file.stat().st_size:
        with file.open("rb") as handle:
            if not handle.read(1):
                raise UnreadableFileError("empty")
    if extension in CONVERTED or extension in _OLD:
        return read_document(file).text
    if extension in RECORDINGS or extension == ".pdf" or _is_utf8(file):
        return None
    if extension in _DECLARED:
        return None
    return read_document(file).text


def _is_utf8(file: Path) -> bool:
    """Return whether a file is text in UTF-8, without holding all of it.

    Raises:
        UnreadableFileError: It is binary or blank.
        OSError: It cannot be read.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_blank = True
    with file.open("rb") as handle:
        read: Callable[[], bytes] = lambda: handle.read(_PIECE)  # noqa: E731
        for piece in iter(read, b""):
            if b"\0" in piece:
                return False
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError:
                return False
            is_blank = is_blank and not text.strip()
    if is_blank:
        raise UnreadableFileError("empty")
    return not decoder.getstate()[0]


def _located(file: Path) -> Document | None:
    """Read a file to find places in; `None` for one without places."""
    if file.suffix.lower() in RECORDINGS or file.stat().st_size > _MAX_LOCATED:
        return None
    try:
        return read_document(file)
    except (UnreadableFileError, OSError):
        return None
