"""Reading whole documents: by id, or those that passages were found of."""

import mimetypes
from collections.abc import Sequence
from functools import partial

from langchain_core.documents import Document

from langchain_telnyx._buckets.bucket import Bucket
from langchain_telnyx._buckets.docstore import joined
from langchain_telnyx._buckets.documents import named
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import Described
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import together
from langchain_telnyx.client.namespaces import Namespaces

# What another program's file must be for its bytes to be its text.
_READABLE = ("text/", "application/json", "application/xml")


def read(bucket: Bucket, ids: Sequence[str]) -> Flow[list[Document]]:
    """Fetch documents by id, in the order of the ids; missing ones are left out.

    Raises:
        PartialError: Some could not be fetched; `partial` holds the others.
    """
    keys = yield from bucket.keys(ids)
    wanted = [key for id_ in ids for key in keys.get(id_, ())]
    contents = yield from together(
        [partial(bucket.calls.storage.get_object, bucket.name, key) for key in wanted],
        width=bucket.max_concurrency,
    )
    texts: list[tuple[str, str]] = []
    failed: dict[str, TelnyxError] = {}
    for key, content in zip(wanted, contents, strict=True):
        if isinstance(content, bytes):
            texts.append((key, content.decode("utf-8", "replace")))
        elif not isinstance(content, NotFoundError):
            failed[key] = content
    if failed and not texts:
        raise next(iter(failed.values()))
    documents = yield from joined(texts, bucket.docstore)
    if failed:
        error = bucket.partial("fetched", [key for key, _ in texts], failed)
        error.partial = documents
        raise error
    return documents


def whole_texts(
    calls: Namespaces[Described], places: Sequence[tuple[str, str]]
) -> Flow[list[str | None]]:
    """Fetch the texts of objects, each a bucket and a key.

    Returns:
        The texts; `None` where the bytes are no text, or the object is gone by now.
    """
    readable = [place for place in places if _readable(place[1])]
    contents = yield from together(
        [partial(calls.storage.get_object, *place) for place in readable]
    )
    texts: dict[tuple[str, str], str | None] = {}
    for place, content in zip(readable, contents, strict=True):
        if isinstance(content, bytes):
            texts[place] = _text(content)
        elif not (isinstance(content, NotFoundError) and content.code == "NoSuchKey"):
            raise content
    return [texts.get(place) for place in places]


def _readable(key: str) -> bool:
    if not key or {".", ".."} & set(key.split("/")):
        return False  # no path leads there
    if named(key).id is not None:
        return True
    kind, _ = mimetypes.guess_type(key)
    return kind is None or kind.startswith(_READABLE)


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
