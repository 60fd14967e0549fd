"""Results of the storage: buckets, objects, and deletions."""

from datetime import datetime
from email.utils import parsedate_to_datetime

from pydantic import ConfigDict, ValidationError

from langchain_telnyx.client.api.s3_xml import (
    check_empty_response,
    document,
    next_token,
    rows,
    unquoted,
    warn_invalid_row,
)
from langchain_telnyx.client.call import Page, Reply
from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.errors import TelnyxError


class Bucket(Model):
    """A bucket.

    Attributes:
        name: Its name.
        created_at: When it was created.
    """

    name: str
    created_at: datetime | None = None


class StoredObject(Model):
    """The metadata of an object.

    Attributes:
        key: Its key.
        size: Its length in bytes.
        etag: The MD5 of an object that was put in one piece, without quotes.
        last_modified: When it was put.
        content_type: Its media type; only from `head_object`.
    """

    key: str
    size: int
    etag: str | None = None
    last_modified: datetime | None = None
    content_type: str | None = None


class PresignedURL(Model):
    """A URL that works without a key for some time.

    Attributes:
        presigned_url: The URL.
        token: The token in it.
        expires_at: When it expires.
    """

    presigned_url: str
    token: str | None = None
    expires_at: datetime | None = None


class DeletedObjects(Model):
    """The result of a deletion of many objects.

    Attributes:
        deleted: Deleted keys, in the order of the request. Missing objects are included.
        errors: Key to error of those that could not be deleted.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    deleted: list[str]
    errors: dict[str, TelnyxError]


def entity_tag_of_put(reply: Reply) -> str:
    """Return the entity tag in the response to PutObject."""
    check_empty_response(reply)
    return _etag(reply)


def _etag(reply: Reply) -> str:
    return reply.headers.get("etag", "").strip('"')


def object_in_headers(key: str, reply: Reply) -> StoredObject:
    """Return the object in the response to HeadObject."""
    headers = reply.headers
    moment = headers.get("last-modified")
    return StoredObject(
        key=key,
        size=int(headers["content-length"]),
        etag=_etag(reply) or None,
        last_modified=parsedate_to_datetime(moment) if moment else None,
        content_type=headers.get("content-type"),
    )


def buckets_in(reply: Reply) -> list[Bucket]:
    """Return the buckets in the response to ListBuckets."""
    found = []
    for row in rows(document(reply, "ListAllMyBucketsResult"), "Bucket"):
        if not row.get("Name"):
            warn_invalid_row("The list of buckets has one without a name, which is skipped", row)
            continue
        try:
            bucket = Bucket.model_validate(
                {"name": row["Name"], "created_at": row.get("CreationDate") or None}
            )
        except ValidationError:
            warn_invalid_row("The list of buckets has an invalid date, which is skipped", row)
            bucket = Bucket(name=row["Name"])
        found.append(bucket)
    return found


def objects_in(reply: Reply) -> Page[StoredObject]:
    """Return the page of objects in a response to ListObjectsV2."""
    root = document(reply, "ListBucketResult")
    found = []
    for row in rows(root, "Contents"):
        if not row.get("Key"):
            warn_invalid_row("A listing has an object without a key, which is skipped", row)
            continue
        known = {
            "key": unquoted(row["Key"], root),
            "size": row.get("Size"),
            "etag": row.get("ETag", "").strip('"') or None,
            "last_modified": row.get("LastModified") or None,
        }
        try:
            item = StoredObject.model_validate(known)
        except ValidationError as error:
            # Return the key: a caller that deletes all objects needs it.
            warn_invalid_row("A listing has an invalid size or date, which is skipped", row)
            odd = {str(each["loc"][0]) for each in error.errors()}
            defaults = {"size": 0, "last_modified": None}
            item = StoredObject.model_validate(
                {**known, **{name: defaults[name] for name in odd & defaults.keys()}}
            )
        found.append(item)
    return Page(found, next_token(root))
