"""What it takes to keep documents in an embedded bucket, as flows that both faces run.

Writing is put, remove what is superseded, embed, wait. Every step may be repeated: an interrupted
write is completed by writing again.
"""

import itertools
import mimetypes
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from langchain_core.documents import Document

from langchain_telnyx._documents import id_prefix, named, stored
from langchain_telnyx._progress import progress
from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile, EmbeddingProgress, Hit
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow, Sleep, Steps
from langchain_telnyx.client.endpoint import Described
from langchain_telnyx.client.errors import (
    ConflictError,
    NotFoundError,
    PartialError,
    PermissionDeniedError,
    TaskTimeoutError,
    TelnyxError,
)
from langchain_telnyx.client.flows import every, together, until
from langchain_telnyx.client.namespaces import Namespaces

T = TypeVar("T")

_TEXT = "text/plain; charset=utf-8"
# Up to here a listing for each id costs less than listing the whole bucket.
_FEW = 16
# Seconds between the attempts to delete a bucket that is still being written to.
_DROP_PAUSES = (0.1, 0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of documents, and how the service is to embed it.

    Attributes:
        calls: Describes calls.
        name: The bucket.
        embedding_model: The model that embeds it.
        chunk_size: Size of a passage.
        chunk_overlap: What passages share with their neighbours.
        max_concurrency: Uploads and deletions at a time.
        wait_timeout: Seconds to wait for the service at most.
    """

    calls: Namespaces[Described]
    name: str
    embedding_model: str
    chunk_size: int | None
    chunk_overlap: int | None
    max_concurrency: int
    wait_timeout: float | None

    def ensure(self) -> Flow[None]:
        """Create the bucket unless it is there."""
        yield from ensured(self.calls, self.name)

    def write(
        self,
        contents: Mapping[str, str | Path],
        *,
        fresh: bool,
        wait: bool,
        show_progress: bool,
    ) -> Flow[None]:
        """Put objects, remove what they supersede, embed the bucket, and wait.

        Args:
            contents: Key to text, or to the file to upload.
            fresh: Whether the ids are new, so that nothing can be superseded.
            wait: Whether to wait until the objects can be found.
            show_progress: Whether to show progress bars.

        Raises:
            PartialError: Objects could not be put; the others are there and are embedded.
            TaskError: The service could not embed objects.
        """
        yield from self.ensure()
        with progress("Uploading", len(contents), show=show_progress) as bar:
            done = itertools.count(1)
            failed = yield from self._each(
                {key: partial(self._put, key, content) for key, content in contents.items()},
                on_each=lambda: bar.to(next(done)),
            )
        written = contents.keys() - failed.keys()
        if not fresh:
            yield from self._remove_superseded(written)
        if written:
            yield from self.embed(len(contents), wait=wait, show_progress=show_progress)
        if failed:
            raise _partial("stored", self.name, sorted(written), failed)

    def embed(self, total: int, *, wait: bool, show_progress: bool = False) -> Flow[None]:
        """Have the service embed what has changed in the bucket.

        Args:
            total: Objects to expect, for the progress bar.
            wait: Whether to wait until they can be found.
            show_progress: Whether to show a progress bar.
        """
        embeddings = self.calls.bucket_embeddings
        task = yield from embeddings.embed(
            self.name,
            document_chunk_size=self.chunk_size,
            document_chunk_overlap_size=self.chunk_overlap,
            embedding_model=self.embedding_model,
        )
        if not wait:
            return
        with progress("Embedding", total, show=show_progress) as bar:

            def tell(state: EmbeddingProgress) -> None:
                bar.to(total if state.task.settled else min(state.done, total))

            yield from embeddings.wait(
                task.task_id,
                bucket_name=self.name,
                timeout=self.wait_timeout,
                on_progress=tell if show_progress else None,
            )

    def search(self, query: str, count: int) -> Flow[list[Hit]]:
        """Find passages; none in a bucket that nothing was embedded in yet.

        Raises:
            NotFoundError: There is no such bucket.
        """
        try:
            return (
                yield from self.calls.bucket_embeddings.similarity_search(
                    self.name, query, num_of_docs=count
                )
            )
        except NotFoundError:
            # The answer is the same for a bucket that is empty and for one that is misspelt.
            yield from self.calls.storage.head_bucket(self.name)
            return []

    def read(self, ids: Sequence[str]) -> Flow[list[Document]]:
        """Fetch documents by id, in the order of the ids; missing ones are left out."""
        keys = yield from self._keys(ids)
        wanted = [key for id_ in ids for key in keys.get(id_, ())]
        contents = yield from together(
            [partial(self.calls.storage.get_object, self.name, key) for key in wanted],
            width=self.max_concurrency,
        )
        documents: list[Document] = []
        for key, content in zip(wanted, contents, strict=True):
            if isinstance(content, bytes):
                documents.append(stored(key, content))
            elif not isinstance(content, NotFoundError):
                raise content
        return documents

    def delete(self, ids: Sequence[str] | None, *, wait: bool) -> Flow[None]:
        """Delete documents by id, or every object; ids that are not there are no error.

        Raises:
            PartialError: Some could not be deleted.
        """
        if ids is None:
            keys = [item.key for item in (yield from self._list(None))]
        else:
            keys = [key for found in (yield from self._keys(ids)).values() for key in found]
        yield from self._delete_keys(keys)
        if wait and keys:
            yield from self._forgotten(keys)

    def drop(self) -> Flow[None]:
        """Delete the bucket, its objects and its embeddings; one that is gone is no error."""
        with suppress(NotFoundError):  # never embedded
            yield from self.calls.bucket_embeddings.disable(self.name)
        with suppress(NotFoundError):  # someone else was faster
            for pause in (*_DROP_PAUSES, None):
                yield from self.delete(None, wait=False)
                try:
                    yield from self.calls.storage.delete_bucket(self.name)
                except ConflictError:
                    # An upload that was still under way, as after Ctrl-C, has come in meanwhile.
                    if pause is None:
                        raise
                    yield Sleep(pause)
                else:
                    return

    def _put(self, key: str, content: str | Path) -> Steps[str]:
        put = self.calls.storage.put_object
        if isinstance(content, str):
            return put(self.name, key, content.encode(), content_type=_TEXT)
        kind, _ = mimetypes.guess_type(content.name)
        return put(self.name, key, content, content_type=kind)

    def _each(
        self,
        flows: Mapping[str, Callable[[], Steps[object]]],
        on_each: Callable[[], None] | None = None,
    ) -> Flow[dict[str, TelnyxError]]:
        """Run a flow for each name, and return the errors by name."""
        results = yield from together(
            list(flows.values()), width=self.max_concurrency, on_each=on_each
        )
        return {
            name: result
            for name, result in zip(flows, results, strict=True)
            if isinstance(result, TelnyxError)
        }

    def _list(self, prefix: str | None) -> Flow[list[StoredObject]]:
        return every(self.calls.storage.list_objects(self.name, prefix=prefix))

    def _keys(self, ids: Sequence[str]) -> Flow[dict[str, list[str]]]:
        """Return the keys under which ids are stored: one each, or none."""
        wanted = set(ids)
        if len(wanted) > _FEW:
            items = yield from self._list(None)
        else:
            listings = yield from together(
                [partial(self._list, id_prefix(id_)) for id_ in wanted], width=self.max_concurrency
            )
            items = []
            for listing in listings:
                if isinstance(listing, TelnyxError):
                    raise listing
                items += listing
        keys: dict[str, list[str]] = {}
        for item in items:
            id_ = named(item.key).id
            if id_ in wanted:
                keys.setdefault(id_, []).append(item.key)
        return keys

    def _remove_superseded(self, written: Collection[str]) -> Flow[None]:
        """Delete the objects that hold an older state of the documents just written."""
        # An id whose metadata changed has a new key; the old one would still be found.
        ids = [id_ for key in written if (id_ := named(key).id) is not None]
        keys = yield from self._keys(ids)
        yield from self._delete_keys(
            [key for found in keys.values() for key in found if key not in written]
        )

    def _delete_keys(self, keys: Sequence[str]) -> Flow[None]:
        failed = yield from self._each(
            {key: partial(self.calls.storage.delete_object, self.name, key) for key in keys}
        )
        if failed:
            raise _partial("deleted", self.name, sorted(set(keys) - failed.keys()), failed)

    def _forgotten(self, keys: Collection[str]) -> Flow[None]:
        """Wait until the service has removed the embeddings of deleted objects."""
        gone = set(keys)

        def left(files: list[EmbeddedFile]) -> int:
            return sum(file.filename in gone for file in files)

        try:
            yield from until(
                lambda: self.calls.bucket_embeddings.files(self.name),
                lambda files: not left(files),
                timeout=self.wait_timeout,
                late=lambda files: TaskTimeoutError(
                    f"{left(files)} deleted objects of bucket {self.name!r} could still be found "
                    f"after {self.wait_timeout} s: wait longer with `wait_timeout`."
                ),
            )
        except NotFoundError:
            return  # never embedded


def ensured(calls: Namespaces[Described], bucket: str) -> Flow[None]:
    """Create a bucket unless it is there.

    Args:
        calls: Describes calls.
        bucket: The bucket.

    Raises:
        ConflictError: It is another customer's.
    """
    try:
        yield from calls.storage.head_bucket(bucket)
    except (NotFoundError, PermissionDeniedError):
        # 403 is a bucket of someone else, or a wrong key. An answer to HEAD has no body to tell
        # which; that to creating it has.
        try:
            yield from calls.storage.create_bucket(bucket)
        except ConflictError as error:
            # Names are shared by all customers; one that another of our own calls has just taken
            # is as good as one we made.
            if error.code != "BucketAlreadyOwnedByYou":
                raise _taken(bucket, error) from error


def _partial(
    what: str, bucket: str, done: list[str], failed: Mapping[str, TelnyxError]
) -> PartialError:
    def id_of(key: str) -> str:
        return named(key).id or key

    first = next(iter(failed.values()))
    return PartialError(
        f"{len(failed)} of {len(failed) + len(done)} documents could not be {what} in bucket "
        f"{bucket!r}, first for: {first}. The others are; `failed` and `done` tell which. "
        f"Repeating the whole does no harm.",
        [id_of(key) for key in done],
        {id_of(key): error for key, error in failed.items()},
    )


def _taken(name: str, error: ConflictError) -> ConflictError:
    return ConflictError(
        f"The bucket name {name!r} belongs to another customer (names are shared by all): "
        f"choose another. ({error.message})",
        error.response,
    )
