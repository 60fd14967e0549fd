"""Delete documents, files, and the bucket itself; missing ones are not an error."""

import itertools
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from langchain_telnyx._shared.assumptions import quoted
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow, Sleep
from langchain_telnyx.client.errors import (
    ConflictError,
    NotFoundError,
    TaskTimeoutError,
    TelnyxError,
)
from langchain_telnyx.client.flows import concurrently, poll
from langchain_telnyx.vectorstores.assumptions import Differences
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.embedding_wait import GRACE, file_states
from langchain_telnyx.vectorstores.keys import parse_key

# Seconds between the attempts to delete a bucket that is still being written to.
_DROP_PAUSES = (0.1, 0.5, 2.0)
# Polls between two checks whether deleted objects exist again.
_CHECK_INTERVAL = 4


def delete_ids(bucket: Bucket, ids: Collection[str], *, wait: bool) -> Flow[None]:
    """Delete documents by id and files by key.

    Raises:
        PartialError: Some could not be deleted.
    """
    if not ids:
        return
    lookup = yield from bucket.lookup(dict.fromkeys(ids))
    ids_of = {key.key: id_ for id_, keys in lookup.versions.items() for key in keys}
    ids_of |= {key: key for key in lookup.files}
    failed = yield from remove_objects(bucket, list(ids_of), wait=wait)
    if failed:
        errors = {ids_of[key]: error for key, error in failed.items()}
        done = sorted({id_ for key, id_ in ids_of.items() if id_ not in errors})
        raise bucket.partial("deleted", done, errors)


def delete_all(bucket: Bucket, *, wait: bool) -> Flow[None]:
    """Delete every object of the bucket.

    Raises:
        PartialError: Some could not be deleted.
    """
    keys = [item.key for item in (yield from bucket.listed())]
    failed = yield from remove_objects(bucket, keys, wait=wait)
    if failed:

        def label(key: str) -> str:
            parsed = parse_key(key)
            return key if parsed is None else parsed.id or parsed.whole

        errors = {label(key): error for key, error in failed.items()}
        done = sorted({label(key) for key in keys} - errors.keys())
        raise bucket.partial("deleted", done, errors)


def remove_objects(
    bucket: Bucket, keys: Sequence[str], *, wait: bool = False
) -> Flow[dict[str, TelnyxError]]:
    """Delete objects by key, then their sidecar entries; return the errors of those that failed.

    Of documents that are stored in chunks, the text is deleted before any chunk, and no chunk where
    that fails: see `parents`.
    """
    if not keys:
        return {}
    with bucket.cache.written.changing():
        failed = yield from _remove_texts(bucket, keys)
        left = [key for key in keys if key not in failed]
        if left:
            result = yield from bucket.calls.storage.delete_objects(bucket.name, left)
            failed |= result.errors
        gone = [key for key in keys if key not in failed]
        bucket.cache.written.remove(gone)
    differences = Differences()
    if wait and gone:
        yield from _wait_until_unlisted(bucket, gone, differences)
    # Entries last, so that a passage that can be found has its metadata.
    yield from _remove_entries(bucket, gone, failed)
    bucket.report(differences)
    return failed


def drop(bucket: Bucket) -> Flow[None]:
    """Delete the bucket, its objects, its embeddings and its sidecar."""
    with suppress(NotFoundError):  # never embedded
        yield from bucket.calls.bucket_embeddings.disable(bucket.name)
    with suppress(NotFoundError):  # another program deleted it first
        for pause in (*_DROP_PAUSES, None):
            yield from delete_all(bucket, wait=False)
            try:
                yield from bucket.calls.storage.delete_bucket(bucket.name)
            except ConflictError:
                # An upload still in progress, as after Ctrl-C, has finished in the meantime.
                if pause is None:
                    raise
                yield Sleep(pause)
            else:
                break
    yield from bucket.sidecar.drop()
    bucket.cache.clear()


def _remove_texts(bucket: Bucket, keys: Sequence[str]) -> Flow[dict[str, TelnyxError]]:
    """Delete the texts of documents that are stored in chunks; return the errors by chunk."""
    chunks = [key for key in map(parse_key, keys) if key is not None and key.place == "parent"]
    if not chunks:
        return {}
    for chunk in chunks:
        bucket.cache.parents.remove(chunk.whole)
    texts = dict.fromkeys(chunk.text_key for chunk in chunks)
    errors = yield from bucket.sidecar.remove_texts(list(texts))
    return {chunk.key: errors[chunk.text_key] for chunk in chunks if chunk.text_key in errors}


def _remove_entries(bucket: Bucket, keys: Sequence[str], failed: Collection[str]) -> Flow[None]:
    parsed = [key for key in map(parse_key, keys) if key is not None]
    # The entry shows that the others are being removed.
    incomplete = {key.whole for key in map(parse_key, failed) if key is not None}
    entries = [key.whole for key in parsed if key.place in {"sidecar", "parent"}]
    left = [entry for entry in dict.fromkeys(entries) if entry not in incomplete]
    yield from bucket.sidecar.remove(left)
    old = [key.id for key in parsed if key.place == "docstore" and key.id is not None]
    if old:
        yield from bucket.sidecar.remove_old(old)


def _wait_until_unlisted(
    bucket: Bucket, keys: Collection[str], differences: Differences
) -> Flow[None]:
    """Wait until the service has removed the embeddings of deleted objects."""
    gone = set(keys)
    began = bucket.clock()
    polls = itertools.count(1)

    def left() -> Flow[list[str]]:
        files = yield from file_states(bucket, gone)
        listed = []
        for key, file in files.items():
            if file.deleted:
                differences.adapt("deleted_files", "files of deleted objects are still listed")
            elif file.status is None or file.has_known_status or bucket.clock() - began < GRACE:
                listed.append(key)
            else:
                differences.add(
                    "deleted_files",
                    f"files of deleted objects are still listed, in the unknown state "
                    f"{quoted(file.status)}",
                )
        if listed and next(polls) % _CHECK_INTERVAL == 0:
            # Another writer may have stored one of them again.
            gone.difference_update((yield from _present(bucket, listed)))
            return [key for key in listed if key in gone]
        return listed

    try:
        yield from poll(
            left,
            lambda listed: not listed,
            timeout=bucket.wait_timeout,
            timeout_error=lambda listed: TaskTimeoutError(
                f"{len(listed)} deleted objects of bucket {bucket.name!r} are still listed as "
                f"embedded after {bucket.wait_timeout} s: wait longer with `wait_timeout`, or do "
                f"not wait, with `wait=False`."
            ),
        )
    except NotFoundError:
        return  # never embedded


def _present(bucket: Bucket, keys: Sequence[str]) -> Flow[list[str]]:
    head = bucket.calls.storage.head_object
    results = yield from concurrently(
        [partial(head, bucket.name, key) for key in keys], width=bucket.max_concurrency
    )
    return [
        key for key, result in zip(keys, results, strict=True) if isinstance(result, StoredObject)
    ]
