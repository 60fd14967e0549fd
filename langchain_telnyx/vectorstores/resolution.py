"""From keys to documents: the id and metadata of each, from the key or the sidecar.

One object whose metadata cannot be read costs that object. The others come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from langchain_core.documents import Document

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.keys import DocumentKey, id_stem, parse_key, spellings
from langchain_telnyx.vectorstores.object_cache import BucketMemory
from langchain_telnyx.vectorstores.sidecar import Entry, Sidecar


class Text(NamedTuple):
    """A text of an object.

    Attributes:
        key: The object's key.
        parsed: What the key says; `None` for a file of another program.
        text: The text.
    """

    key: str
    parsed: DocumentKey | None
    text: str


@dataclass(frozen=True, slots=True)
class Resolver:
    """Makes documents of the objects of one bucket.

    Attributes:
        calls: Describes calls.
        bucket: The bucket's name.
        sidecar: Where metadata lies that does not fit into a key.
        memory: What is known about the bucket.
    """

    calls: Namespaces[DeferredCalls]
    bucket: str
    sidecar: Sidecar
    memory: BucketMemory

    def text_of_hit(self, filename: str, source: str | None, text: str) -> Text:
        """Return a passage with the key it is from, however the service spells it."""
        for number, key in enumerate(spellings(filename, source)):
            parsed = parse_key(key)
            if parsed is not None:
                if number:
                    self.memory.warn_once(
                        "spelling",
                        f"A search of bucket {self.bucket!r} returns the file name {filename!r} "
                        f"for the object {key!r}: the service does not return keys as they are. "
                        f"Ids and metadata are read from the other form.",
                    )
                return Text(key, parsed, text)
        return Text(filename, None, text)

    def documents(self, texts: Sequence[Text]) -> Flow[list[Document | None]]:
        """Make documents of texts.

        Returns:
            The documents; `None` for one whose object was deleted in the meantime, or, with a
            warning, whose metadata cannot be found or read.

        Raises:
            ValueError: The metadata of none of those that need the sidecar is there, so that it is
                another sidecar than the one they were written with.
        """
        keys = {text.key: text.parsed for text in texts if text.parsed is not None}
        entries = yield from self._entries(keys)
        old = yield from self._old(keys)
        lost = [
            key
            for key, parsed in keys.items()
            if parsed.place == "sidecar" and not isinstance(entries.get(key), Entry)
        ]
        if lost:
            yield from self._report(lost, entries)
        return [_document(text, entries, old) for text in texts]

    def _entries(self, keys: dict[str, DocumentKey]) -> Flow[dict[str, Entry | ValueError]]:
        wanted = [key for key, parsed in keys.items() if parsed.place == "sidecar"]
        if not wanted:
            return {}
        return (yield from self.sidecar.get(wanted))

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
        lost: list[str],
        entries: dict[str, Entry | ValueError],
    ) -> Flow[None]:
        """Report objects without readable metadata, unless they were deleted in the meantime."""
        heads = yield from concurrently(
            [partial(self.calls.storage.head_object, self.bucket, key) for key in lost]
        )
        left = [
            key
            for key, head in zip(lost, heads, strict=True)
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
                "`metadata_bucket=` or `docstore=` that it was written with, or add it again."
            )
        )
        message = (
            f"The metadata of {len(left)} documents of bucket {self.bucket!r} cannot be read, "
            f"first that of object {left[0]!r}. {why}"
        )
        if not any(isinstance(entry, Entry) for entry in entries.values()):
            raise ValueError(message)
        self.memory.warn_once(f"metadata of {left[0]}", f"{message} They are left out.")


def _document(
    text: Text,
    entries: dict[str, Entry | ValueError],
    old: dict[str, dict[str, object]],
) -> Document | None:
    parsed = text.parsed
    if parsed is None:
        return _file(text)
    if parsed.place == "key":
        return Document(page_content=text.text, id=parsed.id, metadata=parsed.metadata or {})
    if parsed.place == "docstore":
        # A key that only looks like one of ours is that of a file.
        held = old.get(parsed.id or "")
        if held is None:
            return _file(text)
        return Document(page_content=text.text, id=parsed.id, metadata=held)
    entry = entries.get(text.key)
    if not isinstance(entry, Entry) or id_stem(entry.id) != parsed.stem:
        return None
    return Document(page_content=text.text, id=entry.id, metadata=entry.metadata)


def _file(text: Text) -> Document:
    return Document(page_content=text.text, id=text.key, metadata={"source": text.key})
