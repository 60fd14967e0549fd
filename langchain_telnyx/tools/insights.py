"""What was found out about a conversation; and the templates that say what is to be found out."""

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
from langchain_telnyx.tools.quoting import Found, block, counted, line

_LARGEST_PAGE = 99


class ConversationInsightsArguments(Arguments):
    """What `telnyx_conversation_insights` takes."""

    conversation_id: ConversationId = Field(
        description="The conversation's id, as telnyx_list_conversations tells it."
    )
    offset: Offset = 0


class TelnyxConversationInsightsTool(TelnyxTool):
    """Tells what was found out about a conversation, and waits a while for what is being found out.

    Operation: `get_conversations_public__conversation_id__insights_get`.

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
        "Tell what was found out about one conversation after it ended: scores, summaries, and "
        "what else the account has set up. Comes back: a line for each insight, with its name and "
        "its result."
    )
    args_schema: ArgsSchema | None = ConversationInsightsArguments

    wait_timeout: float = Field(default=20.0, ge=0)
    """Seconds to wait at most for insights that are being found out."""

    _missing = "Check the id: telnyx_list_conversations lists them."

    def _find(self, asked: ConversationInsightsArguments) -> Flow[Found]:
        runs = yield from self._settled(asked.conversation_id)
        named = {each.id: each.name for each in (yield from templates(self.telnyx.calls))}
        results = [
            {
                "insight_id": found.insight_id,
                "name": named.get(found.insight_id),
                "result": found.value,
                "group_id": run.insight_group_id,
                "found_at": run.created_at and run.created_at.isoformat(),
            }
            for run in runs
            for found in run.conversation_insights
        ]
        artifact = {
            "conversation_id": asked.conversation_id,
            "insights": results,
            "statuses": [run.status for run in runs],
            "unreadable": _unreadable(runs),
        }
        material = "\n".join(map(_told, results))
        return Found(f"{counted(len(results), 'insight')}.", artifact, material, _state(runs))

    def _settled(self, conversation_id: str) -> Flow[list[ConversationInsights]]:
        """Return what was found out, once it is all there, or the time is up."""
        conversations = self.telnyx.calls.conversations
        runs = yield from conversations.insights(conversation_id)
        if all(run.settled for run in runs):
            # Where there are none, none need ever come: there is nothing to wait for.
            return runs
        polled = [runs]
        with suppress(TaskError):  # what failed, or is late, is told of beside what is there
            yield from conversations.wait_for_insights(
                conversation_id, timeout=self.wait_timeout, on_progress=polled.append
            )
        return polled[-1]


def _unreadable(runs: list[ConversationInsights]) -> list[Any]:
    """Return what of the API's answer could not be read, as it came."""
    lost = runs.unreadable if isinstance(runs, Rows) else ()
    inside = (raw for run in runs for raw in run.unreadable_fields.values())
    return [*(row.raw for row in lost), *(raw for raw in inside if raw is not None)]


def templates(calls: Namespaces[DeferredCalls]) -> Flow[list[Insight]]:
    """Fetch the account's insight templates, Telnyx's own included."""
    return (yield from every(calls.insights.list(page_size=_LARGEST_PAGE)))


def groups(calls: Namespaces[DeferredCalls]) -> Flow[list[InsightGroup]]:
    """Fetch the account's insight groups, with their templates."""
    return (yield from every(calls.insight_groups.list(page_size=_LARGEST_PAGE)))


def chosen(wanted: str, among: list[Any], *, what: str) -> str:
    """Return the id of the one that is meant by an id or a name.

    Args:
        wanted: What the model gave.
        among: What there is.
        what: What each is called, such as `insight`.

    Raises:
        ToolException: It is none of them, or could be several.
    """
    if any(each.id == wanted for each in among):
        return wanted
    meant = [each.id for each in among if (each.name or "").casefold() == wanted.casefold()]
    if len(meant) == 1:
        return str(meant[0])
    if meant:
        raise ToolException(f"Several have that name: give the {what}'s id, one of {meant[:20]}.")
    raise ToolException(f"There is no such {what}: telnyx_list_insights lists them.")


def _told(result: dict[str, Any]) -> str:
    name = line(result["name"] or "an insight that was deleted")
    value = result["result"]
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{name} [{result['insight_id']}]: {block(told)}"


def _state(runs: list[ConversationInsights]) -> str:
    odd = len(_unreadable(runs))
    if not runs and not odd:
        return (
            "Insights come a few seconds after the end of a conversation, and only where its "
            "assistant has an insight group."
        )
    failed = sum(run.status == FAILED for run in runs)
    to_come = sum(not run.settled for run in runs)
    parts = [
        *([f"{odd} of the results could not be read."] if odd else []),
        *([f"{failed} of {len(runs)} runs failed, so insights are missing."] if failed else []),
        *(
            [f"{to_come} of {len(runs)} runs are not done: ask again in a while."]
            if to_come
            else []
        ),
    ]
    return " ".join(parts)


class ListInsightsArguments(Arguments):
    """What `telnyx_list_insights` takes."""

    offset: Offset = 0


class TelnyxListInsightsTool(TelnyxTool):
    """Lists the insight templates and groups of the account.

    API page: https://developers.telnyx.com/api-reference/insights/get-insight-templates

    Example:
        ```python
        from langchain_telnyx import TelnyxListInsightsTool

        TelnyxListInsightsTool().invoke({})
        ```
    """

    name: str = "telnyx_list_insights"
    description: str = (
        "List the insight templates, which say what is found out about each conversation when it "
        "ends, and the groups they are applied in. Use it for their names, ids and fields. Comes "
        "back: a line for each template and each group."
    )
    args_schema: ArgsSchema | None = ListInsightsArguments

    def _find(self, asked: Any) -> Flow[Found]:  # noqa: ARG002 - it takes nothing
        insights = yield from templates(self.telnyx.calls)
        grouped = yield from groups(self.telnyx.calls)
        artifact = {
            # Who is told of results is none of a model's business.
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
        return Found(
            f"{counted(len(insights), 'insight template')}, {counted(len(grouped), 'group')}.",
            artifact,
            "\n".join([*map(_template, insights), *map(_group, grouped)]),
        )


def _template(insight: Insight) -> str:
    fields = _fields(insight.json_schema)
    shape = f" (fields: {', '.join(fields)})" if fields else ""
    return f"insight {line(insight.name)} [{insight.id}]{shape}: {line(insight.instructions or '')}"


def _group(group: InsightGroup) -> str:
    names = ", ".join(line(insight.name, 100) for insight in group.insights)
    return f"group {line(group.name)} [{group.id}]: {names or 'no templates'}"


def _fields(schema: str | dict[str, Any] | None) -> list[str]:
    try:
        read = loads(schema) if isinstance(schema, str) else schema
    except ValueError:
        return []
    properties = read.get("properties") if isinstance(read, dict) else None
    return [line(name, 100) for name in properties] if isinstance(properties, dict) else []
