"""`Transcribe`: recordings to text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias, Unpack, cast

from langchain_telnyx._shared.connect import connect
from langchain_telnyx.batch.durations import duration_of
from langchain_telnyx.batch.rows import ColumnType, Row, name_of
from langchain_telnyx.batch.stage import RateLimiter, Result, RowEstimate, Stage
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.transcription.flows import Transcriber
from langchain_telnyx.transcription.options import transcription_request
from langchain_telnyx.transcription.recordings import (
    Recording,
    StoredRecording,
    find_recordings,
)
from langchain_telnyx.types import UntimedOptions

Paid: TypeAlias = Callable[[Callable[[], Flow[Any]]], Flow[Any]]

_PLACES = 12  # decimal places of a cost in USD
# Of speech: 150 words a minute, 4 tokens for 3 words.
_TOKENS_PER_SECOND = 150 / 60 * 4 / 3


class Transcribe(Stage):
    """Transcribes recordings: the column `path` to `text`, `duration` and `language`.

    A row has the recording in `path`, a path or an `http(s)` address; or in `bytes`, with its file
    name in `path`, as Ray's `read_binary_files` returns; or in a Telnyx bucket, in `bucket` and
    `key`. `recordings` lists a folder or a bucket as such rows.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/batch.md

    Args:
        mode: `text`; or `transcript`, one line per turn with speaker and time; or a subtitle file,
            `srt` or `vtt`.
        model: The model. Default: as `TelnyxTranscriptionLoader`.
        language: The language of the recordings. Default: the model detects it.
        diarize: Whether to identify speakers.
        model_config: Further options of the model.
        speakers: Names of speakers, by number or channel.
        price_per_minute: USD per minute of audio, for costs and estimates: see your price list.
        timeout: Read timeout in seconds.
        manifest: See `Stage`; the manifest of `TelnyxTranscriptionLoader` has the same format.
        max_concurrency: Number of recordings at a time, in this process.
        rate_limiter: See `Stage`.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `max_retries` and so on: see `Telnyx`.

    Raises:
        ConfigurationError: An option is invalid, or the model does not support it.

    Example:
        ```python
        from langchain_telnyx.batch import Transcribe

        transcribe = Transcribe(manifest="calls.jsonl")
        batch = transcribe({"path": ["calls/1.wav", "calls/2.wav"]})
        print(batch["text"], batch["error"])
        ```
    """

    columns: Mapping[str, ColumnType] = {
        "text": "string",
        "duration": "double",
        "language": "string",
    }

    def __init__(
        self,
        *,
        mode: Literal["text", "transcript", "srt", "vtt"] = "text",
        model: str | None = None,
        language: str | None = None,
        diarize: bool | None = None,
        model_config: Mapping[str, Any] | None = None,
        speakers: Mapping[Any, str] | None = None,
        price_per_minute: float | None = None,
        timeout: float = 600.0,
        manifest: str | PathLike[str] | None = None,
        max_concurrency: int = 8,
        rate_limiter: RateLimiter | None = None,
        client: Telnyx | None = None,
        **options: Unpack[UntimedOptions],
    ) -> None:
        super().__init__(
            manifest=manifest, max_concurrency=max_concurrency, rate_limiter=rate_limiter
        )
        if mode not in {"text", "transcript", "srt", "vtt"}:
            raise ConfigurationError(
                f"`mode` must be 'text', 'transcript', 'srt' or 'vtt', which have one text for a "
                f"recording, not {mode!r}."
            )
        self._request = transcription_request(
            mode,
            model=model,
            language=language,
            diarize=diarize,
            model_config=model_config,
            timeout=timeout,
            speakers=speakers,
        )
        self._price = None if price_per_minute is None else Decimal(str(price_per_minute))
        self._telnyx = connect(client, **options)

    def check(self) -> None:
        """Check that there is a key; see `Stage.check`."""
        self._telnyx.config.key()

    def estimated(self, row: Row, tokens: int | None) -> RowEstimate:  # noqa: ARG002 - of `Stage`
        """Return what a recording is expected to cost, by its length."""
        seconds = _seconds(row)
        is_guess = seconds is None
        seconds = 60.0 if seconds is None else seconds
        return RowEstimate(
            self._cost(seconds), round(seconds * _TOKENS_PER_SECOND) + 1, seconds, is_guess
        )

    def _results(self, rows: Sequence[Row]) -> Flow[Sequence[Result]]:
        [row] = rows
        recording = yield from run_external(partial(_recording_of, row))
        seconds = yield from run_external(partial(_seconds, row))
        spent: list[Decimal | None] = []

        def paid(request: Callable[[], Flow[Any]]) -> Flow[Any]:
            answer = yield from self._paid(request)
            length = answer.get("duration") if isinstance(answer, dict) else None
            cost = self._cost(length if isinstance(length, int | float) else seconds)
            spent.append(cost)
            self._spend(cost, row)
            return answer

        transcriber = _PaidTranscriber(self._telnyx.calls, self._request, self._manifest, paid=paid)

        # Each by a client of its own, since a flow of calls belongs to one.
        def run() -> list[Any]:
            return self._telnyx.send(transcriber.documents(recording))

        async def arun() -> list[Any]:
            return await self._telnyx.aio.send(transcriber.documents(recording))

        documents = yield from run_external(run, arun)
        metadata = documents[0].metadata if documents else {}
        length = metadata.get("duration")
        columns: Row = {
            "text": "\n".join(document.page_content for document in documents),
            "duration": seconds if length is None else float(length),
            "language": metadata.get("language"),
        }
        cost = spent[0] if spent else self._cost(columns["duration"])
        return [Result(columns, cost)]

    def _cost(self, seconds: float | None) -> Decimal | None:
        if self._price is None or seconds is None:
            return None
        return round(self._price * Decimal(str(seconds)) / 60, _PLACES)


@dataclass(frozen=True, kw_only=True)
class _PaidTranscriber(Transcriber):
    """A transcriber that checks, before a request, that the job may spend more.

    Attributes:
        paid: Sends a request.
    """

    paid: Paid

    def _get_or_request(
        self, recording: Recording, content_id: str, request: Callable[[], Flow[Any]]
    ) -> Flow[Any]:
        return super()._get_or_request(recording, content_id, partial(self.paid, request))


def _recording_of(row: Row) -> Recording:
    """Return the recording of a row.

    Raises:
        TypeError: The row has none.
        ValueError: It has more than one.
    """
    if row.get("bucket") is not None:
        key, bucket = str(row["key"]), str(row["bucket"])
        item = StoredObject(key=key, size=int(row["size"]), etag=row.get("etag"))
        return Recording(f"{bucket}/{key}", key.rpartition("/")[2], StoredRecording(bucket, item))
    if row.get("bytes") is not None:
        return find_recordings([(str(row.get("path") or "recording"), row["bytes"])])[0]
    path = row.get("path")
    if not isinstance(path, str | PathLike):
        raise TypeError(
            f"The row has no recording in `path`, `bytes`, or `bucket` and `key`; it has "
            f"{', '.join(map(repr, row))}."
        )
    found = find_recordings([cast("str", path)])
    if len(found) != 1:
        raise ValueError(
            f"{name_of(row)!r} has {len(found)} recordings: list them with `recordings`."
        )
    return found[0]


def _seconds(row: Row) -> float | None:
    """Return the length of a row's recording, if its header tells it."""
    if row.get("bytes") is not None:
        return duration_of(row["bytes"])
    path = row.get("path")
    if row.get("bucket") is not None or not isinstance(path, str | PathLike):
        return None
    try:
        return duration_of(Path(path))
    except (OSError, ValueError):
        return None
