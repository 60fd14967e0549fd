"""A bucket of documents: its options, and lookups of object keys by document id."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeAlias, TypeVar, get_args

from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile, EmbeddingTask
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.endpoint import DeferredCalls, config_of
from langchain_telnyx.client.errors import NotFoundError, PartialError, TelnyxError
from langchain_telnyx.client.flows import concurrently, every
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.assumptions import Differences
from langchain_telnyx.vectorstores.bucket_cache import BucketCache
from langchain_telnyx.vectorstores.bucket_creation import ensure_bucket
from langchain_telnyx.vectorstores.document_resolver import DocumentResolver
from langchain_telnyx.vectorstores.key_lookup import keys_near
from langchain_telnyx.vectorstores.keys import (
    LONGEST_KEY,
    SHORTEST_LIMIT,
    DocumentKey,
    id_stem,
    parse_key,
)
from langchain_telnyx.vectorstores.observations import unembedded_buckets
from langchain_telnyx.vectorstores.sidecar import Sidecar

E = TypeVar("E", EmbeddedFile, EmbeddingTask)

# Seconds within which the service starts to embed new objects of an embedded bucket by itself.
EMBED_AFTER = 5.0
StatusMeaning: TypeAlias = Literal["success", "failure", "processing", "deleted"]


@dataclass(slots=True)
class Lookup:
    """The objects that belong to document ids.

    Attributes:
        versions: Id to the keys of its versions, the newest first.
        files: Those ids that are keys of files of other programs.
    """

    versions: dict[str, list[DocumentKey]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Adaptations:
    """Options of a store for a service that does not behave as assumed.

    Attributes:
        embed_after: Seconds after which a write starts to embed objects itself; `None` for never.
        search_delay: Seconds to wait after the embedding of documents.
        status_words: Further names of states: name to `success`, `failure`, `processing` or
            `deleted`.
        max_key_bytes: The most bytes of a document's key.
    """

    embed_after: float | None = EMBED_AFTER
    search_delay: float = 0.0
    status_words: Mapping[str, str] = field(default_factory=dict)
    max_key_bytes: int = LONGEST_KEY

    def __post_init__(self) -> None:
        if self.embed_after is not None and not self.embed_after >= 0:
            raise ValueError(f"`embed_after` must be at least 0, not {self.embed_after}.")
        if not self.search_delay >= 0:
            raise ValueError(f"`search_delay` must be at least 0, not {self.search_delay}.")
        if not SHORTEST_LIMIT <= self.max_key_bytes <= LONGEST_KEY:
            raise ValueError(
                f"`max_key_bytes` must be between {SHORTEST_LIMIT} and {LONGEST_KEY}, not "
                f"{self.max_key_bytes}."
            )
        for word, meaning in self.status_words.items():
            if meaning not in get_args(StatusMeaning):
                raise ValueError(
                    f"`status_words` maps {word!r} to {meaning!r}: use one of "
                    f"{', '.join(get_args(StatusMeaning))}."
                )

    def translated(self, item: E) -> E:
        """Return a file or a task with the known name of its state."""
        meaning = self.status_words.get(item.status or "")
        return item if meaning is None else item.model_copy(update={"status": meaning})


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of documents with its options.

    Attributes:
        calls: Describes calls.
        name: The bucket.
        embedding_model: The requested model.
        chunk_size: The requested size of a passage.
        chunk_overlap: The requested overlap of passages.
        max_concurrency: The most concurrent uploads and deletions.
        wait_timeout: The most seconds to wait for the service.
        sidecar: Stores metadata that does not fit into a key.
        cache: What the store has read about the bucket.
        adaptations: Options for a service that does not behave as assumed.
        clock: Returns the time in seconds, for timeouts.
    """

    calls: Namespaces[DeferredCalls]
    name: str
    embedding_model: str | None
    chunk_size: int | None
    chunk_overlap: int | None
    max_concurrency: int
    wait_timeout: float | None
    sidecar: Sidecar
    cache: BucketCache = field(default_factory=BucketCache)
    adaptations: Adaptations = field(default_factory=Adaptations)
    clock: Callable[[], float] = time.monotonic

    @property
    def config(self) -> Config:
        """The configuration of the client."""
        return config_of(self.calls.bucket_embeddings)

    @property
    def embed_after(self) -> float | None:
        """Seconds after which a write starts to embed objects itself; `None` for never.

        It is 0 once the service did not embed objects of the bucket in the time of the option.
        """
        after = self.adaptations.embed_after
        if after is not None and self.name in unembedded_buckets(self.config):
            return 0
        return after

    def report(self, differences: Differences) -> None:
        """Warn of differences from the assumptions, once for each assumption and bucket."""
        differences.report(self.config, self.name)

    @property
    def resolver(self) -> DocumentResolver:
        """Resolves the objects of the bucket to documents."""
        return DocumentResolver(self.calls, self.name, self.sidecar, self.cache)

    def ensure(self) -> Flow[None]:
        """Create the bucket unless it exists."""
        return ensure_bucket(self.calls, self.name)

    def check(self) -> Flow[None]:
        """Check that the bucket exists.

        Raises:
            NotFoundError: It does not.
        """
        try:
            yield from self.calls.storage.head_bucket(self.name)
        except NotFoundError as error:
            raise NotFoundError(
                f"The bucket {self.name!r} does not exist in this region: check its name and "
                f"`region`, or create it with `create_bucket()`. ({error.message})",
                error.response,
            ) from error

    def each(
        self,
        flows: Mapping[str, Callable[[], Steps[object]]],
        on_each: Callable[[], None] | None = None,
    ) -> Flow[dict[str, TelnyxError]]:
        """Run a flow for each name, and return the errors by name."""
        results = yield from concurrently(
            list(flows.values()), width=self.max_concurrency, on_each=on_each
        )
        return {
            name: result
            for name, result in zip(flows, results, strict=True)
            if isinstance(result, TelnyxError)
        }

    def listed(self, prefix: str | None = None) -> Flow[list[StoredObject]]:
        """List the objects of the bucket, or those whose keys begin with a prefix."""
        return every(self.calls.storage.list_objects(self.name, prefix=prefix))

    def versions(self, ids: Collection[str]) -> Flow[dict[str, list[DocumentKey]]]:
        """Return the keys of all versions of ids, the newest first."""
        keys = yield from self._keys_near(ids)
        return _grouped(keys, ids)

    def lookup(self, ids: Collection[str]) -> Flow[Lookup]:
        """Return the objects of ids: documents, and files whose keys are among the ids.

        A document hides a file whose key is the same text.
        """
        keys = yield from self._keys_near(ids)
        versions = _grouped(keys, ids)
        rest = [id_ for id_ in ids if id_ not in versions]
        listed = set(keys)
        files = [id_ for id_ in rest if id_ in listed and parse_key(id_) is None]
        unknown = [id_ for id_ in rest if id_ not in listed]
        # An id that is not in the listings can still be the key of a file.
        results = yield from concurrently(
            [partial(self.calls.storage.head_object, self.name, id_) for id_ in unknown],
            width=self.max_concurrency,
        )
        for id_, result in zip(unknown, results, strict=True):
            if isinstance(result, StoredObject):
                files.append(id_)
            elif not isinstance(result, NotFoundError):
                raise result
        return Lookup(versions, files)

    def partial(
        self, action: str, done: Sequence[str], failed: Mapping[str, TelnyxError]
    ) -> PartialError:
        """Return the error for an action that failed for some ids."""
        first = next(iter(failed.values()))
        return PartialError(
            f"{len(failed)} of {len(failed) + len(done)} documents could not be {action} in bucket "
            f"{self.name!r}, first {next(iter(failed))!r}: {first}. The others are; `failed` and "
            f"`done` list the ids. It is safe to repeat the whole operation.",
            done,
            failed,
        )

    def _keys_near(self, ids: Collection[str]) -> Flow[list[str]]:
        return keys_near(self.calls.storage, self.name, ids, width=max(1, self.max_concurrency))


def _grouped(keys: Collection[str], ids: Collection[str]) -> dict[str, list[DocumentKey]]:
    by_stem = {id_stem(id_): id_ for id_ in ids}
    found: dict[str, list[DocumentKey]] = {}
    for key in keys:
        parsed = parse_key(key)
        if parsed is not None and parsed.stem in by_stem:
            found.setdefault(by_stem[parsed.stem], []).append(parsed)
    for versions in found.values():
        versions.sort(key=version_order, reverse=True)
    return found


def version_order(key: DocumentKey) -> tuple[str, str]:
    """Return the sort key of a version, the newest last; its key breaks ties."""
    return key.version, key.whole
