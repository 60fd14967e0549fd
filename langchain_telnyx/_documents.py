"""A LangChain document as an object of a bucket: its id and metadata live in the object's key.

The service gives back, with every passage it finds, the key of the object the passage is from,
and nothing else of ours. So the key carries all of it, on every passage, with no second round
trip, and nothing of it is embedded. The form, for other programs to read:

```text
<id>!<metadata>.txt
```

`<id>` is percent-encoded (RFC 3986, only unreserved characters stand as they are). `<metadata>` is
empty, or `j` and the JSON object in unpadded base64url, or, where that is shorter, `z` and the same
JSON deflated (RFC 1951) before base64url. An object whose key has another form is a plain
document without id: other programs may put objects into the bucket too.
"""

import base64
import json
import re
import zlib
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from langchain_core.documents import Document

from langchain_telnyx.client.api.bucket_embeddings import Hit

LONGEST_KEY = 1024
_KEY = re.compile(r"(?P<id>[A-Za-z0-9_.~%-]+)!(?:(?P<form>[jz])(?P<data>[A-Za-z0-9_-]+))?\.txt")


class Named(NamedTuple):
    """What a key says.

    Attributes:
        id: The document's id; `None` for an object of another program.
        metadata: The document's metadata.
    """

    id: str | None
    metadata: dict[str, Any]


def object_key(id: str, metadata: dict[str, Any]) -> str:  # noqa: A002 - LangChain's word
    """Return the key under which a document is stored.

    Raises:
        ValueError: The metadata does not survive JSON exactly, or does not fit into a key.
    """
    key = f"{id_prefix(id)}{_packed(id, metadata)}.txt"
    if len(key) > LONGEST_KEY:
        raise ValueError(
            f"The id and metadata of document {id!r} need {len(key)} bytes, but a key has "
            f"{LONGEST_KEY}: the id takes {len(id_prefix(id))}, the compressed metadata the rest. "
            f"Shorten the metadata, or keep it elsewhere under the id."
        )
    return key


def id_prefix(id: str) -> str:  # noqa: A002 - LangChain's word
    """Return what the key of a document with this id begins with.

    Raises:
        ValueError: The id is empty.
    """
    if not id:
        raise ValueError("A document's id is empty: give it one, or none at all to have one made.")
    return f"{quote(id, safe='')}!"


def named(key: str) -> Named:
    """Return what a key says; an object of another program gives its key as `source`."""
    match = _KEY.fullmatch(key)
    if match is None:
        return Named(None, {"source": key})
    try:
        return Named(unquote(match["id"], errors="strict"), _unpacked(match["form"], match["data"]))
    except ValueError:  # base64, UTF-8 and JSON errors are all of this class
        return Named(None, {"source": key})


def found(hit: Hit) -> Document:
    """Return the passage of a hit as a document."""
    id_, metadata = named(hit.metadata.filename or "")
    return Document(page_content=hit.document_chunk, id=id_, metadata=metadata)


def stored(key: str, content: bytes) -> Document:
    """Return a whole object as a document."""
    id_, metadata = named(key)
    return Document(page_content=content.decode("utf-8", "replace"), id=id_, metadata=metadata)


def _packed(id_: str, metadata: dict[str, Any]) -> str:
    if not metadata:
        return ""
    try:
        plain = json.dumps(
            metadata, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
        ).encode()
        survives = json.loads(plain) == metadata
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The metadata of document {id_!r} cannot be kept: {error}. Use strings, numbers, "
            f"booleans, None, lists and dicts."
        ) from error
    if not survives:
        raise ValueError(
            f"The metadata of document {id_!r} would come back changed: use lists for tuples, and "
            f"strings for the keys of dicts."
        )
    squeezed = _deflated(plain)
    return f"z{_base64(squeezed)}" if len(squeezed) < len(plain) else f"j{_base64(plain)}"


def _unpacked(form: str | None, data: str | None) -> dict[str, Any]:
    if form is None or data is None:
        return {}
    packed = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    try:
        text = zlib.decompress(packed, wbits=-zlib.MAX_WBITS) if form == "z" else packed
    except zlib.error as error:
        raise ValueError("not deflated") from error
    metadata = json.loads(text)
    if not isinstance(metadata, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one error for every foreign key
    return metadata


def _deflated(plain: bytes) -> bytes:
    squeezer = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return squeezer.compress(plain) + squeezer.flush()


def _base64(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
