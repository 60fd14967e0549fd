"""How a bucket is embedded: read from the bucket, and never changed by a write.

A passage names the bucket's model. Nothing in the API names the sizes of passages, so a store that
embeds a bucket with sizes of its own records them in the sidecar.
"""

from typing import Any

from langchain_telnyx.client.api.bucket_embeddings import EmbeddingTask
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import ConfigurationError, NotFoundError
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.object_cache import Settings

DEFAULT_EMBEDDING_MODEL = "thenlper/gte-large"

_RECORD = "settings.json"
# Any query finds a passage, and every passage names the model.
_PROBE = "settings"


def read_settings(bucket: Bucket) -> Flow[Settings | None]:
    """Return how the bucket is embedded, or `None` where it is not embedded.

    Costs one search the first time; a store remembers the answer.

    Raises:
        ConfigurationError: The store asks for other settings.
    """
    memory = bucket.memory
    if memory.settings is None:
        try:
            hits = yield from bucket.calls.bucket_embeddings.similarity_search(
                bucket.name, _PROBE, num_of_docs=1
            )
        except NotFoundError:
            memory.embedded = False
            return None
        memory.embedded = True
        record = yield from bucket.sidecar.get_record(_RECORD)
        settings = _of_record(record or {})
        if hits and hits[0].metadata.embedding:
            settings = Settings(
                hits[0].metadata.embedding, settings.chunk_size, settings.chunk_overlap
            )
        # A bucket without passages names no model yet.
        if hits or record:
            memory.settings = settings
    else:
        settings = memory.settings
    check_settings(bucket, settings)
    return settings


def check_settings(bucket: Bucket, settings: Settings) -> None:
    """Compare what the store asks for with how the bucket is embedded.

    Raises:
        ConfigurationError: They differ.
    """
    asked = {
        "embedding_model": (bucket.embedding_model, settings.model),
        "chunk_size": (bucket.chunk_size, settings.chunk_size),
        "chunk_overlap": (bucket.chunk_overlap, settings.chunk_overlap),
    }
    different = [
        f"`{name}` is {have!r} in the bucket, and {want!r} in the store"
        for name, (want, have) in asked.items()
        if want is not None and have is not None and want != have
    ]
    if different:
        raise ConfigurationError(
            f"The bucket {bucket.name!r} is embedded with other settings: {'; '.join(different)}. "
            f"Leave the options out to use the bucket as it is. `reembed()` embeds every object of "
            f"the bucket anew with the store's options, and is charged as a first embedding."
        )


def embed(bucket: Bucket, *, known: Settings | None) -> Flow[EmbeddingTask]:
    """Have the service embed the bucket, with the settings it has.

    Args:
        bucket: The bucket.
        known: How it is embedded; `None` for a bucket that is not embedded yet.
    """
    have = known or Settings()
    wish = Settings(
        have.model or bucket.embedding_model or DEFAULT_EMBEDDING_MODEL,
        have.chunk_size or bucket.chunk_size,
        bucket.chunk_overlap if have.chunk_overlap is None else have.chunk_overlap,
    )
    if known is None:
        return (yield from _begin(bucket, wish))
    return (yield from _post(bucket, wish))


def _begin(bucket: Bucket, settings: Settings) -> Flow[EmbeddingTask]:
    """Embed the bucket with settings that become its own, and record them."""
    if settings.chunk_size is not None or settings.chunk_overlap is not None:
        # Before the request: a bucket must not be embedded with sizes that nobody knows.
        yield from bucket.sidecar.put_record(_RECORD, _as_record(settings))
    task = yield from _post(bucket, settings)
    bucket.memory.settings = settings
    bucket.memory.embedded = True
    return task


def _post(bucket: Bucket, settings: Settings) -> Flow[EmbeddingTask]:
    return (
        yield from bucket.calls.bucket_embeddings.embed(
            bucket.name,
            document_chunk_size=settings.chunk_size,
            document_chunk_overlap_size=settings.chunk_overlap,
            embedding_model=settings.model,
        )
    )


def _of_record(record: dict[str, Any]) -> Settings:
    sizes = {
        name: value
        for name in ("chunk_size", "chunk_overlap")
        if isinstance(value := record.get(name), int)
    }
    model = record.get("embedding_model")
    return Settings(model if isinstance(model, str) else None, **sizes)


def _as_record(settings: Settings) -> dict[str, Any]:
    return {
        "embedding_model": settings.model,
        "chunk_size": settings.chunk_size,
        "chunk_overlap": settings.chunk_overlap,
    }


def reembed(bucket: Bucket, *, wait: bool) -> Flow[None]:
    """Embed the whole bucket anew with the settings that the store asks for.

    What the store does not ask for stays as it is, as far as that is known.

    Raises:
        TaskError: The service could not embed some objects.
    """
    bucket.memory.forget()
    record = _of_record((yield from bucket.sidecar.get_record(_RECORD)) or {})
    settings = Settings(
        bucket.embedding_model or record.model or DEFAULT_EMBEDDING_MODEL,
        bucket.chunk_size or record.chunk_size,
        record.chunk_overlap if bucket.chunk_overlap is None else bucket.chunk_overlap,
    )
    task = yield from _begin(bucket, settings)
    if wait:
        yield from bucket.calls.bucket_embeddings.wait(
            task.task_id, bucket_name=bucket.name, timeout=bucket.wait_timeout
        )
