"""A bucket that is there when it is needed."""

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import Described
from langchain_telnyx.client.errors import ConflictError, NotFoundError, PermissionDeniedError
from langchain_telnyx.client.namespaces import Namespaces


def ensured(calls: Namespaces[Described], bucket: str) -> Flow[None]:
    """Create a bucket unless it is there.

    Args:
        calls: Describes calls.
        bucket: The bucket.

    Raises:
        ConflictError: It is another customer's.
    """
    try:
        yield from calls.storage.head_bucket(bucket)
    except (NotFoundError, PermissionDeniedError):
        # 403 is a bucket of someone else, or a wrong key. An answer to HEAD has no body to tell
        # which; that to creating it has.
        yield from _created(calls, bucket)


def _created(calls: Namespaces[Described], bucket: str) -> Flow[None]:
    try:
        yield from calls.storage.create_bucket(bucket)
    except ConflictError as error:
        # One that another of our own calls has just taken is as good as one we made.
        if error.code == "BucketAlreadyOwnedByYou":
            return
        raise ConflictError(
            f"The bucket name {bucket!r} belongs to another customer (names are shared by all): "
            f"choose another. ({error.message})",
            error.response,
        ) from error
