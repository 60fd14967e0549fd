"""Create a bucket on demand."""

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import ConflictError, NotFoundError, PermissionDeniedError
from langchain_telnyx.client.namespaces import Namespaces


def ensure_bucket(calls: Namespaces[DeferredCalls], bucket: str) -> Flow[None]:
    """Create a bucket unless it exists.

    Args:
        calls: Describes calls.
        bucket: The bucket.

    Raises:
        ConflictError: The bucket belongs to another customer, or is in another region.
    """
    try:
        yield from calls.storage.head_bucket(bucket)
    except (NotFoundError, PermissionDeniedError):
        # 403 means a bucket of another customer, or a wrong key. A response to HEAD has no body
        # with the reason; the response to creating the bucket has.
        yield from _create(calls, bucket)


def _create(calls: Namespaces[DeferredCalls], bucket: str) -> Flow[None]:
    try:
        yield from calls.storage.create_bucket(bucket)
    except ConflictError as error:
        if error.code != "BucketAlreadyOwnedByYou":
            raise ConflictError(
                f"The bucket name {bucket!r} belongs to another customer (names are global): "
                f"choose another. ({error.message})",
                error.response,
            ) from error
        try:
            # A concurrent call may have created it in the meantime.
            yield from calls.storage.head_bucket(bucket)
        except NotFoundError:
            raise ConflictError(
                f"The bucket {bucket!r} is yours, but in another region: pass its region, "
                f'for example `region="us-east-1"`. ({error.message})',
                error.response,
            ) from error
