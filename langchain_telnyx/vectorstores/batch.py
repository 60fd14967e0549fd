"""The batch of a write: documents or files, validated as a whole before anything is sent.

A document without an id gets one derived from its text and metadata, so that an interrupted write
can be repeated: the same document gets the same id.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.documents import Document

from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.write_errors import InvalidDocumentsError, WriteOutcome
from langchain_telnyx.vectorstores.entries import ChunkPlace
from langchain_telnyx.vectorstores.keys import (
    LONGEST_KEY,
    DocumentKey,
    document_key,
    exact_json,
    parent_key,
)
from langchain_telnyx.vectorstores.versions import CONTENT, next_version

# The number of problems in an error message; all of them are in `problems`.
_SHOWN = 5


class Chunk(NamedTuple):
    """A chunk of a document.

    Attributes:
        text: Its text.
        place: Where it is in the document; `None` where the document has no such text.
    """

    text: str
    place: ChunkPlace | None


@dataclass(slots=True)
class Item:
    """One document or file of a write.

    Attributes:
        position: Its position in the input.
        id: Its id; the object key of a file.
        source: The document's `metadata["source"]`, or the file's path.
        content: The text in UTF-8, or the file to upload.
        metadata: The document's metadata; `None` for a file.
        id_from_content: Whether the id is derived from the content.
        chunks: The chunks to store in place of the whole document; empty for one object.
        key: The object's key, once the version is known; with chunks the key of their entry.
        document: The parsed key of a document.
        error: Why the item cannot be sent, where that is known beforehand.
        is_stored: Whether the bucket has this version already, so that nothing is uploaded.
    """

    position: int
    id: str
    source: str | None
    content: bytes | Path
    metadata: dict[str, Any] | None = None
    id_from_content: bool = False
    chunks: Sequence[Chunk] = ()
    key: str = ""
    document: DocumentKey | None = None
    error: TelnyxError | None = None
    is_stored: bool = False

    @property
    def objects(self) -> dict[str, bytes | Path]:
        """The objects to store: key to content."""
        if not self.chunks or self.document is None:
            return {self.key: self.content}
        return {
            self.document.chunk_key(number): chunk.text.encode()
            for number, chunk in enumerate(self.chunks, 1)
        }

    @property
    def keys(self) -> list[str]:
        """The keys of the objects."""
        if not self.chunks or self.document is None:
            return [self.key]
        return [self.document.chunk_key(number) for number in range(1, len(self.chunks) + 1)]

    def take_version(self, existing: Iterable[str], *, longest: int = LONGEST_KEY) -> None:
        """Set a unique key, with a version newer than the existing versions of the id."""
        if self.metadata is None:
            self.key = self.id
            return
        others = set(existing) - {CONTENT}
        if self.chunks:
            # Another splitter may divide the same content elsewhere, so each write has a version.
            self.document = parent_key(self.id, next_version(others))
            self.key = self.document.key
            return
        version = CONTENT if self.id_from_content and not others else next_version(others)
        self.document = document_key(self.id, version, self.metadata, longest=longest)
        self.key = self.document.key

    def outcome(self, error: TelnyxError | None = None) -> WriteOutcome:
        """Return the outcome of writing this item."""
        return WriteOutcome(self.position, self.id, self.source, self.key, error)


@dataclass(slots=True)
class Batch:
    """The documents or files of a write.

    Attributes:
        ids: The id of each document, in input order.
        items: The items to store; of documents with the same id only the last.
    """

    ids: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


def batch_of(
    documents: Iterable[Document],
    ids: Iterable[str | None] | None = None,
    *,
    batch_size: int | None = None,  # noqa: ARG001 - LangChain's indexing passes it
) -> Batch:
    """Validate documents and return them as a batch.

    Args:
        documents: The documents.
        ids: Ids that override those of the documents.
        batch_size: Ignored: all documents are written at once.

    Raises:
        TypeError: A single document or text where a list is expected.
        InvalidDocumentsError: Documents cannot be stored as they are; all of them are listed.
    """
    listed = _listed(documents, "documents", Document)
    given = [getattr(each, "id", None) for each in listed] if ids is None else _listed(ids, "ids")
    if len(given) != len(listed):
        raise ValueError(f"`documents` has {len(listed)} items, but `ids` has {len(given)}.")
    problems: dict[int, str] = {}
    seen = Counter[str]()
    items: dict[str, Item] = {}
    batch = Batch()
    for position, (document, id_) in enumerate(zip(listed, given, strict=True)):
        try:
            item = _item(position, document, id_, seen)
        except ValueError as error:
            source = _source(document)
            where = "" if source is None else f" (source {source!r})"
            problems[position] = f"position {position}{where}: {error}"
        else:
            batch.ids.append(item.id)
            items[item.id] = item
    raise_for_problems(problems, len(listed))
    batch.items = list(items.values())
    return batch


def to_documents(
    texts: Iterable[str], metadatas: Iterable[Mapping[str, Any]] | None
) -> list[Document]:
    """Return texts with their metadata as documents.

    Raises:
        TypeError: A single text where a list is expected, or an item that is not a text.
        ValueError: The numbers of texts and metadatas differ.
    """
    # A list first: a generator can be consumed only once.
    listed = _listed(texts, "texts", str)
    for position, text in enumerate(listed):
        if not isinstance(text, str):
            raise TypeError(f"The text at position {position} is of type {type(text).__name__}.")
    data = [{}] * len(listed) if metadatas is None else _listed(metadatas, "metadatas")
    if len(data) != len(listed):
        raise ValueError(f"`texts` has {len(listed)} items, but `metadatas` has {len(data)}.")
    return [
        Document(page_content=text, metadata=dict(metadata or {}))
        for text, metadata in zip(listed, data, strict=True)
    ]


def raise_for_problems(problems: Mapping[int, str], total: int) -> None:
    """Raise an error that lists the problems, if there are any.

    Raises:
        InvalidDocumentsError: There are problems.
    """
    if not problems:
        return
    shown = "; ".join(list(problems.values())[:_SHOWN])
    more = "" if len(problems) <= _SHOWN else f"; and {len(problems) - _SHOWN} more"
    raise InvalidDocumentsError(
        f"{len(problems)} of {total} cannot be stored, so nothing is sent: {shown}{more}", problems
    )


def _listed(values: Iterable[Any], name: str, kind: type | None = None) -> list[Any]:
    if isinstance(values, str | bytes | Mapping | Document) or not isinstance(values, Iterable):
        raise TypeError(f"`{name}` is of type {type(values).__name__}: give a list.")
    listed = list(values)
    if kind is Document:
        for position, value in enumerate(listed):
            if not isinstance(value, Document):
                raise TypeError(
                    f"`{name}` holds a {type(value).__name__} at position {position}: give "
                    f"documents, or use `add_texts` for texts."
                )
    return listed


def _item(position: int, document: Document, id_: object, seen: Counter[str]) -> Item:
    if id_ is not None and not isinstance(id_, str):
        raise ValueError(f"the id {id_!r} is of type {type(id_).__name__}: give `str(id)`")
    label = id_ or f"at position {position}"
    if not document.page_content.strip():
        raise ValueError("the text is blank, so it cannot be embedded")
    try:
        content = document.page_content.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the text is not Unicode: {error.reason} at {error.start}") from error
    if id_ is not None:
        document_key(id_, CONTENT, document.metadata)
        return Item(position, id_, _source(document), content, document.metadata)
    plain = exact_json(label, document.metadata)
    digest = hashlib.sha256(plain + b"\n" + content).hexdigest()[:32]
    seen[digest] += 1
    # Equal documents in one batch are stored as separate documents, as in other stores.
    unique = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return Item(
        position, unique, _source(document), content, document.metadata, id_from_content=True
    )


def _source(document: Document) -> str | None:
    source = document.metadata.get("source")
    return source if isinstance(source, str) else None


def versions_of(existing: Sequence[DocumentKey]) -> list[str]:
    """Return the versions of keys."""
    return [key.version for key in existing]
