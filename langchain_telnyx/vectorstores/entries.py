"""Entries of the sidecar, and their form as JSON: `{"id": …, "metadata": …}` in UTF-8.

The entry of a document that is stored in chunks also has `chunks`: `{"digest": …, "places": …}`.
"""

import copy
import json
from typing import Any, NamedTuple

from langchain_core.documents import Document

from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.vectorstores.keys import exact_json


class ChunkPlace(NamedTuple):
    """Where a chunk is in the text of its document.

    Attributes:
        start: The offset of its first character.
        end: The offset after its last character.
        line: The line of its first character, from 1.
    """

    start: int
    end: int
    line: int


class Chunks(NamedTuple):
    """The chunks of a document, without their texts.

    Attributes:
        digest: The SHA-256 of their texts.
        places: The place of each; `None` where the document does not contain its text as it is.
    """

    digest: str
    places: tuple[ChunkPlace | None, ...]


class Entry(NamedTuple):
    """The sidecar entry of a version of a document.

    Attributes:
        id: The document's id.
        metadata: Its metadata.
        chunks: Its chunks, if it is stored in chunks.
    """

    id: str
    metadata: dict[str, Any]
    chunks: Chunks | None = None


def dumped(entry: Entry) -> bytes:
    """Return an entry as JSON.

    Raises:
        ValueError: JSON cannot represent the metadata exactly.
    """
    metadata = exact_json(entry.id, entry.metadata)
    fields = [b'"id":%s,"metadata":%s' % (json.dumps(entry.id).encode(), metadata)]
    if entry.chunks is not None:
        fields.append(b'"chunks":%s' % _dumped_chunks(entry.chunks).encode())
    return b"{%s}" % b",".join(fields)


def as_document(entry: Entry) -> Document:
    """Return an entry as a document, for stores that accept only documents."""
    chunks = "" if entry.chunks is None else _dumped_chunks(entry.chunks)
    return Document(chunks, id=entry.id, metadata=entry.metadata)


def loaded(key: str, value: object) -> Entry | ValueError:
    """Read an entry from bytes, text, a dict or a document; return an error if that fails."""
    if isinstance(value, Document):
        chunks = parsed(value.page_content) if value.page_content else None
        value = {"id": value.id, "metadata": value.metadata, "chunks": chunks}
    if isinstance(value, bytes | str):
        value = parsed(value)
    if isinstance(value, dict):
        id_, metadata = value.get("id"), value.get("metadata")
        if isinstance(id_, str) and isinstance(metadata, dict):
            return Entry(id_, metadata, _loaded_chunks(value.get("chunks")))
    return ValueError(
        f"The sidecar entry {key!r} cannot be read: it must be a JSON object with `id` and "
        f"`metadata`, as bytes, text or a dict, or a document."
    )


def parsed(value: bytes | str) -> object:
    """Parse JSON; return `None` if it is none."""
    try:
        return loads(value)
    except (ValueError, RecursionError):
        return None


def copied(entry: Entry | ValueError) -> Entry | ValueError:
    """Return a copy of an entry."""
    if isinstance(entry, ValueError):
        return entry
    # Passages may share a document, and a change to one must not change the others.
    return entry._replace(metadata=copy.deepcopy(entry.metadata))


def _dumped_chunks(chunks: Chunks) -> str:
    return json.dumps({"digest": chunks.digest, "places": chunks.places}, separators=(",", ":"))


def _loaded_chunks(value: object) -> Chunks | None:
    if not isinstance(value, dict) or not isinstance(value.get("places"), list):
        return None
    places = tuple(map(_loaded_place, value["places"]))
    return Chunks(str(value.get("digest")), places)


def _loaded_place(value: object) -> ChunkPlace | None:
    match value:
        case [int(start), int(end), int(line)]:
            return ChunkPlace(start, end, line)
        case _:
            return None
