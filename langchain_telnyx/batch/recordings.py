"""The rows of a job over recordings: a folder, a pattern, or a bucket."""

from pathlib import Path
from typing import Unpack

from langchain_telnyx._shared.connect import connect
from langchain_telnyx.batch.rows import Row
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.transcription.recordings import (
    Address,
    Input,
    Recording,
    StoredRecording,
    bucket_recordings,
    common_prefix,
    find_recordings,
)
from langchain_telnyx.types import TelnyxOptions


def recordings(
    *inputs: Input,
    bucket: str | None = None,
    client: Telnyx | None = None,
    **options: Unpack[TelnyxOptions],
) -> list[Row]:
    """Return a row for each recording, for `Transcribe`.

    Args:
        *inputs: Paths, folders, patterns such as `calls/**/*.mp3`, or `http(s)` addresses; with
            `bucket`, keys and patterns of keys.
        bucket: A Telnyx bucket with the recordings. Without `inputs`, all its recordings.
        client: A `Telnyx` client that lists the bucket, instead of the options below.
        **options: `api_key`, `base_url` and so on: see `Telnyx`.

    Returns:
        Rows with `path`, absolute, as workers may have other working folders; of a bucket with
        `bucket`, `key`, `etag` and `size`. An input that does not exist is a row, too: its
        transcription fails.

    Raises:
        ConfigurationError: There are neither inputs nor a bucket.
        TelnyxError: The bucket cannot be listed.

    Example:
        ```python
        from langchain_telnyx.batch import recordings

        rows = recordings("calls/")
        ```
    """
    if bucket is not None:
        patterns = [str(each) for each in inputs]
        telnyx = connect(client, **options)
        name = checked_bucket_name(bucket)
        objects = {
            item.key: item
            for prefix in {common_prefix(pattern) for pattern in patterns} or {""}
            for item in telnyx.storage.list_objects(name, prefix=prefix or None)
        }
        return [
            {
                "bucket": name,
                "key": found.content.object.key,
                "etag": found.content.object.etag,
                "size": found.content.object.size,
            }
            for found in bucket_recordings(name, objects.values(), patterns)
            if isinstance(found.content, StoredRecording)
        ]
    if not inputs:
        raise ConfigurationError("No inputs: pass recordings, or a `bucket`.")
    return [{"path": _path(found)} for found in find_recordings(inputs)]


def _path(recording: Recording) -> str:
    match recording.content:
        case Address(url):
            return url
        case Path() as path:
            return str(path.absolute())
        case _:
            return recording.source
