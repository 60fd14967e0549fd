"""Collect files to store, with their object keys."""

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from langchain_telnyx.client.write_errors import FileReadError
from langchain_telnyx.vectorstores.batch import Batch, Item, raise_for_problems

LONGEST_KEY = 1024
_PATTERN = frozenset("*?[")

PathLike: TypeAlias = str | os.PathLike[str]
Files: TypeAlias = PathLike | Iterable[PathLike] | Mapping[str, PathLike]


def batch_of_files(files: Files) -> Batch:
    """Return files as a batch.

    Args:
        files: A file, a folder, a pattern such as `notes/**/*.md`, several of them, or a mapping
            of object key to file or folder. The key of a file is its name; of a file in a folder or
            of a pattern, its path below that folder, with `/`. Files and folders whose names
            begin with a dot are skipped in folders.

    Raises:
        TypeError: `files` is of another type.
        InvalidDocumentsError: Two files have the same key, or a name cannot be a key.
        OSError: None of the files can be read, or nothing matches a pattern.
    """
    found: dict[str, Path] = {}
    unreadable: list[OSError] = []
    problems: dict[int, str] = {}
    batch = Batch()
    for position, (key, path) in enumerate(_keyed(files)):
        if problem := _problem(key, path, found):
            problems[position] = f"position {position} ({os.fspath(path)!a}): {problem}"
            continue
        found[key] = path
        batch.ids.append(key)
        item = Item(position, key, os.fspath(path), path)
        batch.items.append(item)
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            unreadable.append(error)
            # The other files are stored nevertheless.
            item.error = FileReadError(f"The file {os.fspath(path)!r} cannot be read: {error}.")
    raise_for_problems(problems, len(batch.items) + len(problems))
    if unreadable and len(unreadable) == len(batch.items):
        raise unreadable[0]
    return batch


def _keyed(files: Files) -> Iterator[tuple[str, Path]]:
    if isinstance(files, str | os.PathLike):
        yield from _paths(files)
    elif isinstance(files, Mapping):
        for key, path in files.items():
            yield from _mapped(key, path)
    elif isinstance(files, Iterable):
        for each in files:  # `bytes` iterates over integers, which `_paths` refuses
            yield from _paths(each)
    else:
        raise _wrong_type(files)


def _mapped(key: object, path: object) -> Iterator[tuple[str, Path]]:
    if not isinstance(key, str) or not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"`files` maps {key!r} to a {type(path).__name__}: map object keys to paths."
        )
    place = Path(path).expanduser()
    if place.is_dir():
        yield from ((f"{key.rstrip('/')}/{below}", file) for below, file in _below(place))
    else:
        yield key, place


def _paths(path: object) -> Iterator[tuple[str, Path]]:
    if not isinstance(path, str | os.PathLike):
        raise _wrong_type(path)
    place = Path(path).expanduser()
    if place.is_dir():
        yield from _below(place)
    elif not place.exists() and _PATTERN & set(str(place)):
        yield from _matching(str(place))
    else:
        yield place.name, place


def _matching(pattern: str) -> Iterator[tuple[str, Path]]:
    folder = Path(*_fixed_part(Path(pattern)))
    matches = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may be absolute
    files = [path for path in matches if path.is_file()]
    if not files:
        raise FileNotFoundError(f"No file matches {pattern!r}.")
    for file in files:
        yield file.relative_to(folder).as_posix(), file


def _fixed_part(pattern: Path) -> Iterator[str]:
    for part in pattern.parts[:-1]:
        if _PATTERN & set(part):
            return
        yield part


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    for root, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(root, name)
            if not name.startswith(".") and file.is_file():
                yield file.relative_to(folder).as_posix(), file


def _raise(error: OSError) -> None:
    raise error


def _problem(key: str, path: Path, found: Mapping[str, Path]) -> str | None:
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return "its name is not Unicode, so it cannot be an object key: map a key to it"
    if not key or {"", ".", ".."} & set(key.split("/")):
        return f"{key!r} cannot be an object key"
    if size > LONGEST_KEY:
        return f"its object key has {size} bytes, but {LONGEST_KEY} are allowed"
    if key in found and found[key] != path:
        return f"its object key {key!r} is also that of {os.fspath(found[key])!r}: map keys"
    return None


def _wrong_type(value: object) -> TypeError:
    return TypeError(
        f"`files` holds a {type(value).__name__}: give a path, a folder, a pattern, a list of "
        f"them, or a mapping of object key to path."
    )
