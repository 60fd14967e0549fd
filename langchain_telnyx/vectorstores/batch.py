"""What a write stores, checked as a whole before anything is sent.

A document without an id gets one made of its text and metadata, so that an interrupted write can be
repeated: what has arrived is written again under the same id.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.write_errors import InvalidDocumentsError, WriteOutcome
from langchain_telnyx.vectorstores.keys import DocumentKey, document_key, exact_json
from langchain_telnyx.vectorstores.versions import CONTENT, next_version

# Problems that an error message lists; all of them are in `problems`.
_SHOWN = 5


@dataclass(slots=True)
class Item:
    """One document or file of a write.

    Attributes:
        position: Its position in what was given.
        id: Its id; of a file the object key.
        source: The document's `metadata["source"]`, or the file's path.
        content: The text in UTF-8, or the file to upload.
        metadata: The document's metadata; `None` for a file.
        made: Whether the id is made of the content.
        key: The object's key, once the version is known.
        document: What the key says of a document.
        error: Why it cannot be sent, where that is known before.
    """

    position: int
    id: str
    source: str | None
    content: bytes | Path
    metadata: dict[str, Any] | None = None
    made: bool = False
    key: str = ""
    document: DocumentKey | None = None
    error: TelnyxError | None = None

    def take_version(self, existing: Iterable[str]) -> None:
        """Choose the key: one of its own, newer than the existing versions of the id."""
        if self.metadata is None:
            self.key = self.id
            return
        others = set(existing) - {CONTENT}
        version = CONTENT if self.made and not others else next_version(others)
        self.document = document_key(self.id, version, self.metadata)
        self.key = self.document.key

    def outcome(self, error: TelnyxError | None = None) -> WriteOutcome:
        """Return what became of it."""
        return WriteOutcome(self.position, self.id, self.source, self.key, error)


@dataclass(slots=True)
class Batch:
    """What a write stores.

    Attributes:
        ids: The id of each document, in the order given.
        items: What is stored; of documents with the same id only the last.
    """

    ids: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


def batch_of(
    documents: Iterable[Document],
    ids: Iterable[str | None] | None = None,
    *,
    batch_size: int | None = None,  # noqa: ARG001 - LangChain's indexing passes it
) -> Batch:
    """Return the batch of some documents.

    Args:
        documents: The documents.
        ids: Their ids, over those they have themselves.
        batch_size: Ignored: all are written at once.

    Raises:
        TypeError: A single document or text where several are expected.
        InvalidDocumentsError: Documents cannot be stored as they are; all of them are listed.
    """
    listed = _listed(documents, "documents", Document)
    given = [getattr(each, "id", None) for each in listed] if ids is None else _listed(ids, "ids")
    if len(given) != len(listed):
        raise ValueError(f"{len(listed)} documents were given, but {len(given)} ids.")
    problems: dict[int, str] = {}
    made = Counter[str]()
    items: dict[str, Item] = {}
    batch = Batch()
    for position, (document, id_) in enumerate(zip(listed, given, strict=True)):
        try:
            item = _item(position, document, id_, made)
        except ValueError as error:
            source = _source(document)
            where = "" if source is None else f" (source {source!r})"
            problems[position] = f"position {position}{where}: {error}"
        else:
            batch.ids.append(item.id)
            items[item.id] = item
    refuse(problems, len(listed))
    batch.items = list(items.values())
    return batch


def described(
    texts: Iterable[str], metadatas: Iterable[Mapping[str, Any]] | None
) -> list[Document]:
    """Return texts with their metadata as documents.

    Raises:
        TypeError: A single text where several are expected, or something that is not a text.
        ValueError: There are not as many texts as metadatas.
    """
    # Listed first: a generator can be gone through only once.
    listed = _listed(texts, "texts", str)
    for position, text in enumerate(listed):
        if not isinstance(text, str):
            raise TypeError(f"The text at position {position} is of type {type(text).__name__}.")
    data = [{}] * len(listed) if metadatas is None else _listed(metadatas, "metadatas")
    if len(data) != len(listed):
        raise ValueError(f"{len(listed)} texts were given, but {len(data)} metadatas.")
    return [
        Document(page_content=text, metadata=dict(metadata or {}))
        for text, metadata in zip(listed, data, strict=True)
    ]


def refuse(problems: Mapping[int, str], total: int) -> None:
    """Raise for problems, if there are any.

    Raises:
        InvalidDocumentsError: There are.
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


def _item(position: int, document: Document, id_: object, made: Counter[str]) -> Item:
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
    made[digest] += 1
    # Equal documents of one batch are as many documents, as in other stores.
    id_made = digest if made[digest] == 1 else f"{digest}-{made[digest]}"
    return Item(position, id_made, _source(document), content, document.metadata, made=True)


def _source(document: Document) -> str | None:
    source = document.metadata.get("source")
    return source if isinstance(source, str) else None


def versions_of(existing: Sequence[DocumentKey]) -> list[str]:
    """Return the versions of keys."""
    return [key.version for key in existing]
