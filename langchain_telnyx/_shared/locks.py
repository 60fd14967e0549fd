"""Locks between processes: a file for each, held through the operating system.

A process that ends, however it ends, holds no lock any more. Two locks of one file exclude each
other within a process too, between threads, tasks and objects. The file is removed when the lock is
released; after a crash an empty file may stay, which the next one takes over.
"""

import errno
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

_logger = logging.getLogger(__name__)
# File systems that have no locks, such as some network ones.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _release(handle: int, file: Path) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        os.close(handle)
        with suppress(OSError):  # another process has it open, and will remove it
            file.unlink()

else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(handle: int, file: Path) -> None:
        # Removed while it is held: who opened it before sees that it is gone, and opens another.
        with suppress(OSError):
            if _is_of(handle, file):
                file.unlink()
        # Not by closing alone: a child process may have the handle, too.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


class Lock:
    """A lock that is held until it is released.

    Args:
        file: The lock's file, in a folder that is there.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    def take(self) -> bool:
        """Take the lock, and return whether that was possible; does not wait.

        Where the file system has no locks, it is as if the lock were free.

        Raises:
            OSError: The file cannot be made.
        """
        while True:
            try:
                handle = os.open(self._file, os.O_RDWR | os.O_CREAT | _NOT_INHERITED, 0o600)
            except PermissionError:
                if sys.platform == "win32" and self._file.exists():
                    return False  # it is being removed
                raise
            try:
                taken = _try(handle)
            except OSError as error:
                os.close(handle)
                if error.errno not in _NO_LOCKS:
                    raise
                _logger.warning("%r cannot be locked, and is not: %s", str(self._file), error)
                return True
            if not taken:
                os.close(handle)
                return False
            if sys.platform == "win32" or _is_of(handle, self._file):
                self._handle = handle
                return True
            os.close(handle)  # it was removed between the two steps

    def release(self) -> None:
        """Let others have it; does nothing if it is not held."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            _release(handle, self._file)


_NOT_INHERITED = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)


def _is_of(handle: int, file: Path) -> bool:
    """Return whether a handle is of the file that is there now."""
    try:
        return os.path.samestat(os.fstat(handle), file.stat())
    except OSError:
        return False
