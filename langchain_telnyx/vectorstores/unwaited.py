"""Writes that do not wait: start the embedding, and check once whether the service does it."""

from collections.abc import Sequence

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.vectorstores.assumptions import Differences
from langchain_telnyx.vectorstores.batch import Item
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.bucket_cache import EmbeddingSettings
from langchain_telnyx.vectorstores.embedding_wait import GRACE, States, file_states
from langchain_telnyx.vectorstores.observations import unembedded_buckets
from langchain_telnyx.vectorstores.settings import embed


def start_embedding(
    bucket: Bucket, stored: Sequence[Item], settings: EmbeddingSettings | None
) -> Flow[States]:
    """Embed objects by a request, unless the service is assumed to do so by itself.

    Args:
        bucket: The bucket.
        stored: The objects.
        settings: The settings of the bucket; `None` where it is not embedded yet.
    """
    if settings is not None and bucket.embed_after != 0:
        bucket.cache.note_unwaited(stored[0].keys[0], bucket.clock())
    else:
        try:
            yield from embed(bucket, settings=settings)
        except TelnyxError as error:
            return States(failed={item.key: error for item in stored})
    return States(searchable={item.key for item in stored})


def check_unwaited(bucket: Bucket) -> Flow[None]:
    """Check, once for each store, that the service embeds an object of an earlier write.

    Lists the files of the bucket, if the earlier write was long enough ago.
    """
    embed_after = bucket.embed_after
    if embed_after is None:
        return
    key = bucket.cache.take_unwaited(bucket.clock() - max(GRACE, embed_after))
    if key is None:
        return
    try:
        if key in (yield from file_states(bucket, [key])):
            return
        # It may be deleted in the meantime.
        yield from bucket.calls.storage.head_object(bucket.name, key)
    except TelnyxError:
        return
    unembedded_buckets(bucket.config).add(bucket.name)
    differences = Differences()
    differences.add("automatic_embedding", "an object of an earlier write is not embedded yet")
    bucket.report(differences)
