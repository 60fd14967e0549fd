"""Tools that change the account: they create insight templates and groups, and assign them.

None of them sets a webhook: a model must not choose the address that results are posted to.
"""

from typing import Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.schemas import close_objects
from langchain_telnyx.insights.validation import check_schema
from langchain_telnyx.tools.base import Arguments, TelnyxTool
from langchain_telnyx.tools.insights import groups, resolve_id, templates
from langchain_telnyx.tools.quoting import ToolResult


class CreateInsightArguments(Arguments):
    """Arguments of `telnyx_create_insight`."""

    name: str = Field(min_length=1, max_length=200, description="A unique name.")
    instructions: str = Field(
        min_length=1,
        max_length=8000,
        description="Instructions for the analysis of each conversation, in full sentences.",
    )
    json_schema: dict[str, Any] | None = Field(
        default=None,
        description='A JSON schema of type "object" for the results, so that '
        "telnyx_count_insights can count them. Without it, results are free text.",
    )


class TelnyxCreateInsightTool(TelnyxTool):
    """Creates an insight template. It changes the account.

    Operation: `create_insight`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    Example:
        ```python
        from langchain_telnyx import TelnyxCreateInsightTool

        TelnyxCreateInsightTool().invoke(
            {"name": "Refund", "instructions": "Does the caller ask for a refund?"}
        )
        ```
    """

    name: str = "telnyx_create_insight"
    description: str = (
        "Create an insight template, which describes an analysis of each conversation after it "
        "ends. It changes the account. Returns the template's id. To apply the template, add it "
        "with telnyx_assign_insight to a group that an assistant uses."
    )
    args_schema: ArgsSchema | None = CreateInsightArguments

    def _execute(self, arguments: CreateInsightArguments) -> Flow[ToolResult]:
        created = yield from self.telnyx.calls.insights.create(
            arguments.name,
            instructions=arguments.instructions,
            json_schema=_closed(arguments.json_schema),
        )
        artifact = {"insight": created.model_dump(mode="json", exclude={"webhook"})}
        return ToolResult(f"Created the insight template {created.id}.", artifact)


def _closed(schema: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a schema in the form that the API accepts.

    Raises:
        ToolException: It is not the schema of an object.
    """
    if schema is None:
        return None
    try:
        # The API requires `additionalProperties: false`, also in a schema without fields.
        strict = {"additionalProperties": False, **close_objects(schema)}
        if strict.get("type", "object") != "object":
            raise ToolException('`json_schema` must be of type "object".')
        return check_schema(strict)
    except ValueError as error:
        raise ToolException(f"`json_schema` cannot be used: {error}.") from error


class CreateInsightGroupArguments(Arguments):
    """Arguments of `telnyx_create_insight_group`."""

    name: str = Field(min_length=1, max_length=200, description="A unique name.")
    description: str | None = Field(default=None, max_length=2000, description="Its purpose.")


class TelnyxCreateInsightGroupTool(TelnyxTool):
    """Creates an empty insight group. It changes the account.

    Operation: `create_insight_group`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    Example:
        ```python
        from langchain_telnyx import TelnyxCreateInsightGroupTool

        TelnyxCreateInsightGroupTool().invoke({"name": "After a call"})
        ```
    """

    name: str = "telnyx_create_insight_group"
    description: str = (
        "Create an empty insight group. A group is a set of insight templates that are applied "
        "together. It changes the account. Returns the group's id. Add templates with "
        "telnyx_assign_insight."
    )
    args_schema: ArgsSchema | None = CreateInsightGroupArguments

    def _execute(self, arguments: CreateInsightGroupArguments) -> Flow[ToolResult]:
        created = yield from self.telnyx.calls.insight_groups.create(
            arguments.name, description=arguments.description
        )
        artifact = {"group": created.model_dump(mode="json", exclude={"webhook"})}
        return ToolResult(f"Created the insight group {created.id}.", artifact)


class AssignInsightArguments(Arguments):
    """Arguments of `telnyx_assign_insight`."""

    insight: str = Field(
        min_length=1, max_length=200, description="The name or id of the insight template."
    )
    group: str = Field(
        min_length=1, max_length=200, description="The name or id of the insight group."
    )


class TelnyxAssignInsightTool(TelnyxTool):
    """Adds an insight template to a group. It changes the account.

    Operation: `assign_insight_to_group`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    Example:
        ```python
        from langchain_telnyx import TelnyxAssignInsightTool

        TelnyxAssignInsightTool().invoke({"insight": "Refund", "group": "After a call"})
        ```
    """

    name: str = "telnyx_assign_insight"
    description: str = (
        "Add an insight template to an insight group, so that it is applied to the conversations "
        "of the assistants that use the group. It changes the account. Returns both ids."
    )
    args_schema: ArgsSchema | None = AssignInsightArguments

    _not_found_hint = "Check both ids with telnyx_list_insights."

    def _execute(self, arguments: AssignInsightArguments) -> Flow[ToolResult]:
        calls = self.telnyx.calls
        insight_id = resolve_id(arguments.insight, (yield from templates(calls)), noun="insight")
        group_id = resolve_id(arguments.group, (yield from groups(calls)), noun="group")
        yield from calls.insight_groups.assign(group_id, insight_id)
        artifact = {"insight_id": insight_id, "group_id": group_id}
        return ToolResult(f"The insight {insight_id} is now in the group {group_id}.", artifact)
