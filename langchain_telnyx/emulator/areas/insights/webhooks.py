"""The webhooks that tell of insights: to the group all of them, to a template its own.

Two forms are documented, a third was seen in production; `Quirks.insight_webhook` chooses.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.areas.conversations.service import ConversationService
from langchain_telnyx.emulator.areas.conversations.state import Conversation
from langchain_telnyx.emulator.areas.insights.groups import Group
from langchain_telnyx.emulator.areas.insights.state import FIND_INSIGHTS
from langchain_telnyx.emulator.quirks import InsightWebhook
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job
from langchain_telnyx.emulator.webhooks.sender import Sender

_OF_THE_CALL = (
    "call_control_id",
    "connection_id",
    "call_leg_id",
    "call_session_id",
    "client_state",
)


@dataclass(frozen=True)
class Found:
    """What was found out about a conversation.

    Attributes:
        conversation: The conversation.
        group: The group that was applied.
        results: Pairs of a template's id and what it found.
    """

    conversation: Conversation
    group: Group
    results: Sequence[tuple[str, str]]


class InsightWebhooks:
    """Tells of insights once they are complete.

    Args:
        conversations: The account's conversations.
        sender: Sends the webhooks.
        clock: For their times.
        ids: For their ids.
        form: Which form they have.
    """

    def __init__(
        self,
        conversations: ConversationService,
        sender: Sender,
        clock: Clock,
        ids: Ids,
        form: InsightWebhook,
    ) -> None:
        self._conversations = conversations
        self._sender = sender
        self._clock = clock
        self._ids = ids
        self._form = form

    def tell(self, job: Job, status: str) -> None:
        """Send the webhooks of a job that has ended."""
        group = self._conversations.groups.find(job.details["group"])
        conversation = self._conversations.records.find(job.subject)
        if job.kind != FIND_INSIGHTS or status != "completed" or not group or not conversation:
            return
        results = self._conversations.insights.results(job.id)
        if group.webhook:
            self._send(group.webhook, Found(conversation, group, results))
        for template in group.insights:
            own = [pair for pair in results if pair[0] == template.id]
            if template.webhook:
                self._send(template.webhook, Found(conversation, group, own))

    def _send(self, url: str, found: Found) -> None:
        self._sender.send(url, json.dumps(self._written(found), ensure_ascii=False).encode())

    def _written(self, found: Found) -> dict[str, Any]:
        if self._form == "flat":
            return flat(found)
        if self._form == "result":
            return {
                "record_type": "event",
                "event_type": "conversation_insight_result",
                "payload": {"request_id": self._ids.uuid("request"), **_seen(found)},
            }
        event = {
            "record_type": "event",
            "event_type": "call.conversation_insights.generated",
            "id": self._ids.uuid("event"),
            "occurred_at": self._clock.stamp(),
            "payload": _of_a_call(found),
        }
        return {"data": event}


def flat(found: Found) -> dict[str, Any]:
    """Return what the documents of insight groups have: results are objects."""
    names = {template.id: template.name for template in found.group.insights}
    return {
        "event_type": "conversation.insights.completed",
        "conversation_id": found.conversation.id,
        "insight_group_id": found.group.id,
        "insight_group_name": found.group.name,
        "insights": [
            {
                "insight_id": insight,
                "insight_name": names.get(insight, ""),
                "result": _object(result),
            }
            for insight, result in found.results
        ],
    }


def _of_a_call(found: Found) -> dict[str, Any]:
    """Return what the documents of Voice have: results are text, and the call is named."""
    metadata = found.conversation.metadata
    return {
        **_picked(metadata, _OF_THE_CALL),
        "calling_party_type": "pstn",
        "insight_group_id": found.group.id,
        "results": _results(found),
    }


def _seen(found: Found) -> dict[str, Any]:
    """Return what receivers were seen to read: a status, and the metadata."""
    return {
        "conversation_id": found.conversation.id,
        "insight_group_id": found.group.id,
        "status": "completed",
        "metadata": dict(found.conversation.metadata),
        "results": _results(found),
    }


def _results(found: Found) -> list[dict[str, str]]:
    return [{"insight_id": insight, "result": result} for insight, result in found.results]


def _picked(metadata: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: metadata[name] for name in names if name in metadata}


def _object(result: str) -> Any:
    try:
        value = json.loads(result)
    except (ValueError, RecursionError):
        return result
    return value if isinstance(value, dict) else result
