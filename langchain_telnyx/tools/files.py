"""What one file of a bucket says: summarized, or transcribed where it is a recording."""

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
from langchain_telnyx.tools.quoting import Found
from langchain_telnyx.tools.scope import BucketName, BucketTool, ObjectKey
from langchain_telnyx.transcription.models import DEFAULT_MODEL, DEFAULT_TIMED_MODEL, MODELS, Detail
from langchain_telnyx.transcripts import Transcript

_FILE = "The file's name, exactly as telnyx_list_files tells it."
_LARGEST = 100 * 1024 * 1024
_DETAILS = {Detail.SEGMENTS: "times", Detail.SPEAKERS: "speakers"}


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
    timestamps: bool = Field(
        default=False, description="Whether to return when each thing is said."
    )
    diarize: bool = Field(
        default=False, description="Whether to return who speaks, and when: speaker 0, speaker 1, …"
    )
    model: Annotated[str, Field(pattern=r"^[\w./-]{1,200}$")] | None = Field(
        default=None,
        description="The speech model; by default one that fits the other arguments. "
        "openai/whisper-large-v3-turbo knows many languages and returns text only; deepgram/nova-3 "
        "(mp3 and wav) and reson8/prerecorded return times and speakers.",
    )
    offset: Offset = 0


class TelnyxTranscribeTool(BucketTool):
    """Transcribes a recording of a bucket; with times and speakers where the model tells them.

    An agent may ask for times (`timestamps`) and speakers (`diarize`), and name a `model`; where
    the tool's own does not return them, one is used that does. Other options of a model are for the
    program to set: some send the answer to an address.

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

    model: str = DEFAULT_MODEL
    """The model that transcribes where the agent names none, and needs no more than it returns."""

    model_options: Mapping[str, Any] | None = None
    """Options of that model, such as `{"diarize": True}`; for `deepgram/*` and
    `reson8/prerecorded`."""

    wait_timeout: float = Field(default=600.0, gt=0)
    """Seconds to wait for the transcript at most."""

    def _find(self, asked: TranscribeArguments) -> Flow[Found]:
        bucket, name = self._meant(asked.bucket), PurePosixPath(asked.filename).name
        self._options(asked, extension_of(name))  # refused before anything is fetched
        calls = self.telnyx.calls
        size = (yield from calls.storage.head_object(bucket, asked.filename)).size
        if size > _LARGEST:
            raise ToolException(f"The file has {size:,} bytes, and {_LARGEST:,} are the most.")
        with TemporaryDirectory(prefix="telnyx-") as folder:
            # By way of the disk, so that a recording does not have to fit into memory; and not by
            # its address, which the service has been seen to refuse.
            file = Path(folder, "recording")
            yield from calls.storage.download(bucket, asked.filename, file)
            options = self._options(asked, extension_of(filename_for(name, file)))
            try:
                said = yield from calls.audio.transcribe(
                    file,
                    filename=name,
                    language=asked.language,
                    response_format="verbose_json",
                    timeout=self.wait_timeout,
                    **options,
                )
            except ValueError as error:  # no recording, or an empty one; nothing was sent
                raise ToolException(str(error)) from error
        artifact = {
            "bucket": bucket,
            "filename": asked.filename,
            "model": options["model"],
            **said.model_dump(mode="json"),
        }
        transcript = Transcript.from_transcription(said)
        turns = transcript.turns
        missing = [
            detail
            for needed, detail, there in (
                (
                    asked.timestamps or asked.diarize,
                    "no times",
                    any(turn.start is not None for turn in turns),
                ),
                (
                    asked.diarize,
                    "no speakers",
                    any(turn.speaker is not None for turn in turns),
                ),
            )
            if needed and not there
        ]
        return Found(
            "What the recording says.",
            artifact,
            transcript.text(),
            f"The model {options['model']} returned {' and '.join(missing)}." if missing else "",
        )

    def _options(self, asked: TranscribeArguments, extension: str) -> JSON:
        """Return the model to ask, and its options."""
        need = Detail.TEXT
        if asked.diarize or asked.timestamps:
            need = Detail.SPEAKERS if asked.diarize else Detail.SEGMENTS
        model = asked.model or self.model
        if not _returns(model, need):
            fitting = [name for name in MODELS if _returns(name, need)]
            taking = [name for name in fitting if extension in MODELS[name].formats] or fitting
            if asked.model is not None:
                raise ToolException(
                    f"The model {model} returns no {_DETAILS[need]}: leave `model` out, or give "
                    f"one of {', '.join(taking)}."
                )
            model = DEFAULT_TIMED_MODEL if DEFAULT_TIMED_MODEL in taking else taking[0]
        config = dict(self.model_options or {}) if model == self.model else {}
        if asked.diarize:
            config["diarize"] = True
        return {"model": model, "model_config": config or None}


def _returns(model: str, need: Detail) -> bool:
    known = MODELS.get(model)
    return known is None or known.detail >= need
