"""The `aws-chunked` body encoding: chunks with sizes, signatures and trailers around the bytes."""

from langchain_telnyx.emulator.areas.s3.errors import S3Error

_MAX_LINE = 8192


class AwsChunked:
    """Incremental decoder of an encoded body.

    Signatures and trailing checksums are not verified, like signatures in the service.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._left = 0  # bytes left of the current chunk and its line end
        self._ended = False

    def feed(self, piece: bytes) -> bytes:
        """Return the decoded bytes of the next piece of the body.

        Raises:
            S3Error: The encoding is invalid.
        """
        self._buffer += piece
        decoded = bytearray()
        while self._buffer and not self._ended:
            if not self._left and not self._begin_chunk():
                break
            taken = self._buffer[: self._left]
            del self._buffer[: len(taken)]
            # A chunk's last two bytes are its line end, which may arrive in a later piece.
            decoded += taken[: max(0, self._left - 2)]
            self._left -= len(taken)
        return bytes(decoded)

    def finish(self) -> None:
        """Check that the body is complete.

        Raises:
            S3Error: The last chunk is missing.
        """
        if not self._ended:
            raise S3Error("IncompleteBody", "The aws-chunked body ends before its last chunk.")

    def _begin_chunk(self) -> bool:
        line, found, _ = bytes(self._buffer[:_MAX_LINE]).partition(b"\r\n")
        if not found:
            if len(self._buffer) >= _MAX_LINE:
                raise S3Error("InvalidRequest", "The aws-chunked body has no chunk size.")
            return False
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            raise S3Error("InvalidRequest", "The aws-chunked body has no chunk size.") from None
        del self._buffer[: len(line) + 2]
        self._ended = size == 0
        self._left = size + 2
        return not self._ended
