"""The settings a bucket is embedded with: read from the bucket, and never changed by a write.

Every passage includes the bucket's model. The API does not return the sizes of passages, so a store
that embeds a bucket with sizes of its own records them in the sidecar.
"""

from typing import Any
from urllib.parse import quote

from langchain_telnyx.client.api.bucket_embeddings import EmbeddingTask
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import ConfigurationError, NotFoundError, TaskError
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.bucket_cache import EmbeddingSettings

DEFAULT_EMBEDDING_MODEL = "thenlper/gte-large"

_RECORD = "settings.json"
# Any query finds a passage, and every passage includes the model.
_PROBE = "settings"


def read_settings(bucket: Bucket) -> Flow[EmbeddingSettings | None]:
    """Return the settings the bucket is embedded with, or `None` where it is not embedded.

    Costs one search the first time; the result is cached.

    Raises:
        ConfigurationError: The store requests other settings.
    """
    cache = bucket.cache
    if cache.settings is None:
        try:
            hits = yield from bucket.calls.bucket_embeddings.similarity_search(
                bucket.name, _PROBE, num_of_docs=1
            )
        except NotFoundError:
            cache.embedded = False
            return None
        cache.embedded = True
        record = yield from bucket.sidecar.get_record(_RECORD)
        settings = _of_record(record or {})
        if hits and hits[0].metadata.embedding:
            settings = EmbeddingSettings(
                hits[0].metadata.embedding, settings.chunk_size, settings.chunk_overlap
            )
        # A bucket without passages does not return its model yet.
        if hits or record:
            cache.settings = settings
    else:
        settings = cache.settings
    check_settings(bucket, settings)
    return settings


def check_settings(bucket: Bucket, settings: EmbeddingSettings) -> None:
    """Check that the requested settings are those the bucket is embedded with.

    Raises:
        ConfigurationError: They differ.
    """
    pairs = {
        "embedding_model": (bucket.embedding_model, settings.model),
        "chunk_size": (bucket.chunk_size, settings.chunk_size),
        "chunk_overlap": (bucket.chunk_overlap, settings.chunk_overlap),
    }
    different = [
        f"`{name}` is {current!r} in the bucket, and {requested!r} in the store"
        for name, (requested, current) in pairs.items()
        if requested is not None and current is not None and requested != current
    ]
    if different:
        raise ConfigurationError(
            f"The bucket {bucket.name!r} is embedded with other settings: {'; '.join(different)}. "
            f"Omit the options to use the bucket with its settings. `reembed()` embeds every "
            f"object again with the store's options, and is charged as a first embedding."
        )


def embed(bucket: Bucket, *, settings: EmbeddingSettings | None) -> Flow[EmbeddingTask]:
    """Start an embedding task for the bucket, with its current settings.

    Args:
        bucket: The bucket.
        settings: The current settings; `None` for a bucket that is not embedded yet.
    """
    current = settings or EmbeddingSettings()
    merged = EmbeddingSettings(
        current.model or bucket.embedding_model or DEFAULT_EMBEDDING_MODEL,
        current.chunk_size or bucket.chunk_size,
        bucket.chunk_overlap if current.chunk_overlap is None else current.chunk_overlap,
    )
    if settings is None:
        return (yield from _embed_with(bucket, merged))
    return (yield from _post(bucket, merged))


def _embed_with(bucket: Bucket, settings: EmbeddingSettings) -> Flow[EmbeddingTask]:
    """Embed the bucket with new settings, and record them."""
    if settings.chunk_size is not None or settings.chunk_overlap is not None:
        # Before the request, so that a bucket is never embedded with sizes that are not recorded.
        yield from bucket.sidecar.put_record(_RECORD, _as_record(settings))
    task = yield from _post(bucket, settings)
    bucket.cache.settings = settings
    bucket.cache.embedded = True
    return task


def _post(bucket: Bucket, settings: EmbeddingSettings) -> Flow[EmbeddingTask]:
    return (
        yield from bucket.calls.bucket_embeddings.embed(
            bucket.name,
            document_chunk_size=settings.chunk_size,
            document_chunk_overlap_size=settings.chunk_overlap,
            embedding_model=settings.model,
        )
    )


def _of_record(record: dict[str, Any]) -> EmbeddingSettings:
    sizes = {
        name: value
        for name in ("chunk_size", "chunk_overlap")
        if isinstance(value := record.get(name), int)
    }
    model = record.get("embedding_model")
    return EmbeddingSettings(model if isinstance(model, str) else None, **sizes)


def _as_record(settings: EmbeddingSettings) -> dict[str, Any]:
    return {
        "embedding_model": settings.model,
        "chunk_size": settings.chunk_size,
        "chunk_overlap": settings.chunk_overlap,
    }


def reembed(bucket: Bucket, *, wait: bool) -> Flow[None]:
    """Embed the whole bucket again with the requested settings.

    Settings that the store does not request are those recorded before.

    Raises:
        TaskError: The service could not embed some objects.
    """
    bucket.cache.clear()
    record = _of_record((yield from bucket.sidecar.get_record(_RECORD)) or {})
    settings = EmbeddingSettings(
        bucket.embedding_model or record.model or DEFAULT_EMBEDDING_MODEL,
        bucket.chunk_size or record.chunk_size,
        record.chunk_overlap if bucket.chunk_overlap is None else bucket.chunk_overlap,
    )
    task = yield from _embed_with(bucket, settings)
    if wait:
        yield from _wait_for(bucket, task)


def _wait_for(bucket: Bucket, task: EmbeddingTask) -> Flow[None]:
    """Wait for a task; a failed file that is not an object of the bucket does not matter."""
    try:
        yield from bucket.calls.bucket_embeddings.wait(
            task.task_id, bucket_name=bucket.name, timeout=bucket.wait_timeout
        )
    except TaskError as error:
        if error.status != "partial_success" or not error.reasons:
            raise
        keys = {item.key for item in (yield from bucket.listed())}
        # The service may return keys in another spelling.
        forms = {form for key in keys for form in (key, quote(key, safe=""), key.lower())}
        if not forms.isdisjoint(error.reasons):
            raise
        bucket.cache.warn_once(
            "foreign",
            f"The task {task.task_id} that embeds bucket {bucket.name!r} ended in "
            f"{error.status!r} because of {', '.join(map(repr, error.reasons))}, which the bucket "
            f"does not have. All its objects count as embedded.",
        )
