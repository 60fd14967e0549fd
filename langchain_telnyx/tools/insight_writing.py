"""Tools that change the account: they make insight templates and groups, and put them together.

None of them sets a webhook: where results are posted to is not for a model to say.
"""

from typing import Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.schemas import close_objects
from langchain_telnyx.insights.validation import checked
from langchain_telnyx.tools.base import Arguments, TelnyxTool
from langchain_telnyx.tools.insights import chosen, groups, templates
from langchain_telnyx.tools.quoting import Found


class CreateInsightArguments(Arguments):
    """What `telnyx_create_insight` takes."""

    name: str = Field(min_length=1, max_length=200, description="A name that no other has.")
    instructions: str = Field(
        min_length=1,
        max_length=8000,
        description="What to find out about each conversation, in sentences.",
    )
    json_schema: dict[str, Any] | None = Field(
        default=None,
        description='A JSON schema of type "object" that the results must meet, so that they can '
        "be counted. Without it, results are prose.",
    )


class TelnyxCreateInsightTool(TelnyxTool):
    """Makes an insight template. It changes the account.

    Operation: `create_insight`.

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
        "Make an insight template: what is to be found out about each conversation when it ends. "
        "It changes the account. Comes back: the template's id. It is applied once "
        "telnyx_assign_insight has put it into a group that an assistant uses."
    )
    args_schema: ArgsSchema | None = CreateInsightArguments

    def _find(self, asked: CreateInsightArguments) -> Flow[Found]:
        made = yield from self.telnyx.calls.insights.create(
            asked.name, instructions=asked.instructions, json_schema=_closed(asked.json_schema)
        )
        artifact = {"insight": made.model_dump(mode="json", exclude={"webhook"})}
        return Found(f"The insight template was made; its id is {made.id}.", artifact)


def _closed(schema: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a schema in the form that the API takes.

    Raises:
        ToolException: It is no schema of an object.
    """
    if schema is None:
        return None
    try:
        # The API refuses a schema that does not say so, one without fields included.
        made = {"additionalProperties": False, **close_objects(schema)}
        if made.get("type", "object") != "object":
            raise ToolException('`json_schema` must be of type "object".')
        return checked(made)
    except ValueError as error:
        raise ToolException(f"`json_schema` cannot be used: {error}.") from error


class CreateInsightGroupArguments(Arguments):
    """What `telnyx_create_insight_group` takes."""

    name: str = Field(min_length=1, max_length=200, description="A name that no other has.")
    description: str | None = Field(default=None, max_length=2000, description="What it is for.")


class TelnyxCreateInsightGroupTool(TelnyxTool):
    """Makes an insight group, without templates. It changes the account.

    Operation: `create_insight_group`.

    Example:
        ```python
        from langchain_telnyx import TelnyxCreateInsightGroupTool

        TelnyxCreateInsightGroupTool().invoke({"name": "After a call"})
        ```
    """

    name: str = "telnyx_create_insight_group"
    description: str = (
        "Make an insight group: insight templates that are applied together. It changes the "
        "account. Comes back: the group's id. telnyx_assign_insight puts templates into it."
    )
    args_schema: ArgsSchema | None = CreateInsightGroupArguments

    def _find(self, asked: CreateInsightGroupArguments) -> Flow[Found]:
        made = yield from self.telnyx.calls.insight_groups.create(
            asked.name, description=asked.description
        )
        artifact = {"group": made.model_dump(mode="json", exclude={"webhook"})}
        return Found(f"The insight group was made; its id is {made.id}.", artifact)


class AssignInsightArguments(Arguments):
    """What `telnyx_assign_insight` takes."""

    insight: str = Field(
        min_length=1, max_length=200, description="The name or id of the insight template."
    )
    group: str = Field(
        min_length=1, max_length=200, description="The name or id of the insight group."
    )


class TelnyxAssignInsightTool(TelnyxTool):
    """Puts an insight template into a group. It changes the account.

    Operation: `assign_insight_to_group`.

    Example:
        ```python
        from langchain_telnyx import TelnyxAssignInsightTool

        TelnyxAssignInsightTool().invoke({"insight": "Refund", "group": "After a call"})
        ```
    """

    name: str = "telnyx_assign_insight"
    description: str = (
        "Put an insight template into an insight group, so that it is applied to the conversations "
        "of the assistants that use the group. It changes the account. Comes back: the ids of both."
    )
    args_schema: ArgsSchema | None = AssignInsightArguments

    _missing = "Check both: telnyx_list_insights lists them."

    def _find(self, asked: AssignInsightArguments) -> Flow[Found]:
        calls = self.telnyx.calls
        insight_id = chosen(asked.insight, (yield from templates(calls)), what="insight")
        group_id = chosen(asked.group, (yield from groups(calls)), what="group")
        yield from calls.insight_groups.assign(group_id, insight_id)
        artifact = {"insight_id": insight_id, "group_id": group_id}
        return Found(f"The insight {insight_id} is now in the group {group_id}.", artifact)
