"""Tools for one file of a bucket: summarize it, or transcribe it if it is a recording."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.audio_files import extension_of, filename_for
from langchain_telnyx.client.call import JSON, Flow
from langchain_telnyx.tools.base import Arguments, Offset
from langchain_telnyx.tools.quoting import ToolResult
from langchain_telnyx.tools.scope import BucketName, BucketTool, ObjectKey
from langchain_telnyx.transcription.models import DEFAULT_MODEL, DEFAULT_TIMED_MODEL, MODELS, Detail
from langchain_telnyx.transcripts import Transcript

_FILE = "The name of the file, exactly as telnyx_list_files returns it."
_LARGEST = 100 * 1024 * 1024
_DETAILS = {Detail.SEGMENTS: "times", Detail.SPEAKERS: "speakers"}


class SummarizeArguments(Arguments):
    """Arguments of `telnyx_summarize_file`."""

    filename: ObjectKey = Field(description=_FILE)
    bucket: BucketName | None = Field(default=None, description="The bucket of the file.")
    instructions: str | None = Field(
        default=None,
        max_length=4000,
        description="Instructions for the summary, such as its length or its focus.",
    )
    offset: Offset = 0


class TelnyxSummarizeTool(BucketTool):
    """Summarizes a document or a recording of a bucket, embedded or not.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/api-reference/chat/summarize-file-content

    Example:
        ```python
        from langchain_telnyx import TelnyxSummarizeTool

        TelnyxSummarizeTool(bucket="minutes").invoke({"filename": "may.txt"})
        ```
    """

    name: str = "telnyx_summarize_file"
    description: str = (
        "Summarize one stored file: text, PDF, HTML, JSON, CSV or a recording. Use it to get an "
        "overview of a whole file. It may take minutes. Returns the summary."
    )
    args_schema: ArgsSchema | None = SummarizeArguments

    instructions: str | None = None
    """Instructions for summaries if the model does not pass any."""

    wait_timeout: float = Field(default=600.0, gt=0)
    """Maximum number of seconds to wait for the summary."""

    def _execute(self, arguments: SummarizeArguments) -> Flow[ToolResult]:
        bucket = self._resolve_bucket(arguments.bucket)
        summary = yield from self.telnyx.calls.summaries.create(
            bucket,
            arguments.filename,
            system_prompt=arguments.instructions or self.instructions,
            timeout=self.wait_timeout,
        )
        artifact = {"bucket": bucket, "filename": arguments.filename, "summary": summary.summary}
        return ToolResult("The summary of the file.", artifact, summary.summary)


class TranscribeArguments(Arguments):
    """Arguments of `telnyx_transcribe_file`."""

    filename: ObjectKey = Field(description=_FILE)
    bucket: BucketName | None = Field(default=None, description="The bucket of the file.")
    language: str | None = Field(
        default=None, max_length=35, description="The language spoken, such as `en`, if known."
    )
    timestamps: bool = Field(
        default=False, description="Whether to return the time of each segment."
    )
    diarize: bool = Field(
        default=False, description="Whether to return the time and the speaker of each segment."
    )
    model: Annotated[str, Field(pattern=r"^[\w./-]{1,200}$")] | None = Field(
        default=None,
        description="The speech model. Default: one that fits the other arguments. "
        "openai/whisper-large-v3-turbo supports many languages and returns only text; "
        "deepgram/nova-3 (mp3 and wav) and reson8/prerecorded return times and speakers.",
    )
    offset: Offset = 0


class TelnyxTranscribeTool(BucketTool):
    """Transcribes a recording of a bucket, with times and speakers if the model returns them.

    An agent can request times (`timestamps`) and speakers (`diarize`), and choose a `model`. If the
    tool's default model does not return them, the tool uses one that does. Only the program can set
    other options of a model, since some of them send the result to an address.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

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
        "Transcribe one stored recording: flac, m4a, mp3, mp4, ogg, wav or webm, at most 100 MB. "
        "Use it to get the exact words. It may take minutes. Returns the transcript, with times "
        "and speakers if available."
    )
    args_schema: ArgsSchema | None = TranscribeArguments

    model: str = DEFAULT_MODEL
    """The default speech model."""

    model_options: Mapping[str, Any] | None = None
    """Options of that model, such as `{"diarize": True}`; for `deepgram/*` and
    `reson8/prerecorded`."""

    wait_timeout: float = Field(default=600.0, gt=0)
    """Maximum number of seconds to wait for the transcript."""

    def _execute(self, arguments: TranscribeArguments) -> Flow[ToolResult]:
        bucket, name = (
            self._resolve_bucket(arguments.bucket),
            PurePosixPath(arguments.filename).name,
        )
        self._options(arguments, extension_of(name))  # raises before the first request
        calls = self.telnyx.calls
        size = (yield from calls.storage.head_object(bucket, arguments.filename)).size
        if size > _LARGEST:
            raise ToolException(f"The file has {size:,} bytes; the maximum is {_LARGEST:,}.")
        with TemporaryDirectory(prefix="telnyx-") as folder:
            # The recording goes through the disk, so that it does not have to fit into memory. The
            # service has been observed to refuse addresses of recordings.
            file = Path(folder, "recording")
            yield from calls.storage.download(bucket, arguments.filename, file)
            options = self._options(arguments, extension_of(filename_for(name, file)))
            try:
                transcription = yield from calls.audio.transcribe(
                    file,
                    filename=name,
                    language=arguments.language,
                    response_format="verbose_json",
                    timeout=self.wait_timeout,
                    **options,
                )
            except ValueError as error:  # no audio format, or an empty file; no request was sent
                raise ToolException(str(error)) from error
        artifact = {
            "bucket": bucket,
            "filename": arguments.filename,
            "model": options["model"],
            **transcription.model_dump(mode="json"),
        }
        transcript = Transcript.from_transcription(transcription)
        turns = transcript.turns
        missing = [
            detail
            for needed, detail, there in (
                (
                    arguments.timestamps or arguments.diarize,
                    "no times",
                    any(turn.start is not None for turn in turns),
                ),
                (
                    arguments.diarize,
                    "no speakers",
                    any(turn.speaker is not None for turn in turns),
                ),
            )
            if needed and not there
        ]
        return ToolResult(
            "The transcript of the recording.",
            artifact,
            transcript.text(),
            f"The model {options['model']} returned {' and '.join(missing)}." if missing else "",
        )

    def _options(self, arguments: TranscribeArguments, extension: str) -> JSON:
        """Return the model to use, and its options."""
        need = Detail.TEXT
        if arguments.diarize or arguments.timestamps:
            need = Detail.SPEAKERS if arguments.diarize else Detail.SEGMENTS
        model = arguments.model or self.model
        if not _returns(model, need):
            capable = [name for name in MODELS if _returns(name, need)]
            suitable = [name for name in capable if extension in MODELS[name].formats] or capable
            if arguments.model is not None:
                raise ToolException(
                    f"The model {model} returns no {_DETAILS[need]}. Leave `model` out, or use "
                    f"one of: {', '.join(suitable)}."
                )
            model = DEFAULT_TIMED_MODEL if DEFAULT_TIMED_MODEL in suitable else suitable[0]
        config = dict(self.model_options or {}) if model == self.model else {}
        if arguments.diarize:
            config["diarize"] = True
        return {"model": model, "model_config": config or None}


def _returns(model: str, need: Detail) -> bool:
    known = MODELS.get(model)
    return known is None or known.detail >= need
