"""Write documents in chunks: the steps that a document of one object does not need.

See `parents` for the order of the steps, and `writes` for the write as a whole.
"""

from collections.abc import Collection, Mapping, Sequence

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.vectorstores.batch import Item
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.deletion import remove_objects
from langchain_telnyx.vectorstores.embedding_wait import States, file_states
from langchain_telnyx.vectorstores.entries import Entry
from langchain_telnyx.vectorstores.keys import DocumentKey
from langchain_telnyx.vectorstores.parents import read_parents
from langchain_telnyx.vectorstores.splitting import chunks_of


def reuse_stored(
    bucket: Bucket,
    items: Sequence[Item],
    existing: Mapping[str, Sequence[DocumentKey]],
    *,
    wait: bool,
) -> Flow[None]:
    """Mark documents that the bucket has already, in the same chunks.

    Only documents whose ids are derived from their contents, of which there is one version.

    Args:
        bucket: The bucket.
        items: The documents to write.
        existing: Id to the keys of its versions.
        wait: Whether the chunks must be embedded.
    """
    candidates: dict[str, Item] = {}
    for item in items:
        keys = existing.get(item.id, ())
        parents = {key.whole for key in keys}
        if item.id_from_content and len(parents) == 1 and len(keys) == len(item.chunks) > 0:
            candidates[parents.pop()] = item
    if not candidates:
        return
    first = [existing[item.id][0] for item in candidates.values()]
    found = yield from read_parents(bucket.resolver, first, cached=False)
    equal: dict[str, Item] = {}
    for key in first:
        entry = found.complete.get(key.whole)
        if entry is not None and entry.chunks == chunks_of(candidates[key.whole]):
            equal[key.whole] = candidates[key.whole]
    embedded: set[str] | None = None
    if wait and equal:
        embedded = yield from _embedded(bucket, existing, equal.values())
    for key in first:
        if key.whole not in equal:
            continue
        item = equal[key.whole]
        if embedded is None or all(each.key in embedded for each in existing[item.id]):
            item.document = key._replace(key=key.whole, chunk=0)
            item.key = key.whole
            item.is_stored = True


def put_texts(bucket: Bucket, items: Sequence[Item]) -> Flow[dict[str, TelnyxError]]:
    """Store the texts of documents that are stored in chunks; return the errors by item key."""
    texts = {
        item.document.text_key: item
        for item in items
        if item.document is not None and item.chunks and not item.is_stored
    }
    if not texts:
        return {}
    errors = yield from bucket.sidecar.put_texts(
        {key: item.content for key, item in texts.items() if isinstance(item.content, bytes)}
    )
    return {texts[key].key: error for key, error in errors.items()}


def complete(
    bucket: Bucket, items: Sequence[Item]
) -> Flow[tuple[dict[str, TelnyxError], set[str]]]:
    """Store the entries of documents whose chunks can be found.

    Returns:
        The errors by item key; and those keys among them that have no entry now.
    """
    entries = {
        item.key: Entry(item.id, item.metadata or {}, chunks_of(item))
        for item in items
        if item.chunks and not item.is_stored
    }
    if not entries:
        return {}, set()
    errors = yield from bucket.sidecar.put(entries)
    if not errors:
        return {}, set()
    # A request whose response was lost may have been executed.
    try:
        found = yield from bucket.sidecar.get(list(errors))
    except TelnyxError:
        return errors, set()
    left = {key: error for key, error in errors.items() if key not in found}
    return left, set(left)


def withdraw(bucket: Bucket, items: Mapping[str, TelnyxError | None]) -> Flow[None]:
    """Remove what is stored of versions that will not be complete.

    Args:
        bucket: The bucket.
        items: The keys of the objects, with the error of the document, if it has one. An error of
            the removal is added to it as a note: nobody finds these objects, and the next write or
            deletion of the document removes them.
    """
    if not items:
        return
    try:
        failed = yield from remove_objects(bucket, list(items))
    except TelnyxError as error:
        failed = dict.fromkeys(items, error)
    for key, problem in failed.items():
        cause = items[key]
        if cause is not None:
            cause.add_note(f"The object {key!r} could not be removed: {problem}")


def by_item(states: States, items: Sequence[Item]) -> States:
    """Return the states of documents, from those of their objects."""
    settled = States(differences=states.differences)
    for item in items:
        keys = item.keys
        failed = [states.failed[key] for key in keys if key in states.failed]
        pending = [states.pending[key] for key in keys if key in states.pending]
        if failed:
            settled.failed[item.key] = failed[0]
        elif pending:
            settled.pending[item.key] = pending[0]
        elif any(key in states.gone for key in keys):
            settled.gone.add(item.key)
        else:
            settled.searchable.add(item.key)
    return settled


def complete_among(bucket: Bucket, keys: Collection[DocumentKey]) -> Flow[set[str]]:
    """Return those versions that are stored in chunks and complete, by the keys of their entries.

    Raises:
        TelnyxError: The sidecar cannot be read.
    """
    parents = yield from read_parents(bucket.resolver, keys, cached=False)
    return set(parents.complete)


def _embedded(
    bucket: Bucket, existing: Mapping[str, Sequence[DocumentKey]], items: Collection[Item]
) -> Flow[set[str]]:
    keys = [key.key for item in items for key in existing[item.id]]
    try:
        files = yield from file_states(bucket, keys)
    except NotFoundError:
        return set()
    return {key for key, file in files.items() if file.succeeded}
