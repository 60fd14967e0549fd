"""A manifest: answers that were paid for, kept in a file so that a rerun need not ask again.

The file is JSON Lines, appended to and never rewritten. Each line is an object:

```text
{"key": "<64 hex digits>", "source": "calls/1.wav", "answer": {…}}
```

`key` is the SHA-256 of what was asked: the content's own hash and every option that changes the
answer, as canonical JSON. `source` is for people to read. `answer` is the API's, whole, as it came
and before it is read. A line is written at once and flushed to the disk; one that is damaged, as a
crash may leave it, is left out when the file is read, logged, and costs one request. Of lines with
the same key the last one counts.

What is asked is locked while it is asked, in a file `.<name>.<key>.lock` beside the manifest, so
that threads, tasks and processes with one manifest pay once.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from langchain_telnyx._shared.locks import Lock
from langchain_telnyx.client.call import Flow, Sleep
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.flows import outside

_logger = logging.getLogger(__name__)
_FIRST_LOOK = 0.02
_SELDOM = 1.0
_KEY_LENGTH = 64
_ENOUGH = 256
_BEGINNING = b'{"key": "'


class ManifestWriteError(ConfigurationError):
    """An answer was paid for, and cannot be written to the manifest.

    Attributes:
        answer: The answer, as JSON has it.
        partial: What was made of it: the adapter puts the documents here.
    """

    def __init__(self, message: str, answer: Any = None) -> None:
        super().__init__(message)
        self.args = (message, answer)
        self.answer = answer
        self.partial: Any = None


class Manifest:
    """Answers by what was asked; its methods block, and may be called by many threads.

    Args:
        file: The file; made, with its folder, when the first answer is kept. What is made is for
            its owner alone: answers hold what people said. What is there already stays as it is.
            It may be removed, cut or appended to by others while it is in use.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._forget()

    def once(
        self, key: str, source: str, ask: Callable[[], Flow[Any]], *, keeps: Callable[[Any], bool]
    ) -> Flow[Any]:
        """Return the answer under a key, or ask for it, keep it and return it.

        While another thread, task or process asks for the same, that one's answer is waited for.

        Args:
            key: What is asked.
            source: What people call it.
            ask: Asks, and returns what JSON can hold.
            keeps: Whether an answer is worth keeping.

        Raises:
            ConfigurationError: The file cannot be read or written.
            UnkeptAnswerError: It could not be written when the answer was there.
        """
        kept = yield from self._looked_up(key)
        if kept is not None:
            return kept
        lock = Lock(self._file.with_name(f".{self._file.name}.{key[:_KEY_LENGTH]}.lock"))
        delay = _FIRST_LOOK
        try:
            # At once, and not in a thread, which would go on to take it for a task that has ended.
            while not self._taken(lock):
                yield Sleep(delay)
                delay = min(_SELDOM, delay * 1.5)
            kept = yield from self._looked_up(key)
            if kept is not None:
                return kept
            answer = yield from ask()
            if keeps(answer):
                try:
                    yield from outside(partial(self.keep, key, source, answer))
                except OSError as error:
                    raise ManifestWriteError(_unwritable(error), answer) from error
            return answer
        finally:
            lock.release()

    def find(self, key: str) -> Any | None:
        """Return the answer under a key; `None` if there is none, or no file.

        Raises:
            OSError: The file cannot be read.
        """
        with self._lock:
            try:
                handle = self._file.open("rb")
            except (FileNotFoundError, NotADirectoryError):
                self._forget()
                return None
            with handle:
                self._read_on(handle)
                place = self._places.get(key)
                if place is None:
                    return None
                handle.seek(place)
                entry = _entry(handle.readline())
                if entry is None or entry["key"] != key:  # rewritten in its place
                    self._forget()
                    self._read_on(handle)
                    place = self._places.get(key)
                    if place is None:
                        return None
                    handle.seek(place)
                    entry = _entry(handle.readline())
                return None if entry is None or entry["key"] != key else entry["answer"]

    def keep(self, key: str, source: str, answer: Any) -> None:
        """Write an answer, and return when it is on the disk.

        Raises:
            OSError: The file cannot be written.
        """
        line = _line({"key": key, "source": source, "answer": answer})
        with self._lock:
            _make_private(self._file.parent)
            with open(self._file, "a+b", buffering=0, opener=_private) as handle:
                whole = b"\n" + line if _is_torn(handle) else line
                # One write, so that two processes do not mix their lines.
                if handle.write(whole) != len(whole):
                    raise OSError(
                        f"{str(self._file)!r} took a part of a line only: is the disk full?"
                    )
                os.fsync(handle.fileno())

    def _looked_up(self, key: str) -> Flow[Any | None]:
        try:
            return (yield from outside(partial(self.find, key)))
        except OSError as error:
            raise ConfigurationError(
                f"The manifest cannot be read: {error} Choose another file, or go without."
            ) from error

    def _taken(self, lock: Lock) -> bool:
        try:
            _make_private(self._file.parent)
            return lock.take()
        except OSError as error:
            raise ConfigurationError(_unwritable(error)) from error

    def _forget(self) -> None:
        self._places: dict[str, int] = {}
        self._read_to = 0  # behind the last whole line that was read
        self._inode: tuple[int, int] | None = None
        self._reported: set[int] = set()

    def _read_on(self, handle: BinaryIO) -> None:
        """Read what was appended since, or everything if it is another file now."""
        found = os.fstat(handle.fileno())
        inode = (found.st_dev, found.st_ino)
        if inode != self._inode or found.st_size < self._read_to:
            self._forget()
            self._inode = inode
        if found.st_size == self._read_to:
            return
        handle.seek(self._read_to)
        damaged: list[int] = []
        for line in handle:
            place = self._read_to
            if (entry := _entry(line)) is not None:
                self._places[entry["key"]] = place
            elif line.strip() and place not in self._reported:
                damaged.append(place)
                self._reported.add(place)
            if not line.endswith(b"\n"):
                break  # it is read again when it is whole
            self._read_to += len(line)
        if damaged:
            _logger.warning(
                "The manifest %r has %d damaged lines, which are skipped and may be asked for "
                "again; they begin at the bytes %s.",
                str(self._file),
                len(damaged),
                ", ".join(map(str, damaged[:5])) + (", …" if damaged[5:] else ""),
            )


def manifest_key(content: str, asked: Any) -> str:
    """Return the key of a question.

    Args:
        content: What identifies the content, such as the result of `digest`.
        asked: The options that change the answer, as JSON can hold them.
    """
    question = json.dumps({"content": content, "asked": asked}, sort_keys=True)
    return hashlib.sha256(question.encode()).hexdigest()


def digest(content: bytes | Path) -> str:
    """Return what identifies bytes, or a file's.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(content, bytes):
        return f"sha256:{hashlib.sha256(content).hexdigest()}"
    with content.open("rb") as handle:
        return f"sha256:{hashlib.file_digest(handle, 'sha256').hexdigest()}"


def is_manifest(file: Path) -> bool:
    """Return whether a file begins as a manifest does, or is one's lock.

    Raises:
        OSError: The file cannot be read.
    """
    if file.suffix == ".lock" and file.name.startswith("."):
        return True
    with file.open("rb") as handle:
        beginning = handle.read(_ENOUGH)
    key, quote, rest = beginning.removeprefix(_BEGINNING).partition(b'"')
    return (
        beginning.startswith(_BEGINNING)
        and bool(quote)
        and len(key) == _KEY_LENGTH
        and rest.startswith(b', "source": ')
    )


def _unwritable(error: OSError) -> str:
    return f"The manifest cannot be written: {error} Choose another file, or go without."


def _make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone."""
    # `mkdir(parents=True)` would give the mode to the last of them only.
    for each in (*reversed(folder.parents), folder):
        each.mkdir(mode=0o700, exist_ok=True)


def _private(file: str, flags: int) -> int:
    """Open a file; if it is made, for its owner alone."""
    return os.open(file, flags, 0o600)


def _is_torn(handle: BinaryIO) -> bool:
    """Return whether a file ends in the middle of a line, as a crash leaves it."""
    end = handle.seek(0, os.SEEK_END)
    if not end:
        return False
    handle.seek(end - 1)
    return handle.read(1) != b"\n"


def _line(entry: Any) -> bytes:
    try:
        return json.dumps(entry, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can hold and UTF-8 cannot
        return json.dumps(entry).encode() + b"\n"


def _entry(line: bytes) -> dict[str, Any] | None:
    """Return what a line holds; `None` for one that is damaged, or another program's."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
        return None
    # Null is what a key is without: no answer is kept as null.
    return entry if entry.get("answer") is not None else None
