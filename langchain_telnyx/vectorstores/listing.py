"""List documents by metadata: 1,000 documents per page, without the price of a search."""

from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import every
from langchain_telnyx.types import ListedDocument
from langchain_telnyx.vectorstores.bucket import version_order
from langchain_telnyx.vectorstores.document_resolver import DocumentResolver, ObjectText
from langchain_telnyx.vectorstores.filters import Filter, matcher
from langchain_telnyx.vectorstores.keys import DocumentKey, parse_key


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
    objects = yield from every(resolver.calls.storage.list_objects(resolver.bucket))
    items = _newest(objects)
    documents = yield from resolver.documents(
        [ObjectText(item.key, parsed, "") for item, parsed in items]
    )
    return [
        ListedDocument(str(document.id), document.metadata, item.key, item.size, item.last_modified)
        for (item, _), document in zip(items, documents, strict=True)
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


def _newest(items: list[StoredObject]) -> list[tuple[StoredObject, DocumentKey | None]]:
    """Return the newest version of each document, and all files."""
    parsed = [(item, parse_key(item.key)) for item in items]
    newest: dict[str, tuple[str, str]] = {}
    for _, key in parsed:
        if key is not None:
            newest[key.stem] = max(newest.get(key.stem, ("", "")), version_order(key))
    return [
        (item, key) for item, key in parsed if key is None or version_order(key) == newest[key.stem]
    ]
