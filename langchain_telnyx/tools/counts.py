"""`TelnyxCountInsightsTool`: counts insight results, in total or for each day."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.api.insights import InsightCount
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.postgrest import eq
from langchain_telnyx.tools.base import Arguments, Offset, TelnyxTool
from langchain_telnyx.tools.conversations import period
from langchain_telnyx.tools.insights import resolve_id, templates
from langchain_telnyx.tools.quoting import ToolResult, one_line, pluralize

_ASSISTANT = "metadata.assistant_id"
_MAX_DAYS = 62

FieldName = Annotated[str, Field(pattern=r"^[\w.-]{1,100}$")]


class CountInsightsArguments(Arguments):
    """Arguments of `telnyx_count_insights`."""

    insight: str | None = Field(
        default=None,
        max_length=200,
        description="The name or id of the insight whose results to count, from "
        "telnyx_list_insights. Without it, the results of all insights are counted together.",
    )
    fields: list[FieldName] = Field(
        default=["score"],
        max_length=8,
        description="Fields whose values to count: fields of the results, such as score, or, with "
        "the prefix `metadata.`, of the conversations, such as "
        "metadata.telnyx_conversation_channel.",
    )
    by_assistant: bool = Field(default=False, description="Whether to count per assistant.")
    assistant_id: str | None = Field(
        default=None,
        max_length=200,
        description="Only conversations of the assistant with this id.",
    )
    since: date | None = Field(
        default=None, description="Only results from this day (UTC) or later: YYYY-MM-DD."
    )
    until: date | None = Field(
        default=None, description="Only results from this day (UTC) or earlier: YYYY-MM-DD."
    )
    each_day: bool = Field(
        default=False,
        description=f"Whether to count per day. Requires since and until, for at most {_MAX_DAYS} "
        "days.",
    )
    offset: Offset = 0


class TelnyxCountInsightsTool(TelnyxTool):
    """Counts insight results by score or another field, by assistant, and by day.

    Operation: `aggregate_conversation_insights`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    Example:
        ```python
        from langchain_telnyx import TelnyxCountInsightsTool

        TelnyxCountInsightsTool().invoke({"insight": "User Satisfaction", "by_assistant": True})
        ```
    """

    name: str = "telnyx_count_insights"
    description: str = (
        "Count the insight results of all conversations by score, or by another field, optionally "
        "per assistant or per day. Use it for statistics instead of reading conversations. Returns "
        "one line per combination of values with its count, and the total. A result without the "
        "field counts as None."
    )
    args_schema: ArgsSchema | None = CountInsightsArguments

    def _execute(self, arguments: CountInsightsArguments) -> Flow[ToolResult]:
        days = _days(arguments)
        insight_id = None
        if arguments.insight is not None:
            existing = yield from templates(self.telnyx.calls)
            insight_id = resolve_id(arguments.insight, existing, noun="insight")
        fields: list[str] = list(
            dict.fromkeys([*arguments.fields, *([_ASSISTANT] if arguments.by_assistant else [])])
        )
        count = partial(
            self.telnyx.calls.insights.aggregates,
            group_by=fields,
            show=fields,
            insight_id=insight_id,
            metadata={}
            if arguments.assistant_id is None
            else {"assistant_id": eq(arguments.assistant_id)},
        )
        results = yield from concurrently(
            [partial(count, created_at=period(since, until)) for since, until in days]
        )
        rows = [
            row
            for (day, _), result in zip(days, results, strict=True)
            for row in _rows(result, day if arguments.each_day else None)
        ]
        total = sum(row["count"] for row in rows)
        artifact = {"insight_id": insight_id, "fields": fields, "counts": rows, "total": total}
        return ToolResult(
            f"{pluralize(total, 'result')} counted.", artifact, "\n".join(map(_format_row, rows))
        )


def _days(arguments: CountInsightsArguments) -> list[tuple[date | None, date | None]]:
    """Return the periods to count, each with its first and last day.

    Raises:
        ToolException: To count per day, a start or an end is missing, or there are too many days.
    """
    if not arguments.each_day:
        return [(arguments.since, arguments.until)]
    if arguments.since is None or arguments.until is None:
        raise ToolException("To count per day, pass `since` and `until`.")
    number = (arguments.until - arguments.since).days + 1
    if not 1 <= number <= _MAX_DAYS:
        raise ToolException(f"The period from `since` to `until` must be 1 to {_MAX_DAYS} days.")
    days = [arguments.since + timedelta(days=offset) for offset in range(number)]
    return [(day, day) for day in days]


def _rows(result: list[InsightCount] | TelnyxError, day: date | None) -> Iterator[dict[str, Any]]:
    if isinstance(result, TelnyxError):
        raise result
    for row in result:
        day_field = {} if day is None else {"day": day.isoformat()}
        yield {**day_field, "values": row.values, "count": row.record_count}


def _format_row(row: Mapping[str, Any]) -> str:
    day = f"{row['day']}, " if "day" in row else ""
    values = ", ".join(f"{name} {one_line(value)}" for name, value in row["values"].items())
    return f"{day}{values or 'all'}: {row['count']}"
