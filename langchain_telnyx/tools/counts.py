"""`TelnyxCountInsightsTool`: how often conversations were found to be so, in all or day by day."""

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
from langchain_telnyx.tools.insights import chosen, templates
from langchain_telnyx.tools.quoting import Found, counted, line

_ASSISTANT = "metadata.assistant_id"
_MOST_DAYS = 62

FieldName = Annotated[str, Field(pattern=r"^[\w.-]{1,100}$")]


class CountInsightsArguments(Arguments):
    """What `telnyx_count_insights` takes."""

    insight: str | None = Field(
        default=None,
        max_length=200,
        description="Count the results of this insight only: its name or id, as "
        "telnyx_list_insights tells it. Without it, those of all are counted together.",
    )
    fields: list[FieldName] = Field(
        default=["score"],
        max_length=8,
        description="Fields whose values are counted: of the results, such as score; or, with "
        "`metadata.` in front, of the conversations, such as metadata.telnyx_conversation_channel.",
    )
    by_assistant: bool = Field(default=False, description="Whether to count each assistant apart.")
    assistant_id: str | None = Field(
        default=None, max_length=200, description="Only conversations held by this assistant."
    )
    since: date | None = Field(
        default=None, description="Only results found on this day (UTC) or later: YYYY-MM-DD."
    )
    until: date | None = Field(
        default=None, description="Only results found on this day (UTC) or earlier: YYYY-MM-DD."
    )
    each_day: bool = Field(
        default=False,
        description=f"Whether to count each day apart; needs since and until, at most "
        f"{_MOST_DAYS} days.",
    )
    offset: Offset = 0


class TelnyxCountInsightsTool(TelnyxTool):
    """Counts what was found out about conversations: by score or field, assistant, and day.

    Operation: `aggregate_conversation_insights`.

    Example:
        ```python
        from langchain_telnyx import TelnyxCountInsightsTool

        TelnyxCountInsightsTool().invoke({"insight": "User Satisfaction", "by_assistant": True})
        ```
    """

    name: str = "telnyx_count_insights"
    description: str = (
        "Count the insights of all conversations: how many had which score, or which value of "
        "another field, if need be for each assistant or each day. Use it for statistics instead "
        "of reading conversations. Comes back: a line for each combination of values with its "
        "count, and their sum. A result without such a field counts as None."
    )
    args_schema: ArgsSchema | None = CountInsightsArguments

    def _find(self, asked: CountInsightsArguments) -> Flow[Found]:
        days = _days(asked)
        insight_id = None
        if asked.insight is not None:
            there = yield from templates(self.telnyx.calls)
            insight_id = chosen(asked.insight, there, what="insight")
        fields: list[str] = list(
            dict.fromkeys([*asked.fields, *([_ASSISTANT] if asked.by_assistant else [])])
        )
        count = partial(
            self.telnyx.calls.insights.aggregates,
            group_by=fields,
            show=fields,
            insight_id=insight_id,
            metadata={} if asked.assistant_id is None else {"assistant_id": eq(asked.assistant_id)},
        )
        answers = yield from concurrently(
            [partial(count, created_at=period(since, until)) for since, until in days]
        )
        rows = [
            row
            for (day, _), answer in zip(days, answers, strict=True)
            for row in _rows(answer, day if asked.each_day else None)
        ]
        total = sum(row["count"] for row in rows)
        artifact = {"insight_id": insight_id, "fields": fields, "counts": rows, "total": total}
        return Found(f"{counted(total, 'result')} counted.", artifact, "\n".join(map(_told, rows)))


def _days(asked: CountInsightsArguments) -> list[tuple[date | None, date | None]]:
    """Return the periods to count apart, each with its first and last day.

    Raises:
        ToolException: They are not bounded, or too many.
    """
    if not asked.each_day:
        return [(asked.since, asked.until)]
    if asked.since is None or asked.until is None:
        raise ToolException("To count each day apart, give `since` and `until`.")
    number = (asked.until - asked.since).days + 1
    if not 1 <= number <= _MOST_DAYS:
        raise ToolException(f"From `since` to `until` must be 1 to {_MOST_DAYS} days.")
    days = [asked.since + timedelta(days=passed) for passed in range(number)]
    return [(day, day) for day in days]


def _rows(answer: list[InsightCount] | TelnyxError, day: date | None) -> Iterator[dict[str, Any]]:
    if isinstance(answer, TelnyxError):
        raise answer
    for row in answer:
        told = {} if day is None else {"day": day.isoformat()}
        yield {**told, "values": row.values, "count": row.record_count}


def _told(row: Mapping[str, Any]) -> str:
    day = f"{row['day']}, " if "day" in row else ""
    values = ", ".join(f"{name} {line(value)}" for name, value in row["values"].items())
    return f"{day}{values or 'all'}: {row['count']}"
