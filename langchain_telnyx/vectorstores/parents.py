"""Read documents that are stored in chunks: their entries and texts, and which versions count.

The chunks are objects of the bucket. The text of the document as a whole, and its entry with the
metadata and the places of the chunks, are in the sidecar:

```text
text ──▶ chunks ──embedded by the service──▶ entry: complete ──▶ text removed ──▶ chunks ──▶ entry
```

A version is complete as long as it has its entry *and* its text. The text is stored first, and only
once; the entry is stored last. Whoever removes a version removes its text first. So a version is
never complete before all of its chunks can be found, and once another writer has removed a part of
it, it is never complete again, whatever its own writer does. Both are read in this order: entry,
then text.

Readers ignore versions that have no entry. A version that has an entry and no text is being
removed: there is a newer one, or the document is deleted, so readers ignore older versions, too.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.vectorstores.document_resolver import DocumentResolver, ObjectText
from langchain_telnyx.vectorstores.entries import Entry
from langchain_telnyx.vectorstores.keys import DocumentKey, id_stem
from langchain_telnyx.vectorstores.versions import time_of

# Seconds after which a version that has neither entry nor text is not being written or removed.
_SETTLED = 60.0


@dataclass(slots=True)
class Parents:
    """Versions of documents that are stored in chunks, each by the key of its entry.

    Attributes:
        complete: Those that are complete, with their entries.
        unfinished: Those that have a text and no entry: a writer is at work, or crashed.
        removed: Those that have an entry and no text: they are being removed.
        missing: Those that have neither: they are removed, or the sidecar is another one.
    """

    complete: dict[str, Entry] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


def read_parents(
    resolver: DocumentResolver, keys: Iterable[DocumentKey], *, cached: bool = True
) -> Flow[Parents]:
    """Find out which versions are complete.

    Costs two requests for each version that is not cached.

    Args:
        resolver: Resolves the objects of the bucket.
        keys: Keys of chunks; those of other objects are ignored.
        cached: Whether to use what was read before.
    """
    parents = Parents()
    unknown: dict[str, DocumentKey] = {}
    for key in keys:
        if key.place != "parent":
            continue
        entry = resolver.cache.parents.get(key.whole) if cached else None
        if entry is None:
            unknown[key.whole] = key
        else:
            parents.complete[key.whole] = entry
    if not unknown:
        return parents
    entries = yield from resolver.sidecar.get(list(unknown))
    texts = yield from resolver.sidecar.existing_texts([key.text_key for key in unknown.values()])
    for whole, key in unknown.items():
        entry_or_error = entries.get(whole)
        has_text = key.text_key in texts
        if entry_or_error is None:
            (parents.unfinished if has_text else parents.missing).add(whole)
        elif not has_text:
            parents.removed.add(whole)
        elif isinstance(entry_or_error, ValueError) or not _belongs(entry_or_error, key):
            resolver.cache.warn_once(
                f"metadata of {whole}",
                f"The sidecar entry {whole!r} of a document of bucket {resolver.bucket!r} cannot "
                f"be read. The document is skipped: add it again.",
            )
        else:
            parents.complete[whole] = entry_or_error
            resolver.cache.parents.put(whole, entry_or_error)
    return parents


def complete_texts(
    resolver: DocumentResolver, texts: Sequence[ObjectText]
) -> Flow[list[ObjectText | None]]:
    """Add their entries to chunks.

    Returns:
        The objects; `None` for a chunk that is to be ignored. A chunk of a version that was removed
        in the meantime has no entry.

    Raises:
        ValueError: The sidecar has nothing of these documents.
    """
    keys = [text.parsed for text in texts if text.parsed is not None and text.parsed.chunk]
    if not keys:
        return list(texts)
    parents = yield from read_parents(resolver, keys)
    removed = parents.removed | (yield from _deleted(resolver, keys, parents.missing))
    if not parents.complete:
        _check_sidecar(resolver, [key for key in keys if key.whole in parents.missing - removed])
    found: list[ObjectText | None] = []
    for text in texts:
        if text.parsed is None or not text.parsed.chunk:
            found.append(text)
        elif text.parsed.whole in parents.complete:
            found.append(text._replace(entry=parents.complete[text.parsed.whole]))
        else:
            found.append(text if text.parsed.whole in removed else None)
    return found


def forget(resolver: DocumentResolver, whole: str) -> None:
    """Read the entry of a version again when it is needed next."""
    resolver.cache.parents.remove(whole)


def _belongs(entry: Entry, key: DocumentKey) -> bool:
    return id_stem(entry.id) == key.stem and entry.chunks is not None


def _deleted(
    resolver: DocumentResolver, keys: Sequence[DocumentKey], missing: Collection[str]
) -> Flow[set[str]]:
    """Return those versions of which the bucket does not have a chunk any more."""
    chunks = {key.whole: key.key for key in keys if key.whole in missing}
    heads = yield from concurrently(
        [
            partial(resolver.calls.storage.head_object, resolver.bucket, chunk)
            for chunk in chunks.values()
        ]
    )
    return {
        whole for whole, head in zip(chunks, heads, strict=True) if isinstance(head, NotFoundError)
    }


def _check_sidecar(resolver: DocumentResolver, keys: Sequence[DocumentKey]) -> None:
    """Check that chunks are not those of documents whose sidecar is another one.

    Raises:
        ValueError: They are.
    """
    now = time.time()
    old = {key.whole: key.key for key in keys if now - time_of(key.version) > _SETTLED}
    if old:
        raise ValueError(
            f"The texts and metadata of {len(old)} documents of bucket {resolver.bucket!r} that "
            f"are stored in chunks cannot be read, first those of object {min(old.values())!r}. "
            f"They are not in the metadata bucket or docstore: open the store with the "
            f"`metadata_bucket=` or `docstore=` used for writing, or add the documents again."
        )
