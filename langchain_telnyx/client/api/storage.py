"""Telnyx Cloud Storage: the S3 operations that retrieval needs, and presigned URLs.

S3 operations go to the storage host with a SigV4 header; a presigned URL comes from the API, as
one made here would carry the API key.

API pages: https://developers.telnyx.com/docs/cloud-storage/api-endpoints
"""

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from pydantic import TypeAdapter

from langchain_telnyx.client.call import (
    Call,
    Page,
    Paging,
    Reply,
    object_path,
    path,
    query,
)
from langchain_telnyx.client.decode import Model, nothing, unwrapped
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IP_ADDRESS = re.compile(r"\d+(\.\d+){3}")
_LONGEST_KEY = 1024


class Bucket(Model):
    """A bucket.

    Attributes:
        name: Its name.
        created_at: When it was made.
    """

    name: str
    created_at: datetime | None = None


class StoredObject(Model):
    """What storage knows of an object.

    Attributes:
        key: Its key.
        size: Its length in bytes.
        etag: The MD5 of an object that was put in one piece, without quotes.
        last_modified: When it was put.
        content_type: Its media type; known from `head_object` only.
    """

    key: str
    size: int
    etag: str | None = None
    last_modified: datetime | None = None
    content_type: str | None = None


class PresignedURL(Model):
    """An address that works without a key, for a while.

    Attributes:
        presigned_url: The address.
        token: The token in it.
        expires_at: Until when.
    """

    presigned_url: str
    token: str | None = None
    expires_at: datetime | None = None


class Storage(Resource[M]):
    """`telnyx.storage`: buckets and objects."""

    @endpoint
    def list_buckets(self) -> Call[list[Bucket]]:
        """List the account's buckets (S3 `ListBuckets`)."""
        return _s3("GET", "/", _buckets)

    @endpoint
    def create_bucket(self, bucket: str) -> Call[None]:
        """Make a bucket in the client's region (S3 `CreateBucket`).

        Args:
            bucket: Its name: unique among all customers, 3 to 63 lower-case letters, digits,
                dots and hyphens.

        Raises:
            ValueError: The name breaks the rules.
            ConflictError: The name is taken, by you or by someone else: see `code`.
        """
        region = self._face.config.region
        body = (
            f'<CreateBucketConfiguration xmlns="{_NAMESPACE}">'
            f"<LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        ).encode()
        headers = {"content-type": "application/xml"}
        name = checked_bucket_name(bucket)
        return _s3("PUT", path("/{}", name), nothing, body=body, headers=headers)

    @endpoint
    def head_bucket(self, bucket: str) -> Call[None]:
        """Check that a bucket is there and yours (S3 `HeadBucket`).

        Args:
            bucket: Its name.

        Raises:
            NotFoundError: It is not there.
        """
        return _s3("HEAD", path("/{}", bucket), nothing)

    @endpoint
    def delete_bucket(self, bucket: str) -> Call[None]:
        """Delete an empty bucket (S3 `DeleteBucket`).

        Args:
            bucket: Its name.

        Raises:
            ConflictError: It holds objects.
        """
        return _s3("DELETE", path("/{}", bucket), nothing)

    @endpoint
    def put_object(
        self, bucket: str, key: str, body: bytes | Path, *, content_type: str | None = None
    ) -> Call[str]:
        """Store an object, replacing one of the same key (S3 `PutObject`).

        Args:
            bucket: The bucket.
            key: The object's key, 1,024 bytes of UTF-8 at most.
            body: Its bytes, or a file to stream from disk; 5 GB at most.
            content_type: Its media type.

        Returns:
            Its entity tag.

        Raises:
            ValueError: The key is empty, too long, or holds a dot segment.
        """
        if len(key.encode()) > _LONGEST_KEY:
            raise ValueError(
                f"The object key is {len(key.encode())} bytes long, {_LONGEST_KEY} are allowed: "
                f"{key[:80]!r}…"
            )
        headers = {"content-type": content_type or "application/octet-stream"}
        return _s3("PUT", object_path(bucket, key), _etag, body=body, headers=headers)

    @endpoint
    def get_object(self, bucket: str, key: str) -> Call[bytes]:
        """Fetch an object (S3 `GetObject`).

        Args:
            bucket: The bucket.
            key: The object's key.

        Raises:
            NotFoundError: It is not there.
        """
        return _s3("GET", object_path(bucket, key), lambda reply: reply.content)

    @endpoint
    def download(self, bucket: str, key: str, to: Path) -> Call[int]:
        """Fetch an object into a file, streaming it to disk (S3 `GetObject`).

        The file gets its name once it is whole; one that was there before is replaced then.

        Args:
            bucket: The bucket.
            key: The object's key.
            to: The file to write.

        Returns:
            The file's length in bytes.

        Raises:
            NotFoundError: The object is not there.
            OSError: The file cannot be written.
        """
        return _s3("GET", object_path(bucket, key), lambda _: to.stat().st_size, into=to)

    @endpoint
    def head_object(self, bucket: str, key: str) -> Call[StoredObject]:
        """Fetch what storage knows of an object (S3 `HeadObject`).

        Args:
            bucket: The bucket.
            key: The object's key.

        Raises:
            NotFoundError: It is not there.
        """
        return _s3("HEAD", object_path(bucket, key), lambda reply: _head(key, reply))

    @endpoint
    def delete_object(self, bucket: str, key: str) -> Call[None]:
        """Delete an object; one that is not there is no error (S3 `DeleteObject`).

        Args:
            bucket: The bucket.
            key: The object's key.
        """
        return _s3("DELETE", object_path(bucket, key), nothing)

    @paged
    def list_objects(
        self, bucket: str, *, prefix: str | None = None, page_size: int | None = None
    ) -> Paging[StoredObject]:
        """List a bucket's objects by key, page after page (S3 `ListObjectsV2`).

        Args:
            bucket: The bucket.
            prefix: What the keys must begin with.
            page_size: Objects to ask for at a time, 1,000 at most and by default.
        """

        def page(cursor: str | None) -> Call[Page[StoredObject]]:
            # The names carry hyphens, which Python's keywords cannot.
            parameters: dict[str, Any] = {
                "list-type": "2",
                "encoding-type": "url",
                "prefix": prefix,
                "max-keys": page_size,
                "continuation-token": cursor,
            }
            return _s3("GET", path("/{}", bucket), _objects, query=query(**parameters))

        return Paging(page)

    @endpoint
    def presigned_url(self, bucket: str, key: str, *, ttl: int | None = None) -> Call[PresignedURL]:
        """Ask for an address under which anyone can fetch an object for a while.

        Operation: `CreatePresignedObjectUrl`. US regions only.

        Args:
            bucket: The bucket.
            key: The key of an object that is there.
            ttl: Seconds it stays valid, 1 to 604,800.
        """
        return Call(
            "POST",
            path("/storage/buckets/{}/{}/presigned_url", bucket, key),
            # The specification wraps in `content`, an official sample reads `data`.
            lambda reply: _presigned.validate_python(unwrapped(reply.json(), "content")),
            json={} if ttl is None else {"ttl": ttl},
            repeatable=True,
        )


def checked_bucket_name(name: str) -> str:
    """Return a bucket's name.

    Raises:
        ValueError: No bucket can have it.
    """
    if not _BUCKET_NAME.fullmatch(name) or ".." in name or _IP_ADDRESS.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot name a bucket: use 3 to 63 lower-case letters, digits, dots and "
            f"hyphens, with a letter or digit at both ends, and not the form of an IP address."
        )
    return name


def _s3(method: str, path: str, decode: Any, **options: Any) -> Call[Any]:
    return Call(method, path, decode, host="storage", **options)


def _etag(reply: Reply) -> str:
    return reply.headers.get("etag", "").strip('"')


def _head(key: str, reply: Reply) -> StoredObject:
    headers = reply.headers
    moment = headers.get("last-modified")
    return StoredObject(
        key=key,
        size=int(headers["content-length"]),
        etag=_etag(reply) or None,
        last_modified=parsedate_to_datetime(moment) if moment else None,
        content_type=headers.get("content-type"),
    )


def _buckets(reply: Reply) -> list[Bucket]:
    return [
        Bucket.model_validate({"name": row.get("Name"), "created_at": row.get("CreationDate")})
        for row in _rows(_xml(reply), "Bucket")
    ]


def _objects(reply: Reply) -> Page[StoredObject]:
    root = _xml(reply)
    found = [
        StoredObject.model_validate(
            {
                "key": _unquoted(row["Key"], root),
                "size": row["Size"],
                "etag": row.get("ETag", "").strip('"') or None,
                "last_modified": row.get("LastModified"),
            }
        )
        for row in _rows(root, "Contents")
    ]
    more = root.findtext("{*}IsTruncated") == "true"
    return Page(found, root.findtext("{*}NextContinuationToken") if more else None)


def _xml(reply: Reply) -> ET.Element:
    try:
        return ET.fromstring(reply.content)  # noqa: S314 - expat itself bounds entity expansion
    except ET.ParseError as error:
        raise ValueError("the body is no XML") from error


def _rows(root: ET.Element, name: str) -> Iterator[dict[str, str]]:
    for element in root.iter():
        if _local(element) == name:
            yield {_local(child): child.text or "" for child in element}


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _unquoted(key: str, root: ET.Element) -> str:
    # Asked for, since XML 1.0 cannot hold every character a key can; servers may not comply.
    return unquote_plus(key) if root.findtext("{*}EncodingType") == "url" else key


_presigned = TypeAdapter(PresignedURL)
