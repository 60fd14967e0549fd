"""Read whole documents: by id, or the documents of passages that a search found."""

import mimetypes
from collections.abc import Sequence
from functools import partial

from langchain_core.documents import Document

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.document_resolver import ObjectText
from langchain_telnyx.vectorstores.keys import parse_key
from langchain_telnyx.vectorstores.resolver_cache import ResolverCache

# Only files of these media types are read as text, where another program wrote them.
_READABLE = ("text/", "application/json", "application/xml")
# A concurrent update rekeys objects that were just listed: list them again.
_MAX_ATTEMPTS = 5


def read(bucket: Bucket, ids: Sequence[str]) -> Flow[list[Document]]:
    """Fetch documents by id and files by key, in the order of the ids; missing ones are left out.

    Raises:
        PartialError: Some could not be fetched; `partial` holds the others.
    """
    found: dict[str, Document] = {}
    failed: dict[str, TelnyxError] = {}
    left = list(dict.fromkeys(ids))
    for _ in range(_MAX_ATTEMPTS):
        lookup = yield from bucket.lookup(left)
        keys = {id_: versions[0].key for id_, versions in lookup.versions.items()}
        keys |= {key: key for key in lookup.files}
        contents = yield from concurrently(
            [partial(bucket.calls.storage.get_object, bucket.name, key) for key in keys.values()],
            width=bucket.max_concurrency,
        )
        texts: dict[str, ObjectText] = {}
        left = []
        for (id_, key), content in zip(keys.items(), contents, strict=True):
            if isinstance(content, bytes):
                texts[id_] = ObjectText(key, parse_key(key), content.decode("utf-8", "replace"))
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
    resolvers: ResolverCache, locations: Sequence[tuple[str, str]]
) -> Flow[list[str | None]]:
    """Fetch the texts of objects, given as pairs of bucket and key.

    Returns:
        The texts; `None` where the bytes are not text, or the object was deleted meanwhile.
    """
    readable = [location for location in locations if _readable(location[1])]
    contents = yield from concurrently(
        [
            partial(resolvers.get(bucket).calls.storage.get_object, bucket, key)
            for bucket, key in readable
        ]
    )
    texts: dict[tuple[str, str], str | None] = {}
    for location, content in zip(readable, contents, strict=True):
        if isinstance(content, bytes):
            texts[location] = _text(content)
        elif not (isinstance(content, NotFoundError) and content.code == "NoSuchKey"):
            raise content
    return [texts.get(location) for location in locations]


def _readable(key: str) -> bool:
    if not key or {".", ".."} & set(key.split("/")):
        return False  # not a valid URL path
    if parse_key(key) is not None:
        return True
    kind, _ = mimetypes.guess_type(key)
    return kind is None or kind.startswith(_READABLE)


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
