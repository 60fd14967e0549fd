"""Reading whole documents: by id, or those that passages were found in."""

import mimetypes
from collections.abc import Sequence
from functools import partial

from langchain_core.documents import Document

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.keys import parse_key
from langchain_telnyx.vectorstores.resolution import Text

# The bytes of another program's file are its text only for these media types.
_READABLE = ("text/", "application/json", "application/xml")
# An update that is under way replaces what was just listed: look again.
_LOOKS = 5


def read(bucket: Bucket, ids: Sequence[str]) -> Flow[list[Document]]:
    """Fetch documents by id and files by key, in the order of the ids; missing ones are left out.

    Raises:
        PartialError: Some could not be fetched; `partial` holds the others.
    """
    found: dict[str, Document] = {}
    failed: dict[str, TelnyxError] = {}
    left = list(dict.fromkeys(ids))
    for _ in range(_LOOKS):
        lookup = yield from bucket.lookup(left)
        places = {id_: versions[0].key for id_, versions in lookup.versions.items()}
        places |= {key: key for key in lookup.files}
        contents = yield from concurrently(
            [partial(bucket.calls.storage.get_object, bucket.name, key) for key in places.values()],
            width=bucket.max_concurrency,
        )
        texts: dict[str, Text] = {}
        left = []
        for (id_, key), content in zip(places.items(), contents, strict=True):
            if isinstance(content, bytes):
                texts[id_] = Text(key, parse_key(key), content.decode("utf-8", "replace"))
            elif isinstance(content, NotFoundError):
                left.append(id_)
            else:
                failed[id_] = content
        documents = yield from bucket.resolver.documents(list(texts.values()))
        for id_, document in zip(texts, documents, strict=True):
            if document is None:
                left.append(id_)
            else:
                found[id_] = document
        if not left:
            break
    ordered = [found[id_] for id_ in ids if id_ in found]
    if failed and not found:
        raise next(iter(failed.values()))
    if failed:
        error = bucket.partial("fetched", list(found), failed)
        error.partial = ordered
        raise error
    return ordered


def whole_texts(
    calls: Namespaces[DeferredCalls], places: Sequence[tuple[str, str]]
) -> Flow[list[str | None]]:
    """Fetch the texts of objects, each a bucket and a key.

    Returns:
        The texts; `None` where the bytes are not text, or the object is gone by now.
    """
    readable = [place for place in places if _readable(place[1])]
    contents = yield from concurrently(
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
    if parse_key(key) is not None:
        return True
    kind, _ = mimetypes.guess_type(key)
    return kind is None or kind.startswith(_READABLE)


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
