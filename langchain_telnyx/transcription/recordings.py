"""Finds recordings from inputs: files, folders, patterns, addresses, bytes, blobs, open files."""

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
from langchain_telnyx.transcription.addresses import split_signature
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
_MAX_LENGTH = 80


class Address(NamedTuple):
    """A recording that the service fetches.

    Attributes:
        url: Its URL.
    """

    url: str


class StoredRecording(NamedTuple):
    """A recording in a bucket.

    Attributes:
        bucket: The bucket.
        object: The object in the bucket.
    """

    bucket: str
    object: StoredObject


class Unreadable(NamedTuple):
    """An input that cannot be read, or matches no recording.

    Attributes:
        error: The error.
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
"""One recording, or a path or pattern of several."""
Content: TypeAlias = bytes | Path | Readable | Address | StoredRecording | Unreadable


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording.

    Attributes:
        source: Its name in metadata and errors; for an address, without the signature.
        name: Its file name with the extension of its format; empty if it has none.
        content: Its content, or where to read it.
        metadata: Additional metadata of its documents.
    """

    source: str
    name: str
    content: Content = field(repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Its name in errors: for an address, without the query, which may have a signature."""
        is_address = isinstance(self.content, Address)
        return self.source.partition("?")[0] if is_address else self.source


def flatten_inputs(inputs: Any) -> list[Input]:
    """Return the inputs as a flat list.

    Raises:
        TypeError: An input has an unsupported type; the message has its position and the types.
    """
    return [] if inputs is None else list(_flat(inputs, ()))


def find_recordings(inputs: Iterable[Input]) -> list[Recording]:
    """Return the recordings of inputs in order. Blocks while it reads folders.

    A folder stands for all recordings in it and its subfolders, without hidden ones; a pattern for
    the recordings among the matching files. A file is a recording by its extension or its first
    bytes. An input that cannot be read, or matches no file, becomes a recording that fails.
    """
    recordings: list[Recording] = []
    for number, item in enumerate(inputs):
        try:
            recordings += _recordings_of(item, number)
        except (OSError, ValueError) as error:
            name = _name_of(item, number)
            recordings.append(Recording(name, "", Unreadable(error)))
    return recordings


def blob_recording(blob: Any, number: int = 0) -> Recording:
    """Return the recording of a blob, with the blob's metadata.

    Raises:
        TypeError: It is not a blob.
        ValueError: The blob has no content.
    """
    if not isinstance(blob, Blob):
        raise TypeError(
            f"The parser expects a `Blob`, not {type(blob).__name__}. Create one with "
            f"`Blob.from_path` or `Blob.from_data`, or use `TelnyxTranscriptionLoader`, which "
            f"accepts {TAKEN}."
        )
    path = None if blob.path is None else os.fspath(blob.path)
    metadata = _without_signatures(blob.metadata)
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
    return Recording(
        _without_signature(str(blob.source or _unnamed(number))), name, content, metadata
    )


def bucket_recordings(
    bucket: str, listing: Iterable[StoredObject], patterns: Iterable[str]
) -> list[Recording]:
    """Return the recordings in a bucket whose keys match one of the patterns.

    Args:
        bucket: The bucket.
        listing: Its objects.
        patterns: Keys and patterns, which determine the order; empty for all recordings.
    """
    objects = list(listing)
    all_patterns = list(patterns)
    if not all_patterns:
        return [_stored(bucket, each) for each in objects if _is_recording(each.key)]
    recordings: list[Recording] = []
    for pattern in all_patterns:
        matching = [each for each in objects if each.key == pattern] or [
            each for each in objects if fnmatchcase(each.key, pattern) and _is_recording(each.key)
        ]
        # A missing key fails on download.
        recordings += [
            _stored(bucket, each) for each in matching or [StoredObject(key=pattern, size=0)]
        ]
    return recordings


def common_prefix(pattern: str) -> str:
    """Return the literal prefix of a pattern."""
    magic = _MAGIC.search(pattern)
    return pattern[: magic.start()] if magic else pattern


def open_recording(recording: Recording) -> tuple[str, bytes | Path]:
    """Return a recording's name, with the extension of its format, and its content.

    The format comes from the first bytes, or else from the name.

    Raises:
        OSError: It cannot be read; or an open file was read before, and is not seekable.
        TypeError: It is an open file that does not return bytes.
        ValueError: It is empty.
    """
    content = recording.content
    if not isinstance(content, bytes | Path):
        content = read_file(content, recording.source)
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if not size:
        raise ValueError(f"{recording.source!r} is empty: it has 0 bytes.")
    return filename_for(recording.name, content), content


def _flat(item: Any, place: tuple[int, ...]) -> Iterator[Any]:
    match item:
        case Blob() | str() | os.PathLike() | bytes() | bytearray() | memoryview():
            yield item
        case (str(), content) if isinstance(item, tuple) and (
            isinstance(content, bytes | bytearray | memoryview) or is_open_file(content)
        ):
            yield item
        case tuple() if any(isinstance(each, bytes | bytearray | memoryview) for each in item[1:]):
            raise _unsupported("a tuple, but not a pair of a file name and bytes", place)
        case Mapping() | BaseModel():
            raise _unsupported(type(item).__name__, place)
        case _ if is_open_file(item):
            yield item
        case _ if hasattr(item, "read") and not isinstance(item, type):
            raise _unsupported(
                f"{type(item).__name__}, which does not return bytes (a file in text mode, or one "
                f"with an async `read`)",
                place,
            )
        case Iterable():
            for number, each in enumerate(item):
                yield from _flat(each, (*place, number))
        case _:
            raise _unsupported(type(item).__name__, place)


def _unsupported(description: str, place: tuple[int, ...]) -> TypeError:
    position = "".join(f"[{number}]" for number in place)
    return TypeError(f"`inputs{position}` is {description}; recordings can be {TAKEN}.")


def _recordings_of(item: Any, number: int) -> Iterator[Recording]:
    match item:
        case Blob():
            yield blob_recording(item, number)
        case bytes() | bytearray() | memoryview():
            yield Recording(_unnamed(number), "", bytes(item))
        case (str() as name, content):
            data = content if is_open_file(content) else bytes(content)
            yield Recording(_without_signature(name), PurePath(utf8_filename(name)).name, data)
        case str() if _URL.match(item):
            yield _address(item)
        case str() if (scheme := _SCHEME.match(item)) and not is_file_url(item):
            raise ValueError(
                f"Addresses with the scheme {scheme[0]!r} are not supported. Pass an `https` "
                f"address, which Telnyx fetches, a path, or the bytes."
            )
        case str() | os.PathLike():
            yield from _on_disk(item, number)
        case _:
            file_name = getattr(item, "name", None)  # a number for a pipe
            path = utf8_filename(file_name) if isinstance(file_name, str) else ""
            yield Recording(path or _unnamed(number), PurePath(path).name, item)


def _address(url: str) -> Recording:
    name = utf8_filename(PurePosixPath(unquote(urlsplit(url).path)).name)
    return Recording(_without_signature(url), name, Address(url))


def _on_disk(item: str | os.PathLike[str], number: int) -> Iterator[Recording]:
    path = local_path(item)
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
                f"No such file, and no file matches: {_name_of(item, number)!r}"
            )
    else:
        yield _of_path(path)
        return
    recordings = [each for file in files for each in _if_recording(file)]
    if not recordings:
        _logger.warning(
            "%r matches %d files, none of which is a recording.",
            _name_of(item, number),
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
        yield Recording(utf8_filename(str(file)), utf8_filename(file.name), Unreadable(error))


def _of_path(path: Path) -> Recording:
    return Recording(utf8_filename(str(path)), utf8_filename(path.name), path)


def _stored(bucket: str, item: StoredObject) -> Recording:
    name = PurePosixPath(item.key).name
    return Recording(f"{bucket}/{item.key}", utf8_filename(name), StoredRecording(bucket, item))


def _is_recording(name: str) -> bool:
    return extension_of(name) in AUDIO_EXTENSIONS


def _unnamed(number: int) -> str:
    return f"recording {number}"


def _name_of(item: Any, number: int) -> str:
    """Return the name of an input in errors."""
    if isinstance(item, Blob):
        return _without_signature(str(item.source or _unnamed(number)))
    if not isinstance(item, str | os.PathLike):
        return _unnamed(number)
    name = _without_signature(os.fsdecode(os.fspath(item)))
    return f"{name[:_MAX_LENGTH]}…" if name[:5].lower() == "data:" and name[_MAX_LENGTH:] else name


def _without_signature(source: str) -> str:
    return utf8_filename(split_signature(source).shown if _URL.match(source) else source)


def _without_signatures(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_signature(value) if isinstance(value, str) and _URL.match(value) else value
        for name, value in metadata.items()
    }


def _media_type(blob: Blob) -> str:
    return (blob.mimetype or "").partition(";")[0].strip().lower()
