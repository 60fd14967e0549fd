"""Read and write whole HTTP/1.1 requests and responses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Message:
    """A request or a response with its whole body.

    Attributes:
        start: The first line.
        headers: Names in lower case.
        body: The body, without chunk sizes.
        chunked: Whether the transfer encoding is chunked.
    """

    start: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunked: bool = False

    def head(self, length: int) -> bytes:
        headers = dict(self.headers)
        if self.chunked:
            headers["transfer-encoding"] = "chunked"
        elif " 204 " not in self.start and " 304 " not in self.start:
            headers.setdefault("content-length", str(length))
        lines = [self.start, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def framed(self, body: bytes, *, end: bool = True) -> bytes:
        """Return a part of the body in its transfer encoding."""
        if not self.chunked:
            return body
        return (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (
            b"0\r\n\r\n" if end else b""
        )

    def wire(self) -> bytes:
        return self.head(len(self.body)) + self.framed(self.body)


async def read_message(reader: asyncio.StreamReader, method: str | None = None) -> Message | None:
    """Read a request, or the response to a request of a method; `None` at the end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head[:-4].split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    for name in ("connection", "keep-alive"):
        headers.pop(name, None)
    if method == "HEAD":
        return Message(start, headers)
    if headers.pop("transfer-encoding", "") == "chunked":
        pieces = []
        while size := int(await reader.readline(), 16):
            pieces.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return Message(start, headers, b"".join(pieces), chunked=True)
    length = headers.pop("content-length", "0")
    return Message(start, headers, await reader.readexactly(int(length)))
