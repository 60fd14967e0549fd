"""File locks between processes, held by the operating system.

The system releases the locks of a process when it ends, even after a crash. Two locks of the same
file also exclude each other within a process, between threads, tasks and objects. The file is
deleted when the lock is released; after a crash, an empty file may remain, which the next lock
reuses.
"""

import errno
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

_logger = logging.getLogger(__name__)
# Errors of file systems without locks, such as some network file systems.
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}

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
        # Deleted while the lock is held: a waiting process notices, and creates another file.
        with suppress(OSError):
            if is_current(handle, file):
                file.unlink()
        # Closing is not enough: a child process may have inherited the handle.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


class Lock:
    """A file lock.

    Args:
        file: The lock's file, in an existing folder.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    def take(self) -> bool:
        """Try to acquire the lock without waiting, and return whether it succeeded.

        On file systems without locks, it always succeeds.

        Raises:
            OSError: The file cannot be created.
        """
        while True:
            try:
                handle = os.open(self._file, os.O_RDWR | os.O_CREAT | NOT_INHERITED, 0o600)
            except PermissionError:
                if sys.platform == "win32" and self._file.exists():
                    return False  # it is being deleted
                raise
            try:
                acquired = _try(handle)
            except OSError as error:
                os.close(handle)
                if error.errno not in NO_LOCKS:
                    raise
                _logger.warning(
                    "%r cannot be locked; continuing without: %s", str(self._file), error
                )
                return True
            if not acquired:
                os.close(handle)
                return False
            if sys.platform == "win32" or is_current(handle, self._file):
                self._handle = handle
                return True
            os.close(handle)  # it was deleted in the meantime

    def release(self) -> None:
        """Release the lock if it is held."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            _release(handle, self._file)


NOT_INHERITED = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)


def is_current(handle: int, file: Path) -> bool:
    """Return whether a handle belongs to the file that exists now."""
    try:
        return os.path.samestat(os.fstat(handle), file.stat())
    except OSError:
        return False
