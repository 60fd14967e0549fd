"""Write documents and files: store under new keys, wait, and only then remove older versions.

The states of one document:

```text
given ──put──▶ stored ──embedded by the service──▶ searchable ──older versions removed──▶ done
  │              │                                      │
  ▼              ▼                                      ▼
not stored    not embedded, or not in time          not replaced
```

A version is never written twice and never changes. Older versions are removed only after a newer
one can be found, so after a crash between any two steps the last acknowledged version can be found.
A document in chunks is several objects, which count together once all of them can be found: see
`parents`.
"""

import itertools
import mimetypes
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from langchain_telnyx._shared.assumptions import AssumptionWarning
from langchain_telnyx._shared.progress import progress
from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile
from langchain_telnyx.client.call import Flow, Sleep, Steps
from langchain_telnyx.client.errors import (
    APIStatusError,
    NotFoundError,
    TaskTimeoutError,
    TelnyxError,
)
from langchain_telnyx.client.write_errors import (
    FileReadError,
    PartialWriteError,
    WriteOutcome,
    WriteTimeoutError,
)
from langchain_telnyx.vectorstores.assumptions import Differences
from langchain_telnyx.vectorstores.batch import Batch, Item, versions_of
from langchain_telnyx.vectorstores.bucket import Bucket, version_order
from langchain_telnyx.vectorstores.bucket_cache import EmbeddingSettings
from langchain_telnyx.vectorstores.chunked_writes import (
    by_item,
    complete,
    complete_among,
    put_texts,
    reuse_stored,
    withdraw,
)
from langchain_telnyx.vectorstores.deletion import remove_objects
from langchain_telnyx.vectorstores.embedding_wait import States, file_states, wait_until_embedded
from langchain_telnyx.vectorstores.entries import Entry
from langchain_telnyx.vectorstores.keys import DocumentKey, parse_key
from langchain_telnyx.vectorstores.settings import read_settings
from langchain_telnyx.vectorstores.unwaited import check_unwaited, start_embedding

_TEXT = "text/plain; charset=utf-8"
_TOO_LONG = "KeyTooLongError"


def write(bucket: Bucket, batch: Batch, *, wait: bool, show_progress: bool) -> Flow[None]:
    """Store documents or files, and wait until they can be found.

    Args:
        bucket: The bucket; it is created unless it exists.
        batch: The documents or files to store.
        wait: Whether to wait until everything can be found, and then to remove older versions.
        show_progress: Whether to show progress bars.

    Raises:
        PartialWriteError: Some are not stored, not embedded, or not replaced.
        WriteTimeoutError: Some are not embedded within the bucket's `wait_timeout`.
        ConfigurationError: The store requests other settings than the bucket has.
    """
    yield from bucket.ensure()
    if not batch.items:
        return
    yield from check_unwaited(bucket)
    settings = yield from read_settings(bucket)
    documents = {item.id: item for item in batch.items if item.metadata is not None}
    existing = yield from bucket.versions(documents)
    longest = bucket.adaptations.max_key_bytes
    for item in batch.items:
        item.take_version(versions_of(existing.get(item.id, ())), longest=longest)
    yield from reuse_stored(bucket, batch.items, existing, wait=wait)
    before = yield from _states_before(bucket, batch, settings)
    not_stored = yield from _store(bucket, batch, show_progress=show_progress)
    stored = [item for item in batch.items if item.key not in not_stored]
    states = States()
    if stored and wait:
        states = yield from _wait(bucket, stored, settings, before, show_progress=show_progress)
    elif stored:
        states = yield from start_embedding(bucket, stored, settings)
    if wait and states.searchable and bucket.adaptations.search_delay:
        yield Sleep(bucket.adaptations.search_delay)
    findable = [item for item in stored if item.key in states.searchable]
    without_entry, absent = yield from complete(bucket, findable)
    not_stored |= without_entry
    states.searchable -= without_entry.keys()
    not_replaced: dict[str, TelnyxError] = {}
    if wait:
        not_replaced = yield from _remove_older(bucket, stored, existing, states)
        found = [
            parse_key(item.keys[0])
            for item in stored
            if item.key in states.searchable and item.document is not None
        ]
        bucket.cache.written.add(filter(None, found))
    doubtful = without_entry.keys() - absent
    yield from _withdraw_incomplete(bucket, batch, not_stored, states, doubtful)
    _check_keys(batch, not_stored, states.differences)
    try:
        _report(bucket, batch, not_stored, states, not_replaced)
    except PartialWriteError:
        # Its outcomes are needed even where a program turns warnings into errors.
        with suppress(AssumptionWarning):
            bucket.report(states.differences)
        raise
    bucket.report(states.differences)


def _withdraw_incomplete(
    bucket: Bucket,
    batch: Batch,
    not_stored: Mapping[str, TelnyxError],
    states: States,
    doubtful: Collection[str],
) -> Flow[None]:
    """Remove the objects of documents in chunks that are not complete: nobody finds them.

    Those whose entry may be stored remain: a reader may have found them.
    """
    objects: dict[str, TelnyxError | None] = {}
    for item in batch.items:
        if not item.chunks or item.is_stored or item.key in doubtful:
            continue
        if item.key not in states.searchable:
            error = not_stored.get(item.key) or states.failed.get(item.key)
            objects |= dict.fromkeys(item.keys, error)
    yield from withdraw(bucket, objects)


def _check_keys(
    batch: Batch, not_stored: Mapping[str, TelnyxError], differences: Differences
) -> None:
    """Record that keys are refused because of their length."""
    for item in batch.items:
        error = not_stored.get(item.key)
        if isinstance(error, APIStatusError) and error.code == _TOO_LONG:
            longest = max(len(key.encode()) for key in item.keys)
            differences.add("key_limit", f"a key of {longest} bytes is refused")


def _states_before(
    bucket: Bucket, batch: Batch, settings: EmbeddingSettings | None
) -> Flow[Mapping[str, EmbeddedFile]]:
    """Return the states of files that may be replaced under their own keys."""
    keys = [item.key for item in batch.items if item.metadata is None]
    if settings is None or not keys:
        return {}
    try:
        return (yield from file_states(bucket, keys))
    except NotFoundError:
        return {}


def _store(bucket: Bucket, batch: Batch, *, show_progress: bool) -> Flow[dict[str, TelnyxError]]:
    """Upload all objects, each after its sidecar entry; return the errors by key."""
    entries = {
        item.key: Entry(item.id, item.metadata or {})
        for item in batch.items
        if item.document is not None and item.document.place == "sidecar"
    }
    failed = {item.key: item.error for item in batch.items if item.error is not None}
    if entries:
        failed |= yield from bucket.sidecar.put(entries)
    failed |= yield from put_texts(bucket, batch.items)
    puts: dict[str, Callable[[], Steps[object]]] = {}
    items: dict[str, str] = {}
    for item in batch.items:
        if item.key not in failed and not item.is_stored:
            for key, content in item.objects.items():
                puts[key] = partial(_put, bucket, key, content)
                items[key] = item.key
    with progress("Uploading", len(puts), show=show_progress) as bar:
        done = itertools.count(1)
        errors = yield from bucket.each(puts, on_each=lambda: bar.to(next(done)))
    for key, error in errors.items():
        failed.setdefault(items[key], error)
    return failed


def _put(bucket: Bucket, key: str, content: bytes | Path) -> Flow[None]:
    put = bucket.calls.storage.put_object
    if isinstance(content, bytes):
        yield from put(bucket.name, key, content, content_type=_TEXT)
        return
    kind, _ = mimetypes.guess_type(content.name)
    try:
        yield from put(bucket.name, key, content, content_type=kind)
    except TelnyxError:
        raise
    except OSError as error:
        raise FileReadError(f"The file {str(content)!r} cannot be read: {error}.") from error


def _wait(
    bucket: Bucket,
    stored: Sequence[Item],
    settings: EmbeddingSettings | None,
    before: Mapping[str, EmbeddedFile],
    *,
    show_progress: bool,
) -> Flow[States]:
    def find_present() -> Flow[Collection[str]]:
        lookup = yield from bucket.lookup([item.id for item in stored])
        keys = {key.key for versions in lookup.versions.values() for key in versions}
        return keys | set(lookup.files)

    keys = [key for item in stored for key in item.keys]
    with progress("Embedding", len(keys), show=show_progress) as bar:
        states = yield from wait_until_embedded(
            bucket,
            keys,
            settings=settings,
            before=before,
            find_present=find_present,
            on_progress=bar.to,
        )
    return by_item(states, stored)


def _remove_older(
    bucket: Bucket,
    stored: Sequence[Item],
    existing: Mapping[str, Sequence[DocumentKey]],
    states: States,
) -> Flow[dict[str, TelnyxError]]:
    """Remove every version that is older than the newest one that can be found.

    Returns:
        The errors by id.
    """
    # Documents with an id derived from their content have no other versions, unless one was listed.
    ids = [
        item.id
        for item in stored
        if item.document is not None
        and (not item.id_from_content or item.chunks or existing.get(item.id))
    ]
    if not ids:
        return {}
    try:
        versions = yield from bucket.versions(ids)
    except TelnyxError as error:
        return dict.fromkeys(ids, error)
    own = {item.id: item.document for item in stored if item.document is not None}
    newer = [
        key
        for id_, keys in versions.items()
        for key in keys
        if version_order(key) > version_order(own[id_])
    ]
    yield from _note_removed(bucket, stored, versions, states)
    findable = states.searchable | (yield from _findable(bucket, newer))
    older: dict[str, str] = {}
    for id_, keys in versions.items():
        found = [key for key in keys if key.whole in findable]
        if found:
            newest = version_order(found[0])
            older |= {key.key: id_ for key in keys if version_order(key) < newest}
    try:
        errors = yield from remove_objects(bucket, list(older))
    except TelnyxError as error:
        return dict.fromkeys(older.values(), error)
    return {older[key]: error for key, error in errors.items()}


def _findable(bucket: Bucket, newer: Sequence[DocumentKey]) -> Flow[set[str]]:
    """Return the versions of other writers that can be found, as far as that is known."""
    if not newer:
        return set()
    # Of concurrent writers, the greater version remains, once it can be found. If this cannot be
    # found out, the other writers remove the versions that they replace.
    found: set[str] = set()
    with suppress(TelnyxError):
        found |= yield from complete_among(bucket, newer)
    whole = [key.key for key in newer if not key.chunk]
    if whole:
        with suppress(TelnyxError):
            files = yield from file_states(bucket, whole)
            found |= {key for key, file in files.items() if file.succeeded}
    return found


def _note_removed(
    bucket: Bucket,
    stored: Sequence[Item],
    versions: Mapping[str, Sequence[DocumentKey]],
    states: States,
) -> Flow[None]:
    """Note documents in chunks that another writer removed in the meantime: they do not count."""
    suspects: dict[str, DocumentKey] = {}
    for item in stored:
        if item.chunks and item.document is not None and item.key in states.searchable:
            listed = {key.key for key in versions.get(item.id, ())}
            if not listed.issuperset(item.keys):
                suspects[item.key] = item.document
    if suspects:
        with suppress(TelnyxError):  # readers find out
            gone = suspects.keys() - (yield from complete_among(bucket, suspects.values()))
            states.searchable -= gone
            states.gone |= gone


def _report(
    bucket: Bucket,
    batch: Batch,
    not_stored: Mapping[str, TelnyxError],
    states: States,
    not_replaced: Mapping[str, TelnyxError],
) -> None:
    """Raise an error with all outcomes if a document was not written completely.

    Raises:
        PartialWriteError: Some documents are not stored, not embedded or not replaced.
        WriteTimeoutError: Some documents are not embedded within the timeout.
    """
    outcomes: dict[str, list[WriteOutcome]] = {
        "searchable": [],
        "not_embedded": [],
        "not_stored": [],
        "not_replaced": [],
    }
    removed = False
    for item in batch.items:
        kind, error = _outcome(item, not_stored, states, not_replaced)
        outcomes[kind].append(item.outcome(error))
        removed = removed or (kind == "not_embedded" and bool(item.chunks))
    if len(outcomes["searchable"]) == len(batch.items):
        return
    phrases = {
        "not_stored": "not stored",
        "not_embedded": (
            "not embedded (those in chunks are removed again)"
            if removed
            else "stored but not embedded"
        ),
        "not_replaced": "stored beside an older version that could not be removed",
    }
    parts = [
        f"{len(outcomes[kind])} of {len(batch.items)} documents are {phrase}, first "
        f"{outcomes[kind][0]}: {str(outcomes[kind][0].error).rstrip('.')}."
        for kind, phrase in phrases.items()
        if outcomes[kind]
    ]
    listed = ", ".join(f"`{kind}`" for kind in (*(k for k in phrases if outcomes[k]), "searchable"))
    message = (
        f"Bucket {bucket.name!r}: {' '.join(parts)} The others can be found; {listed} list all. "
        f"It is safe to repeat the whole write."
    )
    options: Any = outcomes
    if states.pending:
        raise WriteTimeoutError(message, **options)
    raise PartialWriteError(message, **options)


def _outcome(
    item: Item,
    not_stored: Mapping[str, TelnyxError],
    states: States,
    not_replaced: Mapping[str, TelnyxError],
) -> tuple[str, TelnyxError | None]:
    if item.key in not_stored:
        return "not_stored", not_stored[item.key]
    if item.key in states.failed:
        return "not_embedded", states.failed[item.key]
    if item.key in states.pending:
        state = states.pending[item.key]
        message = f"not embedded within `wait_timeout`; its state is {state!r}"
        return "not_embedded", TaskTimeoutError(message, status=state)
    if item.id in not_replaced:
        return "not_replaced", not_replaced[item.id]
    return "searchable", None
