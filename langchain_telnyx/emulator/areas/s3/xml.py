"""Serialization and parsing of S3's XML documents."""

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.storage.objects import Bucket, Listing
from langchain_telnyx.emulator.storage.uploads import Part

_NUMBER = re.compile(r"[0-9]{1,9}")
MAX_DELETED = 1000
"""The maximum number of keys in a DeleteObjects request."""

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def buckets(owner: str, found: Sequence[Bucket]) -> str:
    """Return the response to ListBuckets."""
    listed = "".join(
        _element("Bucket", _text("Name", bucket.name), _text("CreationDate", bucket.created_at))
        for bucket in found
    )
    return _document("ListAllMyBucketsResult", _owner(owner), _element("Buckets", listed))


def location(region: str) -> str:
    """Return the response to GetBucketLocation."""
    return _document("LocationConstraint", escape(region))


def listing(bucket: str, found: Listing, *, url_encoded: bool, fields: dict[str, str]) -> str:
    """Return the response to ListObjects, of either version.

    Args:
        bucket: The bucket's name.
        found: The page.
        url_encoded: Percent-encode keys and prefixes (`encoding-type=url`).
        fields: The parameters that the response repeats, and the start of the next page.
    """
    encode: Callable[[str], str] = (
        (lambda name: quote(name, safe="/")) if url_encoded else (lambda name: name)
    )
    encoded = {"Prefix", "Delimiter", "StartAfter", "Marker", "NextMarker"}
    return _document(
        "ListBucketResult",
        _text("Name", bucket),
        *(
            _text(name, encode(value) if name in encoded else value)
            for name, value in fields.items()
        ),
        _text("EncodingType", "url") if url_encoded else "",
        _text("IsTruncated", "true" if found.next_after is not None else "false"),
        *(
            _element(
                "Contents",
                _text("Key", encode(each.key)),
                _text("LastModified", each.modified_at),
                _text("ETag", f'"{each.etag}"'),
                _text("Size", str(each.size)),
                _text("StorageClass", "STANDARD"),
            )
            for each in found.objects
        ),
        *(_element("CommonPrefixes", _text("Prefix", encode(prefix))) for prefix in found.prefixes),
    )


def deleted(keys: Sequence[str], refused: Mapping[str, S3Error]) -> str:
    """Return the response to DeleteObjects.

    Args:
        keys: The keys to report as deleted; empty in quiet mode.
        refused: The keys that failed, each with its error.
    """
    return _document(
        "DeleteResult",
        *(_element("Deleted", _text("Key", key)) for key in keys),
        *(
            _element(
                "Error",
                _text("Key", key),
                _text("Code", error.code),
                _text("Message", error.message),
            )
            for key, error in refused.items()
        ),
    )


def upload_begun(bucket: str, key: str, upload: str) -> str:
    """Return the response to CreateMultipartUpload."""
    return _document(
        "InitiateMultipartUploadResult",
        _text("Bucket", bucket),
        _text("Key", key),
        _text("UploadId", upload),
    )


def upload_completed(address: str, bucket: str, key: str, etag: str) -> str:
    """Return the response to CompleteMultipartUpload."""
    return _document(
        "CompleteMultipartUploadResult",
        _text("Location", address),
        _text("Bucket", bucket),
        _text("Key", key),
        _text("ETag", f'"{etag}"'),
    )


def parts(owner: str, bucket: str, key: str, upload: str, found: Sequence[Part]) -> str:
    """Return the response to ListParts; all parts are on one page."""
    return _document(
        "ListPartsResult",
        _text("Bucket", bucket),
        _text("Key", key),
        _text("UploadId", upload),
        _text("StorageClass", "STANDARD"),
        _text("PartNumberMarker", "0"),
        _text("MaxParts", str(max(1000, len(found)))),
        _text("IsTruncated", "false"),
        _owner(owner),
        *(
            _element(
                "Part",
                _text("PartNumber", str(part.number)),
                _text("LastModified", part.modified_at),
                _text("ETag", f'"{part.etag}"'),
                _text("Size", str(part.size)),
            )
            for part in found
        ),
    )


def read_location(body: bytes) -> str | None:
    """Return the region in a CreateBucketConfiguration, if any.

    Raises:
        S3Error: `MalformedXML`.
    """
    return _child_text(_parse(body), "LocationConstraint") if body.strip() else None


def read_delete(body: bytes) -> tuple[list[str], bool]:
    """Return the keys of a Delete document, and whether it is in quiet mode.

    Raises:
        S3Error: `MalformedXML`.
    """
    root = _parse(body)
    keys = [_child_text(each, "Key") or "" for each in root if _name(each) == "Object"]
    if _name(root) != "Delete" or not 1 <= len(keys) <= MAX_DELETED or "" in keys:
        raise S3Error(
            "MalformedXML", f"A Delete must contain 1 to {MAX_DELETED} objects, each with a key."
        )
    return keys, (_child_text(root, "Quiet") or "").strip().lower() == "true"


def read_complete(body: bytes) -> list[tuple[int, str]]:
    """Return the numbers and ETags of a CompleteMultipartUpload document.

    Raises:
        S3Error: `MalformedXML`.
    """
    requested = []
    for each in _parse(body):
        number, etag = _child_text(each, "PartNumber"), _child_text(each, "ETag")
        if _name(each) != "Part" or number is None or not _NUMBER.fullmatch(number) or etag is None:
            raise S3Error("MalformedXML", "Each Part has a PartNumber and an ETag.")
        requested.append((int(number), etag.strip('"')))
    return requested


def _document(name: str, *content: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{_NAMESPACE}">'
        f"{''.join(content)}</{name}>"
    )


def _element(name: str, *content: str) -> str:
    return f"<{name}>{''.join(content)}</{name}>"


def _text(name: str, value: str) -> str:
    return _element(name, escape(value, {"\r": "&#13;"}))


def _owner(owner: str) -> str:
    return _element("Owner", _text("ID", owner), _text("DisplayName", owner))


def _parse(body: bytes) -> ET.Element:
    try:
        # The expat of all supported Python versions limits entity expansion.
        return ET.fromstring(body)  # noqa: S314 - see above
    except (ET.ParseError, ValueError, LookupError) as error:
        # The latter two are for unknown encodings.
        raise S3Error("MalformedXML", f"The body is not XML: {error}.") from error


def _child_text(parent: ET.Element, name: str) -> str | None:
    return next((child.text or "" for child in parent if _name(child) == name), None)


def _name(element: ET.Element) -> str:
    """Return an element's name without the namespace, which not all clients send."""
    return element.tag.rpartition("}")[2]
