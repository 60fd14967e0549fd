"""Files of a message: text, images, recordings and PDFs as content blocks."""

import base64
import mimetypes
from pathlib import Path
from typing import Any

from langchain_telnyx.cli.failures import UsageError

_MAX_BYTES = 20_000_000


def attachment(path: Path) -> dict[str, Any]:
    """Return a file as a content block of LangChain.

    Args:
        path: The file.

    Raises:
        UsageError: The file is too large, or of a kind that models do not read.
        OSError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)  # a device may have no end
    except OSError as error:
        raise OSError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{str(path)!r} has more than {_MAX_BYTES:,} bytes.")
    kind = mimetypes.guess_type(path.name)[0] or ""
    family = kind.partition("/")[0]
    if family in {"image", "audio"} or kind == "application/pdf":
        return {
            "type": family if family in {"image", "audio"} else "file",
            "base64": base64.b64encode(data).decode("ascii"),
            "mime_type": kind,
        }
    return {"type": "text", "text": f"File {path.name}:\n\n{_text(data, path)}"}


def _text(data: bytes, path: Path) -> str:
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(f"{str(path)!r} is not text, an image, a recording or a PDF.")
    return text
