"""The recordings a user means: files, folders, patterns, addresses, bytes, blobs, open files."""

import glob
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from langchain_core.documents.base import Blob

from langchain_telnyx._audio.models import FORMATS
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.types import Readable

_URL = re.compile(r"https?://", re.IGNORECASE)
_MAGIC = re.compile(r"[*?\[]")
# How files of the formats begin; what says nothing else is named by `name`.
_BEGINNINGS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("wav", re.compile(rb"RIFF....WAVE", re.DOTALL)),
    ("flac", re.compile(rb"fLaC")),
    ("ogg", re.compile(rb"OggS")),
    ("mp3", re.compile(rb"ID3|\xff[\xe2-\xff]")),
    ("m4a", re.compile(rb"....ftypM4A", re.DOTALL)),
    ("mp4", re.compile(rb"....ftyp", re.DOTALL)),
    ("webm", re.compile(rb"\x1a\x45\xdf\xa3")),
)
_ENOUGH = 16
_BY_MEDIA_TYPE = {
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/webm": "webm",
    "audio/x-flac": "flac",
    "audio/x-m4a": "m4a",
    "audio/x-wav": "wav",
    "video/mp4": "mp4",
    "video/webm": "webm",
}


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


Input: TypeAlias = str | PurePath | bytes | Readable | Blob | tuple[str, bytes]
"""One recording, or a path or pattern that leads to several."""
Content: TypeAlias = bytes | Path | Readable | Address | Stored


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is to be transcribed.

    Attributes:
        source: What it is called in metadata and messages.
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


def found(inputs: Iterable[Input]) -> list[Recording]:
    """Return the recordings that inputs mean, in their order; blocks, as it reads folders.

    A folder means the recordings in it and below it, hidden ones left out; a pattern without a
    match is kept as it is, to fail as a file that is not there.

    Raises:
        OSError: A folder cannot be read.
    """
    recordings: list[Recording] = []
    for number, given in enumerate(inputs):
        recordings += _of(given, number)
    return recordings


def of_blob(blob: Blob, number: int = 0) -> Recording:
    """Return the recording in a blob; its metadata is kept."""
    on_disk = blob.data is None and blob.path is not None
    content = Path(str(blob.path)) if on_disk else blob.as_bytes()
    name = PurePath(blob.path).name if blob.path else ""
    if not PurePath(name).suffix and (extension := _BY_MEDIA_TYPE.get(blob.mimetype or "")):
        name = f"{name or 'recording'}.{extension}"
    return Recording(blob.source or _unnamed(number), name, content, blob.metadata)


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
    """Return a recording's name, with an extension if its beginning tells one, and its bytes.

    Raises:
        OSError: It cannot be read; or an open file was read before, and cannot be rewound.
    """
    content = recording.content
    if isinstance(content, Readable):
        content = _read(content, recording.source)
    assert isinstance(content, bytes | Path)  # noqa: S101 - narrows the type: others need no opening
    if PurePath(recording.name).suffix:
        return recording.name, content
    if isinstance(content, Path):
        with content.open("rb") as handle:
            beginning = handle.read(_ENOUGH)
    else:
        beginning = content[:_ENOUGH]
    for extension, pattern in _BEGINNINGS:
        if pattern.match(beginning):
            return f"{recording.name or 'recording'}.{extension}", content
    return recording.name, content


def _of(given: Input, number: int) -> Iterator[Recording]:
    match given:
        case Blob():
            yield of_blob(given, number)
        case bytes():
            yield Recording(_unnamed(number), "", given)
        case (str() as name, bytes() as content):
            yield Recording(name, PurePath(name).name, content)
        case str() if _URL.match(given):
            name = PurePosixPath(unquote(urlsplit(given).path)).name
            yield Recording(given, name, Address(given))
        case str() | PurePath():
            yield from (_on_disk(path) for path in _paths(given))
        case Readable():
            known = getattr(given, "name", None)  # of a pipe it is a number
            path = known if isinstance(known, str) else ""
            yield Recording(path or _unnamed(number), PurePath(path).name, given)


def _paths(given: str | PurePath) -> list[Path]:
    path = Path(given)
    if path.is_dir():
        return sorted(
            file
            for file in path.rglob("*")
            if _is_recording(file.name)
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
            and file.is_file()
        )
    if not path.exists() and _MAGIC.search(str(given)):
        matches = sorted(glob.glob(str(given), recursive=True))  # noqa: PTH207 - takes absolute patterns
        return [Path(match) for match in matches if Path(match).is_file()] or [path]
    return [path]


def _on_disk(path: Path) -> Recording:
    return Recording(str(path), path.name, path)


def _stored(bucket: str, found: StoredObject) -> Recording:
    name = PurePosixPath(found.key).name
    return Recording(f"{bucket}/{found.key}", name, Stored(bucket, found))


def _is_recording(name: str) -> bool:
    return PurePosixPath(name).suffix.removeprefix(".").lower() in FORMATS


def _unnamed(number: int) -> str:
    return f"recording {number}"


def _read(file: Any, source: str) -> bytes:
    try:
        # Rewound, so that a loader can load again.
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        content: bytes = file.read()
    except ValueError as error:  # such as a file that was closed
        raise OSError(f"{source!r} cannot be read: {error}") from error
    if not content:
        raise OSError(
            f"{source!r} holds nothing (more): an open file that cannot be rewound can be loaded "
            f"once; give its bytes instead."
        )
    return content
