"""The size of a bucket, and its operations.

API page: https://developers.telnyx.com/api-reference/bucket-usage/get-api-usage
"""

from datetime import UTC, datetime

from pydantic import Field

from langchain_telnyx.client.call import Call, path
from langchain_telnyx.client.decode import Model, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.rows import Rows


class OperationCount(Model):
    """The number of operations of one kind.

    Attributes:
        category: The kind: `get_obj`, `put_obj`, `list_bucket`, …; `None` for all together.
        ops: The number of requests.
        successful_ops: The number of successful requests.
        bytes_sent: Bytes that the storage sent.
        bytes_received: Bytes that it received.
    """

    category: str | None = None
    ops: int = 0
    successful_ops: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class APIUsage(Model):
    """The operations on a bucket in one time span.

    Attributes:
        timestamp: When it was recorded.
        categories: By kind of operation.
        total: All of them together.
    """

    timestamp: datetime | None = None
    categories: list[OperationCount] = Field(default_factory=list)
    total: OperationCount | None = None


class StorageUsage(Model):
    """The size of a bucket at one time.

    Attributes:
        num_objects: The number of objects.
        size: Their size in bytes.
        size_kb: The same in kilobytes.
        timestamp: When they were counted.
    """

    num_objects: int
    size: int
    size_kb: int | None = None
    timestamp: datetime | None = None


class BucketUsage(Resource[M]):
    """`telnyx.bucket_usage`: the size of buckets, and their operations."""

    @endpoint
    def api(self, bucket: str, start: datetime | str, end: datetime | str) -> Call[Rows[APIUsage]]:
        """Count the S3 operations on a bucket in a period.

        Operation: `GetStorageAPIUsage`.

        Args:
            bucket: The bucket.
            start: When the period begins; a `datetime` without a zone is UTC.
            end: When it ends.

        Raises:
            NotFoundError: The bucket does not exist.
        """
        period = (("filter[start_time]", _moment(start)), ("filter[end_time]", _moment(end)))
        target = path("/storage/buckets/{}/usage/api", bucket)
        return Call("GET", target, rows(APIUsage), query=period)

    @endpoint
    def storage(self, bucket: str) -> Call[Rows[StorageUsage]]:
        """Fetch the size of a bucket.

        Operation: `GetBucketUsage`.

        Args:
            bucket: The bucket.

        Raises:
            NotFoundError: The bucket does not exist.
        """
        target = path("/storage/buckets/{}/usage/storage", bucket)
        return Call("GET", target, rows(StorageUsage))


def _moment(value: datetime | str) -> str:
    if isinstance(value, str):
        return value
    moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
