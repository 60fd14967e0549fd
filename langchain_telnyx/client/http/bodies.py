"""Response bodies: read with a limit, decompressed in steps, and compared with their checksum.

The HTTP libraries decompress a piece of a body without a limit (64 kB of gzip can be 64 MB), and
accept a compressed body that is cut off.
"""

import asyncio
import contextlib
import hashlib
import re
import uuid
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    ResponseTooLargeError,
)
from langchain_telnyx.client.http.files import open_file
from langchain_telnyx.client.http.requests import OutgoingRequest

# Bytes to decompress at once.
_STEP = 1 << 20
# Bytes to write to disk at once.
_PIECE = 1 << 20
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RAW_DEFLATE = -15
_ZLIB_HEADER = 2
_PARTIAL_CONTENT = 206
# The entity tag of an object from one request is the MD5 of its bytes; that of a multipart upload
# has a hyphen.
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')


class Inflater:
    """Decompresses gzip, zlib or raw deflate in steps of bounded size.

    Args:
        encoding: `gzip`, `x-gzip` or `deflate`.
    """

    def __init__(self, encoding: str) -> None:
        self._window = _WINDOWS[encoding]
        self._inflater = zlib.decompressobj(self._window)
        # The first bytes of deflate, until they show whether they have zlib's header.
        self._head = b""
        self._is_format_known = self._window == _WINDOWS["gzip"]
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decompressed content of some bytes, 1 MiB at a time.

        Raises:
            zlib.error: The body has another format.
        """
        if not self._is_format_known:
            data = self._head = self._head + data
            if len(data) < _ZLIB_HEADER:
                return
            self._is_format_known = True
            if data[0] & 0x0F != zlib.DEFLATED or int.from_bytes(data[:2], "big") % 31:
                # Raw deflate: some servers send it.
                self._inflater = zlib.decompressobj(_RAW_DEFLATE)
        while data:
            self._begun = True
            yield self._inflater.decompress(data, _STEP)
            data = self._inflater.unconsumed_tail
            if self._inflater.eof and self._window == _WINDOWS["gzip"]:
                # A gzip file may have several members.
                data = self._inflater.unused_data.lstrip(b"\0")
                if data:
                    self._inflater = zlib.decompressobj(self._window)

    @property
    def complete(self) -> bool:
        """Whether the compressed body has ended, or is empty."""
        return self._inflater.eof or not (self._begun or self._head)


class BodyReader:
    """Turns the raw bytes of a body into its content.

    Args:
        response: The open response of any library.
        request: Its request. If that reads an object, the entity tag is checked.
    """

    def __init__(self, response: Any, request: OutgoingRequest) -> None:
        self._label = request.label
        self._limit = request.limit if response.is_success else request.error_limit
        self._size = 0
        headers = response.headers
        encoding = headers.get("content-encoding", "identity").strip().lower()
        # A response that was already read, such as a mock's, has no raw bytes.
        self.is_raw = not response.is_stream_consumed and encoding in {*_WINDOWS, "identity", ""}
        self._inflater = Inflater(encoding) if self.is_raw and encoding in _WINDOWS else None
        is_object = request.is_object and response.is_success
        if is_object and "etag" not in headers:
            # For example the page of a Wi-Fi portal, or a proxy's error page.
            kind = headers.get("content-type", "no content type")
            raise APIResponseError(
                f"The response to {request.label} is not an object of the storage: it has no "
                f"entity tag ({kind}). Check the network, and `storage_url`.",
                request.reply(response.status_code, headers, b""),
            )
        whole = is_object and self.is_raw and response.status_code != _PARTIAL_CONTENT
        self._md5 = _md5_of(headers) if whole else None
        self._hash = hashlib.md5(usedforsecurity=False)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the content of some bytes of the body.

        Raises:
            APIConnectionError: The body is damaged.
            ResponseTooLargeError: The content is larger than the limit.
        """
        if self._md5 is not None:
            self._hash.update(data)
        if self._inflater is None:
            yield self._check_size(data)
            return
        try:
            for piece in self._inflater.feed(data):
                yield self._check_size(piece)
        except zlib.error as error:
            raise APIConnectionError(
                f"The body of the response to {self._label} is damaged: it cannot be decompressed "
                f"({error})."
            ) from None

    def end(self) -> None:
        """Check the body after its last byte.

        Raises:
            APIConnectionError: It is cut off, or has another checksum than the object.
        """
        if self._inflater is not None and not self._inflater.complete:
            raise APIConnectionError(
                f"The body of the response to {self._label} was cut off: its compressed content "
                f"does not end."
            )
        if self._md5 is not None and self._hash.hexdigest() != self._md5:
            raise APIConnectionError(
                f"The body of the response to {self._label} is damaged: its MD5 is "
                f"{self._hash.hexdigest()}, that of the object is {self._md5}."
            )

    def _check_size(self, piece: bytes) -> bytes:
        self._size += len(piece)
        if self._limit is not None and self._size > self._limit:
            raise ResponseTooLargeError(
                f"The response to {self._label} is larger than {self._limit:,} bytes. Raise "
                f"`max_response_bytes`, or request less.",
                self._limit,
            )
        return piece


def read_body(response: Any, request: OutgoingRequest) -> bytes:
    """Return the content of an open response, and close it.

    Raises:
        APIConnectionError: The body is damaged or cut off.
        APIResponseError: It is not an object of the storage, where one is expected.
        ResponseTooLargeError: The content is larger than the limit.
    """
    if _is_plain_and_short(response, request):
        content: bytes = response.read()
        return content
    reader = BodyReader(response, request)
    raw = response.iter_raw() if reader.is_raw else response.iter_bytes()
    content = b"".join(piece for data in raw for piece in reader.feed(data))
    reader.end()
    response.close()
    return content


async def aread_body(response: Any, request: OutgoingRequest) -> bytes:
    """Return the content of an open response, and close it; see `read_body`."""
    if _is_plain_and_short(response, request):
        content: bytes = await response.aread()
        return content
    reader = BodyReader(response, request)
    raw = response.aiter_raw() if reader.is_raw else response.aiter_bytes()
    content = b"".join([piece async for data in raw for piece in reader.feed(data)])
    reader.end()
    await response.aclose()
    return content


def save(response: Any, request: OutgoingRequest, file: Path) -> None:
    """Write a response to a file, which gets its name once it is complete, and close the response.

    Raises:
        APIConnectionError: The body is damaged or cut off.
        APIResponseError: It is not an object of the storage, where one is expected.
        OSError: The file cannot be written.
    """
    reader = BodyReader(response, request)
    raw = response.iter_raw() if reader.is_raw else response.iter_bytes()
    with _partial_file(file) as partial:
        with partial.open("xb") as handle:
            for data in raw:
                for piece in reader.feed(data):
                    handle.write(piece)
        reader.end()
        response.close()


async def asave(response: Any, request: OutgoingRequest, file: Path) -> None:
    """Write a response to a file without blocking the event loop; see `save`."""
    reader = BodyReader(response, request)
    raw = response.aiter_raw() if reader.is_raw else response.aiter_bytes()
    with _partial_file(file) as partial:
        handle = await open_file(partial, "xb")
        try:
            buffered: list[bytes] = []
            async for data in raw:
                for piece in reader.feed(data):
                    buffered.append(piece)
                    # A thread for each piece would take longer than the write.
                    if sum(map(len, buffered)) >= _PIECE:
                        await asyncio.to_thread(handle.writelines, buffered)
                        buffered = []
            await asyncio.to_thread(handle.writelines, buffered)
        finally:
            handle.close()
        reader.end()
        await response.aclose()


@contextlib.contextmanager
def _partial_file(file: Path) -> Iterator[Path]:
    """Yield a temporary path beside a file; on success it is renamed to the file."""
    partial = file.with_name(f".{file.name}.{uuid.uuid4().hex}.part")
    try:
        yield partial
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _is_plain_and_short(response: Any, request: OutgoingRequest) -> bool:
    """Whether the headers announce a body that is uncompressed and within the limit."""
    headers, limit = response.headers, request.limit
    if limit is None or headers.get("content-encoding", "identity") != "identity":
        return False
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and int(length) <= limit


def _md5_of(headers: Mapping[str, str]) -> str | None:
    """Return the MD5 in an entity tag; `None` where it has none."""
    encryption = headers.get("x-amz-server-side-encryption", "AES256")
    if encryption != "AES256" or "x-amz-server-side-encryption-customer-algorithm" in headers:
        return None  # with other encryption keys, the tag is not an MD5
    found = _MD5.fullmatch(headers.get("etag", ""))
    return found[1] if found else None
