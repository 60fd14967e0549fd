"""The state of a rate limiter in a file, for the processes of one machine."""

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from langchain_telnyx.rate_limiters.ledger import Ledger

# Seconds to wait for other processes, each of which holds the file for about a millisecond.
_BUSY_SECONDS = 30.0
_VERSION = 1


class FileRateLimitState:
    """The state in an SQLite file, shared by all processes of a machine that open it.

    The file has counts only: no key, no text. The operating system releases its lock when a process
    ends, even after a crash. The clock is the machine's monotonic one, so the file must not be on a
    drive that several machines share: use Redis there.

    Args:
        file: The file, which is created on first use, in an existing folder.
    """

    is_local = False

    def __init__(self, file: str | os.PathLike[str]) -> None:
        self.file = Path(file)

    def apply(self, command: str, arguments: dict[str, Any], /) -> Any:
        """Run a method of the ledger in the file.

        Args:
            command: The name of the method.
            arguments: Its keyword arguments but `now`.

        Raises:
            OSError: The file cannot be read or written, or is another kind of file.
        """
        try:
            # A connection of its own: it works in every thread, and after a fork.
            with closing(
                sqlite3.connect(self.file, timeout=_BUSY_SECONDS, isolation_level=None)
            ) as db:
                # A power failure may lose a minute of counts, which do not matter then.
                db.execute("PRAGMA synchronous=OFF")
                db.execute("BEGIN IMMEDIATE")
                db.execute("CREATE TABLE IF NOT EXISTS ledger (version INTEGER, content TEXT)")
                row = db.execute("SELECT version, content FROM ledger").fetchone()
                ledger = Ledger() if row is None else Ledger.of_json(self._read(*row))
                result = getattr(ledger, command)(time.monotonic(), **arguments)
                db.execute("DELETE FROM ledger")
                db.execute(
                    "INSERT INTO ledger VALUES (?, ?)", (_VERSION, json.dumps(ledger.to_json()))
                )
                db.execute("COMMIT")
                return result
        except sqlite3.Error as error:
            raise OSError(
                f"The state of the rate limiter in {str(self.file)!r} cannot be used: {error}."
            ) from error

    def _read(self, version: int, content: str) -> Any:
        if version != _VERSION:
            raise OSError(
                f"{str(self.file)!r} is the state of another version of langchain-telnyx: "
                f"delete it, or use one version in all processes."
            )
        return json.loads(content)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.file)!r})"
