"""A tool that speaks a text."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.api.text_to_speech import Speech
from langchain_telnyx.client.call import Flow, RunExternal
from langchain_telnyx.speech.options import SpeechOptions
from langchain_telnyx.tools.base import Arguments, TelnyxTool
from langchain_telnyx.tools.quoting import ToolResult

# `mimetypes` depends on the machine.
_EXTENSIONS = {
    "audio/flac": ".flac",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/wave": ".wav",
    "audio/webm": ".webm",
    "audio/x-wav": ".wav",
}


class SpeechArguments(Arguments):
    """Arguments of `telnyx_text_to_speech`."""

    text: str = Field(
        min_length=1,
        max_length=20_000,
        pattern=r"\S",
        description="The text to speak, without markup.",
    )


class TelnyxTextToSpeechTool(SpeechOptions, TelnyxTool):
    """Speaks a text. The program gets the audio; the model gets its type and its size.

    The artifact has `text`, `voice`, `media_type`, `size` in bytes, and the audio: in base64 as
    `audio_base64`, or with `directory` as the `path` of a file. The voice and the other options
    are the program's, not the model's.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/speech.md#the-tool

    API page: https://developers.telnyx.com/api-reference/text-to-speech-commands/generate-speech-from-text

    Example:
        ```python
        from langchain_telnyx import TelnyxTextToSpeechTool

        TelnyxTextToSpeechTool(directory="speech").invoke({"text": "Hello, Ann!"})
        ```
    """

    name: str = "telnyx_text_to_speech"
    description: str = (
        "Turn a text into speech: an audio recording of a voice that reads it. Use it when the "
        "user wants to hear something. Returns the type and size of the audio, which the user gets."
    )
    args_schema: ArgsSchema | None = SpeechArguments

    directory: Path | None = None
    """A directory to save the audio in, which is created if it does not exist. A file's name is a
    hash of the audio. If it cannot be saved, the artifact has the audio and `save_error`. Default:
    the audio is in the artifact."""

    def _execute(self, arguments: SpeechArguments) -> Flow[ToolResult]:
        parameters = self.parameters({})
        speech = yield from self.telnyx.calls.text_to_speech.generate(arguments.text, **parameters)
        artifact: dict[str, Any] = {
            "text": arguments.text,
            "voice": self.voice,
            "media_type": speech.media_type,
            "size": len(speech.content),
        }
        summary = f"The text was spoken: {speech.media_type}, {len(speech.content):,} bytes."
        if self.directory is not None:
            path = self.directory / _filename(speech)
            try:
                yield RunExternal(lambda: _save(speech, path))
            except OSError as error:
                # The audio was paid for, so it is in the artifact instead.
                artifact["save_error"] = str(error)
                summary += " It could not be saved as a file."
            else:
                named = f"{summary} Its file is {path.name}."
                return ToolResult(named, {**artifact, "path": str(path)})
        encoded = base64.b64encode(speech.content).decode()
        return ToolResult(summary, {**artifact, "audio_base64": encoded})


def _save(speech: Speech, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    speech.save(path)


def _filename(speech: Speech) -> str:
    digest = hashlib.sha256(speech.content).hexdigest()[:16]
    return f"speech-{digest}{_EXTENSIONS.get(speech.media_type, '.bin')}"
