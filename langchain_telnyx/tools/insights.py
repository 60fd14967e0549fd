"""Tools that read the insights of a conversation, and list insight templates and groups."""

import json
from contextlib import suppress
from typing import Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.api.conversation_results import (
    FAILED,
    ConversationInsights,
)
from langchain_telnyx.client.api.insight_groups import InsightGroup
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import TaskError
from langchain_telnyx.client.flows import every
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.tools.base import Arguments, Offset, TelnyxTool
from langchain_telnyx.tools.conversations import ConversationId
from langchain_telnyx.tools.quoting import ToolResult, indent_lines, one_line, pluralize

_LARGEST_PAGE = 99


class ConversationInsightsArguments(Arguments):
    """Arguments of `telnyx_conversation_insights`."""

    conversation_id: ConversationId = Field(
        description="The id of the conversation, from telnyx_list_conversations."
    )
    offset: Offset = 0


class TelnyxConversationInsightsTool(TelnyxTool):
    """Returns the insights of a conversation. Waits for pending ones, up to `wait_timeout` seconds.

    Operation: `get_conversations_public__conversation_id__insights_get`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    Example:
        ```python
        from langchain_telnyx import TelnyxConversationInsightsTool

        TelnyxConversationInsightsTool(wait_timeout=60).invoke(
            {"conversation_id": "3fa85f64-5717-4562-b3fc-2c96"}
        )
        ```
    """

    name: str = "telnyx_conversation_insights"
    description: str = (
        "Get the insights of one conversation, which are the results of its analysis after it "
        "ended: scores, summaries, and others that the account has set up. Returns one line per "
        "insight: its name and its result."
    )
    args_schema: ArgsSchema | None = ConversationInsightsArguments

    wait_timeout: float = Field(default=20.0, ge=0)
    """Maximum number of seconds to wait for pending insights."""

    _not_found_hint = "Check the id with telnyx_list_conversations."

    def _execute(self, arguments: ConversationInsightsArguments) -> Flow[ToolResult]:
        runs = yield from self._wait_for_runs(arguments.conversation_id)
        names = {each.id: each.name for each in (yield from templates(self.telnyx.calls))}
        results = [
            {
                "insight_id": found.insight_id,
                "name": names.get(found.insight_id),
                "result": found.value,
                "group_id": run.insight_group_id,
                "found_at": run.created_at and run.created_at.isoformat(),
            }
            for run in runs
            for found in run.conversation_insights
        ]
        artifact = {
            "conversation_id": arguments.conversation_id,
            "insights": results,
            "statuses": [run.status for run in runs],
            "unreadable": _unreadable(runs),
        }
        rows = "\n".join(map(_format_row, results))
        return ToolResult(f"{pluralize(len(results), 'insight')}.", artifact, rows, _note(runs))

    def _wait_for_runs(self, conversation_id: str) -> Flow[list[ConversationInsights]]:
        """Return the runs once they are all finished, or the timeout is over."""
        conversations = self.telnyx.calls.conversations
        runs = yield from conversations.insights(conversation_id)
        if all(run.settled for run in runs):
            # Without any run there is nothing to wait for: none may ever start.
            return runs
        polled = [runs]
        with suppress(TaskError):  # the note reports failed and pending runs
            yield from conversations.wait_for_insights(
                conversation_id, timeout=self.wait_timeout, on_progress=polled.append
            )
        return polled[-1]


def _unreadable(runs: list[ConversationInsights]) -> list[Any]:
    """Return the raw parts of the response that could not be parsed."""
    rows = runs.unreadable if isinstance(runs, Rows) else ()
    fields = (raw for run in runs for raw in run.unreadable_fields.values())
    return [*(row.raw for row in rows), *(raw for raw in fields if raw is not None)]


def templates(calls: Namespaces[DeferredCalls]) -> Flow[list[Insight]]:
    """Fetch the account's insight templates, Telnyx's own included."""
    return (yield from every(calls.insights.list(page_size=_LARGEST_PAGE)))


def groups(calls: Namespaces[DeferredCalls]) -> Flow[list[InsightGroup]]:
    """Fetch the account's insight groups, with their templates."""
    return (yield from every(calls.insight_groups.list(page_size=_LARGEST_PAGE)))


def resolve_id(id_or_name: str, existing: list[Any], *, noun: str) -> str:
    """Return the id of an insight or a group.

    Args:
        id_or_name: Its id or its name, in any case.
        existing: The insights or groups of the account.
        noun: What to call it in errors, such as `insight`.

    Raises:
        ToolException: It does not exist, or several have this name.
    """
    if any(each.id == id_or_name for each in existing):
        return id_or_name
    ids = [each.id for each in existing if (each.name or "").casefold() == id_or_name.casefold()]
    if len(ids) == 1:
        return str(ids[0])
    if ids:
        raise ToolException(f"Several have this name. Pass the {noun}'s id, one of {ids[:20]}.")
    raise ToolException(f"The {noun} does not exist: telnyx_list_insights lists them.")


def _format_row(result: dict[str, Any]) -> str:
    name = one_line(result["name"] or "an insight that was deleted")
    value = result["result"]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{name} [{result['insight_id']}]: {indent_lines(text)}"


def _note(runs: list[ConversationInsights]) -> str:
    unreadable = len(_unreadable(runs))
    if not runs and not unreadable:
        return (
            "Insights appear a few seconds after the end of a conversation, and only if its "
            "assistant has an insight group."
        )
    failed = sum(run.status == FAILED for run in runs)
    pending = sum(not run.settled for run in runs)
    parts = [
        *([f"{unreadable} of the results could not be parsed."] if unreadable else []),
        *([f"{failed} of {len(runs)} runs failed, so insights are missing."] if failed else []),
        *(
            [f"{pending} of {len(runs)} runs are pending. Call this tool again later."]
            if pending
            else []
        ),
    ]
    return " ".join(parts)


class ListInsightsArguments(Arguments):
    """Arguments of `telnyx_list_insights`."""

    offset: Offset = 0


class TelnyxListInsightsTool(TelnyxTool):
    """Lists the insight templates and groups of the account.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/api-reference/insights/get-insight-templates

    Example:
        ```python
        from langchain_telnyx import TelnyxListInsightsTool

        TelnyxListInsightsTool().invoke({})
        ```
    """

    name: str = "telnyx_list_insights"
    description: str = (
        "List the insight templates, which describe the analyses of each conversation after it "
        "ends, and the groups they are applied in. Use it to get their names, ids and fields. "
        "Returns one line per template and per group."
    )
    args_schema: ArgsSchema | None = ListInsightsArguments

    def _execute(self, arguments: Any) -> Flow[ToolResult]:  # noqa: ARG002 - no arguments
        insights = yield from templates(self.telnyx.calls)
        grouped = yield from groups(self.telnyx.calls)
        artifact = {
            # Webhooks are left out: they are not for the model.
            "insights": [each.model_dump(mode="json", exclude={"webhook"}) for each in insights],
            "groups": [
                {
                    "id": each.id,
                    "name": each.name,
                    "description": each.description,
                    "insights": [insight.id for insight in each.insights],
                }
                for each in grouped
            ],
        }
        return ToolResult(
            f"{pluralize(len(insights), 'insight template')}, {pluralize(len(grouped), 'group')}.",
            artifact,
            "\n".join([*map(_template, insights), *map(_group, grouped)]),
        )


def _template(insight: Insight) -> str:
    fields = _fields(insight.json_schema)
    shape = f" (fields: {', '.join(fields)})" if fields else ""
    instructions = one_line(insight.instructions or "")
    return f"insight {one_line(insight.name)} [{insight.id}]{shape}: {instructions}"


def _group(group: InsightGroup) -> str:
    names = ", ".join(one_line(insight.name, 100) for insight in group.insights)
    return f"group {one_line(group.name)} [{group.id}]: {names or 'no templates'}"


def _fields(schema: str | dict[str, Any] | None) -> list[str]:
    try:
        parsed = loads(schema) if isinstance(schema, str) else schema
    except ValueError:
        return []
    properties = parsed.get("properties") if isinstance(parsed, dict) else None
    return [one_line(name, 100) for name in properties] if isinstance(properties, dict) else []
