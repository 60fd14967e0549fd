"""Object keys: encode the id, version and metadata of a document in a key, and parse keys.

The key of the object is the only field of ours that the service returns with every passage. So the
key contains the id and the metadata. A key has five segments and uses only letters, digits, `-`,
`_` and `.`, in at most 255 bytes, the limit of file names in stores that save objects as files:

```text
<id>.<version>.<metadata>.<check>.txt
```

`<id>` has letters, digits and `-` unchanged and every other byte of the UTF-8 as `_XX`. An id that
needs more than 96 characters is `_h` and 40 hexadecimal digits of its SHA-256; the id itself is
then stored with the metadata. `<version>` orders the versions of one id: the greater is newer.
`<metadata>` is one of:

| form | the rest of the segment |
|---|---|
| `n` | nothing: there is no metadata |
| `j` | the metadata as a JSON object, in unpadded base64url |
| `z` | the same JSON, deflated (RFC 1951), in unpadded base64url |
| `s` | nothing: the sidecar stores `{"id": …, "metadata": …}` under this key |
| `c` | the number of a chunk, from 1: the object is a part of a document that the client split |

A document that the client split has two entries in the sidecar, whose keys have the same form:
`p` is the entry of the document as a whole, with the metadata and the places of the chunks, and
`t` is its text.

`<check>` is the first 6 hexadecimal digits of the SHA-256 of the three segments before it, dots
between them included. It distinguishes a document from a file of another program whose name has the
same form. Keys of earlier versions of this package, `<id>!<metadata>.txt`, are still read.
"""

import base64
import hashlib
import json
import re
import zlib
from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from langchain_telnyx.client.json_reading import loads

LONGEST_KEY = 255
SHORTEST_LIMIT = 128
"""The least limit of keys: every id fits, with its metadata in the sidecar."""
_LONGEST_ID = 96
_LARGEST_METADATA = 1 << 20
_CHECK_LENGTH = 6

Place: TypeAlias = Literal["key", "sidecar", "docstore", "parent"]

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
_ESCAPED = re.compile(r"_([0-9A-F]{2})")
_KEY = re.compile(
    r"(?P<id>[A-Za-z0-9_-]+)\.(?P<version>[0-9a-v]+)\."
    r"(?P<form>[njzscp])(?P<data>[A-Za-z0-9_-]*)\.(?P<check>[0-9a-f]{6})\.txt"
)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_OLD_KEY = re.compile(
    r"(?P<id>[A-Za-z0-9_.~%-]+)!(?:(?P<form>[jz])(?P<data>[A-Za-z0-9_-]+)|(?P<large>d))?\.txt"
)


class DocumentKey(NamedTuple):
    """A parsed key.

    Attributes:
        key: The key.
        id: The document's id; `None` where the key has only its hash.
        stem: The common prefix of the keys of all versions of the id, without the separator.
        version: The version; empty for a key of an earlier version of this package.
        metadata: The metadata; `None` where it is not in the key.
        place: Where the metadata is stored: in the key; in the sidecar under the key; by earlier
            versions of this package, in the docstore under the id; or in the sidecar under the
            key of the whole document, of which this is a chunk.
        chunk: The number of the chunk, from 1; 0 where the object is a whole document.
    """

    key: str
    id: str | None
    stem: str
    version: str
    metadata: dict[str, Any] | None
    place: Place
    chunk: int = 0

    @property
    def whole(self) -> str:
        """The key that all chunks of this version share; of a document without chunks its own."""
        return _assembled(self.stem, self.version, "p") if self.place == "parent" else self.key

    @property
    def text_key(self) -> str:
        """The key of the text of a document that is stored in chunks."""
        return _assembled(self.stem, self.version, "t")

    def chunk_key(self, number: int) -> str:
        """Return the key of a chunk of this version of a document."""
        return _assembled(self.stem, self.version, f"c{number}")


def parent_key(id: str, version: str) -> DocumentKey:  # noqa: A002 - LangChain's word
    """Return the key of a version of a document that is stored in chunks.

    Args:
        id: The document's id.
        version: Digits and letters from `a` to `v`; the greater text is newer.

    Raises:
        ValueError: The id is empty or not Unicode.
    """
    stem = id_stem(id)
    key = _assembled(stem, version, "p")
    return DocumentKey(key, None if stem.startswith("_h") else id, stem, version, None, "parent")


def document_key(
    id: str,  # noqa: A002 - LangChain's word
    version: str,
    metadata: dict[str, Any],
    *,
    longest: int = LONGEST_KEY,
) -> DocumentKey:
    """Return the key of a version of a document.

    Args:
        id: The document's id.
        version: Digits and letters from `a` to `v`; the greater text is newer.
        metadata: The metadata.
        longest: The most bytes of the key.

    Raises:
        ValueError: The id is empty or not Unicode, or JSON cannot represent the metadata exactly.
    """
    stem = id_stem(id)
    hashed = stem.startswith("_h")
    segment = _packed(exact_json(id, metadata)) if metadata else "n"
    place: Place = "key"
    if hashed or len(_assembled(stem, version, segment)) > longest:
        segment, place = "s", "sidecar"
    key = _assembled(stem, version, segment)
    held = None if place == "sidecar" else metadata
    return DocumentKey(key, None if hashed else id, stem, version, held, place)


def id_stem(id: str) -> str:  # noqa: A002 - LangChain's word
    """Return the first segment of the keys of an id.

    Raises:
        ValueError: The id is empty or not Unicode.
    """
    if not id:
        raise ValueError("A document id is empty: pass an id, or omit it to get one.")
    try:
        raw = id.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"The document id {id!r} is not Unicode text: {error.reason}.") from error
    stem = "".join(chr(byte) if byte in _SAFE else f"_{byte:02X}" for byte in raw)
    return stem if len(stem) <= _LONGEST_ID else f"_h{hashlib.sha256(raw).hexdigest()[:40]}"


def prefixes(id: str) -> tuple[str, str]:  # noqa: A002 - LangChain's word
    """Return the prefixes of the keys of all versions of an id: the current and the old form."""
    return f"{id_stem(id)}.", f"{quote(id, safe='')}!"


def parse_key(key: str) -> DocumentKey | None:
    """Parse a key; return `None` for the key of another program's file."""
    match = _KEY.fullmatch(key)
    if match is None:
        return _parse_old_key(key)
    stem, version, form, data = match["id"], match["version"], match["form"], match["data"]
    if match["check"] != _check(f"{stem}.{version}.{form}{data}") or len(key) > LONGEST_KEY:
        return None
    try:
        id_ = None if stem.startswith("_h") else _unescaped(stem)
        if form in "cp":
            return _parsed_part(DocumentKey(key, id_, stem, version, None, "parent"), form, data)
        if form == "s":
            return DocumentKey(key, id_, stem, version, None, "sidecar")
        return DocumentKey(key, id_, stem, version, _unpacked(form, data), "key")
    except (ValueError, RecursionError):  # base64, UTF-8 and JSON errors are ValueErrors
        return None


def spellings(filename: str, source: str | None) -> list[str]:
    """Return the candidate keys for a passage's `filename` and `source`, the likeliest first.

    The service does not document that `filename` is the key byte for byte.
    """
    decoded = unquote(filename)
    candidates = [filename, decoded, filename.rpartition("/")[2], decoded.rpartition("/")[2]]
    if source:
        name = source.split("?", 1)[0].rpartition("/")[2]
        candidates += [name, unquote(name)]
    return list(dict.fromkeys(candidates))


def key_of_file(bucket: str, filename: str, source: str | None) -> str:
    """Return the key of a file that is not a document, from a passage's `filename` and `source`.

    Args:
        bucket: The file's bucket.
        filename: Its name, in whichever spelling the service returns it.
        source: Its URL, whose path has the bucket and the key; without it the name is the key.
    """
    _, found, key = unquote(urlsplit(source or "").path).partition(f"/{bucket}/")
    name = key.rpartition("/")[2]
    forms = (quote(key, safe=""), quote(key), f"{bucket}/{key}", key.lower(), name)
    stems = (key.rpartition(".")[0],) if "." in name[1:] else ()
    return key if found and filename in (*forms, *stems) else filename


def exact_json(id: str, metadata: dict[str, Any]) -> bytes:  # noqa: A002 - LangChain's word
    """Return metadata as JSON, sorted and without spaces.

    Raises:
        ValueError: JSON cannot represent the metadata exactly.
    """
    try:
        plain = json.dumps(
            metadata, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
        ).encode()
        survives = loads(plain) == metadata
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"The metadata of document {id!r} cannot be stored: {error}. Use strings, numbers, "
            f"booleans, None, lists and dicts."
        ) from error
    if not survives:
        raise ValueError(
            f"The metadata of document {id!r} would change when it is read: use lists for "
            f"tuples, and strings for the keys of dicts."
        )
    return plain


def _assembled(stem: str, version: str, segment: str) -> str:
    body = f"{stem}.{version}.{segment}"
    return f"{body}.{_check(body)}.txt"


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_CHECK_LENGTH]


def _unescaped(stem: str) -> str:
    raw = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), stem).encode("latin-1")
    text = raw.decode()
    if id_stem(text) != stem:
        raise ValueError("not an id of this form")
    return text


def _parsed_part(key: DocumentKey, form: str, data: str) -> DocumentKey:
    if form == "c" and _NUMBER.fullmatch(data):
        return key._replace(chunk=int(data))
    if form == "p" and not data:
        return key
    raise ValueError("not the number of a chunk")


def _parse_old_key(key: str) -> DocumentKey | None:
    match = _OLD_KEY.fullmatch(key)
    if match is None:
        return None
    try:
        id_ = unquote(match["id"], errors="strict")
        stem = id_stem(id_)
        if match["large"] is not None:
            return DocumentKey(key, id_, stem, "", None, "docstore")
        metadata = _unpacked(match["form"] or "n", match["data"] or "")
        return DocumentKey(key, id_, stem, "", metadata, "key")
    except (ValueError, RecursionError):
        return None


def _packed(plain: bytes) -> str:
    deflated = _deflated(plain)
    if len(deflated) < len(plain):
        return f"z{_base64(deflated)}"
    return f"j{_base64(plain)}"


def _unpacked(form: str, data: str) -> dict[str, Any]:
    if form == "n":
        if data:
            raise ValueError("data where there is no metadata")
        return {}
    packed = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    metadata = loads(_inflated(packed) if form == "z" else packed)
    if not isinstance(metadata, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one error for every foreign key
    return metadata


def _deflated(plain: bytes) -> bytes:
    compressor = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return compressor.compress(plain) + compressor.flush()


def _inflated(packed: bytes) -> bytes:
    # Bounded: a key of 255 bytes can inflate to 200 KB, one of 1,024 bytes to more.
    decompressor = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        plain = decompressor.decompress(packed, _LARGEST_METADATA)
    except zlib.error as error:
        raise ValueError("not deflated") from error
    if not decompressor.eof:
        raise ValueError("cut off, or too large")
    return plain


def _base64(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
