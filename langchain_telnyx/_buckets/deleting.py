"""Deleting documents, and the bucket itself; what is gone already is no error."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from langchain_telnyx._buckets import docstore
from langchain_telnyx._buckets.bucket import Bucket
from langchain_telnyx._buckets.documents import lies_apart, named
from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile
from langchain_telnyx.client.call import Flow, Sleep
from langchain_telnyx.client.errors import (
    ConflictError,
    NotFoundError,
    TaskTimeoutError,
    TelnyxError,
)
from langchain_telnyx.client.flows import until

# Seconds between the attempts to delete a bucket that is still being written to.
_DROP_PAUSES = (0.1, 0.5, 2.0)


def delete(bucket: Bucket, ids: Sequence[str] | None, *, wait: bool) -> Flow[None]:
    """Delete documents by id, or every object.

    Raises:
        PartialError: Some could not be deleted.
    """
    if ids is None:
        keys = [item.key for item in (yield from bucket.listed())]
    else:
        keys = [key for found in (yield from bucket.keys(ids)).values() for key in found]
    failed = yield from delete_objects(bucket, keys)
    gone = [key for key in keys if key not in failed]
    if wait and gone:
        yield from _forgotten(bucket, gone)
    yield from forget_metadata(bucket, gone)
    if failed:
        raise bucket.partial("deleted", sorted(gone), failed)


def delete_objects(bucket: Bucket, keys: Sequence[str]) -> Flow[dict[str, TelnyxError]]:
    """Delete objects by key, and return the errors of those that could not be."""
    delete_object = bucket.calls.storage.delete_object
    return bucket.each({key: partial(delete_object, bucket.name, key) for key in keys})


def forget_metadata(bucket: Bucket, keys: Sequence[str]) -> Flow[None]:
    """Remove what the docstore has of objects that are gone.

    Last of all: as long as a passage can be found, its metadata must be there.
    """
    ids = [named(key).id or "" for key in keys if lies_apart(key)]
    return docstore.remove(bucket.docstore, ids)


def drop(bucket: Bucket) -> Flow[None]:
    """Delete the bucket, its objects and its embeddings."""
    with suppress(NotFoundError):  # never embedded
        yield from bucket.calls.bucket_embeddings.disable(bucket.name)
    with suppress(NotFoundError):  # someone else was faster
        for pause in (*_DROP_PAUSES, None):
            yield from delete(bucket, None, wait=False)
            try:
                yield from bucket.calls.storage.delete_bucket(bucket.name)
            except ConflictError:
                # An upload that was still under way, as after Ctrl-C, has come in meanwhile.
                if pause is None:
                    raise
                yield Sleep(pause)
            else:
                return


def _forgotten(bucket: Bucket, keys: Collection[str]) -> Flow[None]:
    """Wait until the service has removed the embeddings of deleted objects."""
    gone = set(keys)

    def left(files: list[EmbeddedFile]) -> int:
        return sum(file.filename in gone for file in files)

    try:
        yield from until(
            lambda: bucket.calls.bucket_embeddings.files(bucket.name),
            lambda files: not left(files),
            timeout=bucket.wait_timeout,
            late=lambda files: TaskTimeoutError(
                f"{left(files)} deleted objects of bucket {bucket.name!r} could still be found "
                f"after {bucket.wait_timeout} s: wait longer with `wait_timeout`."
            ),
        )
    except NotFoundError:
        return  # never embedded
