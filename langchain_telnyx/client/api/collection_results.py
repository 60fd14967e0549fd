"""Results of AI Search: collections, their sources, and the chunks in them."""

from datetime import datetime
from typing import Any

from langchain_telnyx.client.decode import Model


class Retrieval(Model):
    """The search options of a collection.

    Attributes:
        retrieval_type: `vector`, or `hybrid`, which can be set but is not implemented yet.
        top_k: How many results are considered, 1 to 50.
    """

    retrieval_type: str | None = None
    top_k: int | None = None


class CollectionSettings(Model):
    """A collection's settings.

    Attributes:
        retrieval: Its search options.
    """

    retrieval: Retrieval | None = None


class CollectionSource(Model):
    """A source of a collection.

    Attributes:
        id: Its id.
        collection_id: The collection's UUID.
        source_type: `voice`, `message`, `meeting_bot` or `bucket`; only `voice` is searched today.
        bucket_id: The bucket's name, for a `bucket`.
        status: Free text.
    """

    id: str | None = None
    collection_id: str | None = None
    source_type: str | None = None
    bucket_id: str | None = None
    status: str | None = None


class Collection(Model):
    """A collection.

    Attributes:
        uuid: Its identifier, except in searches.
        slug: Its identifier in searches.
        name: Its name.
        description: Its purpose.
        sources: Its sources.
        settings: Its settings.
        status: Free text.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    uuid: str | None = None
    slug: str | None = None
    name: str | None = None
    description: str | None = None
    sources: list[CollectionSource] | None = None
    settings: CollectionSettings | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class CollectionDocument(Model):
    """A chunk of a document.

    Attributes:
        id: The chunk's id.
        text: The chunk.
        score: Its relevance, higher is better; 0 without a query.
        record_type: The type of its source, such as `voice`.
        record_id: The record it comes from.
        chunk_index: Its number among the record's chunks.
        chunk_total: The number of the record's chunks.
        metadata: Other data about the record.
        region: Where it is stored.
        record_created_at: When the record was created.
        ingested_at: When it was added to the collection.
        user_id: The user it belongs to.
        organization_id: The organization it belongs to.
    """

    id: str | None = None
    text: str | None = None
    score: float | None = None
    record_type: str | None = None
    record_id: str | None = None
    chunk_index: int | None = None
    chunk_total: int | None = None
    metadata: dict[str, Any] | None = None
    region: str | None = None
    record_created_at: datetime | None = None
    ingested_at: datetime | None = None
    user_id: str | None = None
    organization_id: str | None = None
