"""The recordings a user means: files, folders, patterns, addresses, bytes, blobs, open files."""

import glob
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from langchain_core.documents.base import Blob
from pydantic import BaseModel

from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.audio_files import (
    AUDIO_EXTENSIONS,
    TAKEN,
    extension_of,
    filename_for,
    format_of,
    is_file_url,
    is_open_file,
    local_path,
    read_file,
    utf8_filename,
)
from langchain_telnyx.transcription.addresses import split
from langchain_telnyx.types import Readable

_logger = logging.getLogger(__name__)
_URL = re.compile(r"https?://", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+(?=://)|data(?=:[\w/+.-]*[;,])", re.IGNORECASE)
_MAGIC = re.compile(r"[*?\[]")
_BY_MEDIA_TYPE = {
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/vnd.wave": "wav",
    "audio/webm": "webm",
    "audio/x-flac": "flac",
    "audio/x-m4a": "m4a",
    "audio/x-wav": "wav",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
_SHOWN = 80


class Address(NamedTuple):
    """A recording that the service fetches.

    Attributes:
        url: Where it is.
    """

    url: str


class Stored(NamedTuple):
    """A recording in a bucket.

    Attributes:
        bucket: The bucket.
        object: What storage knows of it.
    """

    bucket: str
    object: StoredObject


class Unfound(NamedTuple):
    """What cannot be read, or leads to no recording.

    Attributes:
        error: Why.
    """

    error: Exception


Input: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | Readable
    | Blob
    | tuple[str, bytes | bytearray | memoryview | Readable]
)
"""One recording, or a path or pattern that leads to several."""
Content: TypeAlias = bytes | Path | Readable | Address | Stored | Unfound


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is to be transcribed.

    Attributes:
        source: What it is called in metadata and messages; an address without its signature.
        name: Its file name, whose extension tells the format; empty where it has none.
        content: Where its bytes are.
        metadata: What its documents are to carry beside.
    """

    source: str
    name: str
    content: Content = field(repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it is called in messages: of an address without its query, which may be signed."""
        is_address = isinstance(self.content, Address)
        return self.source.partition("?")[0] if is_address else self.source


def listed(inputs: Any) -> list[Input]:
    """Return what a user gives as a list of single inputs; lists in lists are put in a row.

    Raises:
        TypeError: Something is no input; the message lists what is taken, and where it stands.
    """
    return [] if inputs is None else list(_flat(inputs, ()))


def found(inputs: Iterable[Input]) -> list[Recording]:
    """Return the recordings that inputs mean, in their order; blocks, as it reads folders.

    A folder means the recordings in it and below it, hidden ones left out; a pattern those of the
    files that match. A recording is known by its extension, or by how it begins. What cannot be
    read, or leads to no file, is a recording of its own that fails.
    """
    recordings: list[Recording] = []
    for number, given in enumerate(inputs):
        try:
            recordings += _of(given, number)
        except (OSError, ValueError) as error:
            name = _name_of(given, number)
            recordings.append(Recording(name, "", Unfound(error)))
    return recordings


def of_blob(blob: Any, number: int = 0) -> Recording:
    """Return the recording in a blob; its metadata is kept.

    Raises:
        TypeError: It is no blob.
        ValueError: The blob holds nothing.
    """
    if not isinstance(blob, Blob):
        raise TypeError(
            f"The parser takes a `Blob`, not {type(blob).__name__}: make one with "
            f"`Blob.from_path` or `Blob.from_data`, or use `TelnyxTranscriptionLoader`, which "
            f"takes {TAKEN}."
        )
    path = None if blob.path is None else os.fspath(blob.path)
    metadata = _unsigned(blob.metadata)
    if blob.data is None and path is not None and _URL.match(path):
        address = _address(path)
        return Recording(
            metadata.get("source") or address.source, address.name, address.content, metadata
        )
    on_disk = blob.data is None and path is not None
    content = local_path(path) if on_disk and path is not None else blob.as_bytes()
    name = PurePath(path).name if path else ""
    if not extension_of(name) and (extension := _BY_MEDIA_TYPE.get(_media_type(blob))):
        name = f"{name or 'recording'}.{extension}"
    return Recording(_shown(str(blob.source or _unnamed(number))), name, content, metadata)


def in_bucket(
    bucket: str, listed: Iterable[StoredObject], patterns: Iterable[str]
) -> list[Recording]:
    """Return the recordings in a bucket whose keys are, or match, one of the patterns.

    Args:
        bucket: The bucket.
        listed: Its objects.
        patterns: Keys and patterns, in whose order recordings come; none for all recordings.
    """
    objects = list(listed)
    wanted = list(patterns)
    if not wanted:
        return [_stored(bucket, each) for each in objects if _is_recording(each.key)]
    recordings: list[Recording] = []
    for pattern in wanted:
        matching = [each for each in objects if each.key == pattern] or [
            each for each in objects if fnmatchcase(each.key, pattern) and _is_recording(each.key)
        ]
        # One that is not there fails when it is fetched.
        recordings += [
            _stored(bucket, each) for each in matching or [StoredObject(key=pattern, size=0)]
        ]
    return recordings


def common_prefix(pattern: str) -> str:
    """Return what every key that matches a pattern begins with."""
    magic = _MAGIC.search(pattern)
    return pattern[: magic.start()] if magic else pattern


def opened(recording: Recording) -> tuple[str, bytes | Path]:
    """Return a recording's name, with the extension of its format, and its bytes.

    The first bytes tell the format, and the name only where they are unknown.

    Raises:
        OSError: It cannot be read; or an open file was read before, and cannot be rewound.
        TypeError: It is an open file that gives no bytes.
        ValueError: It is empty.
    """
    content = recording.content
    if not isinstance(content, bytes | Path):
        content = read_file(content, recording.source)
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if not size:
        raise ValueError(f"{recording.source!r} is empty: it has 0 bytes.")
    return filename_for(recording.name, content), content


def _flat(given: Any, place: tuple[int, ...]) -> Iterator[Any]:
    match given:
        case Blob() | str() | os.PathLike() | bytes() | bytearray() | memoryview():
            yield given
        case (str(), content) if isinstance(given, tuple) and (
            isinstance(content, bytes | bytearray | memoryview) or is_open_file(content)
        ):
            yield given
        case tuple() if any(isinstance(each, bytes | bytearray | memoryview) for each in given[1:]):
            raise _not_taken("a tuple that is no pair of a file name and bytes", place)
        case Mapping() | BaseModel():
            raise _not_taken(type(given).__name__, place)
        case _ if is_open_file(given):
            yield given
        case _ if hasattr(given, "read") and not isinstance(given, type):
            raise _not_taken(
                f"{type(given).__name__}, which gives no bytes (a file in text mode, or one whose "
                f"`read` is awaited)",
                place,
            )
        case Iterable():
            for number, each in enumerate(given):
                yield from _flat(each, (*place, number))
        case _:
            raise _not_taken(type(given).__name__, place)


def _not_taken(what: str, place: tuple[int, ...]) -> TypeError:
    where = "".join(f"[{number}]" for number in place)
    return TypeError(f"`inputs{where}` is {what}, and recordings are given as {TAKEN}.")


def _of(given: Any, number: int) -> Iterator[Recording]:
    match given:
        case Blob():
            yield of_blob(given, number)
        case bytes() | bytearray() | memoryview():
            yield Recording(_unnamed(number), "", bytes(given))
        case (str() as name, content):
            held = content if is_open_file(content) else bytes(content)
            yield Recording(_shown(name), PurePath(utf8_filename(name)).name, held)
        case str() if _URL.match(given):
            yield _address(given)
        case str() if (scheme := _SCHEME.match(given)) and not is_file_url(given):
            raise ValueError(
                f"Addresses of the kind {scheme[0]!r} are not read: give one of `https`, which "
                f"Telnyx fetches, a path, or the bytes."
            )
        case str() | os.PathLike():
            yield from _on_disk(given, number)
        case _:
            known = getattr(given, "name", None)  # of a pipe it is a number
            path = utf8_filename(known) if isinstance(known, str) else ""
            yield Recording(path or _unnamed(number), PurePath(path).name, given)


def _address(url: str) -> Recording:
    name = utf8_filename(PurePosixPath(unquote(urlsplit(url).path)).name)
    return Recording(_shown(url), name, Address(url))


def _on_disk(given: str | os.PathLike[str], number: int) -> Iterator[Recording]:
    path = local_path(given)
    if path.is_dir():
        files = [
            file
            for file in sorted(path.rglob("*"))
            if not any(part.startswith(".") for part in file.relative_to(path).parts)
            and file.is_file()
        ]
    elif not path.exists() and _MAGIC.search(str(path)):
        files = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - takes absolute patterns
        files = [file for file in files if file.is_file()]
        if not files:
            raise FileNotFoundError(
                f"No such file, and no file matches: {_name_of(given, number)!r}"
            )
    else:
        yield _of_path(path)
        return
    recordings = [each for file in files for each in _if_recording(file)]
    if not recordings:
        _logger.warning(
            "%r leads to %d files, and none of them is a recording.",
            _name_of(given, number),
            len(files),
        )
    yield from recordings


def _if_recording(file: Path) -> Iterator[Recording]:
    if _is_recording(file.name):
        yield _of_path(file)
        return
    try:
        if format_of(file) is not None:
            yield _of_path(file)
    except OSError as error:
        yield Recording(utf8_filename(str(file)), utf8_filename(file.name), Unfound(error))


def _of_path(path: Path) -> Recording:
    return Recording(utf8_filename(str(path)), utf8_filename(path.name), path)


def _stored(bucket: str, found: StoredObject) -> Recording:
    name = PurePosixPath(found.key).name
    return Recording(f"{bucket}/{found.key}", utf8_filename(name), Stored(bucket, found))


def _is_recording(name: str) -> bool:
    return extension_of(name) in AUDIO_EXTENSIONS


def _unnamed(number: int) -> str:
    return f"recording {number}"


def _name_of(given: Any, number: int) -> str:
    """Return what to call an input that leads to no recording."""
    if isinstance(given, Blob):
        return _shown(str(given.source or _unnamed(number)))
    if not isinstance(given, str | os.PathLike):
        return _unnamed(number)
    name = _shown(os.fsdecode(os.fspath(given)))
    return f"{name[:_SHOWN]}…" if name[:5].lower() == "data:" and name[_SHOWN:] else name


def _shown(source: str) -> str:
    return utf8_filename(split(source).shown if _URL.match(source) else source)


def _unsigned(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _shown(value) if isinstance(value, str) and _URL.match(value) else value
        for name, value in metadata.items()
    }


def _media_type(blob: Blob) -> str:
    return (blob.mimetype or "").partition(";")[0].strip().lower()
