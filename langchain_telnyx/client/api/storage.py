"""Telnyx Cloud Storage: the S3 operations for retrieval, and presigned URLs.

S3 operations go to the storage host with a SigV4 header. A presigned URL comes from the API,
because one that is signed here would have the API key in it.

API pages: https://developers.telnyx.com/docs/cloud-storage/api-endpoints
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from langchain_telnyx.client.api.deleting import ObjectDeletion, checked_keys, delete_call
from langchain_telnyx.client.api.s3_xml import NAMESPACE, check_empty_response
from langchain_telnyx.client.api.storage_results import (
    Bucket,
    DeletedObjects,
    PresignedURL,
    StoredObject,
    buckets_in,
    entity_tag_of_put,
    object_in_headers,
    objects_in,
)
from langchain_telnyx.client.call import Call, Flow, Page, Paging, object_path, path, query
from langchain_telnyx.client.decode import unwrap
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged

__all__ = [
    "Bucket",
    "DeletedObjects",
    "PresignedURL",
    "Storage",
    "StoredObject",
    "checked_bucket_name",
]

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IP_ADDRESS = re.compile(r"\d+(\.\d+){3}")
_LONGEST_KEY = 1024


class Storage(Resource[M]):
    """`telnyx.storage`: buckets and objects."""

    @endpoint
    def list_buckets(self) -> Call[list[Bucket]]:
        """List the account's buckets (S3 `ListBuckets`)."""
        return _s3("GET", "/", buckets_in)

    @endpoint
    def create_bucket(self, bucket: str) -> Call[None]:
        """Create a bucket in the client's region (S3 `CreateBucket`).

        Args:
            bucket: Its name: unique among all customers, 3 to 63 lower-case letters, digits,
                dots and hyphens.

        Raises:
            ValueError: The name is not valid.
            ConflictError: The name is taken, by you or by someone else: see `code`.
        """
        region = self._runner.config.region
        body = (
            f'<CreateBucketConfiguration xmlns="{NAMESPACE}">'
            f"<LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        ).encode()
        headers = {"content-type": "application/xml"}
        name = checked_bucket_name(bucket)
        return _s3("PUT", path("/{}", name), check_empty_response, body=body, headers=headers)

    @endpoint
    def head_bucket(self, bucket: str) -> Call[None]:
        """Check that a bucket exists and is yours (S3 `HeadBucket`).

        Args:
            bucket: Its name.

        Raises:
            NotFoundError: It does not exist.
        """
        return _s3("HEAD", path("/{}", bucket), check_empty_response)

    @endpoint
    def delete_bucket(self, bucket: str) -> Call[None]:
        """Delete an empty bucket (S3 `DeleteBucket`).

        Args:
            bucket: Its name.

        Raises:
            ConflictError: It has objects.
        """
        return _s3("DELETE", path("/{}", bucket), check_empty_response)

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
            ValueError: The key is empty, too long, or has a dot segment.
        """
        target = object_path(bucket, key)
        if len(key.encode()) > _LONGEST_KEY:
            raise ValueError(
                f"The object key is {len(key.encode())} bytes long, {_LONGEST_KEY} are allowed: "
                f"{key[:80]!r}…"
            )
        headers = {"content-type": content_type or "application/octet-stream"}
        return _s3("PUT", target, entity_tag_of_put, body=body, headers=headers)

    @endpoint
    def get_object(self, bucket: str, key: str) -> Call[bytes]:
        """Fetch an object (S3 `GetObject`).

        Args:
            bucket: The bucket.
            key: The object's key.

        Raises:
            NotFoundError: It does not exist.
            ConfigurationError: The key has a dot segment; see `delete_object`.
        """
        target = object_path(bucket, key, dots=True)
        return _s3("GET", target, lambda reply: reply.content, is_content=True)

    @endpoint
    def download(self, bucket: str, key: str, to: Path) -> Call[int]:
        """Fetch an object into a file, streaming it to disk (S3 `GetObject`).

        The file gets its name once it is complete; an existing file is replaced then.

        Args:
            bucket: The bucket.
            key: The object's key.
            to: The file to write.

        Returns:
            The file's length in bytes.

        Raises:
            NotFoundError: The object does not exist.
            OSError: The file cannot be written.
        """
        target = object_path(bucket, key, dots=True)
        return _s3("GET", target, lambda _: to.stat().st_size, into=to, is_content=True)

    @endpoint
    def head_object(self, bucket: str, key: str) -> Call[StoredObject]:
        """Fetch the metadata of an object (S3 `HeadObject`).

        Args:
            bucket: The bucket.
            key: The object's key.

        Raises:
            NotFoundError: It does not exist.
        """
        where = object_path(bucket, key, dots=True)
        return _s3("HEAD", where, lambda reply: object_in_headers(key, reply))

    @endpoint
    def delete_object(self, bucket: str, key: str) -> Call[None]:
        """Delete an object; a missing object is not an error (S3 `DeleteObject`).

        Args:
            bucket: The bucket.
            key: The object's key.

        Raises:
            ConfigurationError: The key has a dot segment, and requests use an HTTP client of yours,
                which would resolve it. `delete_objects` can delete it.
        """
        return delete_call(bucket, key)

    @endpoint
    def delete_objects(
        self, bucket: str, keys: Iterable[str], *, width: int = 16
    ) -> Flow[DeletedObjects]:
        """Delete many objects; missing objects are not an error (S3 `DeleteObjects`).

        Each request deletes up to a thousand. If the storage does not have the operation, and for
        keys without a result in its response, each object is deleted with a separate request.

        Args:
            bucket: The bucket.
            keys: The objects' keys. They may have `.` and `..` segments.
            width: Requests at a time.

        Returns:
            The deleted keys, and the errors of the others.

        Raises:
            TypeError: `keys` is a string, or a key is not a string.
            ValueError: A key is empty, or is not Unicode text.
            NotFoundError: The bucket does not exist.
            TelnyxError: The first request failed as a whole: nothing was deleted.
        """
        runner = self._runner
        deleting = ObjectDeletion(bucket, checked_keys(keys), width, runner.config, runner.state)
        return deleting.run()

    @paged
    def list_objects(
        self,
        bucket: str,
        *,
        prefix: str | None = None,
        start_after: str | None = None,
        page_size: int | None = None,
    ) -> Paging[StoredObject]:
        """List a bucket's objects by key, page after page (S3 `ListObjectsV2`).

        Args:
            bucket: The bucket.
            prefix: The prefix of the keys.
            start_after: The key after which to begin, in the order of keys.
            page_size: Objects per request, 1,000 at most and by default.

        An entry with an invalid field is returned without that field, and one without a key is
        skipped; both emit a `UserWarning`.

        Raises:
            APIResponseError: A response is not a listing, or is truncated without a token.
            ListingError: The listing repeats, or returns empty pages for ever.
            ListingTimeoutError: It did not end within the client's `deadline`.
        """

        def page(cursor: str | None) -> Call[Page[StoredObject]]:
            # The names have hyphens, which Python's keywords cannot have.
            parameters: dict[str, Any] = {
                "list-type": "2",
                "encoding-type": "url",
                "prefix": prefix,
                "start-after": start_after if cursor is None else None,
                "max-keys": page_size,
                "continuation-token": cursor,
            }
            return _s3("GET", path("/{}", bucket), objects_in, query=query(**parameters))

        return Paging(page, name_of=lambda item: item.key)

    @endpoint
    def presigned_url(self, bucket: str, key: str, *, ttl: int | None = None) -> Call[PresignedURL]:
        """Create a URL with which anyone can fetch an object for some time.

        Operation: `CreatePresignedObjectUrl`. US regions only.

        Args:
            bucket: The bucket.
            key: The key of an existing object.
            ttl: Seconds for which it is valid, 1 to 604,800.
        """
        return Call(
            "POST",
            path("/storage/buckets/{}/{}/presigned_url", bucket, key),
            # The specification has `content`, an official sample reads `data`.
            lambda reply: _presigned.validate_python(unwrap(reply.json(), "content")),
            json={} if ttl is None else {"ttl": ttl},
            repeatable=True,
        )


def checked_bucket_name(name: str) -> str:
    """Return a bucket's name.

    Raises:
        ValueError: The name is not valid.
    """
    if not _BUCKET_NAME.fullmatch(name) or ".." in name or _IP_ADDRESS.fullmatch(name):
        raise ValueError(
            f"{name!r} is not a valid bucket name: use 3 to 63 lower-case letters, digits, dots "
            f"and hyphens, with a letter or digit at both ends, and not the form of an IP address."
        )
    return name


def _s3(method: str, path: str, decode: Any, **options: Any) -> Call[Any]:
    return Call(method, path, decode, host="storage", **options)


_presigned = TypeAdapter(PresignedURL)
