"""Metadata as an index: a listing names 1,000 documents a page, at no price of a search."""

from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import every
from langchain_telnyx.types import ListedDocument
from langchain_telnyx.vectorstores.bucket import newest_last
from langchain_telnyx.vectorstores.filters import Filter, matcher
from langchain_telnyx.vectorstores.keys import DocumentKey, parse_key
from langchain_telnyx.vectorstores.resolution import Resolver, Text


def list_documents(
    resolver: Resolver,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - LangChain's word
) -> Flow[list[ListedDocument]]:
    """List the newest version of every document, and every file, in the order of their keys.

    Args:
        resolver: The bucket, and how its documents are read.
        filter: Conditions on the metadata.

    Raises:
        TypeError: The filter is a function: it may read the text, which a listing does not have.
        ValueError: The filter is malformed.
    """
    passes = None if filter is None else matcher(on_metadata(filter))
    objects = yield from every(resolver.calls.storage.list_objects(resolver.bucket))
    items = _newest(objects)
    documents = yield from resolver.documents(
        [Text(item.key, parsed, "") for item, parsed in items]
    )
    return [
        ListedDocument(str(document.id), document.metadata, item.key, item.size, item.last_modified)
        for (item, _), document in zip(items, documents, strict=True)
        if document is not None and (passes is None or passes(document))
    ]


def on_metadata(filter: Filter) -> Mapping[str, Any]:  # noqa: A002 - LangChain's word
    """Return a filter that reads metadata alone.

    Raises:
        TypeError: It is a function.
    """
    if not isinstance(filter, Mapping):
        raise TypeError(
            "A listing has no texts, so `filter` takes conditions on the metadata, such as "
            '`{"page": {"$gte": 3}}`, and not a function.'
        )
    return filter


def _newest(items: list[StoredObject]) -> list[tuple[StoredObject, DocumentKey | None]]:
    """Leave out older versions of a document."""
    parsed = [(item, parse_key(item.key)) for item in items]
    newest: dict[str, tuple[str, str]] = {}
    for _, key in parsed:
        if key is not None:
            newest[key.stem] = max(newest.get(key.stem, ("", "")), newest_last(key))
    return [
        (item, key) for item, key in parsed if key is None or newest_last(key) == newest[key.stem]
    ]
