"""Encodes `multipart/form-data`: a form with files that stay on disk until they are sent."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file in a form.

    Attributes:
        name: The form's field.
        filename: The file name to send.
        content: Its bytes, or the file to be streamed from disk.
        content_type: Its media type.
    """

    name: str
    filename: str
    content: bytes | Path
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Multipart:
    """A form with files.

    Attributes:
        fields: Names and values in order; a name may repeat.
        files: Its files.
    """

    fields: Sequence[tuple[str, str]] = ()
    files: Sequence[FilePart] = ()


def encode_multipart(form: Multipart) -> tuple[str, list[bytes | Path]]:
    """Return a form's content type, and its body in pieces: bytes, and files to be read.

    Raises:
        ValueError: A form cannot hold a field, a file name or a media type.
    """
    boundary = uuid.uuid4().hex
    pieces: list[bytes | Path] = []
    for name, value in form.fields:
        pieces.append(_written(f"{_head(boundary, name)}\r\n\r\n{value}\r\n", name))
    for file in form.files:
        head = f'{_head(boundary, file.name)}; filename="{_quoted(file.filename)}"'
        kind = file.content_type
        if not (kind.isascii() and kind.isprintable()):
            raise ValueError(
                f"The media type {kind!r} of the file in the form's field `{file.name}` has "
                f"characters that a header cannot have."
            )
        pieces.append(_written(f"{head}\r\nContent-Type: {kind}\r\n\r\n", file.name))
        pieces += [file.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", pieces


def _written(text: str, name: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        half = text[error.start]
        raise ValueError(
            f"The form's field `{name}` has half of a surrogate pair, {half!r}: it is not Unicode "
            f"text, and cannot be sent."
        ) from None


def _head(boundary: str, name: str) -> str:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'


def _quoted(name: str) -> str:
    # As browsers write names since HTML 5: characters that would end the header are
    # percent-encoded. Servers read a backslash as an escape, so it is doubled.
    name = name.replace("\\", "\\\\").replace('"', "%22")
    return name.replace("\r", "%0D").replace("\n", "%0A")
