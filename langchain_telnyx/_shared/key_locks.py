"""Locks of many keys in one file, between processes, threads and tasks.

Each key locks a byte of the file, which stays empty: a file for each key, as in `locks`, would
exceed the number of open files of a process. The system releases the locks of a process when it
ends, even after a crash. It does not lock threads of a process against each other, and releases all
locks of a process when it closes the file. So a process has one `_Held` for a file, and opens the
file for as long as any key is locked.

The last process to close the file deletes it: each shares the lock of one more byte, and only who
is alone can lock that byte exclusively.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from langchain_telnyx._shared.locks import NO_LOCKS, NOT_INHERITED, is_current

_logger = logging.getLogger(__name__)
# Windows locks below 2 GiB.
_BITS = 30
_EVERYBODY = 1 << _BITS
"""The byte that every process with the file shares."""

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int, place: int) -> bool:
        os.lseek(handle, place, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _free(handle: int, place: int) -> None:
        os.lseek(handle, place, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

    def _join(handle: int, file: Path) -> bool:  # noqa: ARG001 - as on other systems
        return True  # a file that is open cannot be deleted

    def _leave(handle: int, file: Path) -> None:
        os.close(handle)
        with suppress(OSError):  # another process has it open, and will delete it
            file.unlink()

else:
    import fcntl

    def _try(handle: int, place: int) -> bool:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # systems differ
            return False
        return True

    def _free(handle: int, place: int) -> None:
        fcntl.lockf(handle, fcntl.LOCK_UN, 1, place)

    def _join(handle: int, file: Path) -> bool:
        """Return whether the file can be used: it is not being deleted."""
        try:
            fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, _EVERYBODY)
        except OSError as error:
            return error.errno in NO_LOCKS
        return is_current(handle, file)

    def _leave(handle: int, file: Path) -> None:
        with suppress(OSError):  # another process has it open, and will delete it
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _EVERYBODY)
            if is_current(handle, file):
                file.unlink()
        os.close(handle)


class KeyLocks:
    """Locks of the keys of one file.

    Args:
        file: The lock file, in an existing folder. It exists as long as any key is locked; after a
            crash it may remain, and is used again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self, keys: Iterable[str]) -> list[str]:
        """Lock as many of the keys as nobody else has locked, without waiting; return those.

        On file systems without locks, it locks against this process only.

        Raises:
            OSError: The file cannot be created.
        """
        places: dict[int, list[str]] = {}
        for key in keys:
            places.setdefault(_place(key), []).append(key)
        taken = _held(self._file).take(places)
        return [key for place in taken for key in places[place]]

    def release(self, keys: Iterable[str]) -> None:
        """Release keys that `take` returned."""
        _held(self._file).release({_place(key) for key in keys})


class _Held:
    """The places of a file that this process has locked."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._places: set[int] = set()
        self._handle: int | None = None

    def take(self, places: Iterable[int]) -> list[int]:
        with self._lock:
            while self._handle is None:
                self._handle = self._opened()
            try:
                taken = [
                    place
                    for place in places
                    if place not in self._places and self._locked(self._handle, place)
                ]
            finally:
                self._close_if_unused()
            return taken

    def release(self, places: Iterable[int]) -> None:
        with self._lock:
            for place in places:
                self._places.discard(place)
                if self._handle is not None:
                    try:
                        _free(self._handle, place)
                    except OSError as error:
                        if error.errno not in NO_LOCKS:
                            raise
            self._close_if_unused()

    def _opened(self) -> int | None:
        """Open the file; return `None` where it is just being deleted."""
        try:
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | NOT_INHERITED, 0o600)
        except PermissionError:
            if sys.platform == "win32" and self._file.exists():
                return None
            raise
        if _join(handle, self._file):
            return handle
        os.close(handle)
        return None

    def _locked(self, handle: int, place: int) -> bool:
        try:
            if not _try(handle, place):
                return False
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            _logger.warning("%r cannot be locked; continuing without: %s", str(self._file), error)
        self._places.add(place)
        return True

    def _close_if_unused(self) -> None:
        if not self._places and self._handle is not None:
            handle, self._handle = self._handle, None
            _leave(handle, self._file)


_FILES: dict[tuple[int, str], _Held] = {}
_FILES_LOCK = threading.Lock()


def _held(file: Path) -> _Held:
    # By process, as a fork does not inherit locks.
    key = os.getpid(), os.path.realpath(file)
    with _FILES_LOCK:
        return _FILES.setdefault(key, _Held(file))


def _place(key: str) -> int:
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - _BITS)
