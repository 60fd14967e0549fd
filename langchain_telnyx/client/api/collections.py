"""AI Search collections: sets of your Telnyx data, searched by meaning and filtered by the service.

API page: https://developers.telnyx.com/api-reference/ai-collections/create-a-collection
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from langchain_telnyx.client.api.collection_filters import Condition, filters
from langchain_telnyx.client.api.collection_results import (
    Collection,
    CollectionDocument,
    CollectionSettings,
    CollectionSource,
)
from langchain_telnyx.client.call import JSON, Call, Paging, Query, omit_none, path, query
from langchain_telnyx.client.decode import check_empty, data, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.paging import numbered_pages
from langchain_telnyx.client.rows import Rows

SourceGiven: TypeAlias = str | Mapping[str, str]
"""A type of source, such as `voice`; or the fields of one: `source_type`, and `bucket_id`."""


# Defined here, because `list` is a method inside the class.
_Sources: TypeAlias = Rows[CollectionSource]


class Collections(Resource[M]):
    """`telnyx.collections`: AI Search."""

    @paged
    def list(self, *, page_size: int | None = None) -> Paging[Collection]:
        """List the collections.

        Endpoint: `GET /ai/collections`.

        Args:
            page_size: Collections per request.
        """
        return numbered_pages("/ai/collections", Collection, page_size=page_size)

    @endpoint
    def create(
        self,
        name: str,
        *,
        slug: str | None = None,
        description: str | None = None,
        sources: Iterable[SourceGiven] | None = None,
        retrieval_type: Literal["vector", "hybrid"] | None = None,
        top_k: int | None = None,
    ) -> Call[Collection]:
        """Create a collection.

        Endpoint: `POST /ai/collections`.

        Args:
            name: Its name.
            slug: Its identifier in searches; default: derived from the name.
            description: Its purpose.
            sources: Its sources: `["voice"]`, or
                `[{"source_type": "bucket", "bucket_id": "docs"}]`.
            retrieval_type: How it is searched.
            top_k: How many results to consider, 1 to 50.

        Raises:
            ConflictError: The slug is taken.
        """
        retrieval = omit_none(retrieval_type=retrieval_type, top_k=top_k)
        request = omit_none(
            name=name,
            slug=slug,
            description=description,
            sources=None if sources is None else [_source(source) for source in sources],
            settings={"retrieval": retrieval} if retrieval else None,
        )
        return Call("POST", "/ai/collections", data(Collection), json=request)

    @endpoint
    def get(self, slug: str) -> Call[Collection]:
        """Fetch a collection by its slug.

        Endpoint: `GET /ai/collections/slug/{slug}`.

        Args:
            slug: Its slug.
        """
        return Call("GET", path("/ai/collections/slug/{}", slug), data(Collection))

    @endpoint
    def get_by_id(self, uuid: str) -> Call[Collection]:
        """Fetch a collection by its UUID.

        Endpoint: `GET /ai/collections/{uuid}`.

        Args:
            uuid: Its UUID.
        """
        return Call("GET", path("/ai/collections/{}", uuid), data(Collection))

    @endpoint
    def update(
        self, uuid: str, *, name: str | None = None, description: str | None = None
    ) -> Call[Collection]:
        """Rename or describe a collection.

        Endpoint: `PATCH /ai/collections/{uuid}`.

        Args:
            uuid: Its UUID.
            name: Its new name.
            description: Its new description.
        """
        request = omit_none(name=name, description=description)
        target = path("/ai/collections/{}", uuid)
        return Call("PATCH", target, data(Collection), json=request, repeatable=True)

    @endpoint
    def delete(self, uuid: str) -> Call[None]:
        """Delete a collection; its slug is free again.

        Endpoint: `DELETE /ai/collections/{uuid}`.

        Args:
            uuid: Its UUID.
        """
        return Call("DELETE", path("/ai/collections/{}", uuid), check_empty)

    @endpoint
    def settings(self, uuid: str) -> Call[CollectionSettings]:
        """Fetch the search options of a collection.

        Endpoint: `GET /ai/collections/{uuid}/settings`.

        Args:
            uuid: Its UUID.
        """
        return Call("GET", _settings_path(uuid), data(CollectionSettings))

    @endpoint
    def replace_settings(
        self,
        uuid: str,
        *,
        retrieval_type: Literal["vector", "hybrid"] | None = None,
        top_k: int | None = None,
    ) -> Call[CollectionSettings]:
        """Set the search options of a collection; omitted ones return to their defaults.

        Endpoint: `PUT /ai/collections/{uuid}/settings`.

        Args:
            uuid: Its UUID.
            retrieval_type: How it is searched.
            top_k: How many results to consider, 1 to 50.

        Raises:
            UnprocessableEntityError: The service does not support it.
        """
        return _set("PUT", uuid, omit_none(retrieval_type=retrieval_type, top_k=top_k))

    @endpoint
    def update_settings(
        self,
        uuid: str,
        *,
        retrieval_type: Literal["vector", "hybrid"] | None = None,
        top_k: int | None = None,
    ) -> Call[CollectionSettings]:
        """Change the search options of a collection; omitted ones do not change.

        Endpoint: `PATCH /ai/collections/{uuid}/settings`.

        Args:
            uuid: Its UUID.
            retrieval_type: How it is searched.
            top_k: How many results to consider, 1 to 50.

        Raises:
            UnprocessableEntityError: The service does not support it.
        """
        return _set("PATCH", uuid, omit_none(retrieval_type=retrieval_type, top_k=top_k))

    @endpoint
    def sources(self, uuid: str) -> Call[_Sources]:
        """List the sources of a collection.

        Endpoint: `GET /ai/collections/{uuid}/sources`.

        Args:
            uuid: Its UUID.
        """
        return Call("GET", _sources_path(uuid), rows(CollectionSource))

    @endpoint
    def add_source(
        self, uuid: str, source_type: str, *, bucket_id: str | None = None
    ) -> Call[CollectionSource]:
        """Add a source to a collection.

        Endpoint: `POST /ai/collections/{uuid}/sources`.

        Args:
            uuid: Its UUID.
            source_type: `voice`, `message`, `meeting_bot` or `bucket`.
            bucket_id: The bucket's name, for a `bucket`.
        """
        request = omit_none(source_type=source_type, bucket_id=bucket_id)
        return Call("POST", _sources_path(uuid), data(CollectionSource), json=request)

    @endpoint
    def replace_sources(self, uuid: str, sources: Iterable[SourceGiven]) -> Call[_Sources]:
        """Replace all sources of a collection.

        Endpoint: `PUT /ai/collections/{uuid}/sources`.

        Args:
            uuid: Its UUID.
            sources: The sources, as in `create`.
        """
        request = {"sources": [_source(source) for source in sources]}
        return Call("PUT", _sources_path(uuid), rows(CollectionSource), json=request)

    @endpoint
    def remove_source(self, uuid: str, source_id: str) -> Call[None]:
        """Remove a source from a collection.

        Endpoint: `DELETE /ai/collections/{uuid}/sources/{source_id}`.

        Args:
            uuid: Its UUID.
            source_id: The source's id.
        """
        return Call("DELETE", path("/ai/collections/{}/sources/{}", uuid, source_id), check_empty)

    @paged
    def search(
        self,
        slug: str,
        query: str | None = None,
        *,
        filter: Mapping[str, Condition] | None = None,  # noqa: A002 - the API's name
        sources: Iterable[str] | None = None,
        top_k: int | None = None,
        page_size: int | None = None,
    ) -> Paging[CollectionDocument]:
        """Search a collection, the best first; or list all of it.

        Endpoint: `GET /ai/knowledge/collections/{slug}/documents`.

        Args:
            slug: The collection's slug.
            query: The query; without it, all documents are listed.
            filter: Conditions by field: a value to equal; several values of which one must be
                equal; or operators with their values, of `eq`, `in`, `gte`, `gt`,
                `lte`, `lt`, `contains`: `{"record_created_at": {"gte": datetime(2026, 1, 1)}}`.
                The fields are `record_type`, `record_id`, `user_id`, `record_created_at` and
                `ingested_at`; any other is a field of `metadata`.
            sources: Which types of source to search; default: all that the collection has.
            top_k: How many results to consider, 1 to 50; default: the collection's own.
            page_size: Documents per request.

        Raises:
            NotFoundError: The collection does not exist.
            ValueError: A value has a comma, which the API uses as separator.
        """
        return numbered_pages(
            path("/ai/knowledge/collections/{}/documents", slug),
            CollectionDocument,
            page_size=page_size,
            parameters=(*_search_query(query, sources, top_k), *filters(filter or {})),
        )


def _search_query(text: str | None, sources: Iterable[str] | None, top_k: int | None) -> Query:
    joined = None if sources is None else ",".join(sources)
    return query(query=text, sources=joined, top_k=top_k)


def _source(source: SourceGiven) -> JSON:
    return {"source_type": source} if isinstance(source, str) else dict(source)


def _set(method: str, uuid: str, retrieval: JSON) -> Call[CollectionSettings]:
    request = {"retrieval": retrieval}
    decode = data(CollectionSettings)
    return Call(method, _settings_path(uuid), decode, json=request, repeatable=True)


def _settings_path(uuid: str) -> str:
    return path("/ai/collections/{}/settings", uuid)


def _sources_path(uuid: str) -> str:
    return path("/ai/collections/{}/sources", uuid)
