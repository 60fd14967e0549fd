"""A manifest: a file of results of paid requests, so that a rerun does not send them again.

The file is JSON Lines, appended to and never rewritten. Each line is an object:

```text
{"key": "<64 hex digits>", "source": "calls/1.wav", "answer": {…}}
```

`key` is the SHA-256 of the request as canonical JSON: the content's own hash and every option that
changes the result. `source` is for people. `answer` is the API's raw result, before it is parsed.
Each line is written at once and flushed to the disk. A damaged line, for example after a crash, is
skipped and logged, and costs one request. The last line with a key is valid.

A request is locked while it is sent, with a file `.<name>.<key>.lock` beside the manifest, so that
threads, tasks and processes with the same manifest pay once. Requests for many results at once
lock each result in the file `.<name>.keys.lock`.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar

from langchain_telnyx._shared.key_locks import KeyLocks
from langchain_telnyx._shared.locks import Lock
from langchain_telnyx._shared.offsets import Offsets
from langchain_telnyx.client.call import Flow, Sleep
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.flows import run_external

T = TypeVar("T")
Entry: TypeAlias = tuple[str, str, Any]
"""What a manifest stores: the key, the source and the result of a request."""

_logger = logging.getLogger(__name__)
_FIRST_DELAY = 0.02
_MAX_DELAY = 1.0
_KEY_LENGTH = 64
_HEAD_LENGTH = 256
_HEAD = b'{"key": "'


class ManifestWriteError(ConfigurationError):
    """A result of a paid request cannot be written to the manifest.

    Attributes:
        answer: The result, in JSON types.
        partial: The documents of the result; set by the adapter.
    """

    def __init__(self, message: str, answer: Any = None) -> None:
        super().__init__(message)
        self.args = (message, answer)
        self.answer = answer
        self.partial: Any = None


class Manifest:
    """Results by key. Its methods block, and are thread-safe.

    Args:
        file: The file. It is created, with its folder, when the first result is stored, with
            permissions for the owner only, because results contain private conversations. Existing
            permissions stay unchanged. Other programs may delete, truncate or extend the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._key_locks = KeyLocks(file.with_name(f".{file.name}.keys.lock"))
        self._reset()

    def get_or_request(
        self,
        key: str,
        source: str,
        request: Callable[[], Flow[Any]],
        *,
        is_valid: Callable[[Any], bool],
    ) -> Flow[Any]:
        """Return the stored result of a key, or send the request and store its result.

        Waits for the result if another thread, task or process sends the same request.

        Args:
            key: The key of the request.
            source: The recording, for people.
            request: Sends the request, and returns the result in JSON types.
            is_valid: Whether to store a result.

        Raises:
            ConfigurationError: The file cannot be read or written.
            ManifestWriteError: The result was received, but cannot be written.
        """
        stored = yield from self._look_up(key)
        if stored is not None:
            return stored
        lock = Lock(self._file.with_name(f".{self._file.name}.{key[:_KEY_LENGTH]}.lock"))
        delay = _FIRST_DELAY
        try:
            # Not in a worker thread, which could acquire the lock for a cancelled task.
            while not self._acquire(lock):
                yield Sleep(delay)
                delay = min(_MAX_DELAY, delay * 1.5)
            stored = yield from self._look_up(key)
            if stored is not None:
                return stored
            answer = yield from request()
            if is_valid(answer):
                try:
                    yield from run_external(partial(self.store, key, source, answer))
                except OSError as error:
                    raise ManifestWriteError(_write_error(error), answer) from error
            return answer
        finally:
            lock.release()

    def get_or_request_all(
        self, keys: Iterable[str], request: Callable[[Sequence[str]], Flow[Sequence[Entry]]]
    ) -> Flow[dict[str, Any]]:
        """Return the stored results of keys, and request those that are missing.

        What another thread, task or process requests at the same time is not requested: it waits
        for that result, and requests it if the other one fails.

        Args:
            keys: The keys.
            request: Sends a request for some of the keys, and returns what to store: the key, the
                source and the result of each, without those that failed.

        Returns:
            The stored results by key, without those that `request` returned in this call.

        Raises:
            ConfigurationError: The file cannot be read or written.
            ManifestWriteError: The results were received, but cannot be written.
        """
        found: dict[str, Any] = {}
        left = list(dict.fromkeys(keys))
        delay = _FIRST_DELAY
        while True:
            found |= yield from self.find_all(left)
            left = [key for key in left if key not in found]
            if not left:
                return found
            # Only what is free: who waits for a key has locked none, so no two wait for each other.
            taken = self._take(left)
            if not taken:
                yield Sleep(delay)
                delay = min(_MAX_DELAY, delay * 1.5)
                continue
            try:
                # The other one may have stored it before it released the lock.
                found |= yield from self.find_all(taken)
                if missing := [key for key in taken if key not in found]:
                    yield from self.store_all((yield from request(missing)))
            finally:
                self._key_locks.release(taken)
            done = set(taken)
            left = [key for key in left if key not in done]
            delay = _FIRST_DELAY

    def find_all(self, keys: Iterable[str]) -> Flow[dict[str, Any]]:
        """Return the stored results of keys.

        Raises:
            ConfigurationError: The file cannot be read.
        """
        names = list(keys)

        def find() -> dict[str, Any]:
            found = {key: self.find(key) for key in names}
            return {key: answer for key, answer in found.items() if answer is not None}

        return (yield from self._read(find))

    def store_all(self, entries: Sequence[Entry]) -> Flow[None]:
        """Write results, each with its key and source, and return when they are on the disk.

        Raises:
            ManifestWriteError: The file cannot be written.
        """
        if not entries:
            return
        try:
            yield from run_external(partial(self._write, entries))
        except OSError as error:
            # The requests were paid.
            answers = [answer for *_, answer in entries]
            raise ManifestWriteError(_write_error(error), answers) from error

    def find(self, key: str) -> Any | None:
        """Return the result of a key; `None` if it is not stored.

        Raises:
            OSError: The file cannot be read.
        """
        with self._lock:
            try:
                handle = self._file.open("rb")
            except (FileNotFoundError, NotADirectoryError):
                self._reset()
                return None
            with handle:
                self._read_new_lines(handle)
                offset = self._offsets.get(key)
                if offset is None:
                    return None
                handle.seek(offset)
                entry = _entry(handle.readline())
                if entry is None or entry["key"] != key:  # the file was rewritten
                    self._reset()
                    self._read_new_lines(handle)
                    offset = self._offsets.get(key)
                    if offset is None:
                        return None
                    handle.seek(offset)
                    entry = _entry(handle.readline())
                return None if entry is None or entry["key"] != key else entry["answer"]

    def store(self, key: str, source: str, answer: Any) -> None:
        """Write a result, and return when it is on the disk.

        Raises:
            OSError: The file cannot be written.
        """
        self._write([(key, source, answer)])

    def _write(self, entries: Sequence[Entry]) -> None:
        lines = b"".join(
            _line({"key": key, "source": source, "answer": answer})
            for key, source, answer in entries
        )
        with self._lock:
            _make_private(self._file.parent)
            with open(self._file, "a+b", buffering=0, opener=_private) as handle:
                data = b"\n" + lines if _ends_within_line(handle) else lines
                # A single write, so that lines of two processes do not mix.
                if handle.write(data) != len(data):
                    raise OSError(
                        f"{str(self._file)!r}: only a part of a line was written: is the disk full?"
                    )
                os.fsync(handle.fileno())

    def _look_up(self, key: str) -> Flow[Any | None]:
        return (yield from self._read(partial(self.find, key)))

    def _read(self, read: Callable[[], T]) -> Flow[T]:
        try:
            return (yield from run_external(read))
        except OSError as error:
            raise ConfigurationError(
                f"The manifest cannot be read: {error} Use another file, or leave `manifest` out."
            ) from error

    def _take(self, keys: Sequence[str]) -> list[str]:
        try:
            _make_private(self._file.parent)
            return self._key_locks.take(keys)
        except OSError as error:
            raise ConfigurationError(_write_error(error)) from error

    def _acquire(self, lock: Lock) -> bool:
        try:
            _make_private(self._file.parent)
            return lock.take()
        except OSError as error:
            raise ConfigurationError(_write_error(error)) from error

    def _reset(self) -> None:
        self._offsets = Offsets()
        self._read_end = 0  # end of the last complete line that was read
        self._inode: tuple[int, int] | None = None
        self._reported: set[int] = set()

    def _read_new_lines(self, handle: BinaryIO) -> None:
        """Read the new lines, or all lines if the file was replaced."""
        stat = os.fstat(handle.fileno())
        inode = (stat.st_dev, stat.st_ino)
        if inode != self._inode or stat.st_size < self._read_end:
            self._reset()
            self._inode = inode
        if stat.st_size == self._read_end:
            return
        handle.seek(self._read_end)
        damaged: list[int] = []
        for line in handle:
            offset = self._read_end
            if (entry := _entry(line)) is not None:
                self._offsets.put(entry["key"], offset)
            elif line.strip() and offset not in self._reported:
                damaged.append(offset)
                self._reported.add(offset)
            if not line.endswith(b"\n"):
                break  # read again when it is complete
            self._read_end += len(line)
        if damaged:
            _logger.warning(
                "The manifest %r has %d damaged lines, at the byte offsets %s. They are skipped; "
                "their requests may be sent again.",
                str(self._file),
                len(damaged),
                ", ".join(map(str, damaged[:5])) + (", …" if damaged[5:] else ""),
            )


def manifest_key(content: str, options: Any) -> str:
    """Return the key of a request.

    Args:
        content: Identifies the content, such as the result of `digest`.
        options: The options that change the result, in JSON types.
    """
    # Existing manifests depend on the field names of this JSON.
    request = json.dumps({"content": content, "asked": options}, sort_keys=True)
    return hashlib.sha256(request.encode()).hexdigest()


def digest(content: bytes | Path) -> str:
    """Return the hash of bytes, or of a file's content.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(content, bytes):
        return f"sha256:{hashlib.sha256(content).hexdigest()}"
    with content.open("rb") as handle:
        return f"sha256:{hashlib.file_digest(handle, 'sha256').hexdigest()}"


def is_manifest(file: Path) -> bool:
    """Return whether a file looks like a manifest or the lock of one.

    Raises:
        OSError: The file cannot be read.
    """
    if file.suffix == ".lock" and file.name.startswith("."):
        return True
    with file.open("rb") as handle:
        head = handle.read(_HEAD_LENGTH)
    key, quote, rest = head.removeprefix(_HEAD).partition(b'"')
    return (
        head.startswith(_HEAD)
        and bool(quote)
        and len(key) == _KEY_LENGTH
        and rest.startswith(b', "source": ')
    )


def _write_error(error: OSError) -> str:
    return f"The manifest cannot be written: {error} Use another file, or leave `manifest` out."


def _make_private(folder: Path) -> None:
    """Create a folder and missing parents, with permissions for the owner only."""
    # `mkdir(parents=True)` applies the mode only to the last folder.
    for each in (*reversed(folder.parents), folder):
        each.mkdir(mode=0o700, exist_ok=True)


def _private(file: str, flags: int) -> int:
    """Open a file; create it with permissions for the owner only."""
    return os.open(file, flags, 0o600)


def _ends_within_line(handle: BinaryIO) -> bool:
    """Return whether the last line of a file is incomplete, for example after a crash."""
    end = handle.seek(0, os.SEEK_END)
    if not end:
        return False
    handle.seek(end - 1)
    return handle.read(1) != b"\n"


def _line(entry: Any) -> bytes:
    try:
        return json.dumps(entry, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # an unpaired surrogate: valid in JSON, not in UTF-8
        return json.dumps(entry).encode() + b"\n"


def _entry(line: bytes) -> dict[str, Any] | None:
    """Parse a line; return `None` if it is damaged or not an entry."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
        return None
    # A null result is never stored.
    return entry if entry.get("answer") is not None else None
