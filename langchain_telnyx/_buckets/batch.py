"""Documents to be written, checked whole before the first is sent.

A document without id gets one made of its text and metadata, so that a write that was interrupted
can be repeated: what had arrived is written over, and not once more beside it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx._buckets.documents import lies_apart, object_key


class Batch:
    """What a write will store.

    Attributes:
        ids: The id of each document.
        contents: Object key to text; of documents with the same id the last one counts.
        apart: Id to metadata, of those whose metadata is to lie in the docstore.
        fresh: Whether all ids were made here, so that nothing can be superseded.

    Raises:
        ValueError: Metadata would not come back exactly, or is too long; a text is no Unicode; or
            the ids are too few.
    """

    def __init__(
        self,
        documents: Iterable[Document],
        ids: Sequence[str | None] | None = None,
        *,
        docstore: bool,
        batch_size: int | None = None,  # noqa: ARG002 - LangChain's indexing passes it
    ) -> None:
        listed = list(documents)
        asked = list(ids) if ids is not None else [document.id for document in listed]
        if len(asked) != len(listed):
            raise ValueError(f"{len(listed)} documents were given, but {len(asked)} ids.")
        self.fresh = not any(asked)
        made = Counter[str]()
        self.ids = [
            id_ or _made_id(document, made) for id_, document in zip(asked, listed, strict=True)
        ]
        self.contents: dict[str, bytes] = {}
        self.apart: dict[str, dict[str, Any]] = {}
        for id_, document in dict(zip(self.ids, listed, strict=True)).items():
            key = object_key(id_, document.metadata, docstore=docstore)
            self.contents[key] = _encoded(id_, document.page_content)
            if lies_apart(key):
                self.apart[id_] = document.metadata


def described(texts: Iterable[str], metadatas: list[dict[str, Any]] | None) -> list[Document]:
    """Return texts with their metadata as documents.

    Raises:
        ValueError: There are not as many of the one as of the other.
    """
    # Listed first: a generator can be gone through only once.
    listed = list(texts)
    data = metadatas or [{} for _ in listed]
    if len(data) != len(listed):
        raise ValueError(f"{len(listed)} texts were given, but {len(data)} metadatas.")
    return [
        Document(page_content=text, metadata=metadata)
        for text, metadata in zip(listed, data, strict=True)
    ]


def _made_id(document: Document, made: Counter[str]) -> str:
    """Return an id for what a document says; equal ones of the same batch are told apart."""
    said = f"{document.metadata!r}\n{document.page_content}".encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(said).hexdigest()[:32]
    made[digest] += 1
    return digest if made[digest] == 1 else f"{digest}-{made[digest]}"


def _encoded(id_: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"The text of document {id_!r} is no Unicode: {error}.") from error
