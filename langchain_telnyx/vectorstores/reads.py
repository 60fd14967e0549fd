"""Read whole documents: by id, or the documents of passages that a search found."""

import mimetypes
from collections.abc import Mapping, Sequence
from functools import partial

from langchain_core.documents import Document

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.vectorstores.bucket import Bucket, Lookup
from langchain_telnyx.vectorstores.document_resolver import ObjectText
from langchain_telnyx.vectorstores.keys import DocumentKey, parse_key
from langchain_telnyx.vectorstores.parents import read_parents
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
    before: Mapping[str, Sequence[DocumentKey]] = {}
    for _ in range(_MAX_ATTEMPTS):
        lookup = yield from bucket.lookup(left)
        newest, none = yield from _newest(bucket, lookup, before)
        keys = {id_: key.key for id_, key in newest.items() if key.place != "parent"}
        keys |= {key: key for key in lookup.files}
        contents = yield from concurrently(
            [partial(bucket.calls.storage.get_object, bucket.name, key) for key in keys.values()],
            width=bucket.max_concurrency,
        )
        texts = yield from _texts_of_parents(bucket, newest)
        left = [id_ for id_ in none if lookup.versions[id_] != before.get(id_)]
        left += [id_ for id_, key in newest.items() if key.place == "parent" and id_ not in texts]
        before = lookup.versions
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


def _newest(
    bucket: Bucket, lookup: Lookup, before: Mapping[str, Sequence[DocumentKey]]
) -> Flow[tuple[dict[str, DocumentKey], list[str]]]:
    """Return the newest version of each id, and the ids that have none now.

    Args:
        bucket: The bucket.
        lookup: The objects of the ids.
        before: Id to its versions in an earlier lookup.
    """
    keys = [key for versions in lookup.versions.values() for key in versions]
    parents = yield from read_parents(bucket.resolver, keys, cached=False)
    newest: dict[str, DocumentKey] = {}
    for id_, versions in lookup.versions.items():
        # The entry of a version is removed after its chunks: if these are listed again, the
        # version never was complete.
        listed_again = {key.whole for key in versions} & {key.whole for key in before.get(id_, ())}
        ignored = parents.unfinished | (parents.missing & listed_again)
        left = [key for key in versions if key.whole not in ignored]
        if left and (left[0].place != "parent" or left[0].whole in parents.complete):
            newest[id_] = left[0]
    return newest, [id_ for id_ in lookup.versions if id_ not in newest]


def _texts_of_parents(
    bucket: Bucket, newest: Mapping[str, DocumentKey]
) -> Flow[dict[str, ObjectText]]:
    """Return the whole texts of documents that are stored in chunks, by id."""
    parents = {id_: key for id_, key in newest.items() if key.place == "parent"}
    if not parents:
        return {}
    texts = yield from bucket.sidecar.get_texts([key.text_key for key in parents.values()])
    entries = bucket.cache.parents
    return {
        id_: ObjectText(key.whole, key, texts[key.text_key], entries.get(key.whole))
        for id_, key in parents.items()
        if key.text_key in texts
    }


def whole_texts(
    resolvers: ResolverCache, locations: Sequence[tuple[str, str]]
) -> Flow[list[str | None]]:
    """Fetch the texts of objects, given as pairs of bucket and key.

    Returns:
        The texts; `None` where the bytes are not text, or the object was deleted meanwhile.
    """
    texts = yield from _parent_texts(resolvers, locations)
    readable = [
        location for location in locations if location not in texts and _readable(location[1])
    ]
    contents = yield from concurrently(
        [
            partial(resolvers.get(bucket).calls.storage.get_object, bucket, key)
            for bucket, key in readable
        ]
    )
    for location, content in zip(readable, contents, strict=True):
        if isinstance(content, bytes):
            texts[location] = _text(content)
        elif not (isinstance(content, NotFoundError) and content.code == "NoSuchKey"):
            raise content
    return [texts.get(location) for location in locations]


def _parent_texts(
    resolvers: ResolverCache, locations: Sequence[tuple[str, str]]
) -> Flow[dict[tuple[str, str], str | None]]:
    """Fetch the texts of documents that are stored in chunks."""
    parents: dict[str, dict[str, str]] = {}
    for bucket, key in locations:
        parsed = parse_key(key)
        if parsed is not None and parsed.place == "parent":
            parents.setdefault(bucket, {})[key] = parsed.text_key
    found: dict[tuple[str, str], str | None] = {}
    for bucket, keys in parents.items():
        texts = yield from resolvers.get(bucket).sidecar.get_texts(list(keys.values()))
        found |= {(bucket, key): texts.get(text_key) for key, text_key in keys.items()}
    return found


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
