"""The checksums in the headers of a request: `Content-MD5` and S3's own."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping

from langchain_telnyx.emulator.areas.s3.errors import S3Error

_PREFIX = "x-amz-checksum-"


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def _sha1(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


_ALGORITHMS: Mapping[str, Callable[[bytes], bytes]] = {
    "content-md5": _md5,
    f"{_PREFIX}sha1": _sha1,
    f"{_PREFIX}sha256": _sha256,
    f"{_PREFIX}crc32": _crc32,
}


def check(headers: Mapping[str, str], body: bytes) -> None:
    """Compare a body with the checksum in its headers; one is required.

    CRC32C and CRC64NVME are accepted without a comparison: Python has neither.

    Raises:
        S3Error: `InvalidRequest` without a checksum, `InvalidDigest` for a malformed one, or
            `BadDigest` for a wrong one.
    """
    if "content-md5" not in headers and not any(
        name.startswith(_PREFIX) and name != f"{_PREFIX}algorithm" for name in headers
    ):
        raise S3Error(
            "InvalidRequest",
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        )
    for name, digest in _ALGORITHMS.items():
        if name not in headers:
            continue
        expected = digest(body)
        try:
            given = base64.b64decode(headers[name], validate=True)
        except ValueError:
            given = b""
        if len(given) != len(expected):
            raise S3Error("InvalidDigest", f"The {name} header is not a valid digest in base64.")
        if given != expected:
            raise S3Error("BadDigest", f"The body does not have the digest of the {name} header.")
