"""Insight templates: what is to be found out about conversations; and the counts of what was found.

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
        json_schema: The form of its results; without one they are prose.
        webhook: Where results are posted to.
        insight_type: `custom`, or `default` for those that Telnyx manages.
        created_at: When it was made.
    """

    id: str
    name: str | None = None
    instructions: str | None = None
    json_schema: str | dict[str, Any] | None = None
    webhook: str | None = None
    insight_type: str | None = None
    created_at: datetime | None = None


class InsightCount(Model):
    """How often results had certain values.

    Attributes:
        record_count: How often.
    """

    record_count: int

    @property
    def values(self) -> dict[str, Any]:
        """The values, by the field that was grouped by: `{"score": "Good"}`."""
        return dict(self.model_extra or {})


_Counts: TypeAlias = Rows[InsightCount]  # named out here: within the class, `list` is the method


class Insights(Resource[M]):
    """`telnyx.insights`: templates of what is to be found out when a conversation ends."""

    @paged
    def list(self, *, page_size: int | None = None) -> Paging[Insight]:
        """Go through the templates, Telnyx's own included.

        Operation: `get_all_insights`.

        Args:
            page_size: Templates to a request, at most 99; the API's default is 20.
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
        """Make a template.

        Operation: `create_insight`.

        Args:
            name: Its name.
            instructions: What to find out.
            json_schema: The form of its results: a pydantic class or a JSON schema. The API refuses
                one without `"additionalProperties": False`, so that is added to objects which list
                their `properties` and do not say it. Text is sent as it is.
            webhook: Where to post results to.
            idempotency_key: What the request is known by if it is repeated; default: a new one.

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
            NotFoundError: There is none of that id.
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
        """Change a template; what is `None` stays as it is.

        Operation: `update_insight_by_id`.

        Args:
            insight_id: The template.
            name: Its name.
            instructions: What to find out.
            json_schema: The form of its results; see `create`.
            webhook: Where to post results to.

        Raises:
            NotFoundError: There is none of that id.
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
            NotFoundError: There is none of that id.
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
        """Count what was found, by the values of fields.

        Operation: `aggregate_conversation_insights`.

        Args:
            group_by: Fields of the results, such as `score`, or of the conversations' metadata,
                such as `metadata.assistant_id`.
            show: Fields to show.
            insight_id: Count the results of this template only.
            created_at: Filter by when they were found, e.g. `[gte(day), lt(next_day)]` (see
                `langchain_telnyx.client.postgrest`).
            metadata: Filters by metadata field of the conversation, e.g.
                `{"assistant_id": eq("assistant-123")}`.

        Returns:
            A row for each combination of values.

        Raises:
            ValueError: A string is no filter, as it lacks an operator.
        """
        fields: dict[str, FilterOption] = {
            f"metadata.{key}": asked for key, asked in (metadata or {}).items()
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
    """Return a schema in the form that the API takes."""
    if is_class(schema):
        return class_schema(schema)
    return close_objects(schema) if isinstance(schema, Mapping) else schema
