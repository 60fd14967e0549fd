"""A recording: its name, its bytes, and the duration in its header."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from langchain_telnyx.emulator.areas.audio import matroska
from langchain_telnyx.emulator.reading.text import UnreadableError

FORMATS = frozenset({"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"})
"""The file extensions that can be transcribed."""
MAX_SIZE = 100 * 1024 * 1024
"""The size limit of a recording, in bytes."""

_IN_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True)
class Recording:
    """A recording.

    Attributes:
        name: The file's name or path.
        file: The open file.
    """

    name: str
    file: BinaryIO

    @property
    def extension(self) -> str:
        """The extension of its name, in lower case, without the dot."""
        return extension(self.name)

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hex."""
        self.file.seek(0)
        digest = hashlib.sha256()
        while piece := self.file.read(1 << 20):
            digest.update(piece)
        return digest.hexdigest()

    def duration(self) -> float | None:
        """Return the duration in seconds; `None` if the header lacks it.

        Raises:
            UnreadableError: It is not a recording.
        """
        self.file.seek(0)
        if matroska.is_matroska(self.file):
            return matroska.duration(self.file)
        from tinytag import TinyTag, TinyTagException  # noqa: PLC0415 - slow to load

        self.file.seek(0)
        try:
            found = TinyTag.get(file_obj=self.file, tags=False).duration
        except TinyTagException as error:
            raise self._unreadable() from error
        if not found:
            raise self._unreadable()
        return round(found, 3)

    def _unreadable(self) -> UnreadableError:
        return UnreadableError(f"{self.name!r} is not a recording, or is damaged.")


def extension(name: str) -> str:
    """Return the extension of a name, in lower case, without the dot."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def is_recording(name: str, content_type: str) -> bool:
    """Return whether a file is a recording, by its extension or else its media type.

    Args:
        name: Its name or path.
        content_type: Its media type.
    """
    found = extension(name)
    return found in FORMATS or (not found and content_type.startswith("audio/"))


@contextmanager
def assembled(name: str, pieces: Iterator[bytes]) -> Iterator[Recording]:
    """Join chunks into a recording, for a `with` block; a large one goes to a temporary file."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        for piece in pieces:
            file.write(piece)
        yield Recording(name, cast("BinaryIO", file))
