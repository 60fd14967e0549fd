"""Metadata too large for a key: kept in a docstore of the user's, under the document's id.

The value is the metadata as a JSON object, in UTF-8 bytes, which every store can hold; one that
takes nothing but documents, as `create_kv_docstore` makes it, gets a document with the metadata and
no text. All three are read, and dicts and strings too, so that other programs may write there.
"""

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from langchain_core.documents import Document
from langchain_core.stores import BaseStore

from langchain_telnyx._buckets.documents import exact_json, named
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import outside

Docstore: TypeAlias = BaseStore[str, Any]


def put(docstore: Docstore, metadatas: Mapping[str, dict[str, Any]]) -> Flow[None]:
    """Keep metadata, by id."""
    pairs = [(id_, exact_json(id_, metadata)) for id_, metadata in metadatas.items()]

    def documents() -> list[tuple[str, Document]]:
        return [(id_, Document("", metadata=metadata)) for id_, metadata in metadatas.items()]

    def blocking() -> None:
        try:
            docstore.mset(pairs)
        except TypeError:
            docstore.mset(documents())

    async def awaited() -> None:
        try:
            await docstore.amset(pairs)
        except TypeError:
            await docstore.amset(documents())

    yield from outside(blocking, awaited)


def remove(docstore: Docstore | None, ids: Sequence[str]) -> Flow[None]:
    """Forget the metadata of ids; where there is no docstore, there is nothing to forget."""
    if docstore is not None and ids:
        yield from outside(lambda: docstore.mdelete(ids), lambda: docstore.amdelete(ids))


def joined(texts: Iterable[tuple[str, str]], docstore: Docstore | None) -> Flow[list[Document]]:
    """Make documents of keys and texts; the docstore is asked once, for all whose metadata it has.

    Raises:
        ValueError: A document's metadata lies in a docstore, and is not in this one.
    """
    read = [(named(key), text) for key, text in texts]
    apart = list(dict.fromkeys(id_ for (id_, data), _ in read if data is None and id_ is not None))
    held = (yield from _get(docstore, apart)) if apart else {}
    return [
        Document(
            page_content=text,
            id=id_,
            metadata=_metadata(id_, held.get(id_ or "")) if metadata is None else metadata,
        )
        for (id_, metadata), text in read
    ]


def _get(docstore: Docstore | None, ids: list[str]) -> Flow[dict[str, Any]]:
    if docstore is None:
        raise ValueError(
            f"The metadata of document {ids[0]!r} lies in a docstore: pass the one that it was "
            f"written with as `docstore=`."
        )
    values = yield from outside(lambda: docstore.mget(ids), lambda: docstore.amget(ids))
    return dict(zip(ids, values, strict=True))


def _metadata(id_: str | None, value: object) -> dict[str, Any]:
    if value is None:
        raise ValueError(
            f"The docstore has no metadata of document {id_!r}, whose key says that it lies there: "
            f"pass the docstore that it was written with, or add the document again."
        )
    if isinstance(value, Document):
        value = value.metadata
    if isinstance(value, bytes | str):
        value = _parsed(value)
    if not isinstance(value, dict):
        raise ValueError(  # noqa: TRY004 - the value is wrong, and not the caller's argument
            f"What the docstore has under the id {id_!r} is not metadata: it must be a JSON object "
            f"as bytes or text, a dict or a document, but is {type(value).__name__}."
        )
    # Several passages may be of one document, and what a caller does to one is not the others'.
    return copy.deepcopy(value)


def _parsed(value: bytes | str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value
