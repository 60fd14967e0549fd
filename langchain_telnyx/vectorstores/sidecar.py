"""The sidecar: metadata that does not fit into a key, stored under the key of its version.

It is a second bucket that is not embedded, `<bucket>-metadata` by default, or a docstore of the
user's. An entry is the JSON object `{"id": …, "metadata": …}` in UTF-8. An entry belongs to one
version of a document, so the text of one version never meets the metadata of another. Entries are
written before the object and removed after it.
"""

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias

from langchain_core.documents import Document
from langchain_core.stores import BaseStore

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import every, outside, together
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.lru import LRU
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.bucket_creation import ensure_bucket
from langchain_telnyx.vectorstores.keys import exact_json

Docstore: TypeAlias = BaseStore[str, Any]

_CACHED = 4096
_LONGEST_BUCKET_NAME = 63
_JSON = "application/json"


class Entry(NamedTuple):
    """What the sidecar holds of a version of a document.

    Attributes:
        id: The document's id.
        metadata: Its metadata.
    """

    id: str
    metadata: dict[str, Any]


class Sidecar(Protocol):
    """Where entries lie."""

    def put(self, entries: Mapping[str, Entry]) -> Flow[dict[str, TelnyxError]]:
        """Store entries by key, and return the errors of those that failed."""
        ...

    def get(self, keys: Sequence[str]) -> Flow[dict[str, Entry | ValueError]]:
        """Return the entries of keys, and an error for one that cannot be read.

        Keys without an entry are left out.
        """
        ...

    def remove(self, keys: Sequence[str]) -> Flow[None]:
        """Remove the entries of keys; those that are not there are no error."""
        ...

    def drop(self) -> Flow[None]:
        """Remove what was made for the bucket as a whole."""
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
    """Return the default name of the bucket that holds another bucket's metadata."""
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
        width: Requests at a time.
    """

    calls: Namespaces[DeferredCalls]
    bucket: str
    width: int = 16
    # Entries never change, since each belongs to one version.
    _cache: LRU[str, Entry] = field(default_factory=lambda: LRU(_CACHED), compare=False, repr=False)

    def put(self, entries: Mapping[str, Entry]) -> Flow[dict[str, TelnyxError]]:
        """Store entries by key, and return the errors of those that failed."""
        results = yield from together(
            [partial(self._put, key, _dumped(entry)) for key, entry in entries.items()],
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
        results = yield from together(
            [partial(self.calls.storage.get_object, self.bucket, key) for key in missing],
            width=self.width,
        )
        for key, result in zip(missing, results, strict=True):
            if isinstance(result, bytes):
                found[key] = entry = _loaded(key, result)
                if isinstance(entry, Entry):
                    self._cache.put(key, entry)
            elif not isinstance(result, NotFoundError):
                raise result
        return {key: _copied(entry) for key, entry in found.items()}

    def remove(self, keys: Sequence[str]) -> Flow[None]:
        """Remove the entries of keys; those that are not there are no error."""
        for key in keys:
            self._cache.remove(key)
        if keys:
            try:
                yield from self.calls.storage.delete_objects(self.bucket, list(keys))
            except NotFoundError:
                return

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
        record = _parsed(content)
        return record if isinstance(record, dict) else None

    def put_record(self, name: str, record: Mapping[str, Any]) -> Flow[None]:
        """Store a record about the bucket itself."""
        yield from self._put(name, json.dumps(record).encode())

    def _put(self, key: str, content: bytes) -> Flow[None]:
        put = self.calls.storage.put_object(self.bucket, key, content, content_type=_JSON)
        try:
            yield from put
        except NotFoundError:
            yield from ensure_bucket(self.calls, self.bucket)
            yield from put


@dataclass(frozen=True, slots=True)
class DocstoreSidecar:
    """Entries in a docstore of the user's.

    The value is the entry as JSON in bytes, which every store can hold. A store that takes nothing
    but documents, as `create_kv_docstore` makes it, gets a document without text. Bytes, text,
    dicts and documents are read.

    Attributes:
        docstore: The docstore.
        bucket: The bucket whose documents the entries belong to.
    """

    docstore: Docstore
    bucket: str

    def put(self, entries: Mapping[str, Entry]) -> Flow[dict[str, TelnyxError]]:
        """Store entries by key."""
        pairs = [(key, _dumped(entry)) for key, entry in entries.items()]
        documents = [
            (key, Document("", id=entry.id, metadata=entry.metadata))
            for key, entry in entries.items()
        ]
        yield from self._set(pairs, documents)
        return {}

    def get(self, keys: Sequence[str]) -> Flow[dict[str, Entry | ValueError]]:
        """Return the entries of keys, and an error for one that cannot be read."""
        values = yield from self._get(keys)
        return {key: _copied(_loaded(key, value)) for key, value in values.items()}

    def remove(self, keys: Sequence[str]) -> Flow[None]:
        """Remove the entries of keys; those that are not there are no error."""
        if keys:
            yield from outside(
                lambda: self.docstore.mdelete(keys), lambda: self.docstore.amdelete(keys)
            )

    def drop(self) -> Flow[None]:
        """Remove the records about the bucket; its entries go with its documents."""
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
        values = yield from outside(
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

        yield from outside(blocking, awaited)


def _errors(names: Iterable[str], results: Sequence[object]) -> dict[str, TelnyxError]:
    return {
        name: result
        for name, result in zip(names, results, strict=True)
        if isinstance(result, TelnyxError)
    }


def _dumped(entry: Entry) -> bytes:
    metadata = exact_json(entry.id, entry.metadata)
    return b'{"id":%s,"metadata":%s}' % (json.dumps(entry.id).encode(), metadata)


def _loaded(key: str, value: object) -> Entry | ValueError:
    if isinstance(value, Document):
        value = {"id": value.id, "metadata": value.metadata}
    if isinstance(value, bytes | str):
        value = _parsed(value)
    if isinstance(value, dict):
        id_, metadata = value.get("id"), value.get("metadata")
        if isinstance(id_, str) and isinstance(metadata, dict):
            return Entry(id_, metadata)
    return ValueError(
        f"The sidecar entry {key!r} is not metadata: it must be a JSON object with `id` and "
        f"`metadata`, as bytes, text or a dict, or a document."
    )


def _metadata_of(value: object) -> dict[str, Any] | None:
    if isinstance(value, Document):
        value = value.metadata
    if isinstance(value, bytes | str):
        value = _parsed(value)
    return value if isinstance(value, dict) else None


def _parsed(value: bytes | str) -> object:
    try:
        return loads(value)
    except (ValueError, RecursionError):
        return None


def _copied(entry: Entry | ValueError) -> Entry | ValueError:
    if isinstance(entry, ValueError):
        return entry
    # Several passages may be of one document, and a change to one must not change the others.
    return Entry(entry.id, copy.deepcopy(entry.metadata))
