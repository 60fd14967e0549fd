"""What one file of a bucket says: summarized, or transcribed where it is a recording."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.call import Flow
from langchain_telnyx.tools.base import Arguments, Offset
from langchain_telnyx.tools.quoting import Found
from langchain_telnyx.tools.scope import BucketName, BucketTool, ObjectKey
from langchain_telnyx.transcripts import Transcript

_FILE = "The file's name, exactly as telnyx_list_files tells it."
_LARGEST = 100 * 1024 * 1024


class SummarizeArguments(Arguments):
    """What `telnyx_summarize_file` takes."""

    filename: ObjectKey = Field(description=_FILE)
    bucket: BucketName | None = Field(default=None, description="The bucket that holds the file.")
    instructions: str | None = Field(
        default=None,
        max_length=4000,
        description="What to heed in the summary, such as its length or what matters most.",
    )
    offset: Offset = 0


class TelnyxSummarizeTool(BucketTool):
    """Summarizes a document or a recording of a bucket, embedded or not.

    API page: https://developers.telnyx.com/api-reference/chat/summarize-file-content

    Example:
        ```python
        from langchain_telnyx import TelnyxSummarizeTool

        TelnyxSummarizeTool(bucket="minutes").invoke({"filename": "may.txt"})
        ```
    """

    name: str = "telnyx_summarize_file"
    description: str = (
        "Summarize one stored file: text, PDF, HTML, JSON, CSV or a recording. Use it when you "
        "need to know what a whole file says; it may take minutes. Comes back: the summary."
    )
    args_schema: ArgsSchema | None = SummarizeArguments

    instructions: str | None = None
    """What to heed in summaries where the model does not say."""

    wait_timeout: float = Field(default=600.0, gt=0)
    """Seconds to wait for the summary at most."""

    def _find(self, asked: SummarizeArguments) -> Flow[Found]:
        bucket = self._meant(asked.bucket)
        summary = yield from self.telnyx.calls.summaries.create(
            bucket,
            asked.filename,
            system_prompt=asked.instructions or self.instructions,
            timeout=self.wait_timeout,
        )
        artifact = {"bucket": bucket, "filename": asked.filename, "summary": summary.summary}
        return Found("The summary of the file.", artifact, summary.summary)


class TranscribeArguments(Arguments):
    """What `telnyx_transcribe_file` takes."""

    filename: ObjectKey = Field(description=_FILE)
    bucket: BucketName | None = Field(default=None, description="The bucket that holds the file.")
    language: str | None = Field(
        default=None, max_length=35, description="The language spoken, such as `en`, if known."
    )
    offset: Offset = 0


class TelnyxTranscribeTool(BucketTool):
    """Transcribes a recording of a bucket; with times and speakers where the model tells them.

    API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text

    Example:
        ```python
        from langchain_telnyx import TelnyxTranscribeTool

        transcribe = TelnyxTranscribeTool(
            bucket="recordings", model="deepgram/nova-3", model_options={"diarize": True}
        )
        transcribe.invoke({"filename": "call.wav"})
        ```
    """

    name: str = "telnyx_transcribe_file"
    description: str = (
        "Transcribe one stored recording: flac, m4a, mp3, mp4, ogg, wav or webm, 100 MB at most. "
        "Use it when you need the very words; it may take minutes. Comes back: what is said, with "
        "times and speakers where they are known."
    )
    args_schema: ArgsSchema | None = TranscribeArguments

    model: str = "openai/whisper-large-v3-turbo"
    """The model that transcribes."""

    model_options: Mapping[str, Any] | None = None
    """Options of the model, such as `{"diarize": True}`; for `deepgram/*` and
    `reson8/prerecorded`."""

    wait_timeout: float = Field(default=600.0, gt=0)
    """Seconds to wait for the transcript at most."""

    def _find(self, asked: TranscribeArguments) -> Flow[Found]:
        bucket, name = self._meant(asked.bucket), PurePosixPath(asked.filename).name
        if not PurePosixPath(name).suffix:
            raise ToolException("The file's name has no extension that tells a recording's format.")
        calls = self.telnyx.calls
        size = (yield from calls.storage.head_object(bucket, asked.filename)).size
        if size > _LARGEST:
            raise ToolException(f"The file has {size:,} bytes, and {_LARGEST:,} are the most.")
        with TemporaryDirectory(prefix="telnyx-") as folder:
            # By way of the disk, so that a recording does not have to fit into memory; and not by
            # its address, which the service has been seen to refuse.
            file = Path(folder, "recording")
            yield from calls.storage.download(bucket, asked.filename, file)
            transcribe = partial(
                calls.audio.transcribe, model=self.model, model_config=self.model_options
            )
            said = yield from transcribe(
                file,
                filename=name,
                language=asked.language,
                response_format="verbose_json",
                timeout=self.wait_timeout,
            )
        artifact = {"bucket": bucket, "filename": asked.filename, **said.model_dump(mode="json")}
        return Found(
            "What the recording says.", artifact, Transcript.from_transcription(said).text()
        )
