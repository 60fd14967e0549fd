"""Joins the audio of several requests into one stream that a player accepts.

MP3, Ogg and raw samples can be appended. A WAV file begins with a header that has its length: the
header of the first is sent without a length, as in live streams, and the others' are removed.
"""

import struct

from langchain_telnyx.client.speech_errors import AudioFormatError

_UNKNOWN_LENGTH = 0xFFFFFFFF
_CHUNK_HEADER = 8
_RIFF_HEADER = 12
_LONGEST_HEADER = 1 << 20


class AudioJoiner:
    """Joins audio; see the module."""

    def __init__(self) -> None:
        self._count = 0
        self._format: bytes | None = None
        self._head: bytearray | None = None
        self._keeps_header = True

    def begin(self, *, is_only: bool) -> None:
        """Begin the audio of a request.

        Args:
            is_only: Whether it is the only one, so that its header stays as it is.
        """
        self._count += 1
        self._keeps_header = is_only and self._count == 1
        self._head = None if self._keeps_header else bytearray()

    def feed(self, data: bytes) -> bytes:
        """Return what to pass on of some bytes.

        Raises:
            AudioFormatError: The audio has another format than that of the requests before.
        """
        if self._head is None:
            return data
        self._head += data
        head = self._head
        if not b"RIFF".startswith(head[:4]):
            if self._format is not None:
                raise AudioFormatError("The service sent WAV first, and then another format.")
            return self._passed(bytes(head))
        end = _samples_start(head)
        if end is None:
            if len(head) > _LONGEST_HEADER:
                raise AudioFormatError("The service sent WAV without samples.")
            return b""
        audio_format = _format_of(head)
        if self._count == 1:
            self._format = audio_format
            return self._passed(_without_length(bytes(head), end))
        if self._format is not None and audio_format != self._format:
            raise AudioFormatError("The service sent WAV of different sampling rates or channels.")
        if self._format is None:
            raise AudioFormatError("The service sent another format first, and then WAV.")
        return self._passed(bytes(head[end:]))

    def end(self) -> bytes:
        """Return the rest of the audio of a request: a header that is not complete."""
        return b"" if self._head is None else self._passed(bytes(self._head))

    def _passed(self, data: bytes) -> bytes:
        self._head = None
        return data


def _samples_start(head: bytes | bytearray) -> int | None:
    """Return where the samples of a WAV file begin; `None` if its header is not complete."""
    at = _RIFF_HEADER
    while len(head) >= at + _CHUNK_HEADER:
        if head[at : at + 4] == b"data":
            return at + _CHUNK_HEADER
        at += _CHUNK_HEADER + _padded_size(head, at)
    return None


def _format_of(head: bytes | bytearray) -> bytes:
    """Return the fields of a WAV header that all parts must have in common."""
    at = head.find(b"fmt ")
    return bytes(head[at + 8 : at + 24])


def _without_length(head: bytes, samples: int) -> bytes:
    unknown = struct.pack("<I", _UNKNOWN_LENGTH)
    return head[:4] + unknown + head[8 : samples - 4] + unknown + head[samples:]


def _padded_size(head: bytes | bytearray, at: int) -> int:
    size: int = struct.unpack_from("<I", head, at + 4)[0]
    return size + size % 2
