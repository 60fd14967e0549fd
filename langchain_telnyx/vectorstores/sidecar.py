"""The sidecar: metadata that does not fit into a key, stored under the key of its version.

It is a second bucket that is not embedded, `<bucket>-metadata` by default, or a docstore of the
user. An entry belongs to one version of a document, so texts and metadata of different versions
never mix. Entries are written before the object and removed after it. A document that is stored in
chunks also has its text here; see `parents`.
"""

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from langchain_core.documents import Document
from langchain_core.stores import BaseStore

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import concurrently, every, run_external
from langchain_telnyx.client.lru import LRU
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.bucket_creation import ensure_bucket
from langchain_telnyx.vectorstores.entries import (
    Entry,
    as_document,
    copied,
    dumped,
    loaded,
    parsed,
)

Docstore: TypeAlias = BaseStore[str, Any]
T = TypeVar("T")

_CACHED = 4096
_LONGEST_BUCKET_NAME = 63
_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"


class Sidecar(Protocol):
    """Stores entries."""

    def put(self, entries: Mapping[str, Entry]) -> Flow[dict[str, TelnyxError]]:
        """Store entries by key; return the errors of those that failed."""
        ...

    def get(self, keys: Sequence[str]) -> Flow[dict[str, Entry | ValueError]]:
        """Return the entries of keys, and an error for one that cannot be read.

        Keys without an entry are skipped.
        """
        ...

    def remove(self, keys: Sequence[str]) -> Flow[None]:
        """Remove the entries of keys; missing entries are not an error."""
        ...

    def put_texts(self, texts: Mapping[str, bytes]) -> Flow[dict[str, TelnyxError]]:
        """Store texts by key; return the errors of those that failed."""
        ...

    def get_texts(self, keys: Sequence[str]) -> Flow[dict[str, str]]:
        """Return the texts of keys; missing ones are skipped."""
        ...

    def existing_texts(self, keys: Sequence[str]) -> Flow[set[str]]:
        """Return those keys that have a text."""
        ...

    def remove_texts(self, keys: Sequence[str]) -> Flow[dict[str, TelnyxError]]:
        """Remove the texts of keys; return the errors of those that failed."""
        ...

    def drop(self) -> Flow[None]:
        """Remove what was stored about the bucket as a whole."""
        ...

    def get_old(self, ids: Sequence[str]) -> Flow[dict[str, dict[str, Any]]]:
        """Return the metadata that an earlier version of this package stored under ids."""
        ...

    def remove_old(self, ids: Sequence[str]) -> Flow[None]:
        """Remove the metadata that an earlier version of this package stored under ids."""
        ...

    def get_record(self, name: str) -> Flow[dict[str, Any] | None]:
        """Return a record about the bucket itself."""
        ...

    def put_record(self, name: str, record: Mapping[str, Any]) -> Flow[None]:
        """Store a record about the bucket itself."""
        ...


def metadata_bucket_name(bucket: str) -> str:
    """Return the default name of the metadata bucket of a bucket."""
    name = f"{bucket}-metadata"
    if len(name) <= _LONGEST_BUCKET_NAME:
        return name
    digest = hashlib.sha256(bucket.encode()).hexdigest()[:8]
    return f"{bucket[:45].rstrip('-.')}-{digest}-metadata"


@dataclass(frozen=True, slots=True)
class BucketSidecar:
    """Entries as objects of a bucket that is created on demand and is not embedded.

    Attributes:
        calls: Describes calls.
        bucket: The bucket's name.
        width: The most concurrent requests.
    """

    calls: Namespaces[DeferredCalls]
    bucket: str
    width: int = 16
    # Entries never change, since each belongs to one version.
    _cache: LRU[str, Entry] = field(default_factory=lambda: LRU(_CACHED), compare=False, repr=False)

    def put(self, entries: Mapping[str, Entry]) -> Flow[dict[str, TelnyxError]]:
        """Store entries by key; return the errors of those that failed."""
        results = yield from concurrently(
            [partial(self._put, key, dumped(entry)) for key, entry in entries.items()],
            width=self.width,
        )
        return _errors(entries, results)

    def get(self, keys: Sequence[str]) -> Flow[dict[str, Entry | ValueError]]:
        """Return the entries of keys, and an error for one that cannot be read."""
        cached = {key: self._cache.get(key) for key in keys}
        found: dict[str, Entry | ValueError] = {
            key: entry for key, entry in cached.items() if entry is not None
        }
        missing = [key for key in cached if key not in found]
        results = yield from concurrently(
            [partial(self.calls.storage.get_object, self.bucket, key) for key in missing],
            width=self.width,
        )
        for key, result in zip(missing, results, strict=True):
            if isinstance(result, bytes):
                found[key] = entry = loaded(key, result)
                if isinstance(entry, Entry):
                    self._cache.put(key, entry)
            elif not isinstance(result, NotFoundError):
                raise result
        return {key: copied(entry) for key, entry in found.items()}

    def remove(self, keys: Sequence[str]) -> Flow[None]:
        """Remove the entries of keys; missing entries are not an error."""
        for key in keys:
            self._cache.remove(key)
        if keys:
            try:
                yield from self.calls.storage.delete_objects(self.bucket, list(keys))
            except NotFoundError:
                return

    def put_texts(self, texts: Mapping[str, bytes]) -> Flow[dict[str, TelnyxError]]:
        """Store texts by key; return the errors of those that failed."""
        results = yield from concurrently(
            [partial(self._put, key, text, _TEXT) for key, text in texts.items()],
            width=self.width,
        )
        return _errors(texts, results)

    def get_texts(self, keys: Sequence[str]) -> Flow[dict[str, str]]:
        """Return the texts of keys; missing ones are skipped."""
        results = yield from concurrently(
            [partial(self.calls.storage.get_object, self.bucket, key) for key in keys],
            width=self.width,
        )
        return {
            key: text.decode("utf-8", "replace") for key, text in _existing(keys, results).items()
        }

    def existing_texts(self, keys: Sequence[str]) -> Flow[set[str]]:
        """Return those keys that have a text."""
        results = yield from concurrently(
            [partial(self.calls.storage.head_object, self.bucket, key) for key in keys],
            width=self.width,
        )
        return set(_existing(keys, results))

    def remove_texts(self, keys: Sequence[str]) -> Flow[dict[str, TelnyxError]]:
        """Remove the texts of keys; return the errors of those that failed."""
        if not keys:
            return {}
        try:
            result = yield from self.calls.storage.delete_objects(self.bucket, list(keys))
        except NotFoundError:
            return {}
        return dict(result.errors)

    def drop(self) -> Flow[None]:
        """Delete the bucket with everything in it."""
        try:
            items = yield from every(self.calls.storage.list_objects(self.bucket))
            yield from self.remove([item.key for item in items])
            yield from self.calls.storage.delete_bucket(self.bucket)
        except NotFoundError:
            return

    def get_old(self, ids: Sequence[str]) -> Flow[dict[str, dict[str, Any]]]:
        """Return nothing: earlier versions of this package stored metadata in docstores only."""
        yield from ()
        del ids
        return {}

    def remove_old(self, ids: Sequence[str]) -> Flow[None]:
        """Do nothing: earlier versions of this package stored metadata in docstores only."""
        yield from ()
        del ids

    def get_record(self, name: str) -> Flow[dict[str, Any] | None]:
        """Return a record about the bucket itself."""
        try:
            content = yield from self.calls.storage.get_object(self.bucket, name)
        except NotFoundError:
            return None
        record = parsed(content)
        return record if isinstance(record, dict) else None

    def put_record(self, name: str, record: Mapping[str, Any]) -> Flow[None]:
        """Store a record about the bucket itself."""
        yield from self._put(name, json.dumps(record).encode())

    def _put(self, key: str, content: bytes, kind: str = _JSON) -> Flow[None]:
        put = self.calls.storage.put_object(self.bucket, key, content, content_type=kind)
        try:
            yield from put
        except NotFoundError:
            yield from ensure_bucket(self.calls, self.bucket)
            yield from put


@dataclass(frozen=True, slots=True)
class DocstoreSidecar:
    """Entries in a docstore of the user.

    The value is the entry as JSON in bytes, which every store accepts. A store that accepts only
    documents, such as one of `create_kv_docstore`, gets a document without text. Bytes, text, dicts
    and documents are read.

    Attributes:
        docstore: The docstore.
        bucket: The bucket whose documents the entries belong to.
    """

    docstore: Docstore
    bucket: str

    def put(self, entries: Mapping[str, Entry]) -> Flow[dict[str, TelnyxError]]:
        """Store entries by key."""
        pairs = [(key, dumped(entry)) for key, entry in entries.items()]
        documents = [(key, as_document(entry)) for key, entry in entries.items()]
        yield from self._set(pairs, documents)
        return {}

    def get(self, keys: Sequence[str]) -> Flow[dict[str, Entry | ValueError]]:
        """Return the entries of keys, and an error for one that cannot be read."""
        values = yield from self._get(keys)
        return {key: copied(loaded(key, value)) for key, value in values.items()}

    def remove(self, keys: Sequence[str]) -> Flow[None]:
        """Remove the entries of keys; missing entries are not an error."""
        if keys:
            yield from run_external(
                lambda: self.docstore.mdelete(keys), lambda: self.docstore.amdelete(keys)
            )

    def put_texts(self, texts: Mapping[str, bytes]) -> Flow[dict[str, TelnyxError]]:
        """Store texts by key."""
        documents = [(key, Document(text.decode())) for key, text in texts.items()]
        yield from self._set(list(texts.items()), documents)
        return {}

    def get_texts(self, keys: Sequence[str]) -> Flow[dict[str, str]]:
        """Return the texts of keys; missing ones are skipped."""
        values = yield from self._get(keys)
        return {key: _text_of(value) for key, value in values.items()}

    def existing_texts(self, keys: Sequence[str]) -> Flow[set[str]]:
        """Return those keys that have a text."""
        return set((yield from self._get(keys)))

    def remove_texts(self, keys: Sequence[str]) -> Flow[dict[str, TelnyxError]]:
        """Remove the texts of keys."""
        yield from self.remove(keys)
        return {}

    def drop(self) -> Flow[None]:
        """Remove the records about the bucket; entries are removed with their documents."""
        yield from self.remove([self._record("settings.json")])

    def get_old(self, ids: Sequence[str]) -> Flow[dict[str, dict[str, Any]]]:
        """Return the metadata that an earlier version of this package stored under ids."""
        values = yield from self._get(ids)
        found = {id_: _metadata_of(value) for id_, value in values.items()}
        return {id_: copy.deepcopy(data) for id_, data in found.items() if data is not None}

    def remove_old(self, ids: Sequence[str]) -> Flow[None]:
        """Remove the metadata that an earlier version of this package stored under ids."""
        return self.remove(ids)

    def get_record(self, name: str) -> Flow[dict[str, Any] | None]:
        """Return a record about the bucket itself."""
        values = yield from self._get([self._record(name)])
        return next(map(_metadata_of, values.values()), None)

    def put_record(self, name: str, record: Mapping[str, Any]) -> Flow[None]:
        """Store a record about the bucket itself."""
        key = self._record(name)
        document = Document("", metadata=dict(record))
        yield from self._set([(key, json.dumps(record).encode())], [(key, document)])

    def _record(self, name: str) -> str:
        return f"{self.bucket}/{name}"

    def _get(self, keys: Sequence[str]) -> Flow[dict[str, object]]:
        if not keys:
            return {}
        values = yield from run_external(
            lambda: self.docstore.mget(keys), lambda: self.docstore.amget(keys)
        )
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    def _set(
        self, pairs: list[tuple[str, bytes]], documents: list[tuple[str, Document]]
    ) -> Flow[None]:
        def blocking() -> None:
            try:
                self.docstore.mset(pairs)
            except TypeError:
                self.docstore.mset(documents)

        async def awaited() -> None:
            try:
                await self.docstore.amset(pairs)
            except TypeError:
                await self.docstore.amset(documents)

        yield from run_external(blocking, awaited)


def _errors(names: Iterable[str], results: Sequence[object]) -> dict[str, TelnyxError]:
    return {
        name: result
        for name, result in zip(names, results, strict=True)
        if isinstance(result, TelnyxError)
    }


def _existing(keys: Sequence[str], results: Sequence[T | TelnyxError]) -> dict[str, T]:
    """Return the results of keys that exist.

    Raises:
        TelnyxError: A request failed for another reason.
    """
    found: dict[str, T] = {}
    for key, result in zip(keys, results, strict=True):
        if not isinstance(result, TelnyxError):
            found[key] = result
        elif not isinstance(result, NotFoundError):
            raise result
    return found


def _metadata_of(value: object) -> dict[str, Any] | None:
    if isinstance(value, Document):
        value = value.metadata
    if isinstance(value, bytes | str):
        value = parsed(value)
    return value if isinstance(value, dict) else None


def _text_of(value: object) -> str:
    if isinstance(value, Document):
        return value.page_content
    return value.decode() if isinstance(value, bytes) else str(value)
