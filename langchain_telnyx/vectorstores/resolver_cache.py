"""Resolvers by bucket, for searches of several buckets."""

import threading
from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.bucket_cache import BucketCache
from langchain_telnyx.vectorstores.document_resolver import DocumentResolver
from langchain_telnyx.vectorstores.sidecar import (
    BucketSidecar,
    Docstore,
    DocstoreSidecar,
    Sidecar,
    metadata_bucket_name,
)


class ResolverCache:
    """Creates one resolver per bucket and caches it.

    Args:
        calls: Describes calls.
        docstore: Stores the metadata of all buckets, instead of one metadata bucket for each.
        metadata_buckets: Bucket to the name of its metadata bucket, where not the default.
    """

    def __init__(
        self,
        calls: Namespaces[DeferredCalls],
        docstore: Docstore | None = None,
        metadata_buckets: Mapping[str, str] | None = None,
    ) -> None:
        self._calls = calls
        self._docstore = docstore
        self._metadata_buckets = dict(metadata_buckets or {})
        self._resolvers: dict[str, DocumentResolver] = {}
        self._lock = threading.Lock()

    def get(self, bucket: str) -> DocumentResolver:
        """Return the resolver of a bucket."""
        with self._lock:
            if bucket not in self._resolvers:
                self._resolvers[bucket] = self._resolver(bucket, BucketCache())
            return self._resolvers[bucket]

    def _sidecar(self, bucket: str) -> Sidecar:
        if self._docstore is not None:
            return DocstoreSidecar(self._docstore, bucket)
        name = self._metadata_buckets.get(bucket) or metadata_bucket_name(bucket)
        return BucketSidecar(self._calls, name)

    def __getstate__(self) -> tuple[object, ...]:
        with self._lock:
            # Empty in the pickle, but the same objects as those of the store.
            caches = {bucket: resolver.cache for bucket, resolver in self._resolvers.items()}
        return (self._calls, self._docstore, self._metadata_buckets, caches)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        *options, caches = state
        ResolverCache.__init__(self, *options)
        for bucket, cache in caches.items():
            self._resolvers[bucket] = self._resolver(bucket, cache)

    def _resolver(self, bucket: str, cache: BucketCache) -> DocumentResolver:
        return DocumentResolver(self._calls, bucket, self._sidecar(bucket), cache)
