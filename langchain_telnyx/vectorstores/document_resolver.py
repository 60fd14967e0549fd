"""Resolve objects to documents: read id and metadata from the key or the sidecar.

An object whose metadata cannot be read is skipped with a warning. The others are returned.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from langchain_core.documents import Document

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls, config_of
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.assumptions import Differences
from langchain_telnyx.vectorstores.bucket_cache import BucketCache
from langchain_telnyx.vectorstores.entries import Entry
from langchain_telnyx.vectorstores.keys import (
    DocumentKey,
    id_stem,
    key_of_file,
    parse_key,
    spellings,
)
from langchain_telnyx.vectorstores.sidecar import Sidecar


class ObjectText(NamedTuple):
    """An object with its text, or a passage of it.

    Attributes:
        key: The object's key.
        parsed: The parsed key; `None` for a file of another program.
        text: The text.
        entry: The entry of the document as a whole, for a chunk.
    """

    key: str
    parsed: DocumentKey | None
    text: str
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class DocumentResolver:
    """Resolves the objects of one bucket to documents.

    Attributes:
        calls: Describes calls.
        bucket: The bucket's name.
        sidecar: Stores metadata that does not fit into a key.
        cache: What the store has read about the bucket.
    """

    calls: Namespaces[DeferredCalls]
    bucket: str
    sidecar: Sidecar
    cache: BucketCache

    def text_of_hit(self, filename: str, source: str | None, text: str) -> ObjectText:
        """Return a passage with its object's key, in whichever spelling the service returns it."""
        for number, key in enumerate(spellings(filename, source)):
            parsed = parse_key(key)
            if parsed is not None:
                if number:
                    differences = Differences()
                    differences.adapt("filename_form", "a document's key is read from another form")
                    differences.report(config_of(self.calls.bucket_embeddings), self.bucket)
                return ObjectText(key, parsed, text)
        return ObjectText(key_of_file(self.bucket, filename, source), None, text)

    def documents(self, texts: Sequence[ObjectText]) -> Flow[list[Document | None]]:
        """Resolve objects to documents; a chunk needs its entry.

        Returns:
            The documents; `None` where the object was deleted in the meantime, or, with a warning,
            where the metadata cannot be found or read.

        Raises:
            ValueError: The sidecar has the metadata of none of the objects that need it, so it is
                not the sidecar that they were written with.
        """
        keys = {text.key: text.parsed for text in texts if text.parsed is not None}
        entries = yield from self._entries(keys)
        old = yield from self._old(keys)
        unreadable = [
            key
            for key, parsed in keys.items()
            if parsed.place == "sidecar" and not isinstance(entries.get(key), Entry)
        ]
        if unreadable:
            yield from self._report(unreadable, entries)
        return [_document(text, entries, old) for text in texts]

    def _entries(self, keys: dict[str, DocumentKey]) -> Flow[dict[str, Entry | ValueError]]:
        missing = [key for key, parsed in keys.items() if parsed.place == "sidecar"]
        if not missing:
            return {}
        return (yield from self.sidecar.get(missing))

    def _old(self, keys: dict[str, DocumentKey]) -> Flow[dict[str, dict[str, object]]]:
        ids = [
            parsed.id
            for parsed in keys.values()
            if parsed.place == "docstore" and parsed.id is not None
        ]
        if not ids:
            return {}
        return (yield from self.sidecar.get_old(list(dict.fromkeys(ids))))

    def _report(
        self,
        unreadable: list[str],
        entries: dict[str, Entry | ValueError],
    ) -> Flow[None]:
        """Report objects without readable metadata, unless they were deleted in the meantime."""
        heads = yield from concurrently(
            [partial(self.calls.storage.head_object, self.bucket, key) for key in unreadable]
        )
        left = [
            key
            for key, head in zip(unreadable, heads, strict=True)
            if not isinstance(head, NotFoundError)
        ]
        if not left:
            return
        problem = entries.get(left[0])
        why = (
            str(problem)
            if problem is not None
            else (
                "It is not in the metadata bucket or docstore: open the store with the "
                "`metadata_bucket=` or `docstore=` used for writing, or add the document again."
            )
        )
        message = (
            f"The metadata of {len(left)} documents of bucket {self.bucket!r} cannot be read, "
            f"first that of object {left[0]!r}. {why}"
        )
        if not any(isinstance(entry, Entry) for entry in entries.values()):
            raise ValueError(message)
        self.cache.warn_once(f"metadata of {left[0]}", f"{message} They are skipped.")


def _document(
    text: ObjectText,
    entries: dict[str, Entry | ValueError],
    old: dict[str, dict[str, object]],
) -> Document | None:
    parsed = text.parsed
    if parsed is None:
        return _file(text)
    if parsed.place == "key":
        return Document(page_content=text.text, id=parsed.id, metadata=parsed.metadata or {})
    if parsed.place == "docstore":
        # Without a docstore entry, the key belongs to a file that only looks like a document.
        found = old.get(parsed.id or "")
        if found is None:
            return _file(text)
        return Document(page_content=text.text, id=parsed.id, metadata=found)
    entry = text.entry or entries.get(text.key)
    if not isinstance(entry, Entry) or id_stem(entry.id) != parsed.stem:
        return None
    # The chunks of a document share its entry.
    metadata = entry.metadata if text.entry is None else copy.deepcopy(entry.metadata)
    return Document(page_content=text.text, id=entry.id, metadata=metadata)


def _file(text: ObjectText) -> Document:
    return Document(page_content=text.text, id=text.key, metadata={"source": text.key})
