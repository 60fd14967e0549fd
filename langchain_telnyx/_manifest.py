"""A manifest: answers that were paid for, kept in a file so that a rerun need not ask again.

The file is JSON Lines, appended to and never rewritten. Each line is an object:

```text
{"key": "<64 hex digits>", "source": "calls/1.wav", "answer": {…}}
```

`key` is the SHA-256 of what was asked: the content's own hash and every option that changes the
answer, as canonical JSON. `source` is for people to read. `answer` is the API's, whole. A line is
written at once and flushed to the disk; one that a crash cut short is left out when the file is
read, and costs one request. Of lines with the same key the last one counts.
"""

import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO


class Manifest:
    """Answers by what was asked; its methods block, and may be called by many threads.

    Args:
        file: The file; made, with its folder, when the first answer is kept. What is made is for
            its owner alone: answers hold what people said. What is there already stays as it is.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._places: dict[str, int] | None = None

    def find(self, key: str) -> Any | None:
        """Return the answer under a key; `None` if there is none.

        Raises:
            OSError: The file cannot be read.
        """
        with self._lock:
            if self._places is None:
                self._places = self._read()
            place = self._places.get(key)
        if place is None:
            return None
        with self._file.open("rb") as handle:
            handle.seek(place)
            return json.loads(handle.readline())["answer"]

    def keep(self, key: str, source: str, answer: Any) -> None:
        """Write an answer, and return when it is on the disk.

        Raises:
            OSError: The file cannot be written.
        """
        entry = json.dumps({"key": key, "source": source, "answer": answer}, ensure_ascii=False)
        line = entry.encode() + b"\n"
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
                place = handle.tell() - len(line)
            if self._places is not None:
                self._places[key] = place

    def _read(self) -> dict[str, int]:
        places: dict[str, int] = {}
        if not self._file.exists():
            return places
        place = 0
        with self._file.open("rb") as handle:
            for line in handle:
                if (key := _key(line)) is not None:
                    places[key] = place
                place += len(line)
        return places


def key_of(content: str, asked: Any) -> str:
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


def _key(line: bytes) -> str | None:
    """Return a line's key; `None` for one that is damaged, or another program's."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or "answer" not in entry:
        return None
    key = entry.get("key")
    return key if isinstance(key, str) else None
