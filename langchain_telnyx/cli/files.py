"""Which files a command means, and what they are called in a bucket."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from langchain_telnyx._shared.manifest import is_manifest

# What the service reads although it is no text: documents and recordings.
_READ_BY_THE_SERVICE = {".pdf", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".wav", ".webm"}
_NOT_SOURCES = {"__pycache__", "node_modules"}
_BEGINNING = 8192


class NoFilesError(ValueError):
    """There is nothing to read where the user pointed."""


def gather(
    paths: Sequence[Path], *, also: Collection[str] = (), ours: Path | None = None
) -> tuple[dict[str, Path], list[Path]]:
    """Return the files to upload by the key each is to have, and those that hold no text.

    Folders are walked, without hidden entries; a file that is named itself may be hidden. Manifests
    and their locks are ours, and never uploaded, whoever names them.

    Args:
        paths: Files and folders.
        also: Extensions of more files that are read although they are no text.
        ours: The manifest in use, which may be empty yet.

    Raises:
        NoFilesError: A path is not there, or nothing with text is found.
        OSError: A file cannot be read.
    """
    files: dict[str, Path] = {}
    skipped: list[Path] = []
    for path in paths:
        if not path.exists():
            raise NoFilesError(f"{str(path)!r} is not there.")
        named = [path] if path.is_file() else sorted(_walk(path))
        for file in named:
            if _is_ours(file, ours):
                continue
            if file.suffix.lower() not in also and not _worth_reading(file):
                skipped.append(file)
                continue
            key = _key(path, file)
            if files.get(key, file) != file:  # another folder of the same name has one alike
                key = file.resolve().as_posix().removeprefix("/")
            files[key] = file
    if paths and not files:
        where = ", ".join(repr(str(path)) for path in paths)
        empty = f"{len(skipped)} files, none with text" if skipped else "no files"
        raise NoFilesError(f"There is nothing to read in {where}: {empty}.")
    return files, skipped


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [
            name for name in folders if not name.startswith(".") and name not in _NOT_SOURCES
        ]
        yield from (
            file
            for name in names
            if not name.startswith(".") and (file := Path(root, name)).is_file()
        )


def _is_ours(file: Path, manifest: Path | None) -> bool:
    try:
        if manifest is not None and manifest.exists() and file.samefile(manifest):
            return True
        return is_manifest(file)
    except OSError as error:
        raise OSError(f"{str(file)!r} cannot be read: {error.strerror}.") from error


def _worth_reading(file: Path) -> bool:
    if file.suffix.lower() in _READ_BY_THE_SERVICE:
        return True
    try:
        with file.open("rb") as handle:
            beginning = handle.read(_BEGINNING)
    except OSError as error:
        raise OSError(f"{str(file)!r} cannot be read: {error.strerror}.") from error
    return bool(beginning.strip()) and b"\0" not in beginning


def _key(given: Path, file: Path) -> str:
    """Name a file as the user would: by the folder's name and the way below it."""
    if file == given:
        return file.name
    return f"{given.resolve().name}/{file.relative_to(given).as_posix()}"
