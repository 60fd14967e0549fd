"""Decodes server-sent events: pure, fast for the common form, correct for all others.

Only LF, CR and CRLF end a line, according to the standard. `str.splitlines` and HTTP clients' line
iterators also split at U+2028 and U+0085, which appear unescaped inside JSON strings.
"""

from collections.abc import Callable

_BOM = b"\xef\xbb\xbf"


class Events:
    """Decodes one event stream: bytes in, the `data` of each event out.

    Event names, ids and comments are dropped: most of the API uses only `data`.

    Args:
        read: Reads one event, in lines that end with LF. Default: its data.
    """

    def __init__(self, read: Callable[[bytes], bytes] | None = None) -> None:
        self._read = read or _data
        # The pieces of an incomplete event. They are joined once: a long event has thousands.
        self._pieces: list[bytes] = []
        self._begun = False
        self._carriage = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data of the events that `data` completes; empty ones are skipped."""
        if not self._begun:
            data = self._without_bom(data)
            if not self._begun:
                return []
        if self._carriage or b"\r" in data:
            data = self._unify(data)
            if not data:
                return []
        if self._pieces:
            ends_block = data.startswith(b"\n") and self._pieces[-1].endswith(b"\n")
            self._pieces.append(data)
            if not ends_block and b"\n\n" not in data:
                return []
            data = b"".join(self._pieces)
        *blocks, rest = data.split(b"\n\n")
        self._pieces = [rest] if rest else []
        return [found for block in blocks if (found := self._read(block))]

    def end(self) -> list[bytes]:
        """Return the data of an event without a blank line at the end of the body."""
        # The standard drops an incomplete event. But some servers omit the last blank line, and a
        # complete JSON object or `[DONE]` there is better used than lost.
        rest, self._pieces = b"".join(self._pieces), []
        found = self._read(rest.removesuffix(b"\n"))
        return [found] if found else []

    def _without_bom(self, data: bytes) -> bytes:
        data, self._pieces = b"".join((*self._pieces, data)), []
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._pieces = [data]
            return b""
        self._begun = True
        return data.removeprefix(_BOM)

    def _unify(self, data: bytes) -> bytes:
        """Turn CRLF and CR into LF; a CR at the very end waits for the next byte."""
        if self._carriage:
            data = b"\r" + data
        self._carriage = data.endswith(b"\r")
        if self._carriage:
            data = data[:-1]
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def named_data(block: bytes) -> bytes:
    """Return an event's name, LF, and its data; empty if there is no data."""
    names = [line[6:].strip() for line in block.split(b"\n") if line.startswith(b"event:")]
    found = _data(block)
    return b"\n".join([names[-1] if names else b"", found]) if found else b""


def _data(block: bytes) -> bytes:
    if block.startswith(b"data: ") and b"\n" not in block:
        return block[6:]
    lines = [
        line[5:].removeprefix(b" ")
        for line in block.split(b"\n")
        if line.startswith(b"data:") or line == b"data"
    ]
    return b"\n".join(lines)
