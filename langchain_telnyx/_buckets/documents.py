"""A LangChain document as an object of a bucket: its id and metadata live in the object's key.

The service gives back, with every passage it finds, the key of the object the passage is from,
and nothing else of ours. So the key carries all of it, on every passage, with no second round
trip, and nothing of it is embedded. The form, for other programs to read:

```text
<id>!<metadata>.txt
```

`<id>` is percent-encoded (RFC 3986, only unreserved characters stand as they are). `<metadata>` is
empty, or `j` and the JSON object in unpadded base64url, or, where that is shorter, `z` and the same
JSON deflated (RFC 1951) before base64url. Where neither fits into a key, and the store was given a
docstore, it is the one letter `d`: the JSON lies in the docstore, under the id. An object whose key
has another form is a plain document without id: other programs may put objects into the bucket too.
"""

import base64
import json
import re
import zlib
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

LONGEST_KEY = 1024
_KEY = re.compile(
    r"(?P<id>[A-Za-z0-9_.~%-]+)!(?:(?P<form>[jz])(?P<data>[A-Za-z0-9_-]+)|(?P<apart>d))?\.txt"
)
_APART = "!d.txt"


class Named(NamedTuple):
    """What a key says.

    Attributes:
        id: The document's id; `None` for an object of another program.
        metadata: The document's metadata; `None` where it lies in a docstore.
    """

    id: str | None
    metadata: dict[str, Any] | None


def object_key(
    id: str,  # noqa: A002 - LangChain's word
    metadata: dict[str, Any],
    *,
    docstore: bool = False,
) -> str:
    """Return the key under which a document is stored.

    Args:
        id: The document's id.
        metadata: Its metadata.
        docstore: Whether what does not fit into a key may lie in a docstore.

    Raises:
        ValueError: The metadata does not survive JSON exactly, or does not fit into a key.
    """
    prefix = id_prefix(id)
    key = f"{prefix}{_packed(id, metadata)}.txt"
    needed = len(key)
    if docstore and needed > LONGEST_KEY:
        key = f"{prefix}{_APART[1:]}"
    if len(key) > LONGEST_KEY:
        raise ValueError(
            f"The id and metadata of document {id!r} need {needed} bytes, but a key has "
            f"{LONGEST_KEY}: the id takes {len(prefix)}, the compressed metadata the rest. "
            f"Shorten them, or pass `docstore=` to keep large metadata there under the id."
        )
    return key


def lies_apart(key: str) -> bool:
    """Return whether the metadata of the document under a key lies in a docstore."""
    return key.endswith(_APART) and named(key).metadata is None


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
        id_ = unquote(match["id"], errors="strict")
        if match["apart"] is not None:
            return Named(id_, None)
        return Named(id_, _unpacked(match["form"], match["data"]))
    except ValueError:  # base64, UTF-8 and JSON errors are all of this class
        return Named(None, {"source": key})


def exact_json(id: str, metadata: dict[str, Any]) -> bytes:  # noqa: A002 - LangChain's word
    """Return metadata as JSON, sorted and without spaces.

    Raises:
        ValueError: It would not come back exactly.
    """
    try:
        plain = json.dumps(
            metadata, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
        ).encode()
        survives = json.loads(plain) == metadata
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The metadata of document {id!r} cannot be kept: {error}. Use strings, numbers, "
            f"booleans, None, lists and dicts."
        ) from error
    if not survives:
        raise ValueError(
            f"The metadata of document {id!r} would come back changed: use lists for tuples, and "
            f"strings for the keys of dicts."
        )
    return plain


def _packed(id_: str, metadata: dict[str, Any]) -> str:
    if not metadata:
        return ""
    plain = exact_json(id_, metadata)
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
