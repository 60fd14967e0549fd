"""Collects the files of a command, and their keys in a bucket."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from langchain_telnyx._shared.manifest import is_manifest

# Extensions of documents and recordings that the service reads.
RECORDINGS = frozenset({".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".wav", ".webm"})
_SUPPORTED = {".pdf", *RECORDINGS}
_SKIPPED_FOLDERS = {"__pycache__", "node_modules"}
_HEAD_LENGTH = 8192


class NoFilesError(ValueError):
    """The paths have no files to read."""


def collect_files(
    paths: Sequence[Path], *, also: Collection[str] = (), manifest: Path | None = None
) -> tuple[dict[str, Path], list[Path]]:
    """Return the files to upload by key, and the files without text.

    Hidden files and folders are skipped, except for files that are passed themselves. Manifests and
    their locks are never uploaded.

    Args:
        paths: Files and folders.
        also: Extensions of additional files to include although they are not text.
        manifest: The manifest in use, which may still be empty.

    Raises:
        NoFilesError: A path does not exist, or there are no files with text.
        OSError: A file cannot be read.
    """
    files: dict[str, Path] = {}
    skipped: list[Path] = []
    for path in paths:
        if not path.exists():
            raise NoFilesError(f"{str(path)!r} does not exist.")
        candidates = [path] if path.is_file() else sorted(walk(path))
        for file in candidates:
            if is_manifest_of(file, manifest):
                continue
            if file.suffix.lower() not in also and not _has_text(file):
                skipped.append(file)
                continue
            files[object_key(path, file, files)] = file
    if paths and not files:
        names = ", ".join(repr(str(path)) for path in paths)
        empty = f"{len(skipped)} files, none with text" if skipped else "no files"
        raise NoFilesError(f"Nothing to read in {names}: {empty}.")
    return files, skipped


def refuse(error: OSError) -> None:
    """Raise the error of a folder that cannot be read."""
    raise error


def walk(folder: Path, on_error: Callable[[OSError], None] = refuse) -> Iterator[Path]:
    """Yield the files below a folder, without hidden and generated ones.

    Args:
        folder: The folder.
        on_error: Called with the error of a folder that cannot be read.
    """
    for root, folders, names in os.walk(folder, onerror=on_error):
        folders[:] = [
            name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS
        ]
        yield from (
            file
            for name in names
            if not name.startswith(".") and (file := Path(root, name)).is_file()
        )


def is_manifest_of(file: Path, manifest: Path | None) -> bool:
    """Return whether a file is a manifest, or the one in use.

    Raises:
        OSError: It cannot be read.
    """
    try:
        if manifest is not None and manifest.exists() and file.samefile(manifest):
            return True
        return is_manifest(file)
    except OSError as error:
        raise OSError(f"{str(file)!r} cannot be read: {error.strerror}.") from error


def _has_text(file: Path) -> bool:
    if file.suffix.lower() in _SUPPORTED:
        return True
    try:
        with file.open("rb") as handle:
            head = handle.read(_HEAD_LENGTH)
    except OSError as error:
        raise OSError(f"{str(file)!r} cannot be read: {error.strerror}.") from error
    return bool(head.strip()) and b"\0" not in head


def object_key(path: Path, file: Path, taken: Mapping[str, Path]) -> str:
    """Return a file's key: the folder's name and the path below it.

    Args:
        path: The file, or the folder that was passed.
        file: The file.
        taken: The keys of other files.
    """
    key = (
        file.name if file == path else f"{path.resolve().name}/{file.relative_to(path).as_posix()}"
    )
    if taken.get(key, file) != file:  # the same path in another folder of this name
        key = file.resolve().as_posix().removeprefix("/")
    return key
