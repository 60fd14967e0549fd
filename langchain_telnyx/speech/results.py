"""Synthesized speech."""

import base64
from pathlib import Path
from typing import Any

from langchain_core.documents.base import Blob
from pydantic import ConfigDict


class TelnyxSpeech(Blob):
    """Synthesized speech: a LangChain `Blob` with the audio in `data`.

    Loaders and parsers accept it, such as `TelnyxTranscriptionParser`. Its metadata has the
    `voice`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/speech.md
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    @property
    def content(self) -> bytes:
        """The audio."""
        return self.as_bytes()

    @property
    def media_type(self) -> str:
        """Its media type, such as `audio/mpeg`; raw samples are `application/octet-stream`."""
        return self.mimetype or "application/octet-stream"

    def save(self, path: str | Path) -> Path:
        """Write the audio to a file, which is replaced if it exists.

        Args:
            path: The file.

        Returns:
            Its path.

        Raises:
            OSError: The file cannot be written.
        """
        path = Path(path)
        path.write_bytes(self.content)
        return path

    def as_content_block(self) -> dict[str, Any]:
        """Return the audio as LangChain's standard content block, to send it to a chat model."""
        encoded = base64.b64encode(self.content).decode()
        return {"type": "audio", "base64": encoded, "mime_type": self.media_type}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.media_type}, {len(self.content):,} bytes)"

    __str__ = __repr__
