"""Insight templates: instructions to analyse conversations; and counts of their results.

API page: https://developers.telnyx.com/api-reference/insights/get-insight-templates
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from pydantic import BaseModel

from langchain_telnyx.client.call import Call, Paging, idempotency_headers, omit_none, path, query
from langchain_telnyx.client.decode import Model, check_empty, data, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.paging import numbered_pages
from langchain_telnyx.client.postgrest import FilterOption, parameters
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.schemas import class_schema, close_objects, is_class


class Insight(Model):
    """An insight template.

    Attributes:
        id: Its UUID.
        name: Its name.
        instructions: What to find out.
        json_schema: The schema of its results; without one they are prose.
        webhook: The URL that receives results.
        insight_type: `custom`, or `default` for those that Telnyx manages.
        created_at: When it was created.
    """

    id: str
    name: str | None = None
    instructions: str | None = None
    json_schema: str | dict[str, Any] | None = None
    webhook: str | None = None
    insight_type: str | None = None
    created_at: datetime | None = None


class InsightCount(Model):
    """The number of results with certain values.

    Attributes:
        record_count: The number.
    """

    record_count: int

    @property
    def values(self) -> dict[str, Any]:
        """The values, by the field of `group_by`: `{"score": "Good"}`."""
        return dict(self.model_extra or {})


_Counts: TypeAlias = Rows[InsightCount]  # defined here, because `list` is a method inside the class


class Insights(Resource[M]):
    """`telnyx.insights`: templates that are applied when a conversation ends."""

    @paged
    def list(self, *, page_size: int | None = None) -> Paging[Insight]:
        """Iterate over the templates, including Telnyx's.

        Operation: `get_all_insights`.

        Args:
            page_size: Templates per request, at most 99; the API's default is 20.
        """
        return numbered_pages("/ai/conversations/insights", Insight, page_size=page_size)

    @endpoint
    def create(
        self,
        name: str,
        *,
        instructions: str,
        json_schema: type[BaseModel] | Mapping[str, Any] | str | None = None,
        webhook: str | None = None,
        idempotency_key: str | None = None,
    ) -> Call[Insight]:
        """Create a template.

        Operation: `create_insight`.

        Args:
            name: Its name.
            instructions: What to find out.
            json_schema: The schema of its results: a pydantic class or a JSON schema. The API
                refuses one without `"additionalProperties": False`, so that is added to objects
                with `properties` that do not have it. Text is sent unchanged.
            webhook: Where to post results to.
            idempotency_key: Identifies the request if it is repeated; default: a new key.

        Raises:
            BadRequestError: The schema is refused.
            ValueError: The class is not an object, or has no schema.
        """
        return Call(
            "POST",
            "/ai/conversations/insights",
            data(Insight),
            json=omit_none(
                name=name,
                instructions=instructions,
                json_schema=_written(json_schema),
                webhook=webhook,
            ),
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def get(self, insight_id: str) -> Call[Insight]:
        """Fetch a template.

        Operation: `get_insight_by_id`.

        Args:
            insight_id: Its id.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("GET", path("/ai/conversations/insights/{}", insight_id), data(Insight))

    @endpoint
    def update(
        self,
        insight_id: str,
        *,
        name: str | None = None,
        instructions: str | None = None,
        json_schema: type[BaseModel] | Mapping[str, Any] | str | None = None,
        webhook: str | None = None,
    ) -> Call[Insight]:
        """Change a template; a `None` changes nothing.

        Operation: `update_insight_by_id`.

        Args:
            insight_id: The template.
            name: Its name.
            instructions: What to find out.
            json_schema: The schema of its results; see `create`.
            webhook: Where to post results to.

        Raises:
            NotFoundError: The id does not exist.
            BadRequestError: The schema is refused.
            ValueError: The class is not an object, or has no schema.
        """
        return Call(
            "PUT",
            path("/ai/conversations/insights/{}", insight_id),
            data(Insight),
            json=omit_none(
                name=name,
                instructions=instructions,
                json_schema=_written(json_schema),
                webhook=webhook,
            ),
        )

    @endpoint
    def delete(self, insight_id: str) -> Call[None]:
        """Delete a template.

        Operation: `delete_insight_by_id`.

        Args:
            insight_id: The template.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("DELETE", path("/ai/conversations/insights/{}", insight_id), check_empty)

    @endpoint
    def aggregates(
        self,
        *,
        group_by: str | Iterable[str] | None = None,
        show: str | Iterable[str] | None = None,
        insight_id: str | None = None,
        created_at: FilterOption | None = None,
        metadata: Mapping[str, FilterOption] | None = None,
    ) -> Call[_Counts]:
        """Count results by the values of fields.

        Operation: `aggregate_conversation_insights`.

        Args:
            group_by: Fields of the results, such as `score`, or of the conversations' metadata,
                such as `metadata.assistant_id`.
            show: Fields to show.
            insight_id: Count the results of this template only.
            created_at: Filter by when they were created, e.g. `[gte(day), lt(next_day)]` (see
                `langchain_telnyx.client.postgrest`).
            metadata: Filters by metadata field of the conversation, e.g.
                `{"assistant_id": eq("assistant-123")}`.

        Returns:
            A row for each combination of values.

        Raises:
            ValueError: A string has no operator.
        """
        fields: dict[str, FilterOption] = {
            f"metadata.{key}": condition for key, condition in (metadata or {}).items()
        }
        return Call(
            "GET",
            "/ai/conversations/conversation-insights/aggregates",
            rows(InsightCount),
            query=(
                *query(group_by=group_by, show=show, insight_id=insight_id),
                *parameters({"created_at": created_at, **fields}),
            ),
        )


def _written(schema: Any) -> Any:
    """Return a schema in the form that the API accepts."""
    if is_class(schema):
        return class_schema(schema)
    return close_objects(schema) if isinstance(schema, Mapping) else schema
