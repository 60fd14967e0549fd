"""List documents by metadata: 1,000 documents per page, without the price of a search."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import every
from langchain_telnyx.types import ListedDocument
from langchain_telnyx.vectorstores.bucket import version_order
from langchain_telnyx.vectorstores.document_resolver import DocumentResolver, ObjectText
from langchain_telnyx.vectorstores.filters import Filter, matcher
from langchain_telnyx.vectorstores.keys import DocumentKey, parse_key
from langchain_telnyx.vectorstores.parents import read_parents

if TYPE_CHECKING:
    from langchain_core.documents import Document

# The most listings, where documents are replaced between a listing and the reading of metadata.
_MAX_ATTEMPTS = 5


def list_documents(
    resolver: DocumentResolver,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangChain's word
) -> Flow[list[ListedDocument]]:
    """List the newest version of every document, and every file, in the order of their keys.

    Args:
        resolver: Resolves the objects of the bucket.
        filter: Conditions on the metadata.

    Raises:
        TypeError: The filter is a function: it may read the text, which a listing does not have.
        ValueError: The filter is malformed.
    """
    passes = None if filter is None else matcher(on_metadata(filter))
    items: list[_Item] = []
    documents: list[Document | None] = []
    before: set[str] = set()
    for _ in range(_MAX_ATTEMPTS):
        objects = yield from every(resolver.calls.storage.list_objects(resolver.bucket))
        items, removed = yield from _newest(resolver, objects)
        documents = yield from resolver.documents([item.text for item in items])
        keys = {each.key for each in objects}
        # A document whose newest version was removed may have a newer one in the meantime.
        if not (removed or None in documents) or keys == before:
            break
        before = keys
    return [
        ListedDocument(str(document.id), document.metadata, item.key, item.size, item.last_modified)
        for item, document in zip(items, documents, strict=True)
        if document is not None and (passes is None or passes(document))
    ]


def on_metadata(filter: Filter) -> Mapping[str, Any]:  # noqa: A002 - LangChain's word
    """Return a filter if it reads only metadata.

    Raises:
        TypeError: The filter is a function.
    """
    if not isinstance(filter, Mapping):
        raise TypeError(
            "A listing has no texts, so `filter` takes conditions on the metadata, such as "
            '`{"page": {"$gte": 3}}`, not a function.'
        )
    return filter


class _Item(NamedTuple):
    """The newest version of a document, or a file; of chunks the first, and the size of all."""

    text: ObjectText
    key: str
    size: int
    last_modified: datetime | None


def _newest(
    resolver: DocumentResolver, objects: Sequence[StoredObject]
) -> Flow[tuple[list[_Item], bool]]:
    """Return the newest version of each document, and all files.

    Returns:
        The documents and files; and whether the newest version of a document was removed.
    """
    pairs = [(each, parse_key(each.key)) for each in objects]
    parents = yield from read_parents(resolver, [key for _, key in pairs if key is not None])
    removed = parents.removed | parents.missing
    known = parents.complete.keys() | parents.removed
    newest: dict[str, DocumentKey] = {}
    parts: dict[str, list[StoredObject]] = {}
    found: dict[str, ObjectText] = {}
    for each, key in pairs:
        if key is None:
            found[each.key] = ObjectText(each.key, None, "")
            parts[each.key] = [each]
        elif key.place != "parent" or key.whole in known:
            newest[key.stem] = max(newest.get(key.stem, key), key, key=version_order)
            parts.setdefault(key.whole, []).append(each)
            found.setdefault(key.whole, ObjectText(each.key, key, ""))
    items: list[_Item] = []
    for whole, text in found.items():
        key = text.parsed
        if key is not None and (whole != newest[key.stem].whole or whole in removed):
            continue
        first, entry = text.key, None
        if key is not None and key.chunk:
            first, entry = key.chunk_key(1), parents.complete[whole]
        times = [part.last_modified for part in parts[whole] if part.last_modified is not None]
        size = sum(part.size for part in parts[whole])
        shown = ObjectText(first, key, "", entry)
        items.append(_Item(shown, first, size, max(times, default=None)))
    return items, bool(removed)
