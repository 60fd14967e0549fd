"""Writing documents: put, remove what is superseded, embed, wait.

Every step may be repeated: an interrupted write is completed by writing again.
"""

import itertools
import mimetypes
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from langchain_telnyx._buckets import docstore
from langchain_telnyx._buckets.bucket import Bucket
from langchain_telnyx._buckets.deleting import delete_objects, forget_metadata
from langchain_telnyx._buckets.documents import named
from langchain_telnyx._progress import progress
from langchain_telnyx.client.api.bucket_embeddings import EmbeddingProgress
from langchain_telnyx.client.call import Flow, Steps

_TEXT = "text/plain; charset=utf-8"


def write(
    bucket: Bucket,
    contents: Mapping[str, bytes | Path],
    *,
    apart: Mapping[str, dict[str, Any]],
    fresh: bool,
    wait: bool,
    show_progress: bool,
) -> Flow[None]:
    """Put objects, remove what they supersede, embed the bucket, and wait.

    Args:
        bucket: Where to; it is created unless it is there.
        contents: Key to text, or to the file to upload.
        apart: Id to metadata that is to lie in the docstore.
        fresh: Whether the ids are made of the contents, so that nothing can be superseded.
        wait: Whether to wait until the objects can be found.
        show_progress: Whether to show progress bars.

    Raises:
        PartialError: Objects could not be put, or not rid of what they supersede; the others are
            there and are embedded.
        TaskError: The service could not embed objects.
    """
    yield from bucket.ensure()
    if apart and bucket.docstore is not None:
        # Before the objects: a passage must not be found whose metadata is nowhere.
        yield from docstore.put(bucket.docstore, apart)
    with progress("Uploading", len(contents), show=show_progress) as bar:
        done = itertools.count(1)
        failed = yield from bucket.each(
            {key: partial(_put, bucket, key, content) for key, content in contents.items()},
            on_each=lambda: bar.to(next(done)),
        )
    written = contents.keys() - failed.keys()
    newest = {} if fresh else (yield from _superseded(bucket, written))
    left = yield from delete_objects(bucket, list(newest))
    if written:
        yield from _embed(bucket, len(contents), wait=wait, show_progress=show_progress)
    yield from forget_metadata(bucket, [key for key in newest if key not in left])
    what = "stored" if failed else "replaced"
    # A document whose older state is still there as well is to be written again.
    failed |= {newest[key]: error for key, error in left.items()}
    if failed:
        raise bucket.partial(what, sorted(written - failed.keys()), failed)


def _put(bucket: Bucket, key: str, content: bytes | Path) -> Steps[str]:
    put = bucket.calls.storage.put_object
    if isinstance(content, bytes):
        return put(bucket.name, key, content, content_type=_TEXT)
    kind, _ = mimetypes.guess_type(content.name)
    return put(bucket.name, key, content, content_type=kind)


def _superseded(bucket: Bucket, written: Collection[str]) -> Flow[dict[str, str]]:
    """Return the keys of older states of the documents just written, each with the newest's."""
    # An id whose metadata changed has a new key; the old one would still be found.
    newest = {id_: key for key in written if (id_ := named(key).id) is not None}
    found = yield from bucket.keys(list(newest))
    return {key: newest[id_] for id_, keys in found.items() for key in keys if key not in written}


def _embed(bucket: Bucket, total: int, *, wait: bool, show_progress: bool) -> Flow[None]:
    """Have the service embed what has changed in the bucket.

    Args:
        bucket: The bucket.
        total: Objects to expect, for the progress bar.
        wait: Whether to wait until they can be found.
        show_progress: Whether to show a progress bar.
    """
    embeddings = bucket.calls.bucket_embeddings
    task = yield from embeddings.embed(
        bucket.name,
        document_chunk_size=bucket.chunk_size,
        document_chunk_overlap_size=bucket.chunk_overlap,
        embedding_model=bucket.embedding_model,
    )
    if not wait:
        return
    with progress("Embedding", total, show=show_progress) as bar:

        def tell(state: EmbeddingProgress) -> None:
            bar.to(total if state.task.settled else min(state.done, total))

        yield from embeddings.wait(
            task.task_id,
            bucket_name=bucket.name,
            timeout=bucket.wait_timeout,
            on_progress=tell if show_progress else None,
        )
