"""Insight groups: the templates that are applied together when an assistant's conversation ends.

API page: https://developers.telnyx.com/api-reference/insights/get-all-insight-groups
"""

from datetime import datetime

from pydantic import Field

from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.call import Call, Paging, idempotency_headers, omit_none, path
from langchain_telnyx.client.decode import Model, check_empty, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.paging import numbered_pages


class InsightGroup(Model):
    """An insight group.

    Attributes:
        id: Its UUID; an assistant names it as `insight_settings.insight_group_id`.
        name: Its name.
        description: Its purpose.
        webhook: The URL that receives results.
        insights: Its templates.
        created_at: When it was created.
    """

    id: str
    name: str | None = None
    description: str | None = None
    webhook: str | None = None
    insights: list[Insight] = Field(default_factory=list)
    created_at: datetime | None = None


class InsightGroups(Resource[M]):
    """`telnyx.insight_groups`: templates that are applied together."""

    @paged
    def list(self, *, page_size: int | None = None) -> Paging[InsightGroup]:
        """Iterate over the groups with their templates.

        Operation: `get_all_insight_groups`.

        Args:
            page_size: Groups per request, at most 99; the API's default is 20.
        """
        return numbered_pages("/ai/conversations/insight-groups", InsightGroup, page_size=page_size)

    @endpoint
    def create(
        self,
        name: str,
        *,
        description: str | None = None,
        webhook: str | None = None,
        idempotency_key: str | None = None,
    ) -> Call[InsightGroup]:
        """Create a group, without templates.

        Operation: `create_insight_group`.

        Args:
            name: Its name.
            description: Its purpose.
            webhook: Where to post results to.
            idempotency_key: Identifies the request if it is repeated; default: a new key.
        """
        return Call(
            "POST",
            "/ai/conversations/insight-groups",
            data(InsightGroup),
            json=omit_none(name=name, description=description, webhook=webhook),
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def get(self, group_id: str) -> Call[InsightGroup]:
        """Fetch a group with its templates.

        Operation: `get_insight_group_by_id`.

        Args:
            group_id: Its id.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call(
            "GET", path("/ai/conversations/insight-groups/{}", group_id), data(InsightGroup)
        )

    @endpoint
    def update(
        self,
        group_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        webhook: str | None = None,
    ) -> Call[InsightGroup]:
        """Change a group; a `None` changes nothing.

        Operation: `update_insight_group_by_id`.

        Args:
            group_id: The group.
            name: Its name.
            description: Its purpose.
            webhook: Where to post results to.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call(
            "PUT",
            path("/ai/conversations/insight-groups/{}", group_id),
            data(InsightGroup),
            json=omit_none(name=name, description=description, webhook=webhook),
        )

    @endpoint
    def delete(self, group_id: str) -> Call[None]:
        """Delete a group, but not its templates.

        Operation: `delete_insight_group_by_id`.

        Args:
            group_id: The group.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("DELETE", path("/ai/conversations/insight-groups/{}", group_id), check_empty)

    @endpoint
    def assign(self, group_id: str, insight_id: str) -> Call[None]:
        """Put a template into a group.

        Operation: `assign_insight_to_group`.

        Args:
            group_id: The group.
            insight_id: The template.

        Raises:
            NotFoundError: The group or the template does not exist.
        """
        where = "/ai/conversations/insight-groups/{}/insights/{}/assign"
        # Assigning twice has no further effect.
        return Call("POST", path(where, group_id, insight_id), check_empty, repeatable=True)

    @endpoint
    def unassign(self, group_id: str, insight_id: str) -> Call[None]:
        """Take a template out of a group.

        Operation: `unassign_insight_from_group`.

        Args:
            group_id: The group.
            insight_id: The template.

        Raises:
            NotFoundError: The template is not in the group.
        """
        where = "/ai/conversations/insight-groups/{}/insights/{}/unassign"
        return Call("DELETE", path(where, group_id, insight_id), check_empty)
